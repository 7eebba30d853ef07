"""Rooms that follow the directory: who belongs to them by rule, and who inherits them with a post.

A rule is `Room.member_rule`: {"units": [uuid…], "subtree": bool, "roles": [post role…]}; no roles mean every post.
The event of a stay says that the rule made it (`org.tongzhou.by`), so people added by hand stay when the rule no longer
names them. Changes of the directory defer a durable job in their own transaction; a nightly pass makes sure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import rooms
from chatops.services.levels import OWNER
from chatops.services.membership import do_add_members, member_item
from chatops.services.room_settings import set_users
from chatops.store import rooms as room_store
from chatops.store import standing as store
from chatops.store.append import append_now
from chatops.store.models import MembershipState, Room, RoomKind
from common import audit, clock, jobs, timers
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from common.events import subscribe
from directory.actors import Actor, system_actor
from directory.events import DirectoryChanged, RightsChanged
from directory.services import lookup, refs, seats
from directory.services.rights import Scope, may
from directory.services.rights import table as rights_table

CHUNK = 500
NIGHT = time(0, 20)
ROLES_MOST = 20


# -- founding ---------------------------------------------------------------------------------------------------------


def foundable(actor: Actor) -> list[dict[str, Any]]:
    """The standing group of one's unit, if the actor's post may found it: {unit_id, name, room, count}."""
    if actor.unit_id is None or not _may_found(actor, actor.unit_id):
        return []
    place = seats.unit_places([actor.unit_id]).get(actor.unit_id)
    known = store.standing_room(actor.unit_id)
    return [
        {
            "unit_id": actor.unit_id,
            "name": place.name if place else actor.unit_name,
            "room": known.room_id if known else None,
            "count": len(seats.seated([actor.unit_id])),
            "count_below": len(seats.seated([actor.unit_id], subtree=True)),
        }
    ]


def found(
    *,
    actor: Actor,
    unit_id: UUID,
    name: str = "",
    purpose: str = "",
    subtree: bool = False,
    roles: Sequence[str] = (),
) -> Room:
    """Found the one standing group of a unit; who holds a post there is in it from the start.

    Raises:
        ForbiddenError: neither the unit's head nor its office. NotFoundError: no such unit.
        ConflictError (facts room): the unit has its group. BadInputError: an unknown role.
    """
    place = seats.unit_places([unit_id]).get(unit_id)
    if place is None:
        raise NotFoundError
    if not _may_found(actor, unit_id):
        raise ForbiddenError(
            message=_("单位群由本单位主要负责人或办公室建立，请联系他们办理。"), reason="post"
        )
    rule = make_rule([unit_id], subtree=subtree, roles=roles)
    with transaction.atomic():
        store.one_at_a_time(unit_id)
        if known := store.standing_room(unit_id):
            raise ConflictError(
                message=_("本单位已有单位群“{name}”，不必再建。").format(name=known.name), room=known.room_id
            )
        room = rooms.create_room(
            actor=actor,
            kind=RoomKind.UNIT,
            name=name.strip() or place.name,
            purpose=purpose,
            unit=unit_id,
            member_rule=rule,
        )
        set_timer(clock.now())
        follow_room(room)
    return room


def _may_found(actor: Actor, unit_id: UUID) -> bool:
    return may(actor, "room.found_standing", Scope(unit_id=unit_id))


def make_rule(units: Iterable[UUID], *, subtree: bool, roles: Sequence[str]) -> dict[str, Any]:
    known = {role for _verb, role in rights_table()}
    if len(roles) > ROLES_MOST or not set(roles) <= known:
        raise BadInputError(field="roles", message=_("岗位类别不存在，请从列表中选择。"))
    return {"units": [str(unit) for unit in units], "subtree": subtree, "roles": sorted(set(roles))}


# -- following --------------------------------------------------------------------------------------------------------


def watch() -> None:
    """Subscribe to the directory; called once when the app starts."""
    subscribe(RightsChanged, _changed)
    subscribe(DirectoryChanged, _changed)


def _changed(_event: object) -> None:
    """One job for each transaction: one that waits already may run before this transaction is seen."""
    txid = store.transaction_id()
    jobs.defer("chatops.follow_directory", key=f"follow:{txid}", lock="chatops.follow_directory", txid=txid)


def set_timer(now: datetime) -> None:
    day = clock.local(now).date()
    due = datetime.combine(day, NIGHT, clock.SHANGHAI)
    timers.set_timer(
        "chatops.follow_nightly", due if due > now else due + timedelta(days=1), "chatops.follow_nightly"
    )


def follow_nightly() -> None:
    set_timer(clock.now())  # first: a night that fails must not be the last one
    follow_all()


def follow_all() -> None:
    """Bring every room with a rule, and every owner, into step with the directory. Safe to repeat."""
    for room in store.rooms_with_rule():
        follow_room(room)
    follow_owners()


def follow_room(room: Room) -> tuple[int, int]:
    """Let in whom the rule names and is not there, and out whom it let in and names no more: (in, out)."""
    wanted = set(_named(room))
    present = store.members_by_rule(room.pk)
    joined = {member.staff_id for member in present if member.membership == MembershipState.JOIN}
    banned = {member.staff_id for member in present if member.membership == MembershipState.BAN}
    gone = [member.staff_id for member in present if member.by_rule and member.staff_id not in wanted]
    fresh = sorted(wanted - joined - banned)
    actor = system_actor(_("通讯录"))
    for start in range(0, len(fresh), CHUNK):
        do_add_members(actor=actor, room=room, staff_ids=fresh[start : start + CHUNK], by_rule=True)
    for start in range(0, len(gone), CHUNK):
        _let_out(actor, room, gone[start : start + CHUNK])
    return len(fresh), len(gone)


def _named(room: Room) -> list[int]:
    rule = room.member_rule or {}
    units = [UUID(unit) for unit in rule.get("units", [])]
    return seats.seated(units, subtree=bool(rule.get("subtree")), roles=rule.get("roles", []))


def _let_out(actor: Actor, room: Room, staff_ids: Iterable[int]) -> None:
    """Each leaves by an event of his or her own: the system is nobody's name in a room."""
    with transaction.atomic():
        room = room_store.lock_room(room.pk)
        still = room_store.joined_ids(room.pk)
        items = []
        for person in refs.people_by_pk([key for key in staff_ids if key in still]):
            own = Actor(staff_id=person.pk, staff_number=person.staff_number, name=person.name)
            item = member_item(
                own, room.pk, target=person.pk, target_number=person.staff_number, name=person.name,
                membership=MembershipState.LEAVE,
            )  # fmt: skip
            item["content"][room_store.BY_RULE] = "rule"
            items.append(item)
        if items:
            audit.record(
                actor=actor, verb="room.follow", subject="room", subject_id=room.room_id,
                old={"removed": [item["state_key"] for item in items]},
            )  # fmt: skip
            append_now(items)
            wake_on_commit()


