"""Keys and messages between devices, relayed unread (C-S API, "Send-to-Device messaging", "End-to-end encryption")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from chatops.store.live import Pool

Json = dict[str, Any]

MOST_WAITING = 5_000  # messages kept for a device that never comes

DEVICES = """
SELECT s.staff_number, d.device_id, d.id, s.id FROM directory_device d JOIN directory_staff s ON s.id = d.staff_id
WHERE s.staff_number = ANY (%s) AND s.is_active AND d.revoked_at IS NULL
    AND (d.expires_at IS NULL OR d.expires_at > now()) AND d.kind IN ('matrix', 'bot')
"""

# A change is told in every encrypted room of the person, and to the person's own devices.
TELL_DEVICES = """
INSERT INTO chatops_inbox (kind, room_id, staff_id)
SELECT 10, m.room_id, m.staff_id FROM chatops_membership m JOIN chatops_roomstate k
    ON k.room_id = m.room_id AND k.type = 'm.room.encryption' AND k.state_key = ''
WHERE m.staff_id = %(staff)s AND m.membership = 'join'
UNION ALL SELECT 10, NULL, %(staff)s
"""

PUT_DEVICE_KEYS = """
INSERT INTO chatops_devicekeys (device_id, staff_id, body) VALUES (%(device)s, %(staff)s, %(body)s)
ON CONFLICT (device_id) DO UPDATE SET body = excluded.body WHERE chatops_devicekeys.body <> excluded.body
RETURNING 1
"""

PUT_KEYS = """
INSERT INTO chatops_onetimekey (device_id, algorithm, key_id, body, is_fallback, used)
SELECT %(device)s, x.algorithm, x.key_id, x.body::jsonb, false, false
FROM unnest(%(algorithms)s::text[], %(ids)s::text[], %(bodies)s::text[]) AS x (algorithm, key_id, body)
ON CONFLICT DO NOTHING
"""

SAME_KEYS = """
SELECT count(*) FROM chatops_onetimekey k
JOIN unnest(%(algorithms)s::text[], %(ids)s::text[], %(bodies)s::text[]) AS x (algorithm, key_id, body)
    ON k.algorithm = x.algorithm AND k.key_id = x.key_id
