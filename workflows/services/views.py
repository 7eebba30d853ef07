"""A task force and its items as the outside sees them: rows of the store become shapes."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from common import clock, ids
from directory.actors import Actor
from directory.services.rights import may
from directory.store.models import Staff, Unit
from workflows.rules.moves import STATE_WORDS, ForceState
from workflows.rules.part_moves import PART_WORDS, RECTIFY_WORDS
from workflows.rules.trees import Share, rolled_up
from workflows.services.abilities import Hung, detail_abilities, item_abilities, part_abilities
from workflows.services.calendar import work_calendar
from workflows.services.gates import force_scope
from workflows.services.shapes import (
    ColourCode,
    DisputeOut,
    EvidenceOut,
    ExtensionOut,
    HistoryOut,
    HomeOut,
    ItemDetailOut,
    ItemOut,
    LedgerRef,
    MilestoneOut,
    OriginOut,
    PartOut,
    PersonRef,
    RectificationOut,
    ReportOut,
    TaskForceOut,
    TaskForceRef,
    UnitRef,
)
from workflows.store.items import DONE
from workflows.store.models import (
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
    home = (
        "formal_number",
        "kind",
        "parent_id",
        "weight",
        "details",
        "evidence_required",
        "report_every_days",
    )
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


def part_out(actor: Actor, item: Item, part: ItemPart) -> PartOut:
    names = [one for one in PartOut.model_fields if one not in {"unit", "state_words", "abilities"}]
    return PartOut(
        **{name: getattr(part, name) for name in names},
        unit=unit_out(part.unit),
        state_words=PART_WORDS[part.state],
        abilities=part_abilities(actor, item, part),
    )


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
