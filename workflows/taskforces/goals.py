"""工作-目标-政策-评价: four linked lists of a task force, and what hangs loose in them."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may
from workflows.burden import guard as burden
from workflows.rules import goals as rules
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.shapes import ColourCode, UnitRef
from workflows.services.views import colour_code, unit_out
from workflows.store.models import Goal, Indicator, Item, ItemGoal, Policy, TaskForce
from workflows.taskforces.common import force_to_manage, lock_running, words

MAX_TITLE, MAX_NAME, MAX_FIGURE, MAX_MEASURE = 200, 100, 40, 20


class WorkOut(BaseModel):
    id: UUID
    number: int
    title: str
    lead_unit: UnitRef
    percent: int
    colour: ColourCode
    goal_id: UUID | None


class IndicatorOut(BaseModel):
    id: UUID
    name: str
    measure: str
    target: str
    value: str
    source: str
    as_of: date | None


class PolicyOut(BaseModel):
    id: UUID
    title: str
    document_number: str
    goal_ids: list[UUID]


class GoalOut(BaseModel):
    id: UUID
    number: int
    title: str
    due_on: date | None
    indicators: list[IndicatorOut]


class OrphansOut(BaseModel):
    """Ids: works without a goal, goals without an indicator or without work, policies without a goal."""

    works: list[UUID]
    unmeasured: list[UUID]
    unserved: list[UUID]
    policies: list[UUID]
    count: int


class GoalSheetOut(BaseModel):
    goals: list[GoalOut]
    works: list[WorkOut]
    policies: list[PolicyOut]
    orphans: OrphansOut
    may_edit: bool


def describe_goals(actor: Actor, taskforce_id: UUID) -> GoalSheetOut:
    """The four lists in a fixed number of queries. Raises NotFoundError."""
    force = access_taskforce(actor, taskforce_id)
    goals = list(Goal.objects.filter(taskforce=force, struck=False).order_by("number"))
    indicators = list(Indicator.objects.filter(goal__in=goals, struck=False).order_by("created_at", "id"))
    policies = list(
        Policy.objects.filter(taskforce=force, struck=False)
        .prefetch_related("goals")
        .order_by("created_at", "id")
    )
    items = list(
        Item.objects.filter(taskforce=force)
        .exclude(state="cancelled")
        .select_related("lead_unit")
        .order_by("number")
    )
    serves = dict(
        ItemGoal.objects.filter(item__in=items, goal__struck=False).values_list("item_id", "goal_id")
    )
    means = {policy.pk: [goal.pk for goal in policy.goals.all() if not goal.struck] for policy in policies}
    loose = rules.orphans(
        works=[str(item.pk) for item in items],
        goals=[str(goal.pk) for goal in goals],
        policies=[str(policy.pk) for policy in policies],
        goal_of_work={str(item): str(goal) for item, goal in serves.items()},
        measured=[str(one.goal_id) for one in indicators],
        goals_of_policy={str(policy): [str(goal) for goal in to] for policy, to in means.items()},
    )
    return GoalSheetOut(
        goals=[
            GoalOut(
                id=goal.pk,
                number=goal.number,
                title=goal.title,
                due_on=goal.due_on,
                indicators=[_indicator_out(one) for one in indicators if one.goal_id == goal.pk],
            )
            for goal in goals
        ],
        works=[
            WorkOut(
                id=item.pk,
                number=item.number,
                title=item.title,
                lead_unit=unit_out(item.lead_unit),
                percent=item.percent,
                colour=colour_code(item),
                goal_id=serves.get(item.pk),
            )
            for item in items
        ],
        policies=[
            PolicyOut(id=one.pk, title=one.title, document_number=one.document_number, goal_ids=means[one.pk])
            for one in policies
        ],
        orphans=OrphansOut(
            works=[UUID(one) for one in loose.works],
            unmeasured=[UUID(one) for one in loose.unmeasured],
            unserved=[UUID(one) for one in loose.unserved],
            policies=[UUID(one) for one in loose.policies],
            count=loose.count,
        ),
        may_edit=force.state != "dissolved" and may(actor, "taskforce.manage", force_scope(force)),
    )


def _indicator_out(one: Indicator) -> IndicatorOut:
    return IndicatorOut(**{name: getattr(one, name) for name in IndicatorOut.model_fields})


def check_add_goal(
    *, actor: Actor, taskforce_id: UUID, title: str, due_on: date | None = None, key: str | None = None
) -> GoalSheetOut:
    """Raises NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError, BadInputError."""
    force_to_manage(actor, taskforce_id)
    title = words(actor, title, field="title", most=MAX_TITLE)
    burden.check(title, where="indicator", field="title")

    def deed() -> GoalSheetOut:
        force = lock_running(taskforce_id)
        do_add_goal(actor, force, title, due_on)
        return describe_goals(actor, taskforce_id)

    return once(
        actor=actor, key=key, verb="goal.add", subject_id=taskforce_id, answer=GoalSheetOut, deed=deed
    )


def do_add_goal(actor: Actor, force: TaskForce, title: str, due_on: date | None = None) -> Goal:
    """The force's row must be locked."""
    top = Goal.objects.filter(taskforce=force).aggregate(top=Max("number"))["top"] or 0
    goal = Goal.objects.create(taskforce=force, number=top + 1, title=title, due_on=due_on)
    _note(actor, force, "goal.add", {"goal": goal.number, "title": title})
    return goal


