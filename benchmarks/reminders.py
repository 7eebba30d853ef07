"""55,000 reminders that are due at one moment, one a person, spread over ten minutes. `python -m benchmarks reminders`.

Worker, bots and application run as in production. A room of 200 talks on meanwhile: its acknowledgements are compared
with those before. What came is counted in the people's direct rooms: everybody has one card, nobody two.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from subprocess import Popen

from django.db import connection, transaction
from django.db.models import Count

from benchmarks.cast import Person, settle
from benchmarks.crowds import large_room, seated
from benchmarks.fleet import App, ask, process
from benchmarks.gauges import cpu_seconds
from benchmarks.ledgers import Timed
from benchmarks.stage import Stage
from chatops.services.rooms import open_directs
from common import clock, timers
from directory.store.models import Appointment, Post, Staff, Unit
from workflows.rules.colours import DEFAULT_RULE
from workflows.store.models import CalendarDay, ChasePolicy, Item, Reminder, ReminderLadder, Slip, TaskForce

TALKERS, RATE, QUIET_S = 200, 20, 30.0
PATIENCE_S = 900
STARTING_S = 10.0  # until bots and worker have opened what they need
LEAD = timedelta(seconds=5)

_STAFF = """
INSERT INTO directory_staff (staff_number, name, password, pinyin, initials, phone, office_phone, kind, is_active,
    must_change_password, version, has_demo_password)
SELECT 'n' || lpad(i::text, 6, '0'), '经办' || i, '!', '', '', '', '', 'person', true, false, 1, false
FROM generate_series(1, %s) i RETURNING id
"""


@transaction.atomic
def prepare(count: int, spread_s: int) -> list[Item]:
    """So many people with one overdue item each, of one task force; today is a working day, whatever it is."""
    with connection.cursor() as cursor:
        cursor.execute(_STAFF, [count])
        handlers = [key for (key,) in cursor.fetchall()]
    unit = Unit.objects.order_by("name")[0]
    lead = Staff.objects.create(staff_number="n-lead", name="牵头人", password="!")
    post = Post.objects.create(unit=unit, title="副市长", role="leader")
    Appointment.objects.create(staff=lead, post=post, is_primary=True, valid_from=date(2020, 1, 1))
    _seat(unit, handlers)
    today, now = clock.today(), clock.now()
    for day in (today, today - timedelta(days=1)):
        CalendarDay.objects.update_or_create(
            day=day, defaults={"worked": True, "name": "量测", "source": "量测"}
        )
    ChasePolicy.objects.update_or_create(pk=1, defaults={"spread_s": spread_s})
    force = TaskForce.objects.create(
        name="量测专班", goal="量测", lead_post=post, lead_staff=lead, lead_unit=unit, office_unit=unit,
        starts_on=today - timedelta(days=100), ends_on=today + timedelta(days=100), state="running", created_at=now,
        created_by=lead,
    )  # fmt: skip
    due = today - timedelta(days=1)
    items = [
        Item(
            taskforce=force, number=number, title=f"重点事项{number}", lead_unit=unit, handler_id=handler,
            starts_on=due - timedelta(days=30), due_on=due, first_due_on=due, state="in_progress", percent=50,
            colour="red", colour_since=now, rule_version=DEFAULT_RULE.version, dispatched_at=now, signed_at=now,
            created_at=now,
        )
        for number, handler in enumerate(handlers, 1)
    ]  # fmt: skip
    return Item.objects.bulk_create(items, batch_size=5000)


def _seat(unit: Unit, handlers: list[int]) -> None:
    """Each in a post of the unit: who has none there any more is reminded of nothing."""
    posts = Post.objects.bulk_create(
        (Post(unit=unit, title="科员", role="handler", rank=number) for number in range(len(handlers))),
        batch_size=5000,
    )
    Appointment.objects.bulk_create(
        (
            Appointment(staff_id=staff, post=post, is_primary=True, valid_from=date(2020, 1, 1))
            for staff, post in zip(handlers, posts, strict=True)
        ),
        batch_size=5000,
    )


def plan(items: list[Item]) -> datetime:
    """One reminder an item, all due at the next whole minute."""
    at = (clock.now() + LEAD + timedelta(minutes=1)).replace(second=0, microsecond=0)
    step = {
        "code": "overdue",
        "offset": 1,
        "at": f"{clock.local(at):%H:%M}",
        "audience": ["handler"],
        "daily": False,
    }
    last = ReminderLadder.objects.filter(kind="").count()
    ReminderLadder.objects.create(kind="", version=last + 100, steps=[step], at=clock.now())
    Reminder.objects.bulk_create(
        (Reminder(item=item, rule="overdue", due_on=item.due_on, slot_at=at) for item in items),
        batch_size=5000,
    )
    timers.set_timer("benchmark", at, "workflows.send_reminders")
    return at


def measure(
    stage: Stage, servers: list[str], people: list[Person], *, count: int, spread_s: int, known: float
) -> list[Timed]:
    """`known`: the share of the people whom the bot has written to before."""
    from bots.services import accounts

    accounts.ensure_bots()
    items = prepare(count, spread_s)
    _acquaint([item.handler_id or 0 for item in items][: int(known * count)])
    seats = large_room(people[:TALKERS], "reminders", senders=4)
    told = []
    for server in servers:
        with (
            seated(stage, server, seats) as (app, client),
            process(_bots(app)) as bots,
            process([sys.executable, "manage.py", "work"]) as worker,
        ):
            ask(client, {"secs": 2, "rate": RATE})
            time.sleep(STARTING_S)
            processes = {"application": app.pid, "bots": bots.pid, "worker": worker.pid}
            roots = {name: [pid] for name, pid in processes.items()} | {"databases": stage.roots}
            before = _cores(roots, partial(ask, client, {"secs": QUIET_S, "rate": RATE}))
            at = plan(items)
            time.sleep(max(0.0, (at - clock.now()).total_seconds()))
            meanwhile = _cores(roots, partial(_until_sent, client, at, spread_s))
        title = f"{count:,} reminders over {spread_s} s, {known:.0%} known; {server}"
        told.append(Timed(title, {**_figures(at, count), **_compared(before, meanwhile)}))
    return told


def _until_sent(client: Popen[str], at: datetime, spread_s: int) -> dict[str, float]:
    """The room talks as long as the cards are to go out."""
    talk = ask(client, {"secs": float(spread_s), "rate": RATE})
    _wait(at)
    return talk


def _acquaint(staff_ids: list[int]) -> None:
    """The bot's direct rooms with these people, as they are after their first card."""
    from bots.desk import TIXING
    from bots.services.accounts import bot_actor

    for begin in range(0, len(staff_ids), 500):
        open_directs(actor=bot_actor(TIXING), with_staff=staff_ids[begin : begin + 500])
    settle()


