"""What the outside sees of a task force and its items: the same shapes for REST, cards and bots."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from common import clock, ids
from directory.actors import Actor
from directory.services.rights import may
from directory.store.models import Staff, Unit
from workflows.rules.moves import STATE_WORDS, ItemAct, ItemState, allowed_acts
from workflows.services.gates import force_scope, item_scope
from workflows.store.items import DONE
from workflows.store.models import Extension, Item, Milestone, ProgressReport, TaskForce
from workflows.store.people import first_holders

ColourCode = Literal["red", "yellow", "green", "grey", "done"]


COLOUR_WORDS = {"red": "红", "yellow": "黄", "green": "绿", "grey": "灰", "done": "已办结"}


class UnitRef(BaseModel):
    id: UUID
    name: str
    short_name: str


class PersonRef(BaseModel):
    user_id: str
    name: str


class TaskForceRef(BaseModel):
    id: UUID
    name: str
    room_id: str


class LedgerRef(BaseModel):
    id: UUID
    name: str
    kind: str
    unit_id: UUID


class HomeOut(BaseModel):
    """Where an item stands: a task force or a ledger. `room_id` is "" for a ledger without a room."""

    kind: Literal["taskforce", "ledger"]
    id: UUID
    name: str
    room_id: str


class OriginOut(BaseModel):
    """The message that an item came from. `sender` as 单位 姓名 职务 on that day."""

    room_id: str
    event_id: str
    text: str
    sender: str


class MilestoneOut(BaseModel):
    """`first_due_on` is the date before any extension."""

    name: str
    due_on: date
    first_due_on: date
    percent: int
    done_on: date | None


class ReportOut(BaseModel):
    id: UUID
    at: datetime
    percent: int
    text: str
    by_name: str
    by_post: str
    by_unit: str
    state: str
    returned_reason: str


class ExtensionOut(BaseModel):
    id: UUID
    asked_at: datetime
    by_name: str
    by_post: str
    by_unit: str
    old_due_on: date
    new_due_on: date
    reason: str
    state: str
    decided_at: datetime | None
    decided_by_name: str
    decided_by_post: str
    decision_reason: str


class HistoryOut(BaseModel):
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    act: str
    from_state: str
    to_state: str
    text: str
    facts: dict[str, Any]


class ItemOut(BaseModel):
    """One item as lists, cards and the wall show it.

    Attributes:
        colour: the shape of UX §4; `done` is a closed item (grey by domain §11).
        because: why it has this colour, in plain Chinese; chip: the few words beside the shape.
        abilities: what the actor may do and the state allows now.
    """

    id: UUID
    number: int
    title: str
    category: str
    budget_wan: float | None
    taskforce: TaskForceRef | None
    ledger: LedgerRef | None
    home: HomeOut
    kind: str
    formal_number: str | None
    parent_id: UUID | None
    weight: int
    details: dict[str, Any]
    evidence_required: bool
    supervised: bool
    supervisor_unit: UnitRef | None
    supervisor: PersonRef | None
    origin: OriginOut | None
    recurring: bool
    suspended_on: date | None
    suspended_days: int
    lead_unit: UnitRef
    supporting_units: list[UnitRef]
    handler: PersonRef | None
    starts_on: date
    due_on: date
    first_due_on: date
    state: str
    state_words: str
    percent: int
    planned_percent: int
    colour: ColourCode
    reason_code: str
    because: str
    chip: str
    computed_colour: str
    computed_because: str
    overridden: bool
    override_ends_on: date | None
    colour_since: datetime
    milestones: list[MilestoneOut]
    next_milestone: MilestoneOut | None
    last_report: ReportOut | None
    open_extension: ExtensionOut | None
    dispatched_at: datetime | None
    signed_at: datetime | None
    closed_at: datetime | None
    version: int
    abilities: dict[str, bool]


class ItemDetailOut(ItemOut):
    reports: list[ReportOut]
    extensions: list[ExtensionOut]
    history: list[HistoryOut]


class ItemAnswer(BaseModel):
    """The answer to an act: a sentence for the person, and the item after it."""

    message: str
    item: ItemOut


class TaskForceOut(BaseModel):
    id: UUID
    name: str
    goal: str
    basis: str
    state: str
    state_words: str
    lead: PersonRef
    lead_post: str
    lead_unit: UnitRef
    office_unit: UnitRef
    units: list[UnitRef]
    room_id: str
    starts_on: date
    ends_on: date
    abilities: dict[str, bool]


def unit_out(unit: Unit) -> UnitRef:
    return UnitRef(id=unit.pk, name=unit.name, short_name=unit.display_name)


def person_out(staff: Staff) -> PersonRef:
    return PersonRef(user_id=ids.user_id(staff.staff_number), name=staff.name)


def milestone_out(one: Milestone) -> MilestoneOut:
    return MilestoneOut(
        name=one.name,
        due_on=one.due_on,
        first_due_on=one.first_due_on,
        percent=one.percent,
        done_on=one.done_on,
    )


def report_out(report: ProgressReport) -> ReportOut:
    names = ("id", "at", "percent", "text", "by_name", "by_post", "by_unit", "state", "returned_reason")
    return ReportOut(**{name: getattr(report, name) for name in names})


def extension_out(extension: Extension) -> ExtensionOut:
    names = [name for name in ExtensionOut.model_fields if name != "asked_at"]
    return ExtensionOut(asked_at=extension.at, **{name: getattr(extension, name) for name in names})


def colour_code(item: Item) -> ColourCode:
    if item.state in DONE:
        return "done"
    code: ColourCode = item.colour  # type: ignore[assignment]  # the column's choices are these words
    return code


# Ability → verb of the table of rights and the act of the state table (None: any state).
_ABILITIES: dict[str, tuple[str, ItemAct | None]] = {
    "dispatch": ("item.dispatch", ItemAct.DISPATCH),
    "sign_for": ("item.sign_for", ItemAct.SIGN_FOR),
    "send_back": ("item.return", ItemAct.SEND_BACK),
    "report": ("item.report", ItemAct.REPORT),
    "ask_extension": ("item.ask_extension", ItemAct.ASK_EXTENSION),
    "reject_report": ("item.reject_report", ItemAct.REJECT),
    "close": ("item.close", ItemAct.CLOSE),
    "transfer": ("item.dispatch", ItemAct.TRANSFER),
    "suspend": ("item.close", ItemAct.SUSPEND),
    "resume": ("item.close", ItemAct.RESUME),
    "cancel": ("item.close", ItemAct.CANCEL),
}


def item_abilities(actor: Actor, item: Item) -> dict[str, bool]:
    """From one item that the store has read with `shown()`."""
    scope, possible = item_scope(item), allowed_acts(ItemState(item.state), supervised=item.is_supervised)
    found = {
        name: (act is None or act in possible) and may(actor, verb, scope)
        for name, (verb, act) in _ABILITIES.items()
    }
    waiting: list[Extension] = getattr(item, "open_extensions", [])
    found["ask_extension"] = found["ask_extension"] and not waiting
    found["decide_extension"] = bool(waiting) and may(actor, "item.decide_extension", scope)
    chased = item.state in {ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS}
    judged = item.computed_colour != "grey"
    found["raise_colour"] = judged and may(actor, "item.raise_colour", scope)
    found["lower_colour"] = judged and may(actor, "item.override_colour", scope)
    found["remind"] = chased and may(actor, "item.dispatch", scope)
    return found


def home_out(item: Item) -> HomeOut:
    kind: Literal["taskforce", "ledger"] = "taskforce" if item.taskforce_id else "ledger"
    return HomeOut(kind=kind, id=item.home.pk, name=item.home_name, room_id=item.home_room_id)


def origin_out(item: Item) -> OriginOut | None:
    if not item.origin_event_id:
        return None
    return OriginOut(
        room_id=item.origin_room_id,
        event_id=item.origin_event_id,
        text=item.origin_text,
        sender=item.origin_sender,
    )


def item_out(actor: Actor, item: Item) -> ItemOut:
    return ItemOut(**_item_fields(actor, item))


def _item_fields(actor: Actor, item: Item) -> dict[str, Any]:
    milestones = [milestone_out(one) for one in item.milestones.all()]
    latest: list[ProgressReport] = getattr(item, "latest_reports", [])
    waiting: list[Extension] = getattr(item, "open_extensions", [])
    force, ledger = item.taskforce, item.ledger
    plain = ("id", "number", "title", "category", "starts_on", "due_on", "first_due_on", "state", "percent")
    more = ("planned_percent", "colour_since", "dispatched_at", "signed_at", "closed_at", "version")
    home = ("formal_number", "kind", "parent_id", "weight", "details", "evidence_required")
    return {
        **{name: getattr(item, name) for name in (*plain, *more, *home, "suspended_on", "suspended_days")},
        "budget_wan": None if item.budget_wan is None else float(item.budget_wan),
        "taskforce": force and TaskForceRef(id=force.pk, name=force.name, room_id=force.room_id),
        "ledger": ledger
        and LedgerRef(id=ledger.pk, name=ledger.name, kind=ledger.kind, unit_id=ledger.unit_id),
        "home": home_out(item),
        "supervised": item.is_supervised,
        "supervisor_unit": unit_out(item.supervisor_unit) if item.supervisor_unit else None,
        "supervisor": person_out(item.supervisor) if item.supervisor else None,
        "origin": origin_out(item),
        "recurring": item.recurrence is not None,
        "lead_unit": unit_out(item.lead_unit),
        "supporting_units": [unit_out(unit) for unit in item.supporting_units.all()],
        "handler": person_out(item.handler) if item.handler else None,
        "state_words": STATE_WORDS[item.state],
        "colour": colour_code(item),
        "reason_code": item.colour_reason,
        "because": item.colour_because,
        "chip": item.colour_chip,
        "computed_colour": item.computed_colour,
        "computed_because": item.computed_because,
        "overridden": item.overridden,
        "override_ends_on": item.override_ends_on,
        "milestones": milestones,
        "next_milestone": next((one for one in milestones if one.done_on is None), None),
        "last_report": report_out(latest[0]) if latest else None,
        "open_extension": extension_out(waiting[0]) if waiting else None,
        "abilities": item_abilities(actor, item),
    }


def item_detail_out(
    actor: Actor,
    item: Item,
    *,
    reports: Iterable[ProgressReport],
    extensions: Iterable[Extension],
    history: Iterable[Any],
) -> ItemDetailOut:
    return ItemDetailOut(
        **_item_fields(actor, item),
        reports=[report_out(one) for one in reports],
        extensions=[extension_out(one) for one in extensions],
        history=[
            HistoryOut(**{name: getattr(one, name) for name in HistoryOut.model_fields}) for one in history
        ],
    )


def forces_out(actor: Actor, forces: Sequence[TaskForce]) -> list[TaskForceOut]:
    """The lead is who holds the post today; after a hand-over that is the new holder."""
    leads = first_holders((force.lead_post_id for force in forces), clock.today())
    return [_force_out(actor, force, leads.get(force.lead_post_id, force.lead_staff)) for force in forces]


def force_out(actor: Actor, force: TaskForce) -> TaskForceOut:
    return forces_out(actor, [force])[0]


def _force_out(actor: Actor, force: TaskForce, lead: Staff) -> TaskForceOut:
    scope = force_scope(force)
    verbs = {
        "create_item": "item.create",
        "import": "item.import",
        "dispatch": "item.dispatch",
        "manage": "taskforce.manage",
        "digest": "report.digest",
    }
    plain = ("id", "name", "goal", "basis", "state", "room_id", "starts_on", "ends_on")
    return TaskForceOut(
        **{name: getattr(force, name) for name in plain},
        state_words=STATE_WORDS[force.state],
        lead=person_out(lead),
        lead_post=force.lead_post.title,
        lead_unit=unit_out(force.lead_unit),
        office_unit=unit_out(force.office_unit),
        units=[unit_out(unit) for unit in force.units.all()],
        abilities={name: may(actor, verb, scope) for name, verb in verbs.items()},
    )