def check_add_indicator(
    *,
    actor: Actor,
    goal_id: UUID,
    name: str,
    target: str,
    measure: str = "",
    source: str = "",
    key: str | None = None,
) -> GoalSheetOut:
    """评价指标 of a goal: name, target, unit of the figures, where they come from. Raises as `check_add_goal`."""
    goal = _goal(actor, goal_id)
    name = words(actor, name, field="name", most=MAX_NAME)
    target = words(actor, target, field="target", most=MAX_FIGURE)
    burden.check(name, where="indicator", field="name")
    measure = words(actor, measure, field="measure", most=MAX_MEASURE, needed=False)
    source = words(actor, source, field="source", most=MAX_NAME, needed=False)

    def deed() -> GoalSheetOut:
        force = lock_running(goal.taskforce_id)
        Indicator.objects.create(
            goal=goal, name=name, target=target, measure=measure, source=source, created_at=clock.now()
        )
        _note(actor, force, "indicator.add", {"goal": goal.number, "name": name, "target": target})
        return describe_goals(actor, goal.taskforce_id)

    return once(
        actor=actor, key=key, verb="indicator.add", subject_id=goal_id, answer=GoalSheetOut, deed=deed
    )


def check_set_value(
    *, actor: Actor, indicator_id: UUID, value: str, as_of: date, key: str | None = None
) -> GoalSheetOut:
    """The figure of today or of an earlier day; no number without its data time. Raises as `check_add_goal`."""
    one = Indicator.objects.select_related("goal").filter(pk=indicator_id, struck=False).first()
    if one is None:
        raise NotFoundError
    goal = _goal(actor, one.goal_id)
    value = words(actor, value, field="value", most=MAX_FIGURE)
    if as_of > clock.today():
        raise BadInputError(field="as_of", message=_("数据时间晚于今天，请改为今天或之前。"))

    def deed() -> GoalSheetOut:
        force = lock_running(goal.taskforce_id)
        old = one.value
        one.value, one.as_of = value, as_of
        one.save(update_fields=["value", "as_of"])
        _note(actor, force, "indicator.value", {"name": one.name, "value": value}, {"value": old})
        return describe_goals(actor, goal.taskforce_id)

    return once(
        actor=actor, key=key, verb="indicator.value", subject_id=indicator_id, answer=GoalSheetOut, deed=deed
    )


