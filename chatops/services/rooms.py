"""Rooms: making them, who is in them, and what a person sees of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission, room_ends
from chatops.services.levels import SETTABLE, level_of, needed
from chatops.services.membership import OWNER_LEVEL, do_add_members, joins_of, member_item
from chatops.services.outgoing import MayNotPostError, RoomArchivedError, build_item
from chatops.services.tell import tell_room
from chatops.store import rooms as store
from chatops.store.append import Item, append_now
from chatops.store.frames import event_dict
from chatops.store.models import Membership, MembershipState, Room, RoomKind
from common import audit, clock, ids
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.names import visible
from directory.actors import Actor
from directory.services import refs
from directory.services.rights import Scope, may, require

MAX_NAME = 80
NOTICE_LEVEL = 50
PROTOCOL_VERSION = "11"


@dataclass(frozen=True)
class RoomView:
    """A room as one member may use it."""

    room: Room
    membership: Membership

    @property
    def is_owner(self) -> bool:
        return self.membership.level >= OWNER_LEVEL


def access_room(actor: Actor, room_id: str) -> RoomView:
    """The room if the actor has joined it. Raises NotFoundError also when it exists but is not theirs."""
    membership = store.find_joined(room_id, actor.staff_id)
    if membership is None:
        raise NotFoundError
    return RoomView(membership.room, membership)


def room_to_post_in(actor: Actor, room_id: str) -> RoomView:
    """The room if the actor may speak there, and so let a bot speak for them.

    Raises: NotFoundError as `access_room`; RoomArchivedError, MayNotPostError.
    """
    view = access_room(actor, room_id)
    if view.room.archived_at is not None:
        raise RoomArchivedError
    if view.membership.level < needed(view.room.levels, "m.room.message", state=False):
        raise MayNotPostError
    return view


def default_levels(kind: str) -> dict[str, Any]:
    """Power levels as in `m.room.power_levels`, without users: those are in the memberships."""
    return {
        "users_default": 0,
        "events_default": NOTICE_LEVEL if kind == RoomKind.NOTICE else 0,
        "state_default": 50,
        "invite": 0 if kind in {RoomKind.WORK, RoomKind.MEETING} else 50,
        "kick": 50,
        "ban": 50,
        "redact": 50,
        "events": {},
    }


def create_room(
    *,
    actor: Actor,
    kind: str,
    name: str,
    purpose: str = "",
    members: Iterable[int] = (),
    owner_post: UUID | None = None,
    unit: UUID | None = None,
    member_rule: dict[str, Any] | None = None,
    no_forward: bool = False,
    no_download: bool = False,
    level: str = "",
    ends_on: date | None = None,
    initial: Iterable[tuple[str, str, dict[str, Any]]] = (),
    invited: Iterable[int] = (),
    invited_level: int = 0,
    levels: dict[str, Any] | None = None,
) -> Room:
    """Make a room with its first members; the actor owns it.

    Args:
        members: staff keys that join at once, besides the actor.
        initial: further state events, (type, state key, content); checked by the caller.
        member_rule: who belongs to it by the directory (services/standing.py).
        invited: staff keys that get an invitation, with power level `invited_level`.
        levels: an override of power levels, as in `m.room.power_levels`; checked by the caller.
    Raises:
        BadInputError: no name, a name too long, an unknown kind. SecrecyRefusedError. ForbiddenError.
    """
    name = visible(name)
    if kind not in RoomKind.values:
        raise BadInputError(field="kind", message=_("群类型无效，请从列表中选择。"))
    if not name or len(name) > MAX_NAME:
        raise BadInputError(field="name", message=_("请填写群名称，不超过 80 个字。"))
    if not actor.is_bot:
        require(actor, "room.create", None)
    admission.check(f"{name}\n{purpose}", actor=actor, where="title")
    with transaction.atomic():
        room = Room.objects.create(
            room_id=ids.new_room_id(),
            kind=kind,
            name=name,
            purpose=purpose,
            owner_post=owner_post or actor.post_id,
            unit=unit,
            level=level,
            ends_on=ends_on,
            member_rule=member_rule,
            no_forward=no_forward,
            no_download=no_download,
            created_at=clock.now(),
            levels=default_levels(kind) | {key: v for key, v in (levels or {}).items() if key != "users"},
            history_shared=_is_shared(initial := list(initial)),
        )
        users = {actor.user_id: OWNER_LEVEL} | (levels or {}).get("users", {})
        audit.record(
            actor=actor, verb="room.create", subject="room", subject_id=room.room_id, new={"name": name}
        )
        guests = refs.people_by_pk(invited)
        users |= {ids.user_id(guest.staff_number): invited_level for guest in guests if invited_level}
        people = refs.people_by_pk([actor.staff_id, *members])
        items = _founding_items(actor, room, people, initial, users)
        append_now([*items, *_invitations(actor, room, guests, users)])
        room_ends.schedule(room)
        wake_on_commit()
    return room


def _is_shared(initial: Iterable[tuple[str, str, dict[str, Any]]]) -> bool:
    """Whether who joins later sees what came before: yes, unless the room is founded otherwise."""
    said = [content for event_type, _, content in initial if event_type == "m.room.history_visibility"]
    return not said or said[-1].get("history_visibility") == "shared"


def _invitations(
    actor: Actor, room: Room, guests: Iterable[refs.PersonRef], users: dict[str, int]
) -> list[Item]:
    return [
        member_item(
            actor, room.pk, target=guest.pk, target_number=guest.staff_number, name=guest.name,
            membership=MembershipState.INVITE, level=users.get(ids.user_id(guest.staff_number), 0),
        )
        for guest in guests if guest.pk != actor.staff_id
    ]  # fmt: skip


def _founding_items(
    actor: Actor,
    room: Room,
    people: list[refs.PersonRef],
    initial: Iterable[tuple[str, str, dict[str, Any]]],
    users: dict[str, int] | None = None,
) -> list[Item]:
    """Create, own join, power levels, preset state, initial state, name, topic, members (Matrix, room creation).

    Args:
        people: the actor, where that is somebody, and the members.
    """
    founding: list[tuple[str, str, dict[str, Any]]] = [
        ("m.room.create", "", {"room_version": PROTOCOL_VERSION, "org.tongzhou.kind": room.kind}),
    ]
    power = {**room.levels, "users": users or {actor.user_id: OWNER_LEVEL}}
    settled = [
        ("m.room.power_levels", "", power),
        ("m.room.join_rules", "", {"join_rule": "invite"}),
        ("m.room.history_visibility", "", {"history_visibility": "shared"}),
        ("m.room.guest_access", "", {"guest_access": "forbidden"}),
        *initial,
        ("m.room.name", "", {"name": room.name}),
        *([("m.room.topic", "", {"topic": room.purpose})] if room.purpose else []),
    ]
    items = [_state_item(actor, room, *state) for state in founding]
    own = [person for person in people if person.pk == actor.staff_id]
    items += joins_of(actor, room.pk, own, level=level_of(power, actor.user_id))
    items += [_state_item(actor, room, *state) for state in settled]
    items += joins_of(actor, room.pk, [person for person in people if person.pk != actor.staff_id])
    return items


def _state_item(actor: Actor, room: Room, event_type: str, state_key: str, content: dict[str, Any]) -> Item:
    item = build_item(actor=actor, room=room.pk, event_type=event_type, content=content, state_key=state_key)
    item["trusted"] = True
    return item


def open_direct(*, actor: Actor, with_staff: int) -> Room:
    """The one direct room of two people; made at the first call. Raises BadInputError, NotFoundError."""
    if with_staff == actor.staff_id:
        raise BadInputError(field="user_id", message=_("不能与本人单聊，请选择其他人员。"))
    found = open_directs(actor=actor, with_staff=[with_staff])
    if not found:
        raise NotFoundError
    return found[with_staff]


def open_directs(*, actor: Actor, with_staff: Iterable[int]) -> dict[int, Room]:
    """The actor's direct rooms with many people, by staff key, in a few statements whatever their number; unknown
    people are left out.
    """
    people = refs.people_by_pk([actor.staff_id, *with_staff])
    me, others = [], {}
    for person in people:
        if person.pk == actor.staff_id:
            me.append(person)
        else:
            others[_direct_key(actor.staff_id, person.pk)] = person
    with transaction.atomic():
        rooms = store.direct_rooms(others)
        _take_back(actor, {others[key].pk: room for key, room in rooms.items()})
        # In one order, so that two who make the same rooms do not block each other.
        if missing := sorted(others.keys() - rooms.keys()):
            wanted = {key: _new_direct(key, others[key].name) for key in missing}
            store.add_rooms(wanted.values())
            rooms |= store.direct_rooms(missing)
            made = [key for key in missing if rooms[key].room_id == wanted[key].room_id]
            items = [
                item
                for key in made
                for item in _founding_items(actor, rooms[key], [*me, others[key]], [])
                if item["type"] != "m.room.name"
            ]
            if items:
                append_now(items)
                wake_on_commit()
    return {others[key].pk: room for key, room in rooms.items()}


def _direct_key(*staff_ids: int) -> str:
    return ":".join(str(key) for key in sorted(staff_ids))


def _new_direct(key: str, name: str) -> Room:
    return Room(
        direct_key=key,
        room_id=ids.new_room_id(),
        kind=RoomKind.DIRECT,
        name=name,
        created_at=clock.now(),
        levels={**default_levels(RoomKind.DIRECT), "state_default": 100, "invite": 100},
    )


def _take_back(actor: Actor, rooms: dict[int, Room]) -> None:
    """Who had left their direct room joins again."""
    joined = store.joined_pairs(room.pk for room in rooms.values())
    for other, room in rooms.items():
        if absent := [one for one in (actor.staff_id, other) if (room.pk, one) not in joined]:
            do_add_members(actor=actor, room=room, staff_ids=absent)


def list_rooms(actor: Actor, room: int | None = None) -> list[dict[str, Any]]:
    """The conversation list, pinned first, then newest; three queries at most, whatever its length."""
    return [_list_entry(row) for row in store.room_list(actor.staff_id, room)]


def _list_entry(row: tuple[Any, ...]) -> dict[str, Any]:
    (
        _pk,
        room_id,
        kind,
        name,
        purpose,
        last,
        n,
        last_ts,
        archived,
        read,
        level,
        muted,
        pinned,
        notify,
        to_confirm,
        unread,
        mentions,
        draft,
        other,
        is_bot,
        *shown,
    ) = row
    return {
        "room": room_id,
        "kind": kind,
        "name": other or name,
        "is_bot": is_bot,
        "purpose": purpose,
        "last": last,
        "n": n,
        "ts": last_ts,
        "archived": archived,
        "read": read,
        "level": level,
        "muted": muted,
        "pinned": pinned,
        "notify": notify,
        "to_confirm": to_confirm,
        "unread": max(0, unread),
        "mentions": mentions,
        "draft": draft or "",
        "preview": event_dict(room_id, tuple(shown)) if shown[0] is not None else None,
    }


def describe(actor: Actor, view: RoomView) -> dict[str, Any]:
    """One room with its settings and what the actor may do in it."""
    [entry] = list_rooms(actor, view.room.pk)
    room, level = view.room, view.membership.level
    is_open = room.archived_at is None
    manages = may_manage(actor, view)
    return {
        **entry,
        "ends_on": room.ends_on,
        "members": store.count_joined(room.pk),
        "unit_id": room.unit,
        "rule": room.member_rule,
        "no_forward": room.no_forward,
        "no_download": room.no_download,
        "history_shared": room.history_shared,
        "recall_minutes": room.recall_minutes,
        "joinable": store.is_public(room.pk),
        "levels": {name: rights.level(room.levels) for name, rights in SETTABLE.items()},
        "abilities": {
            "post": is_open and level >= int(room.levels.get("events_default", 0)),
            "invite": is_open and room.kind != RoomKind.DIRECT and level >= int(room.levels.get("invite", 0)),
            "remove": room.kind != RoomKind.DIRECT and level >= int(room.levels.get("kick", 50)),
            "manage": manages and room.kind != RoomKind.DIRECT,
            "leave": room.kind != RoomKind.DIRECT and not follows_directory(view),
            "see_receipt_names": view.is_owner,
        },
    }


def follows_directory(view: RoomView) -> bool:
    """Whether this person is in the room by its rule, and so cannot leave it by hand."""
    return view.room.member_rule is not None and store.is_by_rule(view.membership)


def scope_of(room: Room) -> Scope:
    """Where a room belongs, for rights."""
    return Scope(unit_id=room.unit, owner_post_id=room.owner_post)


def may_manage(actor: Actor, view: RoomView) -> bool:
    """Its owners, and whose post manages the rooms of that unit."""
    return view.is_owner or may(actor, "room.manage", scope_of(view.room))


def access_as_manager(actor: Actor, room_id: str) -> RoomView:
    """Raises NotFoundError, ForbiddenError."""
    view = access_room(actor, room_id)
    if view.room.kind == RoomKind.DIRECT or not may_manage(actor, view):
        raise ForbiddenError(message=_("只有群主和本单位的群管理岗位可以进行此操作，请联系群主。"))
    return view


def set_archived(*, actor: Actor, room_id: str, archived: bool) -> None:
    """Archive (read-only on every door) or restore a room. Raises NotFoundError, ForbiddenError."""
    view = access_as_manager(actor, room_id)
    do_set_archived(actor=actor, room=view.room, archived=archived)


def do_set_archived(*, actor: Actor, room: Room, archived: bool) -> None:
    """As `set_archived`, with nothing left to check: for services that know what they do."""
    with transaction.atomic():
        row = store.lock_room(room.pk)
        if (row.archived_at is not None) == archived:
            return
        row.archived_at = clock.now() if archived else None
        if not archived and row.ends_on is not None and row.ends_on < clock.today():
            row.ends_on = None  # its end has passed: whoever restores it goes on without one
        row.save(update_fields=["archived_at", "ends_on"])
        room_ends.schedule(row)
        verb = "room.archive" if archived else "room.restore"
        audit.record(actor=actor, verb=verb, subject="room", subject_id=row.room_id)
        tell_room(row.pk, "settings")
