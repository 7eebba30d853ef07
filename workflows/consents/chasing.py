"""Reminding those who must decide: a row of `Reminder` per consent and slot, gathered with those of items."""

from collections.abc import Iterable
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


def plan(asked: Iterable[Consent], now: datetime) -> None:
    """The next reminder of open consents, but of those that will have lapsed by then. Repeating it changes nothing."""
    at = waiting_slot(now, work_calendar(), Ladders().of(""))
    day = clock.local(at).date()
    store.add(
        Reminder(consent=consent, rule=WAITING, due_on=day, slot_at=at)
        for consent in asked
        if consent.lapses_at is None or at < consent.lapses_at
    )


def plan_missing(now: datetime) -> None:
    """What is open and has no reminder ahead: it was sent just now, or was asked before there were any."""
    if waiting := consents.without_reminder():
        plan(waiting, now)


def stop(consent_id: UUID) -> None:
    """Decided, withdrawn or lapsed: nothing more is said of it."""
    store.stop_of_consent(consent_id)


def still_waits(consent: Consent) -> bool:
    lapsed = consent.lapses_at is not None and clock.now() >= consent.lapses_at
    return consent.state == ConsentState.ASKED and not lapsed
