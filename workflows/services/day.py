"""A person's day for the workbench: meetings of today, who is on duty above them, and what wants a look."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from directory.actors import Actor
from directory.services.tree import cached_tree
from workflows.rules.working_days import SHANGHAI, chinese_month_day
from workflows.services.reminders import CHASED, is_owed
from workflows.services.shapes import PersonRef
from workflows.services.views import person_out
from workflows.store import day as store
from workflows.store import orders as order_store
from workflows.store import taskforces as force_store

MOST_DUTY, MOST_NOTES = 6, 5
ORDERS_SINCE = timedelta(days=7)
SIGNED = ("signed_for", "reported", "substituted", "declined")
HIGHEST = 12  # units above one another


class MeetingLine(BaseModel):
    id: UUID
    taskforce_id: UUID
    taskforce: str
    meets_at: datetime
    place: str
    state: str
    minutes_number: str


class DutyLine(BaseModel):
    """Who answers the telephone of a unit today."""

    person: PersonRef
    post: str
    unit: str


class NoteLine(BaseModel):
    """One sentence with the page where something can be done about it."""

    kind: Literal["item", "order"]
    id: UUID
    text: str
    link: str


class DayOut(BaseModel):
    meetings: list[MeetingLine]
    duty: list[DutyLine]
    notes: list[NoteLine]


def describe_day(actor: Actor) -> DayOut:
    """Of today in Shanghai. A meeting that was cancelled is not in it; one that is over is."""
    midnight = datetime.combine(clock.today(), time(), SHANGHAI)
    forces = {one.pk for one in force_store.of_unit_or_post(actor.unit_id, actor.post_id)}
    forces |= {one.pk for one in force_store.of_expert(actor.staff_id)}
    return DayOut(
        meetings=[
            MeetingLine(
                id=one.pk,
                taskforce_id=one.taskforce_id,
                taskforce=one.taskforce.name,
                meets_at=one.meets_at,
                place=one.place,
                state=one.state,
                minutes_number=f"〔{one.year}〕第{one.number}次" if one.number else "",
            )
            for one in store.meetings(forces, midnight, midnight + timedelta(days=1))
        ],
        duty=[
            DutyLine(person=person_out(one.staff), post=one.post.title, unit=one.post.unit.display_name)
            for one in store.on_duty(_units_above(actor.unit_id), actor.unit_id, clock.today())[:MOST_DUTY]
        ],
        notes=[*_orders(actor), *_reminded(actor, midnight)][:MOST_NOTES],
    )


def _units_above(unit: UUID | None) -> list[UUID]:
    """The unit and those above it, by the block."""
    tree, chain = cached_tree(), list[UUID]()
    while unit is not None and len(chain) < HIGHEST:
        chain.append(unit)
        unit = tree.block.get(unit)
    return chain


def _orders(actor: Actor) -> Iterator[NoteLine]:
    found = store.unanswered_orders(actor.staff_id, clock.now() - ORDERS_SINCE, MOST_NOTES)
    counts = order_store.counts(one.pk for one in found)
    for one in found:
        people = {state: n for state, n in counts[one.pk].items() if not state.startswith("units_")}
        if left := sum(n for state, n in people.items() if state not in SIGNED):
            text = _("{number}“{title}”还有{left}人未签收").format(
                number=one.number or "", title=one.title, left=left
            )
            yield NoteLine(kind="order", id=one.pk, text=text, link=f"/orders/{one.pk}")


def _reminded(actor: Actor, since: datetime) -> Iterator[NoteLine]:
    seen: set[tuple[UUID, UUID | None]] = set()
    for line in store.reminded(actor.staff_id, since, CHASED, MOST_NOTES):
        item = line.item
        if item is None or (item.pk, line.part_id) in seen or not is_owed(line):
            continue
        seen.add((item.pk, line.part_id))
        what = (_("“{title}”的会办") if line.part else "“{title}”").format(title=item.title)
        due_on = line.part.due_on if line.part else item.due_on
        form = _("{what}已超过时限{day}") if due_on < clock.today() else _("{what}{day}到期")
        text = form.format(what=what, day=chinese_month_day(due_on))
        before = _("代{name}：").format(name=line.for_name) if line.for_name else ""
        yield NoteLine(kind="item", id=item.pk, text=f"{before}{text}", link=f"/sup/{item.pk}")
