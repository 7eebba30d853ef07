"""Making and withdrawing hooks in; the addresses and examples that their makers copy."""

import ipaddress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from bots.hooks import own
from bots.hooks.message import RefusedPayloadError
from bots.services import contents, hooks, records, tokens
from bots.store import bots as store
from bots.store.records import BotRecord, Hook, HookKind
from chatops.store import mentions as places
from chatops.store.models import Room
from common import audit, clock
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.services import refs

MOST_LABEL, MOST_ADDRESSES, MOST_HOOKS, MOST_NAMES = 60, 50, 50, 50
SIGNED = frozenset({HookKind.OWN, HookKind.DINGTALK, HookKind.FEISHU})
PATHS = {
    HookKind.OWN: "/hooks/{token}",
    HookKind.DINGTALK: "/robot/send?access_token={token}",
    HookKind.WECOM: "/cgi-bin/webhook/send?key={token}",
    HookKind.FEISHU: "/open-apis/bot/v2/hook/{token}",
    HookKind.SLACK: "/services/T0TONGZHOU/B{short}/{token}",
}


@dataclass(frozen=True)
class Made:
    """A new hook with what is shown once: its address, and its signing secret ("" without signature)."""

    hook: Hook
    url: str
    secret: str


@transaction.atomic
def create(
    *, actor: Actor, bot_id: UUID, kind: str, label: str, room_id: str, signed: bool = False,
    addresses: list[str] | None = None,
) -> Made:  # fmt: skip
    """An address by which a program posts to one of the bot's rooms.

    Raises: BadInputError with its field; ConflictError beyond 50 hooks.
    """
    record = records.access(actor, bot_id)
    if kind not in HookKind.values:
        raise BadInputError(field="kind", message=_("请选择接口类型。"))
    if signed and kind not in SIGNED:
        raise BadInputError(field="signed", message=_("此类机器人的协议没有签名，请改用来源地址限制。"))
    label = " ".join(label.split())
    if not 1 <= len(label) <= MOST_LABEL:
        raise BadInputError(field="label", message=_("名称须为 1–60 个字符，例如“机房监控”。"))
    if not _may_post(record, room_id):
        raise BadInputError(field="room_id", message=_("机器人不在此群组中，请先把群组加入名单。"))
    if store.hooks_of(bot_id).count() >= MOST_HOOKS:
        raise ConflictError(message=_("一个机器人最多 50 个接收地址，请先停用不再使用的地址。"))
    token = tokens.new_token()
    hook = Hook.objects.create(
        bot=record,
        kind=kind,
        label=label,
        room_id=room_id,
        token_hash=tokens.hash_token(token),
        token_tail=token[-4:],
        sign_nonce=tokens.new_nonce() if signed else "",
        addresses=_networks(addresses or []),
        created_at=clock.now(),
    )
    audit.record(
        actor=actor, verb="bot.create_hook", subject="bot", subject_id=record.number,
        new={"hook": str(hook.pk), "kind": kind, "label": label, "room_id": room_id},
    )  # fmt: skip
    secret = tokens.signing_secret(hook.pk, hook.sign_nonce) if signed else ""
    return Made(hook, address_of(kind, token), secret)


@transaction.atomic
def revoke(*, actor: Actor, bot_id: UUID, hook_id: UUID) -> None:
    """Withdraw a hook at once; its token never works again."""
    record = records.access(actor, bot_id)
    hook = store.hooks_of(bot_id).filter(pk=hook_id).first()
    if hook is None:
        raise NotFoundError
    hook.revoked_at = clock.now()
    hook.save(update_fields=["revoked_at"])
    audit.record(
        actor=actor,
        verb="bot.revoke_hook",
        subject="bot",
        subject_id=record.number,
        old={"hook": str(hook.pk)},
    )


def address_of(kind: str, token: str) -> str:
    path = PATHS[HookKind(kind)].format(token=token, short=token[:8].upper())
    return f"{settings.PUBLIC_URL}{path}"


def try_out(*, actor: Actor, bot_id: UUID, room_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    """A dry run: whom a message of our own form would reach, by name where the asker is one of them. Nothing is sent or
    kept.

    Raises: BadInputError, whose message says what is wrong with the payload or the room.
    """
    record = records.access(actor, bot_id)
    try:
        message = own.parse(payload)
        bot, room = hooks.place_of(record, room_id)
    except RefusedPayloadError as refusal:
        told = _("此消息不能发送（{why}），请检查后重试。").format(why=str(refusal))
        raise BadInputError(field="payload", message=told) from refusal
    found = contents.reach(message, record=record, actor=bot, room=room)
    return found | {"names": _names(room, asker=actor, bot=bot)}


def _names(room: Room, *, asker: Actor, bot: Actor) -> list[str]:
    """At most MOST_NAMES; none to somebody outside, to whom the room's people are not shown elsewhere either."""
    if not places.is_in(room.pk, asker.staff_id):
        return []
    return [one.name for one in refs.people_by_pk(places.some_people(room.pk, bot.staff_id, MOST_NAMES))]


def _may_post(record: BotRecord, room_id: str) -> bool:
    try:
        hooks.place_of(record, room_id)
    except RefusedPayloadError:
        return False
    return True


def _networks(addresses: list[str]) -> list[str]:
    if len(addresses) > MOST_ADDRESSES:
        raise BadInputError(field="addresses", message=_("来源地址最多 50 项，请合并网段。"))
    found = []
    for one in addresses:
        try:
            found.append(str(ipaddress.ip_network(one.strip(), strict=False)))
        except ValueError:
            told = _("来源地址“{address}”无效，请填写 IP 或网段，例如 10.1.2.0/24。").format(address=one[:60])
            raise BadInputError(field="addresses", message=told) from None
    return found
