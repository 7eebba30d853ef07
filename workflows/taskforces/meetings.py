"""例会: the agenda makes itself, decisions become items, minutes are numbered."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.burden import guard as burden
from workflows.rules.hard_problems import PROBLEMS
from workflows.rules.meetings import MEETINGS, minutes_number
from workflows.services import items as item_services
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.items import NewItem
from workflows.services.people import living_unit
from workflows.services.shapes import UnitRef
from workflows.services.views import colour_code, unit_out
from workflows.store.models import ForceMeeting, Item, MeetingDecision, TaskForce
from workflows.taskforces import problem_store
from workflows.taskforces.common import force_to_manage, lock_running, moved, page_of, words
from workflows.taskforces.meeting_plans import MAX_PLACE

MAX_MINUTES, MAX_DECISION, MOST_DECISIONS = 10_000, 200, 50


class AgendaLineOut(BaseModel):
    """One topic: an open problem, or a red or yellow item; with the unit that reports on it."""

    kind: str
    subject_id: UUID
    number: int
    title: str
    unit: str
    colour: str
    because: str


class MeetingDecisionIn(BaseModel):
    text: str
    lead_unit_id: UUID
    due_on: date


class DecisionOut(BaseModel):
    position: int
    text: str
    lead_unit: UnitRef
    due_on: date
    item_id: UUID | None
    item_number: int | None
    item_state: str
    colour: str


class MeetingOut(BaseModel):
    """The agenda of a meeting that is planned is as of now; once held it stands."""

    id: UUID
    taskforce_id: UUID
    meets_at: datetime
    moved: bool
    place: str
    state: str
    state_words: str
    agenda: list[AgendaLineOut]
    minutes: str
    minutes_number: str
    chair: str
    held_at: datetime | None
    issued_at: datetime | None
    issued_by_name: str
    decisions: list[DecisionOut]
    abilities: dict[str, bool]


class MeetingAnswer(BaseModel):
    message: str
    meeting: MeetingOut


def agenda_of(taskforce_id: UUID) -> list[dict[str, Any]]:
    """Open problems first, then red and yellow items by due date."""
    lines: list[dict[str, Any]] = [
        {
            "kind": "problem",
            "subject_id": str(one.pk),
            "number": one.number,
            "title": one.title,
            "unit": one.unit.display_name if one.unit else "",
            "colour": "",
            "because": PROBLEMS.states[one.state],
        }
        for one in problem_store.of_force(taskforce_id, "open")
    ]
    hot = Item.objects.filter(taskforce_id=taskforce_id, colour__in=("red", "yellow")).exclude(
        state__in=("closed", "cancelled")
    )
    ordered = sorted(
        hot.select_related("lead_unit"), key=lambda one: (one.colour != "red", one.due_on, one.number)
    )
    lines += [
        {
            "kind": "item",
            "subject_id": str(one.pk),
            "number": one.number,
            "title": one.title,
            "unit": one.lead_unit.display_name,
            "colour": str(one.colour),
            "because": one.colour_because,
        }
        for one in ordered
    ]
    return lines


def list_meetings(
    actor: Actor, taskforce_id: UUID, cursor: str | None = None
) -> tuple[list[MeetingOut], str | None]:
    """Newest first, the coming one on top. Raises NotFoundError."""
    force = access_taskforce(actor, taskforce_id)
    found = _shown().filter(taskforce=force).exclude(state="cancelled").order_by("-meets_at")
    rows, following = page_of(found, cursor, 20)
    agenda = agenda_of(force.pk) if any(one.state == "planned" for one in rows) else []
    return [meeting_out(actor, force, one, agenda) for one in rows], following


def describe_meeting(actor: Actor, meeting_id: UUID) -> MeetingOut:
    meeting = _shown().filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFoundError
    return meeting_out(actor, access_taskforce(actor, meeting.taskforce_id), meeting)


def _shown() -> Any:
    return ForceMeeting.objects.prefetch_related("decisions__lead_unit", "decisions__item")


def check_call(
    *, actor: Actor, taskforce_id: UUID, meets_at: datetime, place: str = "", key: str | None = None
) -> MeetingAnswer:
    """A meeting outside the weekly ones. Raises as `check_plan`."""
    force_to_manage(actor, taskforce_id)
    place = words(actor, place, field="place", most=MAX_PLACE, needed=False)
    if meets_at < clock.now() - timedelta(hours=12):
        raise BadInputError(field="meets_at", message=_("会议时间已过，请改为今天或之后的时间。"))

    def deed() -> MeetingAnswer:
        force = lock_running(taskforce_id)
        slot = clock.local(meets_at).date()
        meeting, made = ForceMeeting.objects.get_or_create(
            taskforce=force, slot=slot, defaults={"meets_at": meets_at, "place": place}
        )
        if not made:
            raise BadInputError(field="meets_at", message=_("当天已有一次会议，请使用该次会议或改日。"))
        return _answer(actor, force, meeting, "call", _("已安排会议。"))

    return once(
        actor=actor, key=key, verb="meeting.call", subject_id=taskforce_id, answer=MeetingAnswer, deed=deed
    )


def check_hold(*, actor: Actor, meeting_id: UUID, chair: str = "", key: str | None = None) -> MeetingAnswer:
    """召开: the agenda as it is now is kept."""
    chair = words(actor, chair, field="chair", most=60, needed=False)

    def change(force: TaskForce, meeting: ForceMeeting, now: datetime) -> str:
        meeting.agenda, meeting.held_at = agenda_of(force.pk), now
        meeting.chair = chair or actor.name
        return _("会议已召开，议程已固定，共{count}项。").format(count=len(meeting.agenda))

    return _change(actor, meeting_id, "hold", key, change)


def check_cancel(*, actor: Actor, meeting_id: UUID, key: str | None = None) -> MeetingAnswer:
    def change(_force: TaskForce, _meeting: ForceMeeting, _now: datetime) -> str:
        return _("本次例会已取消。")

    return _change(actor, meeting_id, "cancel", key, change)


def check_draft(
    *,
    actor: Actor,
    meeting_id: UUID,
    minutes: str,
    decisions: list[MeetingDecisionIn],
    key: str | None = None,
) -> MeetingAnswer:
    """Keep minutes and decisions without issuing them. Raises also BadInputError (minutes, decisions)."""
    minutes = words(actor, minutes, field="minutes", most=MAX_MINUTES, needed=False)

    def change(_force: TaskForce, meeting: ForceMeeting, _now: datetime) -> str:
        meeting.minutes = minutes
        _set_decisions(actor, meeting, decisions)
        return _("纪要草稿已保存。")

    return _change(actor, meeting_id, "draft", key, change)


def check_issue(
    *,
    actor: Actor,
    meeting_id: UUID,
    minutes: str,
    decisions: list[MeetingDecisionIn],
    key: str | None = None,
) -> MeetingAnswer:
    """印发纪要: takes the year's next number; each decision becomes an item of the force and is dispatched.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError.
    """
    minutes = words(actor, minutes, field="minutes", most=MAX_MINUTES)

    def change(force: TaskForce, meeting: ForceMeeting, now: datetime) -> str:
        meeting.minutes, meeting.issued_at, meeting.issued_by_name = minutes, now, actor.name
        meeting.year = clock.local(now).year
        known = ForceMeeting.objects.filter(taskforce=force, year=meeting.year)
        meeting.number = (known.aggregate(top=Max("number"))["top"] or 0) + 1
        rows = _set_decisions(actor, meeting, decisions)
        number = minutes_number(meeting.year, meeting.number)
        made = _make_items(actor, force, rows, number)
        return _("{number}会议纪要已印发，{count}项议定事项已交办。").format(number=number, count=made)

    return _change(actor, meeting_id, "issue", key, change)


def _set_decisions(
    actor: Actor, meeting: ForceMeeting, decisions: list[MeetingDecisionIn]
) -> list[MeetingDecision]:
    if len(decisions) > MOST_DECISIONS:
        raise BadInputError(field="decisions", message=_("一次会议的议定事项不超过50项，请分次印发。"))
    today = clock.today()
    rows = []
    for place, one in enumerate(decisions, 1):
        text = words(actor, one.text, field="decisions", most=MAX_DECISION)
        burden.check(text, where="item", field="decisions")
        living_unit(one.lead_unit_id, field="decisions")
        if one.due_on < today:
            raise BadInputError(
                field="decisions",
                message=_("第{place}项议定事项的时限早于今天，请改为今天或之后。").format(place=place),
            )
        rows.append(
            MeetingDecision(
                meeting=meeting, position=place, text=text, lead_unit_id=one.lead_unit_id, due_on=one.due_on
            )
        )
    meeting.decisions.all().delete()
    return MeetingDecision.objects.bulk_create(rows)


def _make_items(actor: Actor, force: TaskForce, rows: list[MeetingDecision], number: str) -> int:
    if not rows:
        return 0
    require(actor, "item.create", force_scope(force))
    news = [
        NewItem(
            title=row.text,
            lead_unit_id=row.lead_unit_id,
            starts_on=clock.today(),
            due_on=row.due_on,
            category="例会议定事项",
            kind="meeting_decision",
            details={
                "meeting": f"{force.name}例会",
                "held_on": clock.today().isoformat(),
                "minutes_number": number,
            },
            more={
                "origin_room_id": force.room_id,
                "origin_text": f"{force.name}{number}例会纪要，议定事项{row.position}",
                "origin_sender": actor.name,
            },
        )
        for row in rows
    ]
    items = item_services.add_items(actor, force, news)
    for row, item in zip(rows, items, strict=True):
        row.item = item
        row.save(update_fields=["item"])
    item_services.check_dispatch(actor=actor, taskforce_id=force.pk, item_ids=[item.pk for item in items])
    return len(items)


def _change(actor: Actor, meeting_id: UUID, act: str, key: str | None, change: Any) -> MeetingAnswer:
    seen = ForceMeeting.objects.filter(pk=meeting_id).first()
    if seen is None:
        raise NotFoundError
    force_to_manage(actor, seen.taskforce_id)

    def deed() -> MeetingAnswer:
        force = lock_running(seen.taskforce_id)
        require(actor, "taskforce.manage", force_scope(force))
        meeting = ForceMeeting.objects.select_for_update(no_key=True).get(pk=meeting_id)
        meeting.state = moved(MEETINGS, meeting.state, act)
        message = change(force, meeting, clock.now())
        meeting.save()
        return _answer(actor, force, meeting, act, message)

    return once(
        actor=actor, key=key, verb=f"meeting.{act}", subject_id=meeting_id, answer=MeetingAnswer, deed=deed
    )


def _answer(actor: Actor, force: TaskForce, meeting: ForceMeeting, act: str, message: str) -> MeetingAnswer:
    new = {"state": meeting.state, "number": meeting.number, "slot": meeting.slot.isoformat()}
    audit.record(actor=actor, verb=f"meeting.{act}", subject="meeting", subject_id=meeting.pk, new=new)
    return MeetingAnswer(message=message, meeting=meeting_out(actor, force, _shown().get(pk=meeting.pk)))


def meeting_out(
    actor: Actor, force: TaskForce, meeting: ForceMeeting, coming: list[dict[str, Any]] | None = None
) -> MeetingOut:
    """From a row that was read with its decisions. `coming`: the agenda as of now, where it is known already."""
    manages = may(actor, "taskforce.manage", force_scope(force)) and force.state != "dissolved"
    shows_draft = manages or meeting.state == "issued"
    agenda = meeting.agenda
    if meeting.state == "planned":
        agenda = agenda_of(force.pk) if coming is None else coming
    number = minutes_number(meeting.year, meeting.number) if meeting.year and meeting.number else ""
    plain = ("id", "taskforce_id", "meets_at", "place", "state", "chair", "held_at", "issued_at")
    return MeetingOut(
        **{name: getattr(meeting, name) for name in (*plain, "issued_by_name")},
        moved=clock.local(meeting.meets_at).date() != meeting.slot,
        state_words=MEETINGS.states[meeting.state],
        agenda=[AgendaLineOut(**line) for line in agenda],
        minutes=meeting.minutes if shows_draft else "",
        minutes_number=number,
        decisions=[_decision_out(one) for one in meeting.decisions.all()] if shows_draft else [],
        abilities=dict.fromkeys(MEETINGS.allowed(meeting.state), manages),
    )


def _decision_out(one: MeetingDecision) -> DecisionOut:
    item = one.item
    return DecisionOut(
        position=one.position,
        text=one.text,
        lead_unit=unit_out(one.lead_unit),
        due_on=one.due_on,
        item_id=item.pk if item else None,
        item_number=item.number if item else None,
        item_state=str(item.state) if item else "",
        colour=colour_code(item) if item else "",
    )
