"""Hooks out: what happens in a bot's rooms is told to an address elsewhere, at least once, by the event's id.

A row for each event and address; a job delivers it, tries again with growing pauses and gives it up for dead after
eight tries. The dead are listed and can be sent again.
"""

import json
import logging
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bots.hooks import own
from bots.hooks.message import RefusedPayloadError
from bots.services import contents, hooks, outgoing, pressing, records, tokens
from bots.store import outs as store
from bots.store.records import BotRecord, OutCall, OutHook, OutState
from common import audit, clock, jobs, timers
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor

log = logging.getLogger(__name__)

EVENTS = ("mention", "command", "card_action")
PAUSES_S = (10, 30, 120, 600, 3600, 3 * 3600, 6 * 3600)
MOST_OUTS, MOST_COMMANDS, MOST_REPLAYED = 20, 30, 500
_COMMAND = re.compile(r"[a-z0-9_一-鿿-]{1,32}")


@transaction.atomic
def create(
    *, actor: Actor, bot_id: UUID, label: str, url: str, events: list[str], commands: list[dict[str, str]]
) -> tuple[OutHook, str]:
    """An address to be told, and the secret by which calls are signed, shown once.

    Raises: BadInputError with its field; ConflictError for a built-in bot or beyond 20 addresses.
    """
    record = records.access(actor, bot_id)
    if record.is_builtin:
        raise ConflictError(message=_("内置机器人不支持对外通知，请新建一个机器人。"))
    if store.outs_of(bot_id).count() >= MOST_OUTS:
        raise ConflictError(message=_("一个机器人最多 20 个通知地址，请先删除不再使用的地址。"))
    wanted = [event for event in EVENTS if event in events]
    if not wanted or len(wanted) != len(set(events)):
        raise BadInputError(field="events", message=_("请至少选择一类要通知的事件。"))
    out = OutHook.objects.create(
        bot=record,
        label=_checked_label(label),
        url=outgoing.check_url(url),
        events=wanted,
        commands=_checked_commands(commands),
        sign_nonce=tokens.new_nonce(),
        created_at=clock.now(),
    )
    audit.record(
        actor=actor, verb="bot.create_out", subject="bot", subject_id=record.number,
        new={"out": str(out.pk), "host": outgoing.host_of(out.url), "events": wanted},
    )  # fmt: skip
    return out, tokens.signing_secret(out.pk, out.sign_nonce)


def access(actor: Actor, bot_id: UUID, out_id: UUID) -> OutHook:
    records.access(actor, bot_id)
    out = store.outs_of(bot_id).filter(pk=out_id).first()
    if out is None:
        raise NotFoundError
    return out


@transaction.atomic
def set_enabled(*, actor: Actor, bot_id: UUID, out_id: UUID, is_enabled: bool) -> OutHook:
    """While it is off nothing is told and nothing is kept for later; what waits is delivered when it is on again."""
    out = access(actor, bot_id, out_id)
    if out.is_enabled != is_enabled:
        out.is_enabled = is_enabled
        out.save(update_fields=["is_enabled"])
        _audit(actor, out, "bot.edit_out", new={"is_enabled": is_enabled})
        if is_enabled:
            for call in store.waiting(out.pk):
                jobs.defer("bots.call_out", call=str(call))
    return out


@transaction.atomic
def remove(*, actor: Actor, bot_id: UUID, out_id: UUID) -> None:
    """The address and what was on its way to it."""
    out = access(actor, bot_id, out_id)
    _audit(actor, out, "bot.remove_out", old={"host": outgoing.host_of(out.url)})
    out.delete()


@transaction.atomic
def replay(*, actor: Actor, bot_id: UUID, out_id: UUID, call_ids: list[UUID] | None = None) -> int:
    """Send dead calls again, these or all (500 at once); returns how many. The receiver knows them by their id."""
    out = access(actor, bot_id, out_id)
    found = store.dead(out.pk, call_ids, MOST_REPLAYED)
    for call in found:
        store.revive(call, clock.now())
        jobs.defer("bots.call_out", call=str(call))
    if found:
        _audit(actor, out, "bot.replay", new={"calls": len(found)})
    return len(found)


def list_calls(actor: Actor, bot_id: UUID, out_id: UUID, *, state: str = "") -> list[OutCall]:
    """The newest hundred, of one state or all."""
    return store.calls(access(actor, bot_id, out_id).pk, state)


