"""Approval cards of consents: in the direct chat of everybody who may decide, edited when somebody did."""

from uuid import UUID

from bots.desk import TIXING
from bots.services.accounts import bot_actor
from bots.store import posts
from chatops.cards import Card
from chatops.services.rooms import open_direct
from directory.services import refs
from workflows.consents.approvers import approvers_of
from workflows.consents.card import consent_card
from workflows.rules.consents import ConsentState
from workflows.store import consents as store


def rooms_of(consent_id: str) -> list[str]:
    """Where the card stands; while the question is open also where it is due: with approvers and acting persons."""
    consent = store.find(UUID(consent_id))
    if consent is None:
        return []
    rooms = posts.rooms_of(TIXING.number, consent_id)
    if consent.state == ConsentState.ASKED:
        bot = bot_actor(TIXING)
        people = {person.pk for person in refs.people_by_pk(approvers_of(consent))} - {bot.staff_id}
        rooms += [open_direct(actor=bot, with_staff=one).room_id for one in sorted(people)]
    return list(dict.fromkeys(rooms))


def render(consent_id: str, _room_id: str) -> Card | None:
    consent = store.find(UUID(consent_id))
    return consent_card(consent) if consent else None
