"""Sending cards and notices: each once, edits at most one a second, the last state always.

A card's first message has the transaction id `card:<subject>:<room>`, an edit `card:<subject>:v<version>`;
the server answers a repeated id with the event that is there.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bots.desk import DUBAN, SHENPI, SHUJU, TIXING, Bot
from bots.runtime import leave
from bots.runtime.line import Line, RefusedError
from bots.runtime.lines import current
from bots.services import cases, consents, hush, posting, rendering, seats, signals
from bots.services.posting import Posted
from chatops.cards import Card, card_content, replace_content
from common import clock
from common.aio import call_service

log = logging.getLogger(__name__)

EDIT_PAUSE_S = 1.0


@dataclass(frozen=True)
class Kind:
    """Cards of one kind: who posts them, and how they look now in a room (None: there is to be no card).

    `answers`: the event that the first message replies to, by subject and room, or None. `joins`: whether the desk's
    bots come into the room for it: for its first card, or at every change.
    """

    name: str
    bot: Bot
    render: Callable[[str, str], Card | None]
    answers: Callable[[str, str], str | None] = lambda _subject, _room_id: None
    joins: Literal["never", "first", "always"] = "never"


ITEM = Kind("card", DUBAN, lambda subject, _room: rendering.render_item(subject), rendering.item_answers)
STATUS = Kind("status", SHUJU, rendering.render_status, joins="first")
ALERT = Kind("alert", SHUJU, signals.render_alert, joins="always")
RECORD = Kind("record", SHUJU, signals.render_record, joins="always")
ORDER = Kind("order", DUBAN, rendering.render_order, joins="always")
CASE = Kind("case", SHENPI, cases.render)
CONSENT = Kind("consent", TIXING, consents.render)


async def show(kind: Kind, subject: str, room_id: str) -> None:
    """Bring the card of this subject in this room to the present state. Of fifty calls a second two do something: one
    that shows, one that waits for it; the others find the one that waits and return without a query.

    Raises: StoppedError, when the process is stopping, and PausedError; the job is tried again.
    """
    lines = current()

    async def bring() -> None:
        try:
            await _show(kind, subject, room_id, lines.of(kind.bot))
        except RefusedError as refusal:
            # Removed from the room, or the room is archived: a later change tries again.
            log.warning("%s cannot show %s in %s: %s", kind.bot.number, subject, room_id, refusal)

    await lines.turns.take(f"{kind.name}:{subject}:{room_id}", bring)


async def _show(kind: Kind, subject: str, room_id: str, line: Line) -> None:
    number = kind.bot.number
    posted = await call_service(posting.find, number, subject, room_id)
    if kind.joins == "always" or (kind.joins == "first" and posted is None):
        await call_service(seats.join_room, room_id)
    if posted is None or not posted.event_id:
        posted = await _post(kind, subject, room_id, line)
    if posted is None or await _newer(kind, subject, room_id, posted) is None:
        return
    await _pause(posted)
    # As it is after the pause: what came meanwhile is in it.
    card = await _newer(kind, subject, room_id, posted)
    if card is None:
        return
    digest = rendering.digest_of(card)
    txn = f"{kind.name}:{subject}:v{card.version}"
    if card.version == posted.version:
        txn += f":{digest[:12]}"  # other words at the same version, after a crash or a renaming
    await leave.to_speak(kind.bot)
    await line.send(room_id, replace_content(card, posted.event_id), txn)
    await call_service(
        posting.sent, number, subject, room_id, event_id=posted.event_id, version=card.version, digest=digest
    )


async def _post(kind: Kind, subject: str, room_id: str, line: Line) -> Posted | None:
    """Send the first message, or find the one that was sent before a crash."""
    card = await call_service(kind.render, subject, room_id)
    if card is None:
        return None
    number = kind.bot.number
    await leave.to_speak(kind.bot)
    intended = await call_service(posting.intend, number, room_id, card)
    content = await call_service(hush.hushed, card_content(card))
    if (answers := await call_service(kind.answers, subject, room_id)) is not None:
        content["m.relates_to"] = {"m.in_reply_to": {"event_id": answers}}
    event_id = await line.send(room_id, content, f"{kind.name}:{subject}:{room_id}")
    # The room may show what was intended before a crash; if that is old by now, an edit follows.
    return await call_service(
        posting.sent,
        number,
        subject,
        room_id,
        event_id=event_id,
        version=intended.version,
        digest=intended.digest,
    )


async def _newer(kind: Kind, subject: str, room_id: str, posted: Posted) -> Card | None:
    """The present card if the room shows an older one."""
    card = await call_service(kind.render, subject, room_id)
    if card is None or card.version < posted.version or rendering.digest_of(card) == posted.digest:
        return None
    return card


async def _pause(posted: Posted) -> None:
    """At most one stored edit a second and card (decisions 30)."""
    if posted.sent_at is not None:
        since = (clock.now() - posted.sent_at).total_seconds()
        await asyncio.sleep(min(max(EDIT_PAUSE_S - since, 0.0), EDIT_PAUSE_S))


async def say(key: str) -> None:
    """Say a notice once; what is settled, too late or done by now is not said.

    Raises: StoppedError, when the process is stopping; the job is tried again.
    """
    speech = await call_service(rendering.compose, key)
    event_id = ""
    if speech is not None:
        await leave.to_speak(speech.bot)
        try:
            event_id = await current().of(speech.bot).send(speech.room_id, speech.content, key)
        except RefusedError as refusal:
            log.warning("%s cannot say %s: %s", speech.bot.number, key, refusal)
    await call_service(rendering.settle, key, event_id)
