"""What the web client knows about its own person."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from common import clock
from directory.actors import Actor
from directory.services.rights import verbs_of
from directory.store import people as store
from directory.store.models import Appointment


@dataclass(frozen=True)
class Me:
    """`acting` is one of `appointments` (valid today, primary first); `roles` are those of all of them."""

    actor: Actor
    appointments: list[Appointment]
    roles: list[str]
    verbs: list[str]
    demo: bool

    @property
    def acting(self) -> UUID | None:
        return self.actor.appointment_id


def describe(actor: Actor) -> Me:
    held = store.held_by(actor.staff_id, clock.today())
    return Me(
        actor=actor,
        appointments=held,
        roles=sorted({each.post.role for each in held}),
        verbs=verbs_of(actor),
        demo=settings.DEMO,
    )
