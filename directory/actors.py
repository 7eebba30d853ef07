"""Who acts: a person or bot, in one post, through one device and door."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from common import ids

Door = Literal["web", "socket", "matrix", "bot", "api", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The argument of every service. Rights come from the post; the audit trail keeps person and post.

    Attributes:
        staff_id: 0 for the system itself.
        kind: "person" or "bot"; "system" for timers and migrations.
        post_id, unit_id, appointment_id: None for bots and for people without a valid appointment today.
        post_role: a value of PostRole, "" without a post.
        unit_name: the unit's full name of that day.
        device_id: the device's primary key, None for the system.
        must_change_password: signed in with a password that somebody else has set; only the session endpoints
            and the change of password are open.
    """

    staff_id: int
    staff_number: str
    name: str
    kind: str = "person"
    appointment_id: UUID | None = None
    post_id: UUID | None = None
    post_title: str = ""
    post_role: str = ""
    unit_id: UUID | None = None
    unit_name: str = ""
    unit_short_name: str = ""
    device_id: int | None = None
    door: Door = "system"
    must_change_password: bool = False

    @property
    def user_id(self) -> str:
        return ids.user_id(self.staff_number)

    @property
    def is_bot(self) -> bool:
        return self.kind == "bot"


def system_actor(name: str) -> Actor:
    """The system itself, for timers and commands: it has every right; `name` is for the audit trail."""
    return Actor(staff_id=0, staff_number="", name=name, kind="system")
