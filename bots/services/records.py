"""Bots as administrators keep them: making one, its rooms and budget, its token, pausing it (docs/bots/webhooks.md)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bots.desk import DESK
from bots.services import budget, schedules
from bots.store import bots as store
from bots.store import outs
from bots.store.records import BotRecord
from chatops.services import membership
from chatops.services.rooms import access_room
from chatops.store.rooms import find_membership, find_room
from common import audit, clock, events, jobs
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.errors import EditedMeanwhileError
from directory.events import RightsChanged
from directory.services import accounts, devices, refs
from directory.services.acting import actor_of
from directory.services.rights import Scope, may, require
from directory.store.models import Post, Staff, StaffKind, Unit
from directory.store.sessions import find_staff, lock_staff

VERB = "bot.manage"
PREFIX = "bot-"
MOST_SAYS = 200
MOST_MINUTE, MOST_DAY = 6000, 500_000
EDITABLE = ("name", "says", "budget_minute", "budget_day", "owner_post_id")


def list_bots(actor: Actor) -> list[BotRecord]:
    """Those that the actor may manage. Raises ForbiddenError for whoever manages none."""
    require(actor, VERB)
    return [record for record in store.records() if may(actor, VERB, scope_of(record))]


def access(actor: Actor, bot_id: UUID) -> BotRecord:
    """Raises NotFoundError, ForbiddenError."""
    record = store.find(bot_id)
    if record is None:
        raise NotFoundError
    require(actor, VERB, scope_of(record))
    return record


def scope_of(record: BotRecord) -> Scope:
    return Scope(unit_id=record.owner_unit_id, owner_post_id=record.owner_post_id)


@transaction.atomic
def create(
    *, actor: Actor, number: str, name: str, says: str = "", unit_id: UUID, owner_post_id: UUID | None = None
) -> BotRecord:
    """A bot with an account, for a unit. Its owner is a post of that unit; without one, the actor's own post.

    Raises: ForbiddenError; BadInputError with its field; ConflictError where the number is taken.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise BadInputError(field="unit_id", message=_("单位不存在，请从列表中选择。"))
    require(actor, VERB, Scope(unit_id=unit.pk))
    number = accounts.check_staff_number(number)
    if not number.startswith(PREFIX) or len(number) == len(PREFIX):
        raise BadInputError(field="number", message=_("机器人的账号须以 bot- 开头，例如 bot-jiankong。"))
    if find_staff(number) is not None:
        raise ConflictError(
            field="number", message=_("账号 {number} 已被使用，请换一个。").format(number=number)
        )
    accounts.new_staff(staff_number=number, name=accounts.check_name(name), kind=StaffKind.BOT)
    record = BotRecord.objects.create(
        number=number,
        says=_checked_says(says),
        owner_unit=unit,
        owner_post=_owner(owner_post_id or actor.post_id, unit.pk if owner_post_id else None),
        created_at=clock.now(),
    )
    _record(actor, record, "bot.create", new={"name": name, "unit": unit.name})
    return record


@transaction.atomic
def edit(*, actor: Actor, bot_id: UUID, version: int, changes: Mapping[str, Any]) -> BotRecord:
    """Change name, purpose, budget or owner.

    Raises: EditedMeanwhileError (409) when somebody else was faster; BadInputError.
    """
    access(actor, bot_id)
    record = store.lock(bot_id)
    if record.version != version:
        raise EditedMeanwhileError
    old, new = {}, {key: value for key, value in changes.items() if key in EDITABLE}
    if "name" in new:
        if record.is_builtin:
            raise ConflictError(field="name", message=_("内置机器人的名称由系统规定，不能修改。"))
        staff = _account(record)
        old["name"], staff.name = staff.name, accounts.check_name(new["name"])
        staff.save(update_fields=["name"])
    if "says" in new:
        old["says"], record.says = record.says, _checked_says(new["says"])
    for key, most in (("budget_minute", MOST_MINUTE), ("budget_day", MOST_DAY)):
        if key in new:
            if not 1 <= new[key] <= most:
                told = _("额度须为 1 至 {most} 条，请修改。").format(most=most)
                raise BadInputError(field=key, message=told)
            old[key] = getattr(record, key)
            setattr(record, key, new[key])
    if new.get("owner_post_id"):
        old["owner_post_id"] = str(record.owner_post_id)
        record.owner_post = _owner(new["owner_post_id"], record.owner_unit_id)
        new["owner_post_id"] = str(new["owner_post_id"])
    record.version += 1
    record.save()
    _record(actor, record, "bot.edit", old=old, new=new)
    return record


@transaction.atomic
def pause(*, actor: Actor, bot_id: UUID) -> BotRecord:
    """The kill switch: the account is locked, so that no door takes its token, and no hook of its is served."""
    access(actor, bot_id)
    record = store.lock(bot_id)
    if record.paused_at is None:
        record.paused_at, record.paused_by = clock.now(), actor.name
        record.save(update_fields=["paused_at", "paused_by"])
        _set_locked(record, locked=True)
        _record(actor, record, "bot.pause", new={"paused": True})
    return record


