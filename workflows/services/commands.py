"""What a bot does for a person who typed a command: the same services, with the person's rights and a short
number.

Parsing is the bots' business. `key` is the event id of the command, so that a repeated delivery is one deed.
"""

from datetime import date

from django.utils.translation import gettext as _

from common.errors import NotFoundError
from directory.actors import Actor
from directory.services.rights import may
from workflows.errors import AmbiguousNumberError
from workflows.services import acts, digests, extensions, reminders
from workflows.services.digests import DigestAnswer
from workflows.services.gates import force_scope, item_scope
from workflows.services.shapes import ItemAnswer
from workflows.store import items as store
from workflows.store import taskforces as force_store
from workflows.store.models import Item, TaskForce


def find_item_by_number(actor: Actor, number: int, room_id: str | None = None) -> Item:
    """The item with this short number: the room's force, or else the only one in the actor's sight.

    Raises:
        NotFoundError: none in sight. AmbiguousNumberError: several; facts: number, candidates (force, title).
    """
    found = store.numbered(number, unit_id=actor.unit_id, post_id=actor.post_id, room_id=room_id)
    seen = [item for item in found if may(actor, "item.view", item_scope(item))]
    if not seen:
        raise NotFoundError(
            message=_("没有第{number}项，或不在您的查看范围内，请核对编号。").format(number=number)
        )
    if len(seen) > 1:
        raise AmbiguousNumberError(number=number, candidates=[(one.home_name, one.title) for one in seen])
    return seen[0]


def find_taskforce_of_room(actor: Actor, room_id: str) -> TaskForce:
    """Raises NotFoundError: the room belongs to no task force in the actor's sight."""
    force = force_store.find_by_room(room_id)
    if force is None or not may(actor, "item.view", force_scope(force)):
        raise NotFoundError(message=_("本群不是专班群，请在对应的专班群内发送此命令。"))
    return force


def sign_for(*, actor: Actor, number: int, room_id: str | None, key: str) -> ItemAnswer:
    item = find_item_by_number(actor, number, room_id)
    return acts.check_sign_for(actor=actor, item_id=item.pk, key=key)


def report(
    *, actor: Actor, number: int, percent: int, text: str, room_id: str | None, key: str
) -> ItemAnswer:
    item = find_item_by_number(actor, number, room_id)
    return acts.check_report(actor=actor, item_id=item.pk, percent=percent, text=text, key=key)


def ask_extension(
    *, actor: Actor, number: int, due_on: date, reason: str, room_id: str | None, key: str
) -> ItemAnswer:
    item = find_item_by_number(actor, number, room_id)
    return extensions.check_ask_extension(actor=actor, item_id=item.pk, due_on=due_on, reason=reason, key=key)


def remind(*, actor: Actor, number: int, room_id: str | None, key: str) -> ItemAnswer:
    item = find_item_by_number(actor, number, room_id)
    return reminders.check_remind_now(actor=actor, item_id=item.pk, key=key)


def ledger(actor: Actor, room_id: str) -> tuple[TaskForce, list[Item]]:
    """台账: the force of the room and its items, the urgent first; cancelled ones are left out."""
    force = find_taskforce_of_room(actor, room_id)
    return force, [item for item in store.of_force(force.pk) if item.state != "cancelled"]


def ask_digest(*, actor: Actor, room_id: str, key: str) -> DigestAnswer:
    force = find_taskforce_of_room(actor, room_id)
    return digests.check_ask_digest(actor=actor, taskforce_id=force.pk, key=key)
