"""Sending what hooks have accepted: in order for each room, each once (transaction id `hook:<post>`)."""

import logging
from uuid import UUID

from bots.runtime.line import RefusedError
from bots.runtime.lines import current
from bots.services import queue
from common.aio import call_service

log = logging.getLogger(__name__)


async def send_waiting(bot_id: str, room_id: str) -> None:
    """Send all that waits for this bot and room, until nothing does or the bot is paused.

    Raises: StoppedError, when the process is stopping; the job is tried again.
    """
    lines, key = current(), UUID(bot_id)

    async def send() -> None:
        while posts := await call_service(queue.waiting, key, room_id):
            for post in posts:
                bot = await call_service(queue.speaker, key)
                if bot is None:
                    return  # what waits is sent when the bot is let go on
                try:
                    event_id = await lines.of(bot).send(room_id, post.content, f"hook:{post.post_id}")
                except RefusedError as refusal:
                    log.warning("%s cannot post in %s: %s", bot.number, room_id, refusal)
                    await call_service(queue.refused, post.post_id, str(refusal))
                else:
                    await call_service(queue.sent, post.post_id, event_id)

    await lines.turns.take(f"hook:{bot_id}:{room_id}", send)