@dataclass(frozen=True)
class _Span:
    """`cores` by process, of the processor while it lasted."""

    talk: dict[str, float]
    cores: dict[str, float]


def _cores(roots: dict[str, list[int]], run: Callable[[], dict[str, float]]) -> _Span:
    spent, began = {name: cpu_seconds(pids) for name, pids in roots.items()}, time.perf_counter()
    talk = run()
    took = time.perf_counter() - began
    return _Span(talk, {name: (cpu_seconds(pids) - spent[name]) / took for name, pids in roots.items()})


def _bots(app: App) -> list[str]:
    return [sys.executable, "manage.py", "runbots", "--homeserver", f"http://127.0.0.1:{app.port}"]


def _wait(at: datetime) -> None:
    """Until every slip is sent. Raises TimeoutError."""
    give_up = time.perf_counter() + PATIENCE_S
    rows = Slip.objects.filter(slot_at=at)
    while not rows.exists() or rows.exclude(state__in=("sent", "stopped")).exists():
        if time.perf_counter() > give_up:
            left = rows.exclude(state__in=("sent", "stopped")).count()
            raise TimeoutError(f"{left} slips were not sent")
        time.sleep(1)


def _compared(before: _Span, meanwhile: _Span) -> dict[str, str]:
    cores = {
        f"{name} cores before, meanwhile": f"{before.cores[name]:.2f}, {share:.2f}"
        for name, share in meanwhile.cores.items()
    }
    return {
        "ack p99 ms before": f"{before.talk['ack_p99_ms']:.1f}",
        "ack p99 ms meanwhile": f"{meanwhile.talk['ack_p99_ms']:.1f}",
        "talk lost": f"{meanwhile.talk['lost']:.2%}",
        **cores,
    }


def _figures(at: datetime, count: int) -> dict[str, str]:
    from bots.desk import TIXING
    from chatops.store.models import Event

    sent = Slip.objects.filter(slot_at=at, state="sent")
    bot = Staff.objects.get(staff_number=TIXING.number)
    cards = Event.objects.filter(
        sender_id=bot.pk,
        content__contains={"org.tongzhou.card": {"kind": "reminder"}},
        ts__gte=1000 * at.timestamp(),
    )
    a_room = Counter(cards.values_list("room_id").annotate(n=Count("seq")).values_list("n", flat=True))
    moments = sorted((one - at).total_seconds() for one in sent.values_list("sent_at", flat=True) if one)
    minutes = Counter(int(one // 60) for one in moments)
    return {
        "cards": f"{sum(a_room.values()):,}",
        "lost": f"{count - sum(a_room.values()):,}",
        "doubled": f"{sum(rooms for cards_there, rooms in a_room.items() if cards_there > 1):,}",
        "first after s": f"{moments[0]:.0f}",
        "last after s": f"{moments[-1]:.0f}",
        "most in a minute": f"{max(minutes.values()):,}",
    }
