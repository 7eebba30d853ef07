"""Who is in a room: joins, invitations, removals, by the table of matrix.md §2.4.

A membership is an event of the room, appended under its lock; the append keeps the membership row. Removals reach each
hub as that event (decisions 9).
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services.levels import level_of
from chatops.services.outgoing import RoomArchivedError, build_item
from chatops.store import rooms as store
from chatops.store.append import Item, append_now
from chatops.store.models import Membership, MembershipState, Room, RoomKind
from common import audit, ids
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services import refs

OWNER_LEVEL = 100
JOIN, INVITE, LEAVE, BAN = (
    MembershipState.JOIN,
    MembershipState.INVITE,
    MembershipState.LEAVE,
    MembershipState.BAN,
)


def member_item(
    actor: Actor, room: int, *, target: int, target_number: str, name: str, membership: str, level: int = 0,
    reason: str = "", is_direct: bool = False,
) -> Item:  # fmt: skip
    """The `m.room.member` event that puts `target` into a state; trusted, so check before."""
    content: dict[str, object] = {"membership": membership, "displayname": name}
    if reason:
        content["reason"] = reason
    if is_direct:
        content["is_direct"] = True
    item = build_item(
        actor=actor,
        room=room,
        event_type="m.room.member",
        content=content,
        state_key=ids.user_id(target_number),
    )
    item["trusted"], item["target"], item["membership"], item["level"] = True, target, membership, level
    return item


def join_items(
    actor: Actor, room: int, staff_ids: Iterable[int], *, level: int = 0, by_rule: bool = False
) -> list[Item]:
    """Joins of several people, as made by the server on the actor's word; unknown keys are left out."""
    return joins_of(actor, room, refs.people_by_pk(list(staff_ids)), level=level, by_rule=by_rule)


def joins_of(
    actor: Actor, room: int, people: Iterable[refs.PersonRef], *, level: int = 0, by_rule: bool = False
) -> list[Item]:
    """As `join_items`, of people who have been looked up."""
    items = [
        member_item(
            _self(actor, person.pk, person.staff_number, person.name), room, target=person.pk,
            target_number=person.staff_number, name=person.name, membership=JOIN, level=level,
        )
        for person in people
    ]  # fmt: skip
    if by_rule:
        for item in items:
            item["content"][store.BY_RULE] = "rule"
    return items


def _self(actor: Actor, staff_id: int, staff_number: str, name: str) -> Actor:
    """A join is sent by the person who joins (Matrix); the audit entry of the deed names who added them."""
    return (
        actor
        if staff_id == actor.staff_id
        else Actor(staff_id=staff_id, staff_number=staff_number, name=name)
    )


def add_members(*, actor: Actor, room_id: str, staff_ids: Iterable[int]) -> int:
    """Let people join at once, as an office adds them; returns how many are new.

    Raises: NotFoundError, ForbiddenError, RoomArchivedError; ConflictError for a direct room.
    """
    room, me = _access(actor, room_id)
    if room.kind == RoomKind.DIRECT:
        raise ConflictError(message=_("单聊只有双方两人，不能增减成员；请新建工作群。"))
    _need(me, room, "invite", 0)
    return do_add_members(actor=actor, room=room, staff_ids=staff_ids)


def do_add_members(
    *, actor: Actor, room: Room, staff_ids: Iterable[int], level: int = 0, by_rule: bool = False
) -> int:
    """As `add_members`, with nothing left to check but the archive: for services that know what they do."""
    with transaction.atomic():
        room = store.lock_room(room.pk)
        if room.archived_at is not None:
            raise RoomArchivedError
        joined = store.joined_ids(room.pk)
        fresh = [key for key in dict.fromkeys(staff_ids) if key not in joined]
        items = join_items(actor, room.pk, fresh, level=level, by_rule=by_rule)
        if items:
            added = [item["state_key"] for item in items]
            audit.record(
                actor=actor, verb="room.add", subject="room", subject_id=room.room_id, new={"added": added}
            )
            append_now([*items, *_power_items(actor, room, {key: level for key in added if key and level})])
            wake_on_commit()
    return len(items)


