"""Hooks in: a call is checked, made a message, and durably stored for the bots process to send (decisions 12)."""

import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from bots.hooks.message import STATUS, Message, RefusedPayloadError
from bots.services import budget, contents, tokens
from bots.store import bots as store
from bots.store.records import BotRecord, Hook
from chatops.delivery.limits import SendLimits
from chatops.services import admission
from chatops.services.admission import SecrecyRefusedError
from chatops.services.content import plain_text
from chatops.store.models import Room
from chatops.store.rooms import find_membership, find_room
from common import clock, ids, jobs
from common.errors import BadInputError, DomainError, TooLargeError
from directory.actors import Actor
from directory.services.acting import actor_of

log = logging.getLogger(__name__)

NOTED_EVERY_S = 60.0
MOST_KEY = 200
_limits: dict[int, SendLimits] = {}
_noted: dict[tuple[UUID, str], float] = {}


@dataclass(frozen=True)
class Request:
    """A call as the door has read it.

    Attributes:
        kinds: the kinds of hook that this address serves. token: from the address.
        is_signed: (secret, now in s) → whether the call is signed by it.
        read: makes the message of the payload; raises RefusedPayloadError.
        key: the header Idempotency-Key, "" without.
    """

    kind: str
    token: str
    address: str
    is_signed: Callable[[str, float], bool]
    read: Callable[[], Message]
    key: str = ""
    dry_run: bool = False


@dataclass(frozen=True)
class Accepted:
    """`post_id` is None for a dry run, whose `reach` is filled in instead."""

    post_id: UUID | None
    repeated: bool = False
    reach: dict[str, Any] | None = None


def accept(request: Request) -> Accepted:
    """Take a call: when this returns, the message is stored and will be sent once.

    Raises: RefusedPayloadError, with the reason in our words; the call is noted either way.
    """
    hook = store.find_hook(tokens.hash_token(request.token))
    if hook is None or hook.kind != request.kind:
        raise RefusedPayloadError("token")
    try:
        accepted = _accept(hook, request)
    except RefusedPayloadError as refusal:
        _note(hook, request, reason=refusal.reason, detail=refusal.detail)
        raise
    _note(hook, request, post=accepted.post_id)
    return accepted


def _accept(hook: Hook, request: Request) -> Accepted:
    if not _is_allowed(hook.addresses, request.address):
        raise RefusedPayloadError("address", request.address)
    if wait_ms := _limit().take(hook.pk.int & 0x7FFF_FFFF_FFFF_FFFF):
        raise RefusedPayloadError("rate", retry_after_s=-(-wait_ms // 1000))
    if hook.sign_nonce and not request.is_signed(
        tokens.signing_secret(hook.pk, hook.sign_nonce), clock.now().timestamp()
    ):
        raise RefusedPayloadError("signature")
    record = hook.bot
    if record.paused_at is not None:
        raise RefusedPayloadError("paused")
    message = request.read()
    actor, room = place_of(record, hook.room_id)
    if request.dry_run:
        return Accepted(None, reach=contents.reach(message, record=record, actor=actor, room=room))
    return store_post(
        message,
        record=record,
        actor=actor,
        room=room,
        source=str(hook.pk),
        label=hook.label,
        key=request.key or message.key,
    )


def place_of(record: BotRecord, room_id: str) -> tuple[Actor, Room]:
    """The bot as an actor and the room, if it may speak there. Raises RefusedPayloadError: paused, room."""
    actor = actor_of(record.number, "bot")
    if actor is None:
        raise RefusedPayloadError("paused")
    room = find_room(room_id)
    known = find_membership(room.pk, actor.staff_id) if room else None
    if room is None or room.archived_at is not None or known is None or known.membership != "join":
        raise RefusedPayloadError("room")
    if not record.is_builtin and not store.is_allowed(record.pk, room_id):
        raise RefusedPayloadError("room")
    return actor, room


def store_post(
    message: Message,
    *,
    record: BotRecord,
    actor: Actor,
    room: Room,
    source: str,
    label: str,
    key: str,
    over: contents.Over | None = None,
) -> Accepted:
    """Keep the message and its job in one transaction; the same key again is the same message. `over`: a card of the
    bot whose place it takes.

    Raises: RefusedPayloadError: secrecy, picture, size, rate, conflict.
    """
    post_id = ids.new_uuid()
    key, digest = key[:MOST_KEY] or str(post_id), contents.digest_of(message)
    known = store.find_post(source, key)
    if known is None:
        content = _content(message, actor=actor, room=room, subject=str(post_id), label=label, over=over)
        if wait_s := budget.take(record):
            raise RefusedPayloadError("rate", retry_after_s=wait_s)
        with transaction.atomic():
            known, is_new = store.add_post(
                source=source, key=key, id=post_id, bot=record, digest=digest, room_id=room.room_id,
                content=content, created_at=clock.now(),
            )  # fmt: skip
            if is_new:
                jobs.defer("bots.send_posts", bot=str(record.pk), room_id=room.room_id)
                return Accepted(known.pk)
    if known.digest != digest:
        raise RefusedPayloadError("conflict", key)
    return Accepted(known.pk, repeated=True)


def _content(
    message: Message, *, actor: Actor, room: Room, subject: str, label: str, over: contents.Over | None
) -> dict[str, Any]:
    try:
        content = contents.make(
            message, actor=actor, room=room, subject=subject, source=label, now=clock.now(), over=over
        )
        admission.check(plain_text(content), actor=actor, where="webhook")
    except SecrecyRefusedError as err:
        raise RefusedPayloadError("secrecy") from err
    except TooLargeError as err:
        raise RefusedPayloadError("size") from err
    except BadInputError as err:
        raise RefusedPayloadError("picture" if message.picture is not None else "missing") from err
    except DomainError as err:
        raise RefusedPayloadError("fault", err.code) from err
    return content


def _limit() -> SendLimits:
    """One for each setting, so that a test or a restart with another takes effect."""
    per_minute = settings.HOOK_CALLS_PER_MINUTE
    return _limits.setdefault(per_minute, SendLimits(per_minute))


def _is_allowed(addresses: list[str], address: str) -> bool:
    if not addresses:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network, strict=False) for network in addresses)


def _note(
    hook: Hook, request: Request, *, reason: str = "", detail: str = "", post: UUID | None = None
) -> None:
    """Remember the call for the admin page. Of a flood of refusals one a minute and reason is kept."""
    if reason in {"rate", "address", "signature", "paused"}:
        now = time.monotonic()
        if now - _noted.get((hook.pk, reason), -NOTED_EVERY_S) < NOTED_EVERY_S:
            return
        if len(_noted) > 10_000:  # noqa: PLR2004 - forgetting notes a call too many, no more
            _noted.clear()
        _noted[hook.pk, reason] = now
    status = STATUS[reason] if reason else 200  # type: ignore[index]
    store.add_call(
        bot=hook.bot, hook=hook, at=clock.now(), status=status, reason=reason, detail=detail[:200],
        address=request.address, post=post,
    )  # fmt: skip
    store.hook_used(hook.pk, clock.now())
