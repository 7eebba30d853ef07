"""How much a bot may say: a budget a minute and a day, with a retry time and a word to its owner when it is used up."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from bots.store import bots as store
from bots.store import posts
from bots.store.records import BotRecord
from common import clock, jobs
from directory.services import refs
from directory.store import people
from directory.store.sessions import find_staff


@dataclass(frozen=True)
class Leave:
    """`granted`: how many messages may go now; when none, `wait_s` until the next is welcome, or the bot is paused."""

    granted: int
    wait_s: int = 0
    paused: bool = False


def take(record: BotRecord) -> int:
    """Count one message. Returns 0 when it may go, else the seconds until the next is welcome."""
    return _take(record, 1).wait_s


def leave_for(number: str, wanted: int) -> Leave:
    """Count up to so many messages of a bot of ours; one without a record has no budget to exceed."""
    record = store.by_number(number)
    if record is None:
        return Leave(wanted)
    return Leave(0, paused=True) if record.paused_at is not None else _take(record, wanted)


def _take(record: BotRecord, wanted: int) -> Leave:
    now = clock.now()
    minute, day = now.replace(second=0, microsecond=0), day_start(now)
    left = record.budget_day - store.spent(record.pk, day)[0]
    if left <= 0:
        store.refuse_spend(record.pk, minute)
        _tell_owner(record, _("今日消息额度 {n} 条已用完").format(n=record.budget_day))
        return Leave(0, _seconds(day + timedelta(days=1), now))
    if granted := store.spend(record.pk, minute, most=record.budget_minute, wanted=min(wanted, left)):
        return Leave(granted)
    _tell_owner(record, _("每分钟消息额度 {n} 条已用完").format(n=record.budget_minute))
    return Leave(0, _seconds(minute + timedelta(minutes=1), now))


def use_of(record: BotRecord) -> dict[str, int]:
    """What has been used of the budget: this minute and today, and what was refused today."""
    now = clock.now()
    sent, refused = store.spent(record.pk, day_start(now))
    return {
        "minute": store.spent(record.pk, now.replace(second=0, microsecond=0))[0],
        "day": sent,
        "refused_today": refused,
    }


def day_start(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(clock.SHANGHAI).date(), time(), clock.SHANGHAI)


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, int((until - now).total_seconds()) + 1)


def owners(record: BotRecord) -> list[int]:
    """Staff keys of those who hold the owner's post today."""
    if record.owner_post_id is None:
        return []
    return [held.staff_id for held in people.holders([record.owner_post_id], clock.today())]


def _tell_owner(record: BotRecord, what: str) -> None:
    """Once a day and bot, as a direct message by 提醒助手."""
    account = find_staff(record.number)
    name = account.name if account else record.number
    words = _(
        "{name}（{number}）{what}，超出部分已拒绝并告知调用方稍后重试。如需调整，请在“管理—机器人”修改额度。"
    )
    body = words.format(name=name, number=record.number, what=what)
    for person in refs.people_by_pk(owners(record)):
        key = f"budget:{record.number}:{clock.today()}:{person.pk}"
        fields = {"kind": "words", "staff_id": person.pk, "about": {"words": body}, "due_at": clock.now()}
        if posts.add_notice(key, **fields):
            jobs.defer("bots.say", notice=key)
