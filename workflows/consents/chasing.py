"""Reminding those who must decide: a row of `Reminder` per consent and slot, gathered with those of items."""

from datetime import datetime
from uuid import UUID

from common import clock
from workflows.rules.consents import ConsentState
from workflows.rules.reminders import WAITING, waiting_slot
from workflows.services.calendar import work_calendar
from workflows.services.policy import Ladders
from workflows.store import consents
from workflows.store import reminders as store
from workflows.store.models import Consent, Reminder


def plan(consent: Consent, now: datetime, ladders: Ladders | None = None) -> None:
    """The next reminder of an open consent, unless it will have lapsed by then. Repeating it changes nothing."""
    at = waiting_slot(now, work_calendar(), (ladders or Ladders()).of(""))
    if consent.lapses_at is None or at < consent.lapses_at:
        store.add([Reminder(consent=consent, rule=WAITING, due_on=clock.local(at).date(), slot_at=at)])


def plan_missing(now: datetime) -> None:
    """What is open and has no reminder ahead: it was sent just now, or was asked before there were any."""
    ladders = Ladders()
    for consent in consents.without_reminder():
        plan(consent, now, ladders)


def stop(consent_id: UUID) -> None:
    """Decided, withdrawn or lapsed: nothing more is said of it."""
    store.stop_of_consent(consent_id)


def still_waits(consent: Consent) -> bool:
    lapsed = consent.lapses_at is not None and clock.now() >= consent.lapses_at
    return consent.state == ConsentState.ASKED and not lapsed
