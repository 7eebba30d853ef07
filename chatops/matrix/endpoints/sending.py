"""Sending events, redactions and state (C-S API, "Sending events to a room", "Redactions")."""

import asyncio

from django.conf import settings
from django.utils.translation import gettext as _

from chatops.delivery.journal import Entry
from chatops.delivery.limits import SendLimits
from chatops.matrix.endpoints.rooms import set_member
from chatops.matrix.errors import (
    MatrixError,
    forbidden,
    invalid_param,
    not_found,
    not_in_room,
)
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import need_joined
from chatops.services import bot_rules, messages, outgoing, redactions, state
from chatops.services.relations import DuplicateReactionError
from chatops.store.append import Appended
from common.aio import call_service
from common.errors import NotFoundError, RateLimitedError

ANSWER_WITHIN_S = 30
MOST_TXN_BYTES = 255
# A bot speaks for a system: it may be quick, but not without end.
_bot_limits = SendLimits(per_minute=36_000)


async def send(request: Request, room_id: str, event_type: str, txn: str) -> Json:
    """By the journal, as the live socket sends; the same transaction id again gets the first answer."""
    content = await request.json()
    _check_txn(txn)
    _take_turn(request)
    if event_type == redactions.REDACTION:
        return await redact(request, room_id, text(content, "redacts"), txn, content)
    if event_type == "m.room.encrypted" and not settings.MATRIX_ENCRYPTION:
        raise forbidden(_("按归档和审计要求，本平台的群不启用端到端加密。"))
    access = await need_joined(request, room_id)
    await _may_speak(request, room_id)
    answered: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
    entry = outgoing.make_entry(
        actor=request.actor,
        room=access.room,
        room_id=access.room_id,
        event_type=event_type,
        content=content,
        txn_id=txn,
        reply=lambda answer: None if answered.done() else answered.set_result(answer),
    )
    if request.appservice is not None and "ts" in request.query:
        entry.item["ts"] = request.number("ts", 0)  # a bridge tells when it was said
    if outgoing.needs_thread(entry):
        return {"event_id": await _send_by_service(request, entry)}
    request.delivery.journal.submit(entry)
    async with asyncio.timeout(ANSWER_WITHIN_S):  # then 429: the client asks again by the same txn
        answer = await answered
    if not answer.stored:
        error = outgoing.refusal(answer.status)
        raise not_in_room() if isinstance(error, NotFoundError) else error
    return {"event_id": answer.event_id}


async def _send_by_service(request: Request, entry: Entry) -> str:
    try:
        answer = await call_service(messages.deliver, entry, actor=request.actor)
    except outgoing.NotInRoomError:
        raise not_in_room() from None
    except DuplicateReactionError as error:
        raise MatrixError(400, "M_DUPLICATE_ANNOTATION", error.user_message()) from None
    return answer.event_id


async def redact(request: Request, room_id: str, event_id: str, txn: str, body: Json | None = None) -> Json:
    if body is None:
        body = await request.json()
        _check_txn(txn)
        _take_turn(request)
    reason = text(body, "reason", "", most=4096)
    await need_joined(request, room_id)
    try:
        sent = await call_service(
            redactions.recall,
            actor=request.actor,
            room_id=room_id,
            event_id=event_id,
            reason=reason,
            txn_id=txn,
        )
    except outgoing.NotInRoomError:
        raise not_in_room() from None
    except NotFoundError:
        raise not_found("No such event") from None
    return {"event_id": sent.event_id}


async def put_state(request: Request, room_id: str, event_type: str, state_key: str = "") -> Json:
    content = await request.json()
    _take_turn(request)
    if event_type == "m.room.member":
        return await set_member(request, room_id, state_key, content)
    await need_joined(request, room_id)
    await _may_speak(request, room_id)
    try:
        sent = await call_service(
            state.set_state,
            actor=request.actor,
            room_id=room_id,
            event_type=event_type,
            content=content,
            state_key=state_key,
        )
    except outgoing.NotInRoomError:
        raise not_in_room() from None
    return {"event_id": sent.event_id}


def _take_turn(request: Request) -> None:
    actor = request.actor
    limits = _bot_limits if actor.is_bot else request.delivery.limits
    if wait_ms := limits.take(actor.staff_id):
        raise RateLimitedError(retry_after_ms=wait_ms)


async def _may_speak(request: Request, room_id: str) -> None:
    if request.actor.is_bot and bot_rules.bind(request.actor, request.device_id):
        await call_service(bot_rules.check, request.actor, request.device_id, room_id)


def _check_txn(txn: str) -> None:
    if not txn or len(txn.encode()) > MOST_TXN_BYTES:
        raise invalid_param(f"The transaction id must have 1 to {MOST_TXN_BYTES} bytes")
