"""What the outside sees of a task force and its items: the same shapes for REST, cards and bots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from common import clock, ids
from directory.actors import Actor
from directory.services.rights import Scope, may
from directory.store.models import Staff, Unit
from workflows.rules.moves import STATE_WORDS, ForceState, ItemAct, ItemState, allowed_acts
from workflows.rules.part_moves import PART_WORDS, RECTIFY_WORDS, PartAct, PartState, allowed_part_acts
from workflows.rules.trees import Share, rolled_up
from workflows.services.calendar import work_calendar
from workflows.services.gates import force_scope, item_scope
from workflows.store.items import DONE, FINAL
from workflows.store.models import (
    Evidence,
    Extension,
    Item,
    ItemPart,
    LeadDispute,
    Milestone,
    ProgressReport,
    Rectification,
    TaskForce,
)
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
    followed: bool
    due_provisional: bool
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


class PartOut(BaseModel):
    """会办 of one unit. `abilities`: what the viewer may do with it now."""

    id: UUID
    unit: UnitRef
    ask: str
    due_on: date
    first_due_on: date
    state: str
    state_words: str
    signed_at: datetime | None
    answer: str
    answered_at: datetime | None
    answered_by_name: str
    dissent: str
    dissent_answer: str
    dissent_answered_by_name: str
    returned_reason: str
    abilities: dict[str, bool]


class EvidenceOut(BaseModel):
    """A file is read at /items/{item}/evidence/{id}/file; a link has `url`."""

    id: UUID
    report_id: UUID | None
    media_id: str
    url: str
    name: str
    mimetype: str
    at: datetime
    by_name: str


class RectificationOut(BaseModel):
    id: UUID
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    order: str
    plan_due_on: date
    plan: str
    due_on: date | None
    result: str
    state: str
    state_words: str
    checked_at: datetime | None
    checked_by_name: str
    check_words: str


class DisputeOut(BaseModel):
    """牵头异议. `superior`: who decides once it has gone up."""

    id: UUID
    at: datetime
    by_name: str
    by_unit: str
    claimed_unit: UnitRef
    reason: str
    escalates_at: datetime
    superior: UnitRef | None
    escalated_at: datetime | None
    settled_at: datetime | None
    settled_by_name: str
    settled_unit: UnitRef | None
    settled_reason: str


class ItemDetailOut(ItemOut):
    parts: list[PartOut]
    evidence: list[EvidenceOut]
    rectifications: list[RectificationOut]
    disputes: list[DisputeOut]
    children: list[ItemOut]
    rolled_up: int | None
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
    "check": ("item.check", ItemAct.CHECK),
    "accept": ("item.check", ItemAct.ACCEPT),
    "strike_off": ("item.close", ItemAct.STRIKE_OFF),
    "archive": ("item.close", ItemAct.ARCHIVE),
    "rectify": ("item.rectify", ItemAct.RECTIFY),
    "reopen": ("item.close", ItemAct.REOPEN),
}
# What the lead unit's or the office's work brings to an end is not done by who did it (doer ≠ verifier).
_VERIFIES = ("check", "accept", "close", "rectify")


# Where an item may be split up: while somebody works on it, or has just got it.
SPLIT = frozenset({ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS})


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
    found["decompose"] = item.state in SPLIT and (
        may(actor, "item.decompose", scope) or may(actor, "item.dispatch", scope)
    )
    if not home_is_open(item):
        found |= {"dispatch": False, "decompose": False}
    if item.handler_id is not None and item.handler_id == actor.staff_id:
        found |= dict.fromkeys(_VERIFIES, False)
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


def home_is_open(item: Item) -> bool:
    """Whether the item's home still takes and hands out items."""
    if item.taskforce is not None:
        return item.taskforce.state != ForceState.DISSOLVED
    return item.ledger is not None and item.ledger.closed_at is None


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
        "followed": any(one.staff_id == actor.staff_id for one in item.follows.all()),
        "due_provisional": bool(work_calendar().missing_years(item.starts_on, item.due_on)),
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


@dataclass(frozen=True)
class Hung:
    """What hangs on an item, as the store reads it."""

    parts: Sequence[ItemPart]
    evidence: Sequence[Evidence]
    rectifications: Sequence[Rectification]
    disputes: Sequence[LeadDispute]
    children: Sequence[Item]


