"""A batch of merged cards: one direct message a person, each under its own transaction id.

One job per batch. Killed in its midst it starts again: who has theirs already gets the same event back, nobody two.
A handful at a time is read, composed, allowed and settled by a few statements, whatever their number; what is on
its way at once is bounded for all batches together, so that a morning's reminders leave the server to those who talk.
"""

import logging
from asyncio import gather
from uuid import UUID

from bots.desk import TIXING
from bots.runtime import leave
from bots.runtime.line import RefusedError
from bots.runtime.lines import Lines, current
from bots.services import letters
from bots.services.letters import Letter
from bots.services.rendering import Speech
from common.aio import call_service

log = logging.getLogger(__name__)
HANDFUL = 50


async def send(batch: UUID) -> None:
    """Raises: StoppedError, when the process is stopping, and PausedError; the job is tried again."""
    while waiting := await call_service(letters.waiting, batch, HANDFUL):
        speeches = await call_service(letters.compose, waiting)
        stopped = [letter.slip_id for letter in waiting if letter.slip_id not in speeches]
        await call_service(letters.settle, [], stopped)
        ready = [letter for letter in waiting if letter.slip_id in speeches]
        while ready:
            allowed = await leave.to_speak(TIXING, len(ready))
            await _send_all(ready[:allowed], speeches)
            ready = ready[allowed:]


async def _send_all(ready: list[Letter], speeches: dict[UUID, Speech]) -> None:
    """Side by side. What was sent is settled also when one of them could not be."""
    lines = current()
    answers = await gather(
        *(_send(lines, letter, speeches[letter.slip_id]) for letter in ready), return_exceptions=True
    )
    sent = [letter.slip_id for letter, answer in zip(ready, answers, strict=True) if answer is True]
    refused = [letter.slip_id for letter, answer in zip(ready, answers, strict=True) if answer is False]
    await call_service(letters.settle, sent, refused)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


async def _send(lines: Lines, letter: Letter, speech: Speech) -> bool:
    async with lines.bulk:
        try:
            await lines.of(TIXING).send(speech.room_id, speech.content, letter.key)
        except RefusedError as refusal:
            log.warning("%s cannot send %s: %s", TIXING.number, letter.key, refusal)
            return False
    return True
