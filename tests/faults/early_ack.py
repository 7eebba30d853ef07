"""The application with the acknowledgement moved before the commit: a fault that the checker must find."""

import asyncio

from asgi import application  # noqa: F401 - Daphne loads it from here
from chatops.delivery.journal import Entry, Journal
from chatops.store.append import Appended

_commit = Journal._commit


async def commit_after_the_answer(self: Journal, batch: list[Entry]) -> None:
    for entry in batch:
        entry.reply(Appended("ok", entry.item["event_id"], 0, 0, entry.item["ts"]))
        entry.reply = lambda _answer: None
    self._answered()
    await asyncio.sleep(0.3)
    await _commit(self, batch)


Journal._commit = commit_after_the_answer  # type: ignore[method-assign]