def detail_abilities(actor: Actor, item: Item, hung: Hung) -> dict[str, bool]:
    """What depends on more than the item's row."""
    scope, runs = item_scope(item), item.state not in FINAL
    reports = may(actor, "item.report", scope)
    last = hung.rectifications[-1].state if hung.rectifications else ""
    rechecks = item.state == ItemState.RECTIFYING and last == "done" and may(actor, "item.rectify", scope)
    open_dispute = next((one for one in hung.disputes if one.settled_at is None), None)
    superior = open_dispute.superior_id if open_dispute and open_dispute.escalated_at else None
    disputes = may(actor, "item.dispute_lead", scope) or any(
        may(actor, "item.dispute_lead", Scope(unit_id=one.unit_id)) for one in hung.parts
    )
    settles = bool(superior) and may(actor, "item.settle_lead", Scope(unit_id=superior))
    settles = settles or (open_dispute is not None and may(actor, "item.dispatch", scope))
    return {
        "add_part": runs and (reports or may(actor, "item.dispatch", scope)),
        "rectify_plan": item.state == ItemState.RECTIFYING and last in {"ordered", "planned"} and reports,
        "rectify_result": item.state == ItemState.RECTIFYING and last == "planned" and reports,
        "recheck": rechecks,
        "dispute_lead": runs and item.state != ItemState.REGISTERED and open_dispute is None and disputes,
        "settle_lead": runs and settles,
    }


def part_out(actor: Actor, item: Item, part: ItemPart) -> PartOut:
    names = [one for one in PartOut.model_fields if one not in {"unit", "state_words", "abilities"}]
    return PartOut(
        **{name: getattr(part, name) for name in names},
        unit=unit_out(part.unit),
        state_words=PART_WORDS[part.state],
        abilities=_part_abilities(actor, item, part),
    )


def _part_abilities(actor: Actor, item: Item, part: ItemPart) -> dict[str, bool]:
    runs = item.state not in FINAL
    own = runs and may(actor, "item.answer_part", Scope(unit_id=part.unit_id))
    possible = allowed_part_acts(PartState(part.state))
    found = {act.value: own and act in possible for act in PartAct if act != PartAct.ASK_AGAIN}
    scope = item_scope(item)
    leads = runs and may(actor, "item.report", scope)
    found["answer_dissent"] = leads and bool(part.dissent) and not part.dissent_answer
    found["ask_again"] = (
        PartAct.ASK_AGAIN in possible and runs and (leads or may(actor, "item.dispatch", scope))
    )
    return found


def rectification_out(one: Rectification) -> RectificationOut:
    names = [name for name in RectificationOut.model_fields if name != "state_words"]
    return RectificationOut(
        **{name: getattr(one, name) for name in names}, state_words=RECTIFY_WORDS[one.state]
    )


def dispute_out(one: LeadDispute) -> DisputeOut:
    units = ("claimed_unit", "superior", "settled_unit")
    names = [name for name in DisputeOut.model_fields if name not in units]
    shown = {name: unit_out(unit) if (unit := getattr(one, name)) else None for name in units}
    return DisputeOut(**{name: getattr(one, name) for name in names}, **shown)


def item_detail_out(
    actor: Actor,
    item: Item,
    *,
    reports: Iterable[ProgressReport],
    extensions: Iterable[Extension],
    history: Iterable[Any],
    hung: Hung,
) -> ItemDetailOut:
    fields = _item_fields(actor, item)
    fields["abilities"] = {**fields["abilities"], **detail_abilities(actor, item, hung)}
    return ItemDetailOut(
        **fields,
        parts=[part_out(actor, item, one) for one in hung.parts],
        evidence=[
            EvidenceOut(**{name: getattr(one, name) for name in EvidenceOut.model_fields})
            for one in hung.evidence
        ],
        rectifications=[rectification_out(one) for one in hung.rectifications],
        disputes=[dispute_out(one) for one in hung.disputes],
        children=[item_out(actor, one) for one in hung.children],
        rolled_up=rolled_up(Share(one.percent, one.weight, one.state) for one in hung.children),
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
        # What is wound up takes nothing new: its items go on by themselves, its pages are for reading.
        abilities={
            name: force.state != ForceState.DISSOLVED and may(actor, verb, scope)
            for name, verb in verbs.items()
        },
    )
