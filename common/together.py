"""Many who ask alike at the same time get their answers by one question."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Of one event loop. What is asked while a question is on its way waits for the next: nobody is told anything that
    was read before they asked, and a question is as large as the load makes it.
    """

    def __init__(self, ask: Callable[[list[K]], Awaitable[dict[K, V]]], *, most: int = 200) -> None:
        """`ask` answers at most `most` keys; those that it knows nothing of are left out."""
        self._ask, self._most = ask, most
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: K) -> V | None:
        """None when there is nothing of this key. Raises what `ask` raises."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._work_off())
        return await asyncio.shield(answer)  # one who goes away takes nobody's answer along

    async def _work_off(self) -> None:
        await asyncio.sleep(0)  # those who come in the same moment are here now
        while self._waiting:
            asked = {key: self._waiting.pop(key) for key in list(islice(self._waiting, self._most))}
            try:
                found = await self._ask(list(asked))
            except BaseException as error:
                for answer in asked.values():
                    answer.set_exception(error) if isinstance(error, Exception) else answer.cancel()
                if not isinstance(error, Exception):
                    raise
            else:
                for key, answer in asked.items():
                    answer.set_result(found.get(key))
