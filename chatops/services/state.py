"""Room state other than membership: name, topic, power levels, rules. One gate for every door."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission, levels
from chatops.services.content import check_content, plain_text
from chatops.services.messages import Sent
from chatops.services.outgoing import NotInRoomError, RoomArchivedError, build_item
from chatops.store import rooms as store
from chatops.store.append import append_now
from chatops.store.models import Membership, MembershipState, Room
from chatops.store.pins import PINNED, PINS_KEY
from common import audit, clock
from common.errors import BadInputError, ForbiddenError
from common.names import visible
from directory.actors import Actor

MAX_NAME = 80
MAX_TOPIC = 2000
MAX_PINS = 20
JOIN_RULES = frozenset({"invite", "public", "knock"})


class RefusedByPolicyError(ForbiddenError):
    """The platform never allows it, whatever the level."""

    code = "refused_by_policy"


def set_state(
    *, actor: Actor, room_id: str, event_type: str, content: dict[str, Any], state_key: str = ""
) -> Sent:
    """Set one piece of a room's state; the same content as now changes nothing and answers the present event.

    Raises:
        NotInRoomError, RoomArchivedError; ForbiddenError for too low a level or somebody else's `@user` key.
        RefusedByPolicyError: encryption, and rules under which the record would not be kept or would be open to all.
        BadInputError, TooLargeError, SecrecyRefusedError: the content cannot be taken.
    """
    check_content(event_type, content, state_key)
    _check_allowed(actor, event_type, content, state_key)
    if event_type == "m.room.name" and isinstance(content.get("name"), str):
        content = {**content, "name": visible(content["name"])}
    admission.check(plain_text(content), actor=actor, where="title")
    found = store.find_room(room_id)
    if found is None:
        raise NotInRoomError
    with transaction.atomic():
        room = store.lock_room(found.pk)
        me = store.find_membership(room.pk, actor.staff_id)
        if me is None or me.membership != MembershipState.JOIN:
            raise NotInRoomError
        current = store.state_event(room.pk, event_type, state_key)
        if event_type == PINNED:
            content = told(actor, content, current.content if current else {})
        if current is not None and current.content == content and current.redacted_by is None:
            return Sent(current.event_id, current.seq, current.ts, deduplicated=True)
        if room.archived_at is not None:
            raise RoomArchivedError
        if me.level < levels.needed(room.levels, event_type, state=True):
            raise ForbiddenError(message=_("您在此群中的权限不足以更改此项，请联系群主。"))
        _keep_in_step(actor, room, me, event_type, content, current.content if current else {})
        # Judged above under the same lock, by the levels as they were before this change.
        item = build_item(
            actor=actor, room=room.pk, event_type=event_type, content=content, state_key=state_key
        )
        item["trusted"] = True
        [answer] = append_now([item])
        wake_on_commit()
    return Sent(answer.event_id, answer.seq, answer.ts, deduplicated=False)


def replace(*, actor: Actor, room: Room, event_type: str, content: dict[str, Any]) -> None:
    """Append state that a service has made and judged, under the room's lock."""
    item = build_item(actor=actor, room=room.pk, event_type=event_type, content=content, state_key="")
    item["trusted"] = True
    append_now([item])
    wake_on_commit()


def told(actor: Actor, content: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Pins as a Matrix client sets them, by ids alone: who pinned a message stays with it, a new one is the actor's."""
    pinned = content.get("pinned")
    if (
        not isinstance(pinned, list)
        or len(pinned) > MAX_PINS
        or not all(isinstance(one, str) for one in pinned)
    ):
        raise BadInputError(
            field="pinned", message=_("一个群最多置顶 {most} 条，请先取消旧的置顶。").format(most=MAX_PINS)
        )
    known = old.get(PINS_KEY)
    known = known if isinstance(known, dict) else {}
    fresh = {"by": actor.user_id, "name": actor.name, "at": clock.now_ms(), "until": None}
    return {"pinned": pinned, PINS_KEY: {one: known.get(one, fresh) for one in pinned}}


def _check_allowed(actor: Actor, event_type: str, content: dict[str, Any], state_key: str) -> None:
    if event_type in {"m.room.create", "m.room.member", "m.room.redaction", "m.room.third_party_invite"}:
        raise ForbiddenError(field="type", message=_("此类事件不能直接写入，请使用相应的操作。"))
    if event_type == "m.room.encryption" and not settings.MATRIX_ENCRYPTION:
        raise RefusedByPolicyError(
            field="type", message=_("按归档和审计要求，本平台的群不启用端到端加密；传输和存储已加密。")
        )
    if state_key.startswith("@") and state_key != actor.user_id:
        raise ForbiddenError(field="state_key", message=_("不能代他人设置其个人状态。"))
    check_rules(event_type, content)


def check_rules(event_type: str, content: dict[str, Any]) -> None:
    """What the platform takes of join rules, visibility and guests. Raises BadInputError, RefusedByPolicyError."""
    match event_type:
        case "m.room.join_rules":
            if content.get("join_rule") not in JOIN_RULES:
                raise RefusedByPolicyError(
                    message=_("入群方式只支持邀请（invite）、申请（knock）和公开（public）。")
                )
        case "m.room.history_visibility":
            if content.get("history_visibility") not in {"shared", "invited"}:
                raise RefusedByPolicyError(
                    message=_("历史消息只支持对全体成员（shared）或自受邀之时起（invited）可见。")
                )
        case "m.room.guest_access":
            if content.get("guest_access") != "forbidden":
                raise RefusedByPolicyError(message=_("本平台没有访客账户，不能开放访客访问。"))
        case "m.room.power_levels":
            levels.check_shape(content)


def _keep_in_step(
    actor: Actor, room: Room, me: Membership, event_type: str, content: dict[str, Any], old: dict[str, Any]
) -> None:
    """Rows that hold the same as the state event."""
    match event_type:
        case "m.room.name":
            before, room.name = room.name, _text(content, "name", MAX_NAME)
            _rename(actor, room, {"name": before}, {"name": room.name})
        case "m.room.topic":
            before, room.purpose = room.purpose, _text(content, "topic", MAX_TOPIC, empty=True)
            _rename(actor, room, {"purpose": before}, {"purpose": room.purpose})
        case "m.room.history_visibility":
            if content["history_visibility"] == "shared" and not room.history_shared:
                # What was said under the narrower promise would be shown to everybody who joins later.
                raise RefusedByPolicyError(message=_("此群历史消息已限定可见范围，不能再放开；请新建群。"))
            room.history_shared = content["history_visibility"] == "shared"
            room.save(update_fields=["history_shared"])
        case "m.room.power_levels":
            levels.check_change(old, content, user=actor.user_id, level=me.level)
            room.levels = {key: value for key, value in content.items() if key != "users"}
            room.save(update_fields=["levels"])
            store.set_levels(room.pk, content)
            audit.record(
                actor=actor, verb="room.levels", subject="room", subject_id=room.room_id, old=old, new=content
            )


def _rename(actor: Actor, room: Room, old: dict[str, str], new: dict[str, str]) -> None:
    room.save(update_fields=["name", "purpose"])
    audit.record(actor=actor, verb="room.rename", subject="room", subject_id=room.room_id, old=old, new=new)


def _text(content: dict[str, Any], name: str, most: int, *, empty: bool = False) -> str:
    value = content.get(name)
    if not isinstance(value, str) or len(value) > most or not (empty or value.strip()):
        raise BadInputError(field=name, message=_("请填写不超过 {most} 个字的名称或说明。").format(most=most))
    return value.strip()
