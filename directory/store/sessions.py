"""Queries on devices, and the one statement by which every door knows who is calling."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from directory.store.models import Device, LoginFailure, Staff

# Parameters: secret_hashes (bytes), actings (uuid or NULL; as many), now (timestamptz), today (date in Shanghai).
# The last column is the number of the secret, from 1.
# No row: signed out, expired, locked or unknown. The appointment is the one asked for by `acting`, else the
# device's, else the primary one, else the oldest that is valid today; without one its columns are NULL.
ACTORS_BY_SECRETS_SQL = """
SELECT s.id, s.staff_number, s.name, s.kind, s.must_change_password,
       d.id, d.device_id, d.kind, d.last_seen_on,
       a.id, p.id, p.title, p.role,
       u.id, coalesce(former.name, u.name), u.short_name, asked.n
FROM unnest(%(secret_hashes)s::bytea[], %(actings)s::uuid[]) WITH ORDINALITY AS asked (secret_hash, acting, n)
JOIN directory_device d ON d.secret_hash = asked.secret_hash
JOIN directory_staff s ON s.id = d.staff_id
LEFT JOIN LATERAL (
    SELECT held.id, held.post_id
    FROM directory_appointment held
    JOIN directory_post held_post ON held_post.id = held.post_id
    JOIN directory_unit held_unit ON held_unit.id = held_post.unit_id
    WHERE held.staff_id = s.id
      AND held.valid_from <= %(today)s AND (held.valid_to IS NULL OR held.valid_to > %(today)s)
      AND (held_unit.valid_to IS NULL OR held_unit.valid_to > %(today)s)
      AND (asked.acting IS NULL OR held.id = asked.acting)
    ORDER BY (held.id = d.appointment_id) DESC NULLS LAST, held.is_primary DESC, held.valid_from, held.id
    LIMIT 1
) a ON true
LEFT JOIN directory_post p ON p.id = a.post_id
LEFT JOIN directory_unit u ON u.id = p.unit_id
LEFT JOIN LATERAL (
    SELECT n.name FROM directory_unitname n
    WHERE n.unit_id = u.id AND n.valid_from <= %(today)s AND n.valid_to > %(today)s
    ORDER BY n.valid_from DESC, length(n.name) DESC
    LIMIT 1
) former ON true
WHERE d.revoked_at IS NULL
  AND (d.expires_at IS NULL OR d.expires_at > %(now)s)
  AND s.is_active AND (s.locked_until IS NULL OR s.locked_until <= %(now)s)
"""


def actor_row(params: Mapping[str, Any]) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(ACTORS_BY_SECRETS_SQL, params)
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def find_staff(staff_number: str) -> Staff | None:
    return Staff.objects.filter(staff_number=staff_number).first()


def lock_staff(staff_id: int) -> Staff:
    """The account, its row locked: what changes a person's devices or posts takes this lock first."""
    return Staff.objects.select_for_update(no_key=True).get(pk=staff_id)


def put_device(staff: Staff, device_id: str, **fields: Any) -> Device:
    """Create the device or take over the one with this id; `fields` replace what was there."""
    device, _ = Device.objects.update_or_create(staff=staff, device_id=device_id, defaults=fields)
    return device


def find_device(device_pk: int) -> Device | None:
    return Device.objects.select_related("staff").filter(pk=device_pk).first()


def live_devices(staff_id: int, now: datetime) -> list[Device]:
    """Devices that can still be used, the latest seen first."""
    alive = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return list(
        Device.objects.filter(alive, staff_id=staff_id, revoked_at__isnull=True).order_by(
            "-last_seen_on", "-pk"
        )
    )


def revoke(device_pk: int, now: datetime) -> bool:
    """Forget the secret; False if it was revoked before."""
    gone = Device.objects.filter(pk=device_pk, revoked_at__isnull=True)
    return bool(gone.update(revoked_at=now, secret_hash=None))


def touch(device_pk: int, addr: str, today: date) -> None:
    """Remember on which day and from where the device was seen; writes only what is new."""
    stale = Device.objects.filter(pk=device_pk).exclude(last_seen_on=today, last_seen_addr=addr)
    stale.update(last_seen_on=today, last_seen_addr=addr)


def set_acting(device_pk: int, appointment_id: UUID | None) -> None:
    Device.objects.filter(pk=device_pk).update(appointment_id=appointment_id)


def is_known_address(staff_number: str, addr: str, since: date) -> bool:
    """Whether this person has used a device from this address since then; False for unknown numbers."""
    seen = Device.objects.filter(
        staff__staff_number=staff_number, last_seen_addr=addr, last_seen_on__gte=since
    )
    return seen.exists()


def forget_failures(staff_number: str) -> None:
    """Drop this account's counters of failed sign-ins, at whatever address."""
    LoginFailure.objects.filter(key=f"account:{staff_number}").delete()
    LoginFailure.objects.filter(key__startswith=f"pair:{staff_number}@").delete()


def get_staff(staff_id: int) -> Staff:
    return Staff.objects.get(pk=staff_id)