def tell(
    record: BotRecord, kind: str, *, room_id: str, event: dict[str, Any], command: str = "", words: str = ""
) -> int:
    """Keep a call and its job for each address of the bot that wants it; a known event is left alone."""
    made = 0
    for out in store.listening(record.pk, kind):
        known = {one["name"] for one in out.commands}
        if kind == "command" and command not in known:
            continue
        body = {
            "type": kind,
            "bot": record.number,
            "room_id": room_id,
            "event_id": event["event_id"],
            "sender": event.get("sender", ""),
            "sent_at": event.get("origin_server_ts", 0),
            "content": event.get("content", {}),
        }
        if kind == "command":
            body |= {"command": command, "text": words}
        if kind == "card_action":
            body |= {"card": _card_at(body["content"]), **_pressed(body["content"])}
        try:
            with transaction.atomic():
                call = OutCall.objects.create(
                    out=out, room_id=room_id, event_id=event["event_id"], kind=kind, body=body,
                    created_at=clock.now(), next_at=clock.now(),
                )  # fmt: skip
                jobs.defer("bots.call_out", call=str(call.pk))
        except IntegrityError:
            continue
        made += 1
    return made


def _card_at(content: dict[str, Any]) -> str:
    relation = content.get("m.relates_to")
    return str(relation.get("event_id", "")) if isinstance(relation, dict) else ""


def _pressed(content: dict[str, Any]) -> dict[str, Any]:
    return {"action": content.get("action", ""), "params": content.get("params", {})}


def deliver(call_id: UUID) -> None:
    """One try. Runs on the worker; a second job for the same call finds it done and does nothing."""
    call = store.find_waiting(call_id)
    if call is None or not call.out.is_enabled or call.out.bot.paused_at is not None:
        return
    body = json.dumps({"id": str(call.pk), **call.body}, ensure_ascii=False).encode()
    stamp = str(int(clock.now().timestamp()))
    secret = tokens.signing_secret(call.out.pk, call.out.sign_nonce)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Tongzhou-Hook/1",
        "X-Tongzhou-Event": str(call.pk),
        "X-Tongzhou-Timestamp": stamp,
        "X-Tongzhou-Signature": own.sign(secret, stamp, body),
    }
    try:
        answer = outgoing.post(call.out.url, body, headers)
    except outgoing.UnreachableError as err:
        _failed(call, 0, str(err))
        return
    if not answer.is_success:
        _failed(call, answer.status, answer.text[:200])
        return
    store.delivered(call.pk, answer.status, call.attempts + 1, clock.now())
    _say_answer(call, answer.text)


def _failed(call: OutCall, status: int, error: str) -> None:
    tries = call.attempts + 1
    if tries > len(PAUSES_S):
        store.failed(call.pk, tries, status, error, state=OutState.DEAD, next_at=None, at=clock.now())
        return
    next_at = clock.now() + timedelta(seconds=PAUSES_S[tries - 1])
    with transaction.atomic():
        store.failed(call.pk, tries, status, error, state=OutState.WAITING, next_at=next_at, at=None)
        timers.set_timer(f"out:{call.pk}", next_at, "bots.call_out", call=str(call.pk))


def _say_answer(call: OutCall, text: str) -> None:
    """What the receiver answers in our own form is said in the room, once; a card takes the pressed one's place."""
    try:
        payload = json.loads(text)
        message = own.parse(payload)
    except (ValueError, RecursionError, RefusedPayloadError):
        return  # an answer without words, such as {"ok": true}
    record = call.out.bot
    try:
        bot, room = hooks.place_of(record, call.room_id)
        hooks.store_post(
            message, record=record, actor=bot, room=room, source=str(call.out_id), label=call.out.label,
            key=str(call.pk), over=_pressed_card(call) if message.card else None,
        )  # fmt: skip
    except RefusedPayloadError as refusal:
        log.warning("the answer of %s cannot be said: %s", outgoing.host_of(call.out.url), refusal)


def _pressed_card(call: OutCall) -> contents.Over | None:
    """The card whose button was pressed, if it still stands in the room."""
    if call.kind != "card_action":
        return None
    shown = pressing.shown_at(call.out.bot.number, call.room_id, _card_at(call.body.get("content", {})))
    return contents.Over(shown.event_id, shown.subject, shown.version + 1) if shown else None


def _checked_label(label: str) -> str:
    label = " ".join(label.split())
    if not 1 <= len(label) <= 60:  # noqa: PLR2004 - the column's width
        raise BadInputError(field="label", message=_("名称须为 1–60 个字符，例如“机房监控”。"))
    return label


def _checked_commands(commands: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(commands) > MOST_COMMANDS:
        raise BadInputError(field="commands", message=_("斜杠指令最多 30 个，请精简。"))
    found = []
    for one in commands:
        name = str(one.get("name", "")).strip().lstrip("/").lower()
        if not _COMMAND.fullmatch(name):
            told = _("斜杠指令只能包含汉字、小写字母、数字、下划线和短横线，请修改“{name}”。")
            raise BadInputError(field="commands", message=told.format(name=name[:40]))
        found.append({"name": name, "says": " ".join(str(one.get("says", "")).split())[:100]})
    return found


def _audit(actor: Actor, out: OutHook, verb: str, **what: Any) -> None:
    what = {key: {"out": str(out.pk), **value} for key, value in what.items()}
    audit.record(actor=actor, verb=verb, subject="bot", subject_id=out.bot.number, **what)