@transaction.atomic
def resume(*, actor: Actor, bot_id: UUID) -> BotRecord:
    """Let the bot go on; its tokens are good again and what waited is sent."""
    access(actor, bot_id)
    record = store.lock(bot_id)
    if record.paused_at is not None:
        record.paused_at, record.paused_by = None, ""
        record.save(update_fields=["paused_at", "paused_by"])
        _set_locked(record, locked=False)
        _record(actor, record, "bot.resume", new={"paused": False})
        for room_id in store.waiting_rooms(record.pk):
            jobs.defer("bots.send_posts", bot=str(record.pk), room_id=room_id)
        for call in outs.waiting_of(record.pk):
            jobs.defer("bots.call_out", call=str(call))
        schedules.arm([bot for bot in DESK if bot.number == record.number])
    return record


@transaction.atomic
def issue_token(*, actor: Actor, bot_id: UUID) -> str:
    """A fresh access token for the bot's own program (matrix-nio and the like), shown once.

    The token before it stops working. Raises: ConflictError for a built-in or a paused bot.
    """
    record = access(actor, bot_id)
    if record.is_builtin:
        raise ConflictError(message=_("内置机器人由平台自行登录，不提供令牌；请新建一个机器人。"))
    if record.paused_at is not None:
        raise ConflictError(message=_("机器人已暂停，请先恢复运行再生成令牌。"))
    return devices.issue_bot_token(record.number, actor=actor)


@transaction.atomic
def add_room(*, actor: Actor, bot_id: UUID, room_id: str) -> BotRecord:
    """Put a room of the actor's on the allow-list; the bot becomes a member.

    Raises: NotFoundError for a room that is not the actor's; ForbiddenError where the actor may not add members.
    """
    record = access(actor, bot_id)
    view = access_room(actor, room_id)
    account = _account(record)
    known = find_membership(view.room.pk, account.pk)
    if known is None or known.membership != "join":
        membership.add_members(actor=actor, room_id=room_id, staff_ids=[account.pk])
    if store.add_room(record.pk, room_id, clock.now()):
        _record(actor, record, "bot.add_room", new={"room_id": room_id})
    return record


@transaction.atomic
def remove_room(*, actor: Actor, bot_id: UUID, room_id: str) -> BotRecord:
    """Take a room off the allow-list; the bot leaves it. Hooks to it answer from now on that they cannot post."""
    record = access(actor, bot_id)
    if not store.remove_room(record.pk, room_id):
        raise NotFoundError
    bot, room = actor_of(record.number, "bot"), find_room(room_id)
    if bot is not None and room is not None and find_membership(room.pk, bot.staff_id) is not None:
        membership.leave(actor=bot, room_id=room_id, reason=_("已不在机器人的群组名单中"))
    _record(actor, record, "bot.remove_room", old={"room_id": room_id})
    return record


def describe_rooms(record: BotRecord) -> list[dict[str, Any]]:
    """The rooms of the allow-list, and whether the bot can post there now."""
    account, found = find_staff(record.number), []
    for room_id in store.room_ids(record.pk):
        room = find_room(room_id)
        known = find_membership(room.pk, account.pk) if room and account else None
        joined = known is not None and known.membership == "join"
        found.append(
            {
                "room_id": room_id,
                "name": room.name if room else "",
                "can_post": bool(room and joined and room.archived_at is None),
            }
        )
    return found


def name_of(record: BotRecord) -> str:
    account = find_staff(record.number)
    return account.name if account else record.number


def owner_names(record: BotRecord) -> list[str]:
    return [person.name for person in refs.people_by_pk(budget.owners(record))]


def _set_locked(record: BotRecord, *, locked: bool) -> None:
    staff = _account(record)
    staff.locked_until = accounts.LOCKED_FOR_GOOD if locked else None
    staff.save(update_fields=["locked_until"])
    events.publish(RightsChanged((staff.pk,)))


def _account(record: BotRecord) -> Staff:
    found = find_staff(record.number)
    if found is None:
        raise NotFoundError
    return lock_staff(found.pk)


def _owner(post_id: UUID | None, unit_id: UUID | None) -> Post | None:
    """The owner's post; of this unit, where one is given. Raises BadInputError."""
    if post_id is None:
        return None
    post = Post.objects.filter(pk=post_id).first()
    if post is None or (unit_id is not None and post.unit_id != unit_id):
        raise BadInputError(field="owner_post_id", message=_("负责岗位须属于机器人所在单位，请重新选择。"))
    return post


def _checked_says(says: str) -> str:
    says = " ".join(says.split())
    if len(says) > MOST_SAYS:
        raise BadInputError(field="says", message=_("用途说明请控制在 200 字以内。"))
    return says


def _record(actor: Actor, record: BotRecord, verb: str, **what: Any) -> None:
    audit.record(actor=actor, verb=verb, subject="bot", subject_id=record.number, **what)