def do_remove_members(*, actor: Actor, room: Room, staff_ids: Iterable[int]) -> int:
    """Take these people out, whatever their level: for services that know that their time is over."""
    with transaction.atomic():
        room = store.lock_room(room.pk)
        joined = store.joined_ids(room.pk)
        gone = refs.people_by_pk(key for key in dict.fromkeys(staff_ids) if key in joined)
        for person in gone:
            audit.record(
                actor=actor,
                verb="room.remove",
                subject="room",
                subject_id=room.room_id,
                old={"member": person.staff_number},
            )
            doer = actor if actor.staff_id else _self(actor, person.pk, person.staff_number, person.name)
            _append(doer, room, person.pk, person.staff_number, person.name, LEAVE)
    return len(gone)


def _power_items(actor: Actor, room: Room, users: dict[str, int]) -> list[Item]:
    """The power levels event that says what these members' rows say."""
    content = store.state_content(room.pk, "m.room.power_levels")
    if not users or content is None:
        return []
    content = {**content, "users": {**content.get("users", {}), **users}}
    item = build_item(
        actor=actor, room=room.pk, event_type="m.room.power_levels", content=content, state_key=""
    )
    item["trusted"] = True
    return [item]


def join(*, actor: Actor, room_id: str) -> None:
    """Take up an invitation; joining twice is fine. Raises NotFoundError, or ForbiddenError when not invited."""
    room = store.find_room(room_id)
    if room is None:
        raise NotFoundError
    with transaction.atomic():
        room = store.lock_room(room.pk)
        known = store.find_membership(room.pk, actor.staff_id)
        if known and known.membership == JOIN:
            return
        if known and known.membership == BAN:
            raise ForbiddenError(message=_("您已被移出此群且不能再加入，请联系群主。"))
        if room.archived_at is not None:
            raise RoomArchivedError
        if (known is None or known.membership != INVITE) and not _is_open(room):
            raise ForbiddenError(message=_("您未被邀请加入此群，请联系群主。"))
        _append(actor, room, actor.staff_id, actor.staff_number, actor.name, JOIN)


def _is_open(room: Room) -> bool:
    rules = store.state_content(room.pk, "m.room.join_rules") or {}
    return rules.get("join_rule") == "public" and room.archived_at is None


def invite(*, actor: Actor, room_id: str, staff_number: str, reason: str = "") -> None:
    """Invite a person.

    Raises: NotFoundError; ForbiddenError for a low level or somebody already in or banned; RoomArchivedError;
    ConflictError for rooms whose members are given.
    """
    room, me = _access(actor, room_id)
    if room.kind == RoomKind.DIRECT:
        raise ConflictError(message=_("单聊只有双方两人，不能邀请他人；请新建工作群。"))
    _need(me, room, "invite", 0)
    target = _person(staff_number)
    with transaction.atomic():
        room = store.lock_room(room.pk)
        if room.archived_at is not None:
            raise RoomArchivedError
        known = store.find_membership(room.pk, target.pk)
        if known and known.membership == INVITE:
            return
        if known and known.membership in {JOIN, BAN}:
            raise ForbiddenError(message=_("对方已在群中或被禁止加入，无需邀请。"))
        _append(actor, room, target.pk, target.staff_number, target.name, INVITE, reason)


def leave(*, actor: Actor, room_id: str, reason: str = "") -> None:
    """Leave, or decline an invitation; leaving again is fine. Raises NotFoundError, ConflictError in a unit group."""
    room = store.find_room(room_id)
    known = store.find_membership(room.pk, actor.staff_id) if room else None
    if room is None or known is None:
        raise NotFoundError
    if known.membership in {LEAVE, BAN}:
        return
    if room.member_rule is not None and store.is_by_rule(known):
        raise ConflictError(message=_("单位群成员随任职变化，不能自行退出；可将此群设为免打扰。"))
    _need_other_owner(room, known)
    with transaction.atomic():
        room = store.lock_room(room.pk)
        known = store.find_membership(room.pk, actor.staff_id)
        if known is None or known.membership in {LEAVE, BAN}:
            return  # another device was faster
        _append(actor, room, actor.staff_id, actor.staff_number, actor.name, LEAVE, reason)


