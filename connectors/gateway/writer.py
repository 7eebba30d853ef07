"""Group commit: what has arrived within some milliseconds is stored in one transaction, then answered.

While the database is away nothing is answered and the queue fills; full, it makes the listener stop reading, so that
senders keep what they have.
"""

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from common.aio import call_service
from common.errors import NotFoundError
from connectors.gateway.deeds import Deed
from connectors.items import Raw
from connectors.services import intake

log = logging.getLogger(__name__)

BATCH_MOST = 1500
LINGER_S = 0.01
QUEUE_MOST = 3000
RETRY_S, RETRY_MOST_S = 0.2, 5.0


class Writer:
    """Stores the deeds of one connector, in order."""

    def __init__(self, connector_id: UUID) -> None:
        self._connector_id = connector_id
        self._queue: asyncio.Queue[Deed] = asyncio.Queue(QUEUE_MOST)
        self.stored = 0

    async def put(self, deed: Deed) -> None:
        """Waits while the queue is full."""
        await self._queue.put(deed)

    async def run(self) -> None:
        """For ever. On cancellation what is queued is left unanswered: its sender has it still."""
        while True:
            batch = [await self._queue.get()]
            if self._queue.empty():
                await asyncio.sleep(LINGER_S)
            while len(batch) < BATCH_MOST and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._store(batch)
            self.stored += len(batch)
            _answer(batch)

    async def _store(self, batch: list[Deed]) -> None:
        pause = RETRY_S
        while True:
            try:
                await call_service(store, self._connector_id, batch)
            except (OperationalError, InterfaceError) as err:
                log.warning("the database is away, nothing is answered meanwhile: %s", type(err).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MOST_S)
            except NotFoundError:
                log.warning("connector %s is gone, what it still got is dropped", self._connector_id)
                raise
            except Exception:
                if len(batch) == 1 and batch[0].error:
                    raise  # not even its bytes can be kept: the listener starts anew, unanswered
                log.exception("a batch of %d cannot be stored, trying one by one", len(batch))
                await self._one_by_one(batch)
                return
            else:
                return

    async def _one_by_one(self, batch: list[Deed]) -> None:
        """One deed that cannot be stored does not keep the others out: its bytes are, with a sentence."""
        for deed in batch:
            if len(batch) == 1:
                deed.items, deed.error = (
                    (),
                    _("解析结果无法入库，原始报文已保留。请联系系统管理员查看日志后重放。"),
                )
            await self._store([deed])


def _answer(batch: list[Deed]) -> None:
    """What is owed for what is stored now: one piece for each line, a call of the kernel for each frame costs more."""
    owed: dict[Callable[[bytes], None], list[bytes]] = {}
    for deed in batch:
        if deed.done is not None:
            deed.done()
        if deed.send is not None:
            owed.setdefault(deed.send, []).append(deed.answer)
    for send, answers in owed.items():
        send(b"".join(answers))


def store(connector_id: UUID, batch: list[Deed]) -> None:
    """Take in a batch, in one transaction. Payloads of the same sender share a row where nothing is wrong with them."""
    shared: dict[str, list[Deed]] = {}
    raw: list[Raw] = []
    for deed in batch:
        if not deed.payload:
            continue
        if deed.error or deed.rejections or not deed.joins:
            raw.append(Raw(deed.payload, deed.sender, deed.frames, deed.error, deed.rejections))
        else:
            shared.setdefault(deed.sender, []).append(deed)
    for sender, deeds in shared.items():
        raw.append(Raw(b"".join(deed.payload for deed in deeds), sender, sum(deed.frames for deed in deeds)))
    if raw:
        intake.take(connector_id, [item for deed in batch for item in deed.items], raw)
