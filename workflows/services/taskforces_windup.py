"""Winding a task force up: nothing stays open without somebody who has it, then the room is closed."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services.membership import do_add_members
from chatops.services.messages import send
from chatops.services.outgoing import NotInRoomError
from chatops.services.rooms import do_set_archived
from chatops.store.rooms import find_room
from common import audit, clock, timers
from common.errors import ConflictError
from directory.actors import Actor
from directory.services.rights import require
from directory.store.models import Unit
from workflows.errors import NotAllowedNowError
from workflows.rules.moves import (
    ForceAct,
    ForceState,
    ItemAct,
    ItemState,
    NotAllowedNow,
    allowed_acts,
    next_force_state,
)
from workflows.services import acts, changes
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.knocks import pending_changed
from workflows.services.people import living_unit
from workflows.services.shapes import TaskForceOut
from workflows.services.views import force_out
from workflows.store import items as item_store
from workflows.store import taskforces as store
from workflows.store.models import HardProblem, Item, TaskForce
from workflows.taskforces import problem_store
from workflows.taskforces.common import knock
from workflows.taskforces.problems import sign_over

NAMED = 10


class WindUpAnswer(BaseModel):
    message: str
    taskforce: TaskForceOut


class ProblemsOpenError(ConflictError):
    """facts: problems, as [number, title]."""

    code = "problems_open"


class ItemsOpenError(ConflictError):
    """facts: items, as [number, title]."""

    code = "items_open"


def check_wind_up(
    *, actor: Actor, taskforce_id: UUID, signed_over: UUID | None = None, key: str | None = None
) -> WindUpAnswer:
    """Close and dissolve a task force. Its items, history and room stay readable.

    Args:
        signed_over: the unit that takes over what is still open: items it signs for anew, hard problems it
            accepts.
    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError.
        ProblemsOpenError: hard problems are open and nobody takes them.
        ItemsOpenError: items are open and nobody takes them, or they cannot change hands in their state.
        BadInputError: the unit is unknown.
    """
    seen = access_taskforce(actor, taskforce_id)
    require(actor, "taskforce.manage", force_scope(seen))

    def deed() -> WindUpAnswer:
        force = store.lock(taskforce_id)
        was = str(force.state)
        try:
            closing = next_force_state(ForceState(force.state), ForceAct.WIND_UP)
            dissolved = next_force_state(closing, ForceAct.DISSOLVE)
        except NotAllowedNow as refusal:
            raise NotAllowedNowError.of(refusal) from refusal
        unit = living_unit(signed_over, field="signed_over") if signed_over else None
        handed = _sign_over(
            actor, [item_store.lock(pk) for pk in item_store.unfinished_ids(taskforce_id)], unit
        )
        problems = problem_store.lock_open(taskforce_id)
        if problems and unit is None:
            raise ProblemsOpenError(
                message=_(
                    "还有{count}个攻关难题未销号：{problems}。请先销号，或选择接收这些难题的单位后再撤销专班。"
                ).format(count=len(problems), problems=_problem_words(problems)),
                problems=[[one.number, one.title] for one in problems],
            )
        if unit is not None:
            sign_over(actor, problems, unit, clock.now())
        force.state = dissolved
        force.save(update_fields=["state"])
        timers.cancel_timer(f"digest:{force.pk}")
        audit.record(
            actor=actor, verb="taskforce.wind_up", subject="taskforce", subject_id=force.pk,
            old={"state": was},
            new={"state": str(dissolved), "through": str(closing), "signed_over": unit.name if unit else None,
                 "items": [item.number for item in handed], "problems": [one.number for one in problems]},
        )  # fmt: skip
        if problems and unit is not None:
            knock(force, unit.pk)
        message = _sentence(force, unit, len(handed), len(problems))
        _close_room(actor, force, message)  # last: the append holds the room until the commit
        return WindUpAnswer(
            message=message, taskforce=force_out(actor, access_taskforce(actor, taskforce_id))
        )

    return once(actor=actor, key=key, verb="wind_up", subject_id=taskforce_id, answer=WindUpAnswer, deed=deed)


def _sign_over(actor: Actor, items: list[Item], unit: Unit | None) -> list[Item]:
    """All open items (locked) to the unit; those that it has already it keeps. Raises ItemsOpenError."""
    if items and unit is None:
        raise ItemsOpenError(
            message=_(
                "还有{count}项未办结：{items}。请先办结或取消，或选择接收这些事项的单位后再撤销专班。"
            ).format(count=len(items), items=_named(items)),
            items=[[item.number, item.title] for item in items],
        )
    if unit is None:
        return []
    moving = [item for item in items if item.lead_unit_id != unit.pk]
    fixed = [item for item in moving if ItemAct.TRANSFER not in allowed_acts(ItemState(item.state))]
    if fixed:
        raise ItemsOpenError(
            message=_("{items}待核查或已暂停，不能移交。请先办结、退回或恢复，再撤销专班。").format(
                items=_named(fixed)
            ),
            items=[[item.number, item.title] for item in fixed],
        )
    givers = {item.lead_unit_id for item in moving}
    for item in moving:

        def change(item: Item, now: datetime, to: Unit = unit) -> str:
            was = item.lead_unit.name
            acts.transfer(actor, item, to.pk, now)
            item.lead_unit = to
            return f"专班撤销，第{item.number}项由{was}移交{to.name}"

        changes.apply_change(actor, item, ItemAct.TRANSFER, change)
    pending_changed(moving, also=givers)
    return items


def _named(items: list[Item]) -> str:
    words = _("、").join(
        _("第{number}项“{title}”").format(number=i.number, title=i.title) for i in items[:NAMED]
    )
    return words if len(items) <= NAMED else _("{words}等").format(words=words)


def _problem_words(problems: list[HardProblem]) -> str:
    words = _("、").join(
        _("难题{number}“{title}”").format(number=one.number, title=one.title) for one in problems[:NAMED]
    )
    return words if len(problems) <= NAMED else _("{words}等").format(words=words)


def _sentence(force: TaskForce, unit: Unit | None, handed: int, problems: int) -> str:
    """What the room keeps; Chinese whoever reads it."""
    over = f"，未办结的{handed}项移交{unit.name}" if unit and handed else ""
    over += f"，未销号的{problems}个难题移交{unit.name}" if unit and problems else ""
    return f"{force.name}已撤销{over}。本群即日归档，记录可以继续查阅。"


def _close_room(actor: Actor, force: TaskForce, message: str) -> None:
    """The notice, then the archive. A room that its owner has archived before keeps its peace."""
    room = find_room(force.room_id)
    if room is None or room.archived_at is not None:
        return
    content = {"msgtype": "m.text", "body": message}
    try:
        send(actor=actor, room_id=room.room_id, type="m.room.message", content=content)
    except NotInRoomError:  # the office's new hand, who was not yet in it
        do_add_members(actor=actor, room=room, staff_ids=[actor.staff_id])
        send(actor=actor, room_id=room.room_id, type="m.room.message", content=content)
    do_set_archived(actor=actor, room=room, archived=True)