# -- owners -----------------------------------------------------------------------------------------------------------


def follow_owners() -> int:
    """Rooms go with the post that owns them: the new holder owns them, the former loses ownership and, unless the rule
    or a post in the same unit keeps him or her there, the room. Returns how many changed."""
    owned = store.rooms_by_owner_post()
    former = seats.former_holders(owned)
    changed = 0
    for post, gone in former.items():
        heirs = [held.staff_id for held in lookup.holders(post)]
        unit = seats.units_of_posts([post]).get(post)
        for room in owned[post]:
            changed += _inherit(room, gone, heirs, unit)
    return changed


def _inherit(room: Room, gone: set[int], heirs: list[int], unit: UUID | None) -> bool:
    owners = set(room_store.ids_at_level(room.pk, OWNER))
    leaving = owners & gone
    if not leaving and (owners or not heirs):
        return False
    heir = next(iter(heirs), None)
    actor = system_actor(_("通讯录"))
    with transaction.atomic():
        if heir is not None and heir not in room_store.joined_ids(room.pk) and room.archived_at is None:
            do_add_members(actor=actor, room=room, staff_ids=[heir])
        locked = room_store.lock_room(room.pk)
        numbers = {ref.pk: ref for ref in refs.people_by_pk([*leaving, *([heir] if heir else [])])}
        users = {numbers[key].staff_number: 0 for key in leaving}
        if heir is not None and heir in room_store.joined_ids(room.pk):
            users[numbers[heir].staff_number] = OWNER
        by = numbers[heir] if heir is not None else numbers[next(iter(leaving))]
        set_users(Actor(staff_id=by.pk, staff_number=by.staff_number, name=by.name), locked, users)
        audit.record(
            actor=actor, verb="room.inherit", subject="room", subject_id=room.room_id,
            old={"owners": [numbers[key].staff_number for key in leaving]},
            new={"owner": numbers[heir].staff_number if heir is not None else ""},
        )  # fmt: skip
    here = seats.units_of(leaving)
    named = set(_named(room)) if room.member_rule else set()
    _let_out(actor, room, [key for key in leaving if key not in named and unit not in here.get(key, set())])
    return True