def check_add_policy(
    *,
    actor: Actor,
    taskforce_id: UUID,
    title: str,
    document_number: str = "",
    goal_ids: list[UUID],
    key: str | None = None,
) -> GoalSheetOut:
    """政策 as a means to goals of this force. Raises as `check_add_goal`."""
    force_to_manage(actor, taskforce_id)
    title = words(actor, title, field="title", most=MAX_TITLE)
    document_number = words(actor, document_number, field="document_number", most=MAX_FIGURE, needed=False)

    def deed() -> GoalSheetOut:
        force = lock_running(taskforce_id)
        policy = Policy.objects.create(
            taskforce=force, title=title, document_number=document_number, created_at=clock.now()
        )
        policy.goals.set(_goals_of(force, goal_ids))
        _note(actor, force, "policy.add", {"title": title, "number": document_number})
        return describe_goals(actor, taskforce_id)

    return once(
        actor=actor, key=key, verb="policy.add", subject_id=taskforce_id, answer=GoalSheetOut, deed=deed
    )


def check_link_works(
    *,
    actor: Actor,
    taskforce_id: UUID,
    item_ids: list[UUID],
    goal_id: UUID | None,
    key: str | None = None,
) -> GoalSheetOut:
    """Say which goal these items serve; None takes them off. Raises as `check_add_goal`."""
    force_to_manage(actor, taskforce_id)

    def deed() -> GoalSheetOut:
        force = lock_running(taskforce_id)
        goal = _goals_of(force, [goal_id])[0] if goal_id else None
        items = list(Item.objects.filter(pk__in=item_ids, taskforce=force))
        if not items or len(items) != len(set(item_ids)):
            raise BadInputError(field="item_ids", message=_("有的事项不属于本专班，请刷新后重新选择。"))
        ItemGoal.objects.filter(item__in=items).delete()
        if goal is not None:
            ItemGoal.objects.bulk_create(ItemGoal(item=item, goal=goal) for item in items)
        numbers = sorted(item.number for item in items)
        _note(actor, force, "goal.link", {"goal": goal.number if goal else None, "items": numbers})
        return describe_goals(actor, taskforce_id)

    return once(
        actor=actor, key=key, verb="goal.link", subject_id=taskforce_id, answer=GoalSheetOut, deed=deed
    )


STRIKABLE: dict[str, Any] = {
    "goal": Goal,
    "indicator": Indicator,
    "policy": Policy,
}


def check_strike(*, actor: Actor, kind: str, pk: UUID, key: str | None = None) -> GoalSheetOut:
    """Strike a goal, indicator or policy from its list; the record stays. Raises as `check_add_goal`."""
    row: Any = STRIKABLE[kind].objects.filter(pk=pk, struck=False).first()
    if row is None:
        raise NotFoundError
    taskforce_id: UUID = row.goal.taskforce_id if kind == "indicator" else row.taskforce_id
    force_to_manage(actor, taskforce_id)

    def deed() -> GoalSheetOut:
        force = lock_running(taskforce_id)
        row.struck = True
        row.save(update_fields=["struck"])
        _note(actor, force, f"{kind}.strike", {"what": str(row)})
        return describe_goals(actor, taskforce_id)

    return once(actor=actor, key=key, verb=f"{kind}.strike", subject_id=pk, answer=GoalSheetOut, deed=deed)


def _goal(actor: Actor, goal_id: UUID) -> Goal:
    goal = Goal.objects.filter(pk=goal_id, struck=False).first()
    if goal is None:
        raise NotFoundError
    force_to_manage(actor, goal.taskforce_id)
    return goal


def _goals_of(force: TaskForce, goal_ids: list[UUID]) -> list[Goal]:
    found = list(Goal.objects.filter(pk__in=goal_ids, taskforce=force, struck=False))
    if len(found) != len(set(goal_ids)):
        raise BadInputError(field="goal_ids", message=_("所选目标不属于本专班或已删除，请重新选择。"))
    return found


def _note(
    actor: Actor, force: TaskForce, verb: str, new: dict[str, Any], old: dict[str, Any] | None = None
) -> None:
    audit.record(actor=actor, verb=verb, subject="taskforce", subject_id=force.pk, old=old, new=new)
