"""The checker: compares acknowledgements, database and every client's timeline, as a process of its own.

`python -m tests.faults.check PLAN.json` (DATABASE_URL in the environment) prints a JSON list: everything that the
promises forbid, each in a sentence. It knows nothing of our code, only tables and files.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

Stored = dict[str, list[tuple[int, str, str | None]]]
MOST = 200


def stored_events(connection: psycopg.Connection) -> Stored:
    """(seq, event id, transaction id) of all rooms, in the order of seq."""
    rows = connection.execute(
        "SELECT r.room_id, e.seq, e.event_id, e.txn_id FROM chatops_room r "
        "JOIN chatops_event e ON e.room_id = r.id ORDER BY r.id, e.seq"
    ).fetchall()
    stored: Stored = {}
    for room, seq, event, txn in rows:
        stored.setdefault(room, []).append((seq, event, txn))
    return stored


def of_database(stored: Stored) -> list[str]:
    found = []
    for room, events in stored.items():
        if [seq for seq, _event, _txn in events] != list(range(1, len(events) + 1)):
            found.append(f"{room} has gaps or doubles")
        doubled = [txn for txn, many in Counter(t for _s, _e, t in events if t).items() if many > 1]
        found += [f"{txn} stored more than once" for txn in doubled]
    return found


def of_acks(stored: Stored, acks: list[dict[str, Any]]) -> list[str]:
    places = {(room, event): seq for room, events in stored.items() for seq, event, _txn in events}
    return [
        f"acknowledged but not there: {ack}"
        for ack in acks
        if places.get((ack["room"], ack["event_id"])) != ack["seq"]
    ]


def of_client(stored: Stored, number: int, client: dict[str, Any]) -> list[str]:
    found = [f"client {number}: {fault}" for fault in client["faults"]]
    found += [f"client {number} never got an answer for {txn}" for txn in client["pending"]]
    for room, seen in client["seen"].items():
        expected = [(seq, event) for seq, event, _txn in stored[room] if seq >= seen[0][0]]
        if [(seq, event) for seq, event in seen] != expected:
            found.append(f"client {number} saw {room} differently from the database")
    for room, position in client["positions"].items():
        if position != stored[room][-1][0]:
            found.append(f"client {number} holds {room} up to {position}, not {stored[room][-1][0]}")
    return found


def of_unread(connection: psycopg.Connection, secrets: list[str], clients: list[dict[str, Any]]) -> list[str]:
    """Unread counts as told, and a recount: countable events of others after the read position told with them."""
    people: dict[bytes, int] = dict(
        connection.execute(
            "SELECT secret_hash, staff_id FROM directory_device WHERE revoked_at IS NULL"
        ).fetchall()
    )
    countable: dict[str, list[tuple[int, int]]] = {}
    for room, seq, sender in connection.execute(
        "SELECT r.room_id, e.seq, e.sender_id FROM chatops_event e JOIN chatops_room r ON r.id = e.room_id "
        "WHERE e.countable"
    ).fetchall():
        countable.setdefault(room, []).append((seq, sender))
    found = []
    for number, (secret, client) in enumerate(zip(secrets, clients, strict=True)):
        staff = people[_hash(secret)]
        for room, (read, unread) in client["unread"].items():
            recount = sum(seq > read and sender != staff for seq, sender in countable.get(room, []))
            if unread != recount:
                found.append(
                    f"client {number} was told of {unread} unread after {read} in {room}, not {recount}"
                )
    return found


def _hash(secret: str) -> bytes:
    from hashlib import sha256

    return sha256(secret.encode()).digest()


def main(plan: dict[str, Any]) -> list[str]:
    folder = Path(plan["folder"])
    acks = [json.loads(line) for line in (folder / "acks.log").read_text().splitlines()]
    clients = json.loads((folder / "timelines.json").read_text())
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        stored = stored_events(connection)
        found = of_database(stored) + of_acks(stored, acks)
        for number, client in enumerate(clients):
            found += of_client(stored, number, client)
        found += of_unread(connection, [each["secret"] for each in plan["clients"]], clients)
    return found[:MOST]


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))  # noqa: T201 (its answer)
