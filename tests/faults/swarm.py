"""Many clients that send, read and come back, as a process of their own; what they saw lies on disk when they end.

`python -m tests.faults.swarm PLAN.json`: the plan names the folder for results and the clients (secret, url, rooms,
pause between messages; 0 is without pause). Each acknowledgement is written to `acks.log` before it is counted, so
that a crash of this process cannot forget one. It prints `connected` when all are; a line "stop" on standard input ends
the sending; it then waits until everything is acknowledged and every client has caught up, asks each once more for
its unread counts, writes `timelines.json` and exits 0; after two minutes it writes what it has and exits 1.
"""

import asyncio
import json
import os
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

SETTLE_S = 120
WINDOW = 3
READ_EVERY = 40
LOST = (OSError, WebSocketException, InvalidHandshake, TimeoutError, EOFError)


@dataclass
class Client:
    """One person: what it holds, what it waits for, what it has seen, across all its connections."""

    number: int
    secret: str
    url: str
    rooms: list[str]
    pause_s: float
    acks: Any
    chance: random.Random
    positions: dict[str, int] = field(default_factory=dict)
    seen: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    pending: dict[str, tuple[str, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    unread: dict[str, tuple[int, int]] = field(default_factory=dict)  # own position as told, unread after it
    connects: int = 0
    sent: int = 0
    next_at: float = 0

    async def live(self, stop: asyncio.Event, end: asyncio.Event) -> None:
        while not end.is_set():
            try:
                async with self._connection() as socket:
                    await self._talk(socket, stop, end)
            except LOST:
                await asyncio.sleep(self.chance.uniform(0.05, 0.3))

    async def ask_unread(self) -> None:
        """A new connection's list of rooms; tried again like any other."""
        for _ in range(50):
            try:
                async with self._connection() as socket:
                    await socket.send(json.dumps({"type": "hello", "v": 1}))
                    welcome = orjson.loads(await asyncio.wait_for(socket.recv(), 10))
                    self.unread = {room["room"]: (room["read"], room["unread"]) for room in welcome["rooms"]}
                    return
            except LOST:
                await asyncio.sleep(0.2)
        self.faults.append("could not ask for its unread counts")

    def _connection(self) -> connect:
        return connect(
            self.url,
            additional_headers={"Authorization": f"Bearer {self.secret}"},
            max_size=None,
            compression=None,
            open_timeout=10,
            ping_interval=None,
            proxy=None,
        )

    async def _talk(self, socket: ClientConnection, stop: asyncio.Event, end: asyncio.Event) -> None:
        await socket.send(json.dumps({"type": "hello", "v": 1, "positions": self.positions}))
        await self._say_pending(socket)
        loop, taken = asyncio.get_running_loop(), 0
        while not end.is_set():
            while self.connects and len(self.pending) < WINDOW and loop.time() >= self.next_at:
                if stop.is_set() or not self.rooms:
                    break
                self.next_at = loop.time() + self.pause_s * self.chance.uniform(0.5, 1.5)
                self.sent += 1
                txn = f"c{self.number}-{self.sent}"
                room = self.rooms[self.sent % len(self.rooms)]
                self.pending[txn] = (room, txn)
                await self._say(socket, txn, room, txn)
            try:
                data = await asyncio.wait_for(socket.recv(), min(0.5, self.pause_s or 0.5))
            except TimeoutError:
                continue
            taken += 1
            await self._take(socket, orjson.loads(data), taken)
            if taken % 16 == 0:
                await socket.send(json.dumps({"type": "pos", "frames": taken}))
            if taken % READ_EVERY == 0 and self.positions:
                await self._read(socket)

    async def _read(self, socket: ClientConnection) -> None:
        """Mark a room as read, up to somewhere."""
        room = self.chance.choice(list(self.positions))
        seq = max(0, self.positions[room] - self.chance.randrange(30))
        await socket.send(json.dumps({"type": "read", "room": room, "seq": seq}))

    async def _say_pending(self, socket: ClientConnection) -> None:
        for txn, (room, body) in list(self.pending.items()):
            await self._say(socket, txn, room, body)

    @staticmethod
    async def _say(socket: ClientConnection, txn: str, room: str, body: str) -> None:
        content = {"msgtype": "m.text", "body": body}
        await socket.send(json.dumps({"type": "send", "txn": txn, "room": room, "content": content}))

    async def _take(self, socket: ClientConnection, frame: dict[str, Any], taken: int) -> None:
        if acks := frame.get("acks"):
            for ack in acks:
                self.acks.write(json.dumps(ack) + "\n")
            self.acks.flush()
            os.fsync(self.acks.fileno())
            for ack in acks:
                self.pending.pop(ack["txn"], None)
        match frame["type"]:
            case "welcome":
                self.connects += 1
                for room in frame["rooms"]:
                    self.positions.setdefault(room["room"], room["last"])
            case "events":
                room = frame["room"]
                if frame["first"] != self.positions[room] + 1:
                    self.faults.append(f"{room}: held {self.positions[room]}, got {frame['first']}")
                self.positions[room] = frame["last"]
                placed = enumerate(frame["events"], frame["first"])
                self.seen.setdefault(room, []).extend((seq, event["id"]) for seq, event in placed)
            case "gap" | "refused" | "left" as kind:
                self.faults.append(f"got {kind}: {frame}")
            case "resume":
                await socket.send(
                    json.dumps({"type": "resume", "frames": taken, "positions": self.positions})
                )
                await self._say_pending(socket)


def heads_agree(clients: list[Client]) -> bool:
    """Nobody waits for an answer, and all members of each room hold the same position."""
    if any(client.pending for client in clients):
        return False
    heads: dict[str, set[int]] = {}
    for client in clients:
        for room, seq in client.positions.items():
            heads.setdefault(room, set()).add(seq)
    return all(len(seqs) == 1 for seqs in heads.values())


async def settle(clients: list[Client]) -> bool:
    for _ in range(SETTLE_S * 2):
        await asyncio.sleep(0.5)
        if heads_agree(clients):
            await asyncio.sleep(1)  # the last read marks are written twice a second
            return True
    return False


async def main(plan: dict[str, Any]) -> int:
    folder = Path(plan["folder"])
    with (folder / "acks.log").open("a", encoding="utf-8") as acks:
        clients = [
            Client(
                number, each["secret"], each["url"], each["rooms"], each.get("pause_s", 0), acks,
                random.Random(plan["seed"] * 1000 + number),
            )
            for number, each in enumerate(plan["clients"])
        ]  # fmt: skip
        stop, end = asyncio.Event(), asyncio.Event()
        running = [asyncio.create_task(client.live(stop, end)) for client in clients]
        while not all(client.connects for client in clients):  # noqa: ASYNC110 (a matter of a second)
            await asyncio.sleep(0.1)
        print("connected", flush=True)  # noqa: T201 (told to the test that waits for it)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        stop.set()
        settled = await settle(clients)
        end.set()
        await asyncio.gather(*running)
        await asyncio.gather(*(client.ask_unread() for client in clients))
    result = [
        {
            "seen": c.seen,
            "faults": c.faults,
            "connects": c.connects,
            "sent": c.sent,
            "pending": list(c.pending),
            "positions": c.positions,
            "unread": c.unread,
        }
        for c in clients
    ]
    (folder / "timelines.json").write_bytes(orjson.dumps(result))
    return 0 if settled else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
