"""What bots do at set times: by cron, or at an hour of every working day; each slot once, whoever leads.

A slot is a row; the timer of the next one is set in the transaction that marks this one as done. A slot that was missed
while everything was down is run once when it is up again, and the next is counted from then on.
"""

from collections.abc import Sequence
from datetime import datetime, time

from croniter import croniter
from django.db import transaction

from bots.desk.bot import Bot, Schedule
from bots.store import schedules as store
from common import clock, timers
from workflows.services.calendar import next_office_moment

TASK = "bots.run_schedule"
WORKING_DAY = "working_day "


def next_slot(when: str, after: datetime) -> datetime:
    """The first moment after `after` that `when` names, in Shanghai's time.

    Args:
        when: five fields of cron, or `working_day HH:MM` (statutory holidays and swapped days count).
    Raises: ValueError for anything else.
    """
    if when.startswith(WORKING_DAY):
        return next_office_moment(time.fromisoformat(when.removeprefix(WORKING_DAY).strip()), after)
    if len(when.split()) != 5:  # noqa: PLR2004 - cron's fields; croniter would take six
        raise ValueError(f"{when!r} is neither five fields of cron nor working_day HH:MM")
    found: datetime = croniter(when, after.astimezone(clock.SHANGHAI)).get_next(datetime)
    return found


def arm(desk: Sequence[Bot]) -> None:
    """Set the timers of all schedules; those that are set stay as they are. Called when the bots process starts."""
    for bot in desk:
        for schedule in bot.schedules:
            with transaction.atomic():
                slot = store.open_slot(bot.number, schedule.name)
                _set(bot, schedule, slot or next_slot(schedule.when, clock.now()))


def run(desk: Sequence[Bot], number: str, name: str) -> bool:
    """Run the slot that is due, if it has not been run; whether it was. What the schedule raises undoes it whole,
    and the job is tried again.
    """
    found = [(bot, one) for bot in desk if bot.number == number for one in bot.schedules if one.name == name]
    if not found or store.is_paused(number):
        return False  # taken off the desk; or paused, when the slot stays open for the next start or resume
    bot, schedule = found[0]
    with transaction.atomic():
        slot = store.lock_due(number, name, clock.now())
        if slot is None:
            return False
        schedule.run(slot.slot)
        store.done(slot, clock.now())
        _set(bot, schedule, next_slot(schedule.when, max(slot.slot, clock.now())))
    return True


def _set(bot: Bot, schedule: Schedule, slot: datetime) -> None:
    store.open_at(bot.number, schedule.name, slot)
    timers.set_timer(f"schedule:{bot.number}:{schedule.name}", slot, TASK, bot=bot.number, name=schedule.name)
