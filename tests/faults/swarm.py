"""Twenty clients that send without pause, as a process of their own; what they saw lies on disk when they end.

`python -m tests.faults.swarm PLAN.json`: the plan names address, clients (secret, rooms) and the folder for results.
Each acknowledgement is written to `acks.log` before it is counted, so that a crash of this process cannot forget one.
A line "stop" on standard input ends the sending; it then waits until everything is acknowledged and every client has
caught up, writes `timelines.json` and exits 0; after two minutes it writes what it has and exits 1.
"""

import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

SETTLE_S = 120
WINDOW = 3


@dataclass
class Client:
    """One person: what it holds, what it waits for, what it has seen, across all its connections."""

    number: int
    secret: str
    rooms: list[str]
    acks: Any
    url: str
    positions: dict[str, int] = field(default_factory=dict)
    seen: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    pending: dict[str, tuple[str, str]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    connects: int = 0
    sent: int = 0

    async def live(self, stop: asyncio.Event, end: asyncio.Event) -> None:
        while not end.is_set():
            try:
                async with connect(
                    self.url,
                    additional_headers={"Authorization": f"Bearer {self.secret}"},
                    max_size=None,
                    compression=None,
                    open_timeout=5,
                    proxy=None,
                ) as socket:
                    self.connects += 1
                    await self._talk(socket, stop, end)
            except (OSError, WebSocketException, InvalidHandshake, TimeoutError, EOFError):
                await asyncio.sleep(0.1)

    async def _talk(self, socket: ClientConnection, stop: asyncio.Event, end: asyncio.Event) -> None:
        await socket.send(json.dumps({"type": "hello", "v": 1, "positions": self.positions}))
        for txn, (room, body) in list(self.pending.items()):
            await self._say(socket, txn, room, body)
        taken = 0
        while not end.is_set():
            while len(self.pending) < WINDOW and not stop.is_set():
                self.sent += 1
                txn = f"c{self.number}-{self.sent}"
                room = self.rooms[self.sent % len(self.rooms)]
                self.pending[txn] = (room, txn)
                await self._say(socket, txn, room, txn)
            try:
                frame = json.loads(await asyncio.wait_for(socket.recv(), 0.5))
            except TimeoutError:
                continue
            taken += 1
            await self._take(socket, frame, taken)
            if taken % 16 == 0:
                await socket.send(json.dumps({"type": "pos", "frames": taken}))

    @staticmethod
    async def _say(socket: ClientConnection, txn: str, room: str, body: str) -> None:
        content = {"msgtype": "m.text", "body": body}
        await socket.send(json.dumps({"type": "send", "txn": txn, "room": room, "content": content}))

    async def _take(self, socket: ClientConnection, frame: dict[str, Any], taken: int) -> None:
        match frame["type"]:
            case "welcome":
                for room in frame["rooms"]:
                    self.positions.setdefault(room["room"], room["last"])
            case "ack":
                for ack in frame["acks"]:
                    self.acks.write(json.dumps(ack) + "\n")
                self.acks.flush()
                os.fsync(self.acks.fileno())
                for ack in frame["acks"]:
                    self.pending.pop(ack["txn"], None)
            case "events":
                room = frame["room"]
                if frame["first"] != self.positions[room] + 1:
                    self.gaps.append(f"{room}: held {self.positions[room]}, got {frame['first']}")
                self.positions[room] = frame["last"]
                placed = enumerate(frame["events"], frame["first"])
                self.seen.setdefault(room, []).extend((seq, event["id"]) for seq, event in placed)
            case "resume":
                await socket.send(
                    json.dumps({"type": "resume", "frames": taken, "positions": self.positions})
                )


def heads_agree(clients: list[Client]) -> bool:
    """Nobody waits for an answer, and all members of each room hold the same position."""
    if any(client.pending for client in clients):
        return False
    heads: dict[str, set[int]] = {}
    for client in clients:
        for room, seq in client.positions.items():
            heads.setdefault(room, set()).add(seq)
    return all(len(seqs) == 1 for seqs in heads.values())


async def main(plan: dict[str, Any]) -> int:
    folder = Path(plan["folder"])
    with (folder / "acks.log").open("a", encoding="utf-8") as acks:
        clients = [
            Client(number, each["secret"], each["rooms"], acks, plan["url"])
            for number, each in enumerate(plan["clients"])
        ]
        stop, end = asyncio.Event(), asyncio.Event()
        running = [asyncio.create_task(client.live(stop, end)) for client in clients]
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        stop.set()
        settled = False
        for _ in range(SETTLE_S * 2):
            await asyncio.sleep(0.5)
            if settled := heads_agree(clients):
                break
        end.set()
        await asyncio.gather(*running)
    result = [
        {"seen": c.seen, "gaps": c.gaps, "connects": c.connects, "sent": c.sent, "pending": list(c.pending)}
        for c in clients
    ]
    (folder / "timelines.json").write_text(json.dumps(result), encoding="utf-8")
    return 0 if settled else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
