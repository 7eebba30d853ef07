"""Items: adding, dispatching, describing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from common.events import publish
from directory.actors import Actor
from directory.services.rights import require
from workflows.burden import guard as burden
from workflows.errors import NotAllowedNowError, NotDispatchableError
from workflows.events import ItemDispatched
from workflows.rules import milestones as plans
from workflows.rules.moves import ItemAct, ItemState
from workflows.services import changes, colours
from workflows.services.abilities import Hung
from workflows.services.calendar import work_calendar
from workflows.services.changes import moved, stamp
from workflows.services.deeds import once
from workflows.services.gates import (
    access_item,
    access_ledger,
    access_taskforce,
    force_scope,
    item_scope,
    ledger_scope,
)
from workflows.services.knocks import pending_changed
from workflows.services.members import join_units_of
from workflows.services.parts import dispatch_parts
from workflows.services.shapes import ItemAnswer, ItemDetailOut
from workflows.services.views import item_detail_out, item_out
from workflows.store import items as store
from workflows.store import ledgers as ledger_store
from workflows.store import parts as part_store
from workflows.store import taskforces as force_store
from workflows.store.models import Item, ItemHistory, Ledger, Milestone, TaskForce


@dataclass(frozen=True)
class NewItem:
    """What a new item starts from. A project of a task force gets the template of milestones, all else none.

    Attributes:
        due_on: None for the limit of its kind, counted from now.
        details: the fields of its kind, as text.
        evidence_required: None for what its kind says.
        recurrence: a rule of rules.recurrence as JSON: the next item is made when this one falls due.
        supervisor: user id of who presses it.
        report_every_days: 反馈频次; None for what the colour rule says.
        more: further columns of the row, as services of this floor set them.
    """

    title: str
    lead_unit_id: UUID
    starts_on: date
    due_on: date | None
    category: str = ""
    budget_wan: Decimal | None = None
    supporting_unit_ids: tuple[UUID, ...] = ()
    list_seq: int | None = None
    source: str = "typed"
    kind: str = "project"
    details: Mapping[str, str] = field(default_factory=dict)
    evidence_required: bool | None = None
    recurrence: Mapping[str, Any] | None = None
    supervisor_unit_id: UUID | None = None
    supervisor: str | None = None
    report_every_days: int | None = None
    weight: int = 1
    more: Mapping[str, Any] = field(default_factory=dict)


class DispatchAnswer(BaseModel):
    message: str
    numbers: list[int]


def lock_home(taskforce_id: UUID | None, ledger_id: UUID | None) -> TaskForce | Ledger:
    """The row that numbers are given under. Raises NotFoundError."""
    if taskforce_id is not None:
        return force_store.lock(taskforce_id)
    if ledger_id is None:
        raise NotFoundError
    return ledger_store.lock(ledger_id)


def require_open(home: TaskForce | Ledger) -> None:
    """Raises NotAllowedNowError."""
    if isinstance(home, Ledger):
        if home.closed_at is not None:
            raise NotAllowedNowError(message=_("该台账已停用，不能再新增或导入事项。请选择其他台账。"))
    elif home.state == "dissolved":
        raise NotAllowedNowError(message=_("专班已撤销，不能再新增或导入事项。"))


def add_items(actor: Actor, home: TaskForce | Ledger, news: Iterable[NewItem]) -> list[Item]:
    """Number and store items with their milestones. The home's row must be locked, the input checked.

    With an organ code the ledger gives the formal numbers too, here at registration.
    """
    wanted, now = list(news), clock.now()
    for new in wanted:
        burden.check(new.title, where="item", field="title")
    items, nodes = [], []
    force, ledger = (None, home) if isinstance(home, Ledger) else (home, None)
    numbers = force_store.take_numbers(force, len(wanted)) if force else range(0)
    formal: list[str | None] = [None] * len(wanted)
    if ledger:
        numbers = ledger_store.take_numbers(ledger, len(wanted))
        if ledger.organ_code and wanted:
            titles = [new.title.strip() for new in wanted]
            formal = [*ledger_store.take_formal(ledger, titles, clock.local(now).year, now)]
    for number, formal_number, new in zip(numbers, formal, wanted, strict=True):
        due_on = new.due_on
        if due_on is None:
            raise ValueError("a new item has a due date by now")
        item = Item(
            taskforce=force,
            ledger=ledger,
            number=number,
            formal_number=formal_number,
            **new.more,
            list_seq=new.list_seq,
            title=new.title.strip(),
            category=new.category.strip(),
            budget_wan=new.budget_wan,
            source=new.source,
            kind=new.kind,
            details=dict(new.details),
            evidence_required=bool(new.evidence_required),
            recurrence=dict(new.recurrence) if new.recurrence else None,
            supervisor_unit_id=new.supervisor_unit_id,
            report_every_days=new.report_every_days,
            weight=new.weight,
            lead_unit_id=new.lead_unit_id,
            starts_on=new.starts_on,
            due_on=due_on,
            first_due_on=due_on,
            colour="",
            colour_since=now,
            rule_version=home.rule_version,
            created_at=now,
        )
        stages = plans.TEMPLATES.get(new.kind) if force else None
        planned = [
            Milestone(
                item=item,
                position=place,
                name=one.name,
                due_on=one.due_on,
                first_due_on=one.due_on,
                percent=one.percent,
            )
            for place, one in enumerate(
                plans.plan(new.starts_on, due_on, work_calendar(), stages) if stages else ()
            )
        ]
        colours.set_colour(item, planned, now)
        items.append(item)
        nodes += planned
    store.add_items(items)
    store.add_milestones(nodes)
    for item, new in zip(items, wanted, strict=True):
        if new.supporting_unit_ids:
            store.set_supporting(item, new.supporting_unit_ids)
    _record_added(actor, items, now)
    return items


def _record_added(actor: Actor, items: list[Item], now: datetime) -> None:
    who = stamp(actor, now)
    store.add_history(
        [
            ItemHistory(item=item, act="register", to_state=item.state, text="立项登记", **who)
            for item in items
        ]
    )
    for item in items:
        new = {"number": item.number, "title": item.title, "due_on": item.due_on.isoformat()}
        audit.record(actor=actor, verb="item.register", subject="item", subject_id=item.pk, new=new)


def describe_item(actor: Actor, item_id: UUID) -> ItemDetailOut:
    """One item with its reports, extensions and history. Raises NotFoundError."""
    item = access_item(actor, item_id)
    return item_detail_out(
        actor,
        item,
        reports=store.reports(item),
        extensions=store.extensions(item),
        history=store.history(item),
        hung=Hung(
            parts=part_store.of_item(item_id),
            evidence=part_store.evidence(item_id),
            rectifications=part_store.rectifications(item_id),
            disputes=part_store.disputes(item_id),
            children=store.children(item_id),
        ),
    )


def check_dispatch(
    *,
    actor: Actor,
    taskforce_id: UUID | None = None,
    ledger_id: UUID | None = None,
    item_ids: list[UUID] | None,
    key: str | None = None,
) -> DispatchAnswer:
    """Dispatch the given items of a task force or ledger, or with None every registered one. All or none.

    Raises:
        NotFoundError, ForbiddenError. NotDispatchableError: one of those given is past it; facts: numbers.
    """
    if taskforce_id is not None:
        require(actor, "item.dispatch", force_scope(access_taskforce(actor, taskforce_id)))
    elif ledger_id is not None:
        require(actor, "item.dispatch", ledger_scope(access_ledger(actor, ledger_id)))
    home_id = taskforce_id or ledger_id

    def deed() -> DispatchAnswer:
        locked = lock_home(taskforce_id, ledger_id)
        require_open(locked)
        chosen = store.ids_in_state(locked.pk, ItemState.REGISTERED) if item_ids is None else item_ids
        items = [item for item in store.lock_many(chosen) if item.home.pk == locked.pk]
        if len(items) < len(set(chosen)):
            raise BadInputError(field="item_ids", message=_("有的事项不属于本专班或台账，请刷新后重新选择。"))
        late = [item.number for item in items if item.state not in {ItemState.REGISTERED, ItemState.RETURNED}]
        if late:
            raise NotDispatchableError(numbers=sorted(late))
        for item in sorted(items, key=lambda one: one.number):
            do_dispatch(actor, item)
        pending_changed(items)
        join_units_of(actor, locked, items)
        numbers = sorted(item.number for item in items)
        return DispatchAnswer(message=_("已交办{count}项。").format(count=len(numbers)), numbers=numbers)

    return once(actor=actor, key=key, verb="dispatch", subject_id=home_id, answer=DispatchAnswer, deed=deed)


def check_dispatch_one(*, actor: Actor, item_id: UUID, key: str | None = None) -> ItemAnswer:
    """Dispatch one item wherever it stands.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError (also: its home takes nothing new).
    """
    seen = access_item(actor, item_id)

    def deed() -> ItemAnswer:
        home = lock_home(seen.taskforce_id, seen.ledger_id)
        require_open(home)
        item = store.lock_with_parents(item_id)
        require(actor, "item.dispatch", item_scope(item))
        do_dispatch(actor, item)
        pending_changed([item])
        join_units_of(actor, home, [item])
        message = _("已将第{number}项“{title}”交办{unit}。").format(
            number=item.number, title=item.title, unit=item.lead_unit.name
        )
        return ItemAnswer(message=message, item=item_out(actor, store.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="dispatch_one", subject_id=item_id, answer=ItemAnswer, deed=deed)


def do_dispatch(actor: Actor, item: Item) -> None:
    """Of a locked item."""

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.DISPATCH)
        item.dispatched_at, item.signed_at = now, None
        return f"交办{item.lead_unit.name}"

    changes.apply_change(actor, item, ItemAct.DISPATCH, change)
    if item.ledger_id:
        dispatch_parts(actor, item, clock.now())
    publish(
        ItemDispatched(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            version=item.version,
            origin_room_id=item.origin_room_id,
        )
    )