def _need_other_owner(room: Room, known: Membership) -> None:
    """A room is not left without an owner. Raises ConflictError."""
    if room.kind == RoomKind.DIRECT or known.membership != JOIN or known.level < OWNER_LEVEL:
        return
    others = store.joined_ids(room.pk) - {known.staff_id}
    if others and not set(store.ids_at_level(room.pk, OWNER_LEVEL)) - {known.staff_id}:
        raise ConflictError(message=_("您是群主，退出前请先移交群主。"))


def forget(*, actor: Actor, room_id: str) -> None:
    """Strike a room that one has left off one's list. Raises NotFoundError, ConflictError while still in it."""
    room = store.find_room(room_id)
    known = store.find_membership(room.pk, actor.staff_id) if room else None
    if room is None or known is None:
        raise NotFoundError
    if known.membership not in {LEAVE, BAN}:
        raise ConflictError(message=_("您仍在此群中，请先退出再移除。"))
    store.forget(room.pk, actor.staff_id)


def remove_member(
    *, actor: Actor, room_id: str, staff_number: str, reason: str = "", ban: bool = False
) -> None:
    """Take a person out (kick, or ban). Needs the level for it and more than the person's own.

    From the commit on, nothing later in the room reaches the person, on any door (decisions 9).
    """
    room, me = _access(actor, room_id)
    _need(me, room, "ban" if ban else "kick", 50)
    target = _person(staff_number)
    with transaction.atomic():
        room = store.lock_room(room.pk)
        known = store.find_membership(room.pk, target.pk)
        present = known.membership if known else LEAVE
        if known and present == JOIN and not ban and room.member_rule is not None and store.is_by_rule(known):
            raise ConflictError(message=_("该成员因任职在此群中，任职变动后自动退出，不能手工移出。"))
        if ban and present == BAN:
            return
        if not ban and present in {
            LEAVE,
            BAN,
        }:  # a ban is lifted by unban alone, which takes the level for it
            raise ForbiddenError(message=_("对方不在此群中，无需移出。"))
        if known and known.level >= me.level and target.pk != actor.staff_id:
            raise ForbiddenError(message=_("对方在群内的权限不低于您，请联系群主处理。"))
        audit.record(
            actor=actor,
            verb="room.remove",
            subject="room",
            subject_id=room_id,
            old={"member": target.staff_number},
        )
        _append(actor, room, target.pk, target.staff_number, target.name, BAN if ban else LEAVE, reason)


def unban(*, actor: Actor, room_id: str, staff_number: str) -> None:
    """Lift a ban. Raises ForbiddenError when there is none or the level is too low."""
    room, me = _access(actor, room_id)
    _need(me, room, "ban", 50)
    target = _person(staff_number)
    with transaction.atomic():
        room = store.lock_room(room.pk)
        known = store.find_membership(room.pk, target.pk)
        if known is None or known.membership != BAN:
            raise ForbiddenError(message=_("对方未被禁止加入此群。"))
        _append(actor, room, target.pk, target.staff_number, target.name, LEAVE)


def _append(
    actor: Actor, room: Room, target: int, number: str, name: str, membership: str, reason: str = ""
) -> None:
    append_now(
        [
            member_item(
                actor,
                room.pk,
                target=target,
                target_number=number,
                name=name,
                membership=membership,
                level=_level_of(room, number) if membership in {JOIN, INVITE} else 0,
                reason=reason,
            )
        ]
    )
    wake_on_commit()


def _level_of(room: Room, staff_number: str) -> int:
    """What the power levels grant to the person, whether or not in the room before."""
    return level_of(store.state_content(room.pk, "m.room.power_levels"), ids.user_id(staff_number))


def _access(actor: Actor, room_id: str) -> tuple[Room, Membership]:
    room = store.find_room(room_id)
    me = store.find_membership(room.pk, actor.staff_id) if room else None
    if room is None or me is None or me.membership != JOIN:
        raise NotFoundError
    return room, me


def _need(me: Membership, room: Room, right: str, default: int) -> None:
    if me.level < int(room.levels.get(right, default)):
        raise ForbiddenError(message=_("您在此群中无此权限，请联系群主。"))


def _person(staff_number: str) -> refs.PersonRef:
    person = refs.find_person(staff_number)
    if person is None:
        raise BadInputError(field="user_id", message=_("查无此人，请从通讯录中选择。"))
    return person