WHERE k.device_id = %(device)s AND NOT k.is_fallback AND k.body <> x.body::jsonb
"""

# One fallback key an algorithm: the newest.
PUT_FALLBACK = """
WITH gone AS (
    DELETE FROM chatops_onetimekey
    WHERE device_id = %(device)s AND is_fallback AND algorithm = %(algorithm)s AND key_id <> %(id)s
)
INSERT INTO chatops_onetimekey (device_id, algorithm, key_id, body, is_fallback, used)
VALUES (%(device)s, %(algorithm)s, %(id)s, %(body)s, true, false)
ON CONFLICT (device_id, algorithm, key_id, is_fallback) DO UPDATE SET body = excluded.body
"""

COUNT = """
SELECT algorithm, count(*) FROM chatops_onetimekey WHERE device_id = %s AND NOT is_fallback GROUP BY algorithm
"""

# Handed out exactly once: two claims at the same time never get the same row.
CLAIM = """
DELETE FROM chatops_onetimekey WHERE id = (
    SELECT id FROM chatops_onetimekey WHERE device_id = %(device)s AND algorithm = %(algorithm)s AND NOT is_fallback
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING key_id, body
"""

FALLBACK = """
UPDATE chatops_onetimekey SET used = true
WHERE device_id = %(device)s AND algorithm = %(algorithm)s AND is_fallback RETURNING key_id, body
"""

WAKE = "INSERT INTO chatops_inbox (kind, staff_id, ref, body) VALUES (4, %s, NULL, %s)"

DEVICE_KEYS = """
SELECT s.staff_number, d.device_id, d.display_name, k.body
FROM chatops_devicekeys k JOIN directory_device d ON d.id = k.device_id JOIN directory_staff s ON s.id = d.staff_id
WHERE s.staff_number = ANY (%s) AND d.revoked_at IS NULL AND (d.expires_at IS NULL OR d.expires_at > now())
"""

FIRST_TXN = """
INSERT INTO chatops_todevicetxn (device_id, txn_id, ts) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
"""

SEND = f"""
WITH put AS (
    INSERT INTO chatops_todevice (device_id, sender, type, content)
    SELECT x.device, %(sender)s, %(type)s, x.content::jsonb
    FROM unnest(%(devices)s::bigint[], %(contents)s::text[]) AS x (device, content)
    WHERE (SELECT count(*) FROM chatops_todevice t WHERE t.device_id = x.device) < {MOST_WAITING}
    RETURNING id, device_id
)
INSERT INTO chatops_inbox (kind, staff_id, ref, body)
SELECT 4, d.staff_id, put.id, jsonb_build_object('device', put.device_id)
FROM put JOIN directory_device d ON d.id = put.device_id ORDER BY put.id
"""  # noqa: S608 - a constant

# What waits for the device up to the head of this answer, oldest first; what was taken before `since` goes.
TAKEN = """
DELETE FROM chatops_todevice t USING chatops_stream s
WHERE t.device_id = %(device)s AND s.kind = 4 AND s.staff_id = %(staff)s AND s.ref = t.id AND s.pos <= %(since)s
"""
WAITING = """
SELECT t.sender, t.type, t.content FROM chatops_todevice t
JOIN chatops_stream s ON s.staff_id = %(staff)s AND s.kind = 4 AND s.ref = t.id
WHERE t.device_id = %(device)s AND s.pos > %(since)s AND s.pos <= %(head)s ORDER BY t.id
"""

CHANGED = """
SELECT DISTINCT p.staff_number FROM chatops_stream s JOIN directory_staff p ON p.id = s.staff_id
WHERE s.pos > %(since)s AND s.pos <= %(head)s AND (s.kind = 10 AND s.staff_id = %(staff)s
    OR s.kind IN (1, 10) AND s.staff_id IS NOT NULL AND s.room_id = ANY (%(rooms)s)
        AND EXISTS (SELECT 1 FROM chatops_membership m
                    WHERE m.room_id = s.room_id AND m.staff_id = s.staff_id AND m.membership = 'join'))
UNION
SELECT p.staff_number FROM chatops_membership m JOIN directory_staff p ON p.id = m.staff_id
WHERE m.room_id = ANY (%(fresh)s) AND m.membership = 'join'
"""

LEFT = """
SELECT DISTINCT p.staff_number FROM chatops_stream s JOIN directory_staff p ON p.id = s.staff_id
JOIN chatops_roomstate k ON k.room_id = s.room_id AND k.type = 'm.room.encryption' AND k.state_key = ''
WHERE s.pos > %(since)s AND s.pos <= %(head)s AND s.kind = 1 AND s.staff_id <> %(staff)s AND EXISTS (
        SELECT 1 FROM chatops_membership me WHERE me.room_id = s.room_id AND me.staff_id = %(staff)s)
    AND NOT EXISTS (
        SELECT 1 FROM chatops_membership o JOIN chatops_membership me ON me.room_id = o.room_id
        JOIN chatops_roomstate e ON e.room_id = o.room_id AND e.type = 'm.room.encryption' AND e.state_key = ''
        WHERE o.staff_id = s.staff_id AND o.membership = 'join' AND me.staff_id = %(staff)s AND me.membership = 'join')
"""

ENCRYPTED = """
SELECT room_id FROM chatops_roomstate WHERE type = 'm.room.encryption' AND state_key = '' AND room_id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """`user` is a staff number, `device` the client's id of it, `key` ours."""

    user: str
    device: str
    key: int
    staff: int


async def devices_of(pool: Pool, staff_numbers: Iterable[str]) -> list[KnownDevice]:
    """Devices of Matrix clients and bots that can be used."""
    return [KnownDevice(*row) for row in await _rows(pool, DEVICES, [list(staff_numbers)])]


async def put_device_keys(pool: Pool, *, device: int, staff: int, body: Json) -> bool:
    """Whether they are new; then everybody who shares an encrypted room is told."""
    params = {"device": device, "staff": staff, "body": _json(body)}
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(PUT_DEVICE_KEYS, params)
        changed = await cursor.fetchone() is not None
        if changed:
            await connection.execute(TELL_DEVICES, {"staff": staff})
    return changed


async def put_one_time_keys(pool: Pool, *, device: int, keys: Sequence[tuple[str, str, Json]]) -> bool:
    """(algorithm, id, key). False when one of the ids is there with another key: nothing is stored then."""
    algorithms, ids, bodies = zip(*keys, strict=True)
    params = {
        "device": device,
        "algorithms": list(algorithms),
        "ids": list(ids),
        "bodies": [_json(body) for body in bodies],
    }
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(SAME_KEYS, params)
        row = await cursor.fetchone()
        if row and row[0]:
            return False
        await connection.execute(PUT_KEYS, params)
    return True


async def put_fallback_key(pool: Pool, *, device: int, algorithm: str, key_id: str, body: Json) -> None:
    params = {"device": device, "algorithm": algorithm, "id": key_id, "body": _json(body)}
    await _execute(pool, PUT_FALLBACK, params)


async def count(pool: Pool, device: int) -> dict[str, int]:
    """One-time keys left, by algorithm."""
    return {row[0]: row[1] for row in await _rows(pool, COUNT, [device])}


async def claim(pool: Pool, *, device: int, staff: int, algorithm: str) -> tuple[str, Json] | None:
    """(key id, key), each one-time key once; then the fallback key; None when there is neither."""
    params = {"device": device, "algorithm": algorithm}
    async with pool.connection() as connection, connection.transaction():
        for statement in (CLAIM, FALLBACK):
            cursor = await connection.execute(statement, params)
            if (row := await cursor.fetchone()) is not None:
                await connection.execute(WAKE, [staff, _json({"device": device})])
                return row[0], row[1]
    return None


async def device_keys(pool: Pool, staff_numbers: Iterable[str]) -> list[tuple[str, str, str, Json]]:
    """(staff number, device id, display name, keys)."""
    rows = await _rows(pool, DEVICE_KEYS, [list(staff_numbers)])
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def send(
    pool: Pool,
    *,
    from_device: int,
    txn: str,
    ts: int,
    sender: str,
    kind: str,
    messages: Sequence[tuple[int, Json]],
) -> None:
    """Put (device, content) on their way; the same transaction id again does nothing."""
    params = {
        "sender": sender,
        "type": kind,
        "devices": [device for device, _ in messages],
        "contents": [_json(content) for _, content in messages],
    }
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(FIRST_TXN, [from_device, txn, ts])
        if await cursor.fetchone() is not None and messages:
            await connection.execute(SEND, params)


async def waiting(
    pool: Pool, *, device: int, staff: int, since: int | None, head: int
) -> list[tuple[str, str, Json]]:
    """(sender, type, content) in (since, head]; what came up to `since` has arrived and is deleted."""
    params = {"device": device, "staff": staff, "since": since or 0, "head": head}
    async with pool.connection() as connection:
        if since is not None:
            await connection.execute(TAKEN, params)
        cursor = await connection.execute(WAITING, params)
        return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def changed_devices(
    pool: Pool, *, staff: int, rooms: Sequence[int], fresh: Sequence[int], since: int, head: int
) -> tuple[list[str], list[str]]:
    """Staff numbers (changed, left). `fresh`: encrypted rooms that the person has just come into."""
    params = {"staff": staff, "rooms": list(rooms), "fresh": list(fresh), "since": since, "head": head}
    changed = await _rows(pool, CHANGED, params)
    left = await _rows(pool, LEFT, params)
    return [row[0] for row in changed], [row[0] for row in left]


async def encrypted_among(pool: Pool, rooms: Sequence[int]) -> list[int]:
    return [row[0] for row in await _rows(pool, ENCRYPTED, [list(rooms)])] if rooms else []


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _rows(pool: Pool, statement: str, params: Any) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall()


async def _execute(pool: Pool, statement: str, params: Any) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, params)
