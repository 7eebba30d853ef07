"""What one socket sends: checked, on its way in order, acknowledged or refused by its transaction id."""

from typing import TYPE_CHECKING, Any

import orjson
from django.utils.translation import gettext as _

from chatops.delivery.delivery import Delivery
from chatops.delivery.journal import Entry
from chatops.services import messages, outgoing
from chatops.services.content import MAX_ID_BYTES
from chatops.socket import frames
from chatops.socket.lane import Lane
from chatops.store.append import Appended
from common.aio import call_service
from common.errors import BadInputError, DomainError, RateLimitedError

if TYPE_CHECKING:
    from chatops.socket.session import LiveSession


class Sends:
    """Of one session, whose actor and line it uses."""

    __slots__ = ("_acks", "_delivery", "_lanes", "_session")

    def __init__(self, session: "LiveSession", delivery: Delivery) -> None:
        self._session = session
        self._delivery = delivery
        self._lanes: dict[int, Lane] = {}
        self._acks: list[dict[str, Any]] = []

    def take(self, frame: frames.Send, room: int | None) -> None:
        """`room`: the key of the frame's room, if this session is in it."""
        txn = frame.txn
        try:
            if not txn or len(txn) > MAX_ID_BYTES or "\x00" in txn:
                raise BadInputError(field="txn", message=_("缺少发送编号，请刷新页面后重试。"))
            if wait_ms := self._delivery.limits.take(self._session.staff_id):
                raise RateLimitedError(retry_after_ms=wait_ms)
            if room is None:
                raise outgoing.NotInRoomError
            lane = self._lanes.get(room) or self._lanes.setdefault(
                room, Lane(self._delivery.journal.submit, self._serve)
            )
            entry = outgoing.make_entry(
                actor=self._session.actor,
                room=room,
                room_id=frame.room,
                event_type=frame.event,
                content=frame.content,
                txn_id=txn,
                reply=lambda answer: self._replied(txn, frame.room, lane, answer),
            )
        except DomainError as error:
            self._refuse(txn, error)
            return
        lane.send(entry, by_service=outgoing.needs_thread(entry))

    def _serve(self, entry: Entry) -> None:
        self._delivery.spawn(self._send_by_service(entry))

    async def _send_by_service(self, entry: Entry) -> None:
        """The rare ways that touch the database before the append: mentions, relations, polls, files, marks."""
        try:
            answer = await call_service(messages.deliver, entry, actor=self._session.actor)
        except DomainError as error:
            self._refuse(entry.item["txn"] or "", error)
            self._lanes[entry.item["room"]].answered()
        except Exception:
            self._lanes[
                entry.item["room"]
            ].answered()  # without an answer the client sends it again; others go on
            raise
        else:
            entry.reply(answer)
            self.flush_acks()

    def _replied(self, txn: str, room_id: str, lane: Lane, answer: Appended) -> None:
        if answer.stored:
            ack = {
                "txn": txn,
                "room": room_id,
                "event_id": answer.event_id,
                "seq": answer.seq,
                "ts": answer.ts,
            }
            self._acks.append(ack)
            self._delivery.acking.add(self._session)
        else:
            self._refuse(txn, outgoing.refusal(answer.status))
        lane.answered()

    def with_acks(self, frame: bytes) -> bytes:
        """A frame of events with the acknowledgements of the same commit: half the frames of who writes and reads."""
        if not self._acks:
            return frame
        acks, self._acks = self._acks, []
        return b'%b,"acks":%b}' % (frame[:-1], orjson.dumps(acks))

    def flush_acks(self) -> None:
        """What no frame of events took along: a retry's, or of a room that this socket is still behind in."""
        if self._acks:
            self._session.put({"type": "ack", "acks": self._acks})
            self._acks = []

    def _refuse(self, txn: str, error: DomainError) -> None:
        body: dict[str, Any] = {
            "type": "refused",
            "txn": txn,
            "code": error.code,
            "message": error.user_message(),
            "field": error.field,
        }
        if "refusal" in error.facts:
            body["refusal"] = error.facts["refusal"]  # by which its author appeals
        if isinstance(error, RateLimitedError):
            body["retry_after_ms"] = error.retry_after_ms
        self._session.put(body)
