"""The Matrix door: sends a second, long polls at a steady rate, idle polls. `python -m benchmarks matrix`."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from benchmarks import cast
from benchmarks.fleet import App, running
from benchmarks.gauges import cpu_seconds, memory_bytes
from benchmarks.line import Line
from benchmarks.stage import Stage

SENDERS, SECONDS, IDLE_SYNCS = 64, 5.0, 200
MEMBERS, RATE, IDLE_POLLS = 200, 20, 1000
BODY = "请各单位于本周五下班前报送重点项目进展情况。"


@dataclass
class Figures:
    """`rows`: (server, what, value)."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, server: str, what: str, value: str) -> None:
        self.rows.append((server, what, value))
        print(server, what, value, flush=True)

    def table(self) -> str:
        head = ["| server | figure | value |", "|---|---|---|"]
        return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in self.rows)])


def measure(stage: Stage, servers: list[str], people: list[cast.Person]) -> Figures:
    """All figures under each server."""
    figures = Figures()
    crowd = people[:MEMBERS]
    room = cast.make_room(crowd[0], crowd[1:], "同步").room_id
    pairs = [cast.make_room(person, [], "发送").room_id for person in crowd[:SENDERS]]
    cast.settle()
    for server in servers:
        with running(stage, server, "ours") as app:
            asyncio.run(_all(figures, stage, app, crowd, room, pairs))
    return figures


async def _all(
    figures: Figures, stage: Stage, app: App, crowd: list[cast.Person], room: str, pairs: list[str]
) -> None:
    lines = [Line(app.port, person.secret) for person in crowd]
    await _sends(figures, app, lines[:SENDERS], pairs)
    await _idle_syncs(figures, stage, app, lines[0])
    await _long_polls(figures, stage, app, lines, Line(app.port, crowd[0].secret), room)
    for line in lines:
        line.close()
    await _idle_polls(figures, app, crowd)


async def _sends(figures: Figures, app: App, lines: list[Line], rooms: list[str]) -> None:
    content = json.dumps({"msgtype": "m.text", "body": BODY}).encode()
    until, mark = time.perf_counter() + SECONDS, time.time_ns()

    async def one(line: Line, room: str) -> int:
        done = 0
        while time.perf_counter() < until:
            await line.ask("PUT", f"/rooms/{room}/send/m.room.message/{mark}-{done}", content)
            done += 1
        return done

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(one(line, room) for line, room in zip(lines, rooms, strict=True))))
    figures.add(app.server, "PUT send, 64 senders", f"{done / (time.perf_counter() - began):,.0f}/s")


async def _idle_syncs(figures: Figures, stage: Stage, app: App, line: Line) -> None:
    """A person to whom nothing happened asks again at once."""
    await asyncio.sleep(2)  # what the senders left is drained
    since = (await line.sync("", 0))["next_batch"]
    since = (await line.sync(since, 0))["next_batch"]
    roots = [app.pid, *stage.roots]
    before = cpu_seconds(roots)
    for _ in range(IDLE_SYNCS):
        since = (await line.sync(since, 0))["next_batch"]
    spent = (cpu_seconds(roots) - before) / IDLE_SYNCS * 1000
    figures.add(app.server, "incremental sync, nothing new", f"{spent:.2f} ms CPU with the database")


async def _long_polls(
    figures: Figures,
    stage: Stage,
    app: App,
    lines: list[Line],
    sender: Line,
    room: str,
    seconds: float = 60.0,
) -> None:
    """Each member polls; a message each 1/20 s; time from before the send until the client has read the answer."""
    waits: list[float] = []
    stop = asyncio.Event()
    tokens = [got["next_batch"] for got in await asyncio.gather(*(line.sync("", 0) for line in lines))]

    async def follow(line: Line, since: str) -> None:
        while not stop.is_set():
            got = await line.sync(since, 5000)
            since, now = got["next_batch"], time.perf_counter()
            for event in got["rooms"]["join"].get(room, {"timeline": {"events": []}})["timeline"]["events"]:
                sent = event["content"].get("org.tongzhou.sent")
                if sent is not None:
                    waits.append(now - sent / 1e6)

    following = [asyncio.create_task(follow(line, since)) for line, since in zip(lines, tokens, strict=True)]
    await asyncio.sleep(3)
    roots, mark = [app.pid, *stage.roots], time.time_ns()
    before, began = cpu_seconds(roots), time.perf_counter()
    total = int(seconds * RATE)
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        content = {"msgtype": "m.text", "body": BODY, "org.tongzhou.sent": int(time.perf_counter() * 1e6)}
        await sender.ask(
            "PUT", f"/rooms/{room}/send/m.room.message/{mark}-{number}", json.dumps(content).encode()
        )
    await asyncio.sleep(2)
    spent = cpu_seconds(roots) - before
    stop.set()
    await asyncio.gather(*following)
    sender.close()
    waits.sort()
    share = f"{len(waits)} of {total * len(lines)} deliveries"
    p50, p99 = waits[len(waits) // 2] * 1000, waits[int(len(waits) * 0.99)] * 1000
    figures.add(
        app.server, "sync, 200 members, 20 messages/s", f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, {share}"
    )
    figures.add(app.server, "CPU a delivery, with the database", f"{spent / len(waits) * 1000:.2f} ms")


async def _idle_polls(figures: Figures, app: App, crowd: list[cast.Person]) -> None:
    before = memory_bytes([app.pid])
    lines = [Line(app.port, crowd[number % len(crowd)].secret) for number in range(IDLE_POLLS)]
    tokens = [(await line.sync("", 0))["next_batch"] for line in lines]
    polls = [asyncio.create_task(line.sync(since, 20_000)) for line, since in zip(lines, tokens, strict=True)]
    await asyncio.sleep(8)
    waiting = sum(not poll.done() for poll in polls)
    now = memory_bytes([app.pid])
    figures.add(
        app.server,
        f"{waiting} idle long polls",
        f"{now / 2**20:.0f} MiB in all, {(now - before) / 2**20:.0f} MiB of it for them",
    )
    await asyncio.gather(*polls)
    for line in lines:
        line.close()
