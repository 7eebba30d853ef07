"""The load: many members in one process of their own, picows on uvloop. Started by `benchmarks.fleet`.

The first line of standard input is the job; then each line is one measured run, answered by one line: `{"secs": 4}` in
a closed loop, with `rate` so many messages a second instead, with `read_every` all members mark read that often;
`{"idle": 10}` only waits; `{"storm": 1}` connects all at once (a job with `waits` has connected nobody before) and is
done when every member has reached its `goal`.
Frames are not parsed but searched: the mark `@@<run>:` counts deliveries, the 16 hex digits after it are the time of
sending and the message's id. The closed loop sends the next message at each acknowledgement.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

import picows
import uvloop

from benchmarks.gauges import cpu_seconds, machine_seconds, open_files_to_most

TEXT_BYTES = 300
REPORT_S = 2.0  # as docs/protocol.md wants
AT_ONCE = 32
SILENT_S, LATEST_S = 5.0, 20.0
BROWSER = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
EVENTS = re.compile(rb'\{"type":"events","room":"[^"]+","first":(\d+),"last":(\d+)')
ACK = re.compile(rb'"txn":"([0-9a-f]{16})"')
RAW_ACK = re.compile(rb'"ack","id":"([0-9a-f]{16})"')

now_ns = time.perf_counter_ns


class Crowd:
    """All members, and the counts of the run that is on."""

    def __init__(self, job: dict[str, Any], kind: "type[Member]") -> None:
        self.job = job
        self.kind = kind
        self.members: list[Member] = []
        self.run = 0
        self.is_open = False
        self.rate: float | None = None
        self.clear()

    def clear(self) -> None:
        self.mark = b"@@%02x:" % self.run
        self.waits: list[int] = []
        self.sent = self.delivered = self.frames = self.gaps = self.resumes = self.refused = 0
        self.last_ns = now_ns()

    async def connect(self, at_once: int = AT_ONCE) -> None:
        gate = asyncio.Semaphore(at_once)

        async def one(seat: dict[str, Any]) -> None:
            async with gate:
                await self.kind.connect(self, seat)

        await asyncio.gather(*map(one, self.job["seats"]))

    async def idle(self, secs: float) -> dict[str, float]:
        """What connected members cost that say nothing but what the protocol wants."""
        watched = [*self.job["app"], *self.job["databases"]]
        before, began = cpu_seconds(watched), time.perf_counter()
        await asyncio.sleep(secs)
        return {"cores": (cpu_seconds(watched) - before) / (time.perf_counter() - began)}

    async def storm(self) -> dict[str, float]:
        """All come back at once with their positions; done when each has what it missed."""
        watched = [*self.job["app"], *self.job["databases"]]
        before, began = cpu_seconds(watched), time.perf_counter()
        await self.connect(len(self.job["seats"]))
        while any(member.seq < member.seat["goal"] for member in self.members):
            if time.perf_counter() - began > LATEST_S:
                break
            await asyncio.sleep(0.005)
        took, cpu = time.perf_counter() - began, cpu_seconds(watched) - before
        behind = sum(member.seq < member.seat["goal"] for member in self.members)
        return {"seconds": took, "cpu_s": cpu, "behind": behind, "gaps": self.gaps}

    async def pace(self, senders: list["Member"], rate: float) -> None:
        began, count = time.perf_counter(), 0
        while True:
            while count < (time.perf_counter() - began) * rate:
                self.fire(senders[count % len(senders)])
                count += 1
            await asyncio.sleep(min(0.5 / rate, 0.01))

    async def mark_read(self, every: float) -> None:
        """Each member marks read what it has, once in `every` seconds, one after the other."""
        while True:
            for member in self.members:
                await asyncio.sleep(every / len(self.members))
                member.mark_read()

    async def measure(
        self, secs: float, rate: float | None = None, read_every: float | None = None
    ) -> dict[str, float]:
        """One run: load for `secs`, then wait until everything has come or nothing comes any more."""
        self.run += 1
        self.rate = rate
        self.clear()
        app, databases, senders = (
            self.job["app"],
            self.job["databases"],
            [member for member in self.members if member.seat["sends"]],
        )
        before, own, machine, began = (
            (cpu_seconds(app), cpu_seconds(databases)),
            time.process_time(),
            machine_seconds(),
            time.perf_counter(),
        )
        self.is_open = True
        helpers = [asyncio.ensure_future(self.pace(senders, rate))] if rate else []
        if read_every:
            helpers.append(asyncio.ensure_future(self.mark_read(read_every)))
        for member in [] if rate else senders:
            for _ in range(self.job["window"]):
                self.fire(member)
        await asyncio.sleep(secs)
        self.is_open = False
        for helper in helpers:
            helper.cancel()
        acked, stopped = len(self.waits), time.perf_counter()
        await self.settle()
        ended = time.perf_counter()
        data = cpu_seconds(databases) - before[1]
        cpu, own = cpu_seconds(app) - before[0] + data, time.process_time() - own
        busy, stolen = (now - then for now, then in zip(machine_seconds(), machine, strict=True))
        for member in senders:
            member.pending.clear()
        waits = sorted(self.waits)
        return {
            "deliveries_s": self.delivered / (max(stopped, self.last_ns / 1e9) - began),
            "acked_s": acked / secs,
            "cpu_ms_1000": 1e6 * cpu / max(self.delivered, 1),
            "database_ms_1000": 1e6 * data / max(self.delivered, 1),
            "ack_p50_ms": percentile(waits, 0.50) / 1e6,
            "ack_p99_ms": percentile(waits, 0.99) / 1e6,
            "lost": 1 - self.delivered / max(self.wanted(), 1),
            "batch": self.delivered / max(self.frames, 1),
            "gaps": self.gaps,
            "resumes": self.resumes,
            "refused": self.refused,
            "client_cores": own / (ended - began),
            "foreign_cores": (busy - cpu - own) / (ended - began),
            "stolen_cores": stolen / (ended - began),
        }

    def wanted(self) -> int:
        return self.sent * int(self.job["members_per_room"])

    async def settle(self) -> None:
        latest = time.perf_counter() + LATEST_S
        while self.delivered < self.wanted() or len(self.waits) < self.sent:
            await asyncio.sleep(0.02)
            now = time.perf_counter()
            if now > latest or now - self.last_ns / 1e9 > SILENT_S:
                return

    def fire(self, member: "Member") -> None:
        now = now_ns()
        while (key := b"%016x" % now) in member.pending:
            now += 1
        member.pending[key] = now
        self.sent += 1
        member.say(key, (b"%b%b@@" % (self.mark, key)).ljust(TEXT_BYTES, b"x"))

    def acked(self, member: "Member", keys: list[bytes]) -> None:
        now = now_ns()
        for key in keys:
            sent = member.pending.pop(key, None)
            if sent is not None:
                self.waits.append(now - sent)
                if self.is_open and self.rate is None:
                    self.fire(member)


class Member(picows.WSListener):
    """A socket of the raw application. `pending`: time of sending by id."""

    def __init__(self, crowd: Crowd, seat: dict[str, Any]) -> None:
        super().__init__()
        self.crowd = crowd
        self.seat = seat
        self.pending: dict[bytes, int] = {}
        self.transport: Any = None
        self.seq = 0

    @classmethod
    async def connect(cls, crowd: Crowd, seat: dict[str, Any]) -> None:
        """One more member of the crowd, ready to send and to hear."""
        transport, member = await picows.ws_connect(
            lambda: cls(crowd, seat),
            seat["url"],
            websocket_handshake_timeout=60,
            extra_headers=BROWSER | seat.get("headers", {}),
        )
        if transport.response.headers.get("Sec-WebSocket-Extensions"):
            raise SystemExit("the server compresses each frame for each reader")
        crowd.members.append(member)  # from now on it reports, while others still connect
        await member.hello()

    def on_ws_connected(self, transport: Any) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type in (picows.WSMsgType.BINARY, picows.WSMsgType.TEXT):
            self.take(frame.get_payload_as_bytes())
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            print(
                f"closed: {frame.get_close_code()} {frame.get_close_message()}", file=sys.stderr, flush=True
            )
            transport.disconnect()

    async def hello(self) -> None:
        """Nothing to say."""

    def say(self, key: bytes, text: bytes) -> None:
        self.write(b'{"t":"msg","id":"%b","body":"%b"}' % (key, text))

    def write(self, frame: bytes) -> None:
        self.transport.send(picows.WSMsgType.TEXT, frame)

    def take(self, data: bytes) -> None:
        crowd = self.crowd
        crowd.delivered += data.count(crowd.mark)
        crowd.frames += 1
        crowd.last_ns = now_ns()
        if self.pending:
            crowd.acked(self, RAW_ACK.findall(data))

    def report(self) -> None:
        """No flow control."""

    def mark_read(self) -> None:
        """No receipts."""


class LiveMember(Member):
    """A socket of ours: holds its position, reports what it has taken, resumes when told to."""

    def __init__(self, crowd: Crowd, seat: dict[str, Any]) -> None:
        super().__init__(crowd, seat)
        self.welcomed = asyncio.get_running_loop().create_future()
        self.head = b'{"type":"send","room":"%b","txn":"' % seat["room"].encode()
        self.frames = self.unreported = self.bytes = 0
        self.most_frames, self.most_bytes = 1, 1  # until the welcome says
        self.seq = seat.get("position", 0)
        self.read = 0

    async def hello(self) -> None:
        if "position" in self.seat:
            positions = {self.seat["room"]: self.seq}
            self.write(json.dumps({"type": "hello", "v": 1, "positions": positions}).encode())
            await asyncio.wait_for(self.welcomed, 60)
        else:
            self.write(b'{"type":"hello","v":1}')
            self.seq = await asyncio.wait_for(self.welcomed, 60)

    def mark_read(self) -> None:
        if self.seq > self.read:
            self.read = self.seq
            self.write(json.dumps({"type": "read", "room": self.seat["room"], "seq": self.seq}).encode())

    def say(self, key: bytes, text: bytes) -> None:
        self.write(b'%b%b","content":{"msgtype":"m.text","body":"%b"}}' % (self.head, key, text))

    def take(self, data: bytes) -> None:
        self.frames += 1
        self.unreported += 1
        self.bytes += len(data)
        if found := EVENTS.match(data):
            self.take_events(data, int(found[1]), int(found[2]))
            if self.pending:
                self.crowd.acked(self, ACK.findall(data))
        elif data.startswith(b'{"type":"ack"'):
            self.crowd.acked(self, ACK.findall(data))
        elif data.startswith(b'{"type":"resume"'):
            self.crowd.resumes += 1
            self.unreported = self.bytes = 0
            positions = {self.seat["room"]: self.seq}
            self.write(json.dumps({"type": "resume", "frames": self.frames, "positions": positions}).encode())
        elif data.startswith(b'{"type":"welcome"'):
            welcome = json.loads(data)
            self.most_frames, self.most_bytes = welcome["report"]["frames"], welcome["report"]["bytes"]
            rooms = {room["room"]: room["last"] for room in welcome["rooms"]}
            self.welcomed.set_result(rooms[self.seat["room"]])
        elif data.startswith((b'{"type":"refused"', b'{"type":"gap"', b'{"type":"bye"')):
            self.crowd.refused += 1
            print(data.decode(), file=sys.stderr, flush=True)
        if self.unreported >= self.most_frames or self.bytes >= self.most_bytes:
            self.report()

    def take_events(self, data: bytes, first: int, last: int) -> None:
        crowd = self.crowd
        if first != self.seq + 1:
            crowd.gaps += 1
        self.seq = last
        crowd.delivered += data.count(crowd.mark)
        crowd.frames += 1
        crowd.last_ns = now_ns()

    def report(self) -> None:
        if self.unreported:
            self.write(b'{"type":"pos","frames":%d}' % self.frames)
            self.unreported = self.bytes = 0


def percentile(ordered: list[int], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


async def report_regularly(crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(REPORT_S)
        for member in tuple(crowd.members):
            member.report()


async def serve(kinds: dict[str, type[Member]]) -> None:
    """Read the job and then each run from standard input; `kinds`: who carries the load, by the application's kind."""
    open_files_to_most()
    loop = asyncio.get_running_loop()

    async def line() -> str:
        return await loop.run_in_executor(None, sys.stdin.readline)

    job = json.loads(await line())
    crowd = Crowd(job, kinds[job["kind"]])
    reporting = asyncio.ensure_future(report_regularly(crowd))
    if not crowd.job.get("waits"):
        await crowd.connect()
    print(json.dumps({"connected": len(crowd.members)}), flush=True)
    while command := await line():
        wanted = json.loads(command)
        if "idle" in wanted:
            answer = await crowd.idle(wanted["idle"])
        elif "storm" in wanted:
            answer = await crowd.storm()
        else:
            answer = await crowd.measure(**wanted)
        print(json.dumps(answer), flush=True)
    reporting.cancel()


if __name__ == "__main__":
    uvloop.run(serve({"ours": LiveMember, "raw": Member}))
