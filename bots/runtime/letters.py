"""A batch of merged cards: one direct message a person, each under its own transaction id.

One job per batch. Killed in its midst it starts again: who has theirs already gets the same event back, nobody two.
"""

import logging
from uuid import UUID

from bots.desk import TIXING
from bots.runtime import leave
from bots.runtime.line import RefusedError
from bots.runtime.lines import current
from bots.services import letters
from common.aio import call_service

log = logging.getLogger(__name__)
SETTLED_AT_ONCE = 20


async def send(batch: UUID) -> None:
    """Raises: StoppedError, when the process is stopping; the job is tried again."""
    sent: list[UUID] = []
    stopped: list[UUID] = []
    for letter in await call_service(letters.waiting, batch):
        speech = await call_service(letters.compose, letter)
        if speech is None:
            stopped.append(letter.slip_id)
        else:
            await leave.to_speak(speech.bot)
            try:
                await current().of(TIXING).send(speech.room_id, speech.content, letter.key)
                sent.append(letter.slip_id)
            except RefusedError as refusal:
                log.warning("%s cannot send %s: %s", TIXING.number, letter.key, refusal)
                stopped.append(letter.slip_id)
        if len(sent) + len(stopped) >= SETTLED_AT_ONCE:
            await call_service(letters.settle, sent, stopped)
            sent, stopped = [], []
    await call_service(letters.settle, sent, stopped)
