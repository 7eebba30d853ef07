"""What owners set: name and purpose, end, who may do what, forwarding and download, roles, hand-over.

What Matrix knows of it is a state event of the room; the rest is told to open clients by a note.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission, room_ends
from chatops.services.levels import ADMIN, OWNER, SETTABLE, Levels
from chatops.services.outgoing import RoomArchivedError, build_item
from chatops.services.rooms import MAX_NAME, access_as_manager, access_room
from chatops.services.tell import tell_people, tell_room
from chatops.store import rooms as store
from chatops.store.append import Item, append_now
from chatops.store.models import Membership, MembershipState, Notify, Room
from common import audit, clock, ids
from common.errors import BadInputError, ConflictError
from common.names import visible
from directory.actors import Actor
from directory.services import refs, seats

MAX_PURPOSE = 2000
PLAIN = ("no_forward", "no_download", "recall_minutes")
POWER = "m.room.power_levels"
ROLES = {"admin": ADMIN, "member": 0}


def change(*, actor: Actor, room_id: str, changes: Mapping[str, Any]) -> None:
    """Change settings; keys left out stay.

    Args:
        changes: name, purpose, ends_on (None: no end), no_forward, no_download, recall_minutes (None: the site's),
            history_shared (may only be narrowed), joinable, levels {post, invite, mention_all: 0, 50 or 100}.
    Raises:
        NotFoundError, ForbiddenError, RoomArchivedError, SecrecyRefusedError.
        BadInputError: a value that cannot be taken.
    """
    view = access_as_manager(actor, room_id)
    if "name" in changes:
        changes = {**changes, "name": visible(changes["name"])}
    _check(actor, changes)
    with transaction.atomic():
        room = _lock_open(view.room.pk)
        old = {key: _shown(getattr(room, key)) for key in changes if hasattr(room, key)}
        state = _state_changes(room, changes)
        for key in ("name", "purpose", "ends_on", *PLAIN):
            if key in changes:
                setattr(room, key, changes[key])
        room.save()
        room_ends.schedule(room)
        audit.record(
            actor=actor, verb="room.settings", subject="room", subject_id=room_id, old=old,
            new={key: _shown(value) for key, value in changes.items()},
        )  # fmt: skip
        tell_room(room.pk, "settings")
        if state:
            append_now([_state_item(actor, room, *each) for each in state])
            wake_on_commit()


def _check(actor: Actor, changes: Mapping[str, Any]) -> None:
    if "name" in changes and not 1 <= len(changes["name"]) <= MAX_NAME:
        raise BadInputError(field="name", message=_("请填写群名称，不超过 80 个字。"))
    if len(changes.get("purpose") or "") > MAX_PURPOSE:
        raise BadInputError(field="purpose", message=_("群用途不超过 2000 个字。"))
    if (ends_on := changes.get("ends_on")) is not None and ends_on < clock.today():
        raise BadInputError(field="ends_on", message=_("截止日期已过，请选择今天或以后的日期。"))
    for key, level in (changes.get("levels") or {}).items():
        if key not in SETTABLE or level not in {0, ADMIN, OWNER}:
            raise BadInputError(field=f"levels.{key}", message=_("权限只能设为所有成员、管理员或群主。"))
    admission.check(f"{changes.get('name', '')}\n{changes.get('purpose', '')}", actor=actor, where="title")


def _state_changes(room: Room, changes: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """State events to append, and the columns that go with visibility and levels."""
    found: list[tuple[str, dict[str, Any]]] = []
    if "name" in changes and changes["name"] != room.name:
        found.append(("m.room.name", {"name": changes["name"]}))
    if "purpose" in changes and changes["purpose"] != room.purpose:
        found.append(("m.room.topic", {"topic": changes["purpose"]}))
    if "history_shared" in changes and changes["history_shared"] != room.history_shared:
        if changes["history_shared"]:
            # What was said under the narrower promise would be shown to everybody who joins later.
            raise ConflictError(message=_("此群历史消息已限定可见范围，不能再放开；请新建群。"))
        room.history_shared = False
        found.append(("m.room.history_visibility", {"history_visibility": "invited"}))
    if "joinable" in changes and changes["joinable"] != store.is_public(room.pk):
        found.append(("m.room.join_rules", {"join_rule": "public" if changes["joinable"] else "invite"}))
    if changes.get("levels"):
        content = power_levels(room)
        for key, level in changes["levels"].items():
            content = SETTABLE[key].put(content, level)
        if content != power_levels(room):
            room.levels = {key: value for key, value in content.items() if key != "users"}
            found.append((POWER, content))
    return found


def power_levels(room: Room) -> Levels:
    return store.state_content(room.pk, POWER) or {**room.levels, "users": {}}


def set_role(*, actor: Actor, room_id: str, staff_number: str, role: str) -> None:
    """Make a member administrator, or take that back. Raises as `change`; ConflictError for the owner."""
    view = access_as_manager(actor, room_id)
    if role not in ROLES:
        raise BadInputError(field="role", message=_("角色只能是管理员或成员；群主请用“移交群主”。"))
    with transaction.atomic():
        room = _lock_open(view.room.pk)
        target = _member(room, staff_number)
        if target.level >= OWNER:
            raise ConflictError(message=_("对方是群主，请先移交群主。"))
        set_users(actor, room, {staff_number: ROLES[role]})
        audit.record(
            actor=actor, verb="room.role", subject="room", subject_id=room_id,
            new={"member": staff_number, "role": role},
        )  # fmt: skip


def hand_over(*, actor: Actor, room_id: str, staff_number: str) -> None:
    """Give the room to another member, who owns it by the post held today; who owned it stays as administrator.

    Raises: NotFoundError, ForbiddenError, RoomArchivedError; BadInputError: not a member, or without a post.
    """
    view = access_as_manager(actor, room_id)
    with transaction.atomic():
        room = _lock_open(view.room.pk)
        heir = _member(room, staff_number)
        post = seats.primary_post(heir.staff_id)
        if post is None:
            raise BadInputError(field="user_id", message=_("对方当前没有有效任职，不能接任群主。"))
        room.owner_post = post
        room.save(update_fields=["owner_post"])
        before = [one for one in store.people_at_level(room.pk, OWNER) if one != staff_number]
        set_users(actor, room, {**dict.fromkeys(before, ADMIN), staff_number: OWNER})
        audit.record(
            actor=actor, verb="room.hand_over", subject="room", subject_id=room_id,
            old={"owners": before}, new={"owner": staff_number},
        )  # fmt: skip


def _lock_open(pk: int) -> Room:
    """Raises RoomArchivedError."""
    room = store.lock_room(pk)
    if room.archived_at is not None:
        raise RoomArchivedError
    return room


def _member(room: Room, staff_number: str) -> Membership:
    person = refs.find_person(staff_number)
    member = store.find_membership(room.pk, person.pk) if person else None
    if person is None or person.kind == "bot" or member is None or member.membership != MembershipState.JOIN:
        raise BadInputError(field="user_id", message=_("对方不在此群中，请先加入成员。"))
    return member


def set_users(actor: Actor, room: Room, users: Mapping[str, int]) -> None:
    """Levels of these members, in their rows and in the room's power levels; the room is locked by the caller."""
    content = power_levels(room)
    default = int(content.get("users_default", 0))
    named = {**content.get("users", {}), **{ids.user_id(number): level for number, level in users.items()}}
    content = {**content, "users": {user: level for user, level in named.items() if level != default}}
    store.set_levels(room.pk, content)
    tell_room(room.pk, "settings")
    append_now([_state_item(actor, room, POWER, content)])
    wake_on_commit()


def _state_item(actor: Actor, room: Room, event_type: str, content: dict[str, Any]) -> Item:
    item = build_item(actor=actor, room=room.pk, event_type=event_type, content=content, state_key="")
    item["trusted"] = True  # judged above, by the post as well as by the level
    return item


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def set_personal(
    *,
    actor: Actor,
    room_id: str,
    muted: bool | None = None,
    notify: str | None = None,
    pinned: bool | None = None,
) -> None:
    """One's own settings of a room: mute, what notifies (all, mentions), pinned in the list. Told to one's devices.

    Raises: NotFoundError, BadInputError.
    """
    view = access_room(actor, room_id)
    if notify is not None and notify not in Notify.values:
        raise BadInputError(field="notify", message=_("通知方式只能是全部消息或仅提及。"))
    given = {"muted": muted, "notify": notify, "pinned": pinned}
    wanted = {key: value for key, value in given.items() if value is not None}
    with transaction.atomic():
        store.set_personal(view.membership.pk, wanted)
        tell_people([actor.staff_id], "settings", {"room": room_id, **wanted})


def joinable(actor: Actor) -> list[dict[str, Any]]:
    """Rooms of one's unit that one may join without an invitation, and invitations not taken up yet."""
    unit = str(actor.unit_id) if actor.unit_id else None
    return store.joinable(actor.staff_id, unit)
