"""Signing in, by whatever door: one table of devices with hashed secrets (decisions 13).

The secret is 256 random bits, so a plain SHA-256 of it cannot be guessed back; it is shown to the client
once.
"""

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, events, ids
from common.errors import BadInputError, NotFoundError, SignedOutError
from directory.actors import Actor, Door
from directory.errors import (
    AccountLockedError,
    ActingNotHeldError,
    PasswordChangeNeededError,
    SignInRefusedError,
)
from directory.events import DeviceRevoked
from directory.services import lockout
from directory.store import sessions as store
from directory.store.models import Device, DeviceKind, Staff, StaffKind
from directory.store.models.people import STAFF_NUMBER
from directory.store.sessions import ACTORS_BY_SECRETS_SQL

__all__ = [
    "ACTORS_BY_SECRETS_SQL",
    "BOT_DEVICE_ID",
    "SignedIn",
    "actor_for_secret",
    "actor_from_row",
    "actor_params",
    "issue_bot_token",
    "revoke",
    "revoke_all",
    "sign_in",
    "sign_out",
    "switch_acting",
    "touch",
]

BOT_DEVICE_ID = "BOT"
NO_NUMBER = "?"
PASSWORD_MAX = 512
TOUCH_EVERY = timedelta(minutes=1)
MATRIX_LIFETIME = timedelta(days=90)


@dataclass(frozen=True)
class SignedIn:
    """`secret` goes to the client and is kept nowhere else."""

    staff: Staff
    device: Device
    secret: str


def hash_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def sign_in(
    *,
    staff_number: str,
    password: str,
    kind: str,
    device_id: str | None = None,
    display_name: str = "",
    addr: str = "",
) -> SignedIn:
    """Check a password and open a device. Must not run inside a transaction (the count of failures has to
    stay).

    Args:
        kind: "web", "matrix" or "api"; bots always get a bot device.
        device_id: of a client that was here before; its earlier secret stops working. None makes a new one.
        addr: the client's address as the proxy settings tell it, "" when unknown.
    Raises:
        SignInRefusedError: wrong number or password; takes as long for unknown numbers.
        LockedOutError: too many failures, with retry_after_ms.
        PasswordChangeNeededError: the password is temporary and this is not the web door.
        AccountLockedError: right password, but an administrator has locked or closed the account.
        BadInputError: the device id is not 1 to 128 printable ASCII characters.
    """
    staff_number = staff_number.strip().lower()
    if not re.fullmatch(STAFF_NUMBER, staff_number):
        staff_number = NO_NUMBER  # nobody's, and safe to keep as a key
    attempt = lockout.count_attempt(staff_number, addr)
    staff = store.find_staff(staff_number)
    if not _is_password_of(staff, password) or staff is None:
        raise SignInRefusedError
    lockout.succeeded(attempt)
    if not staff.is_active or (staff.locked_until and staff.locked_until > clock.now()):
        raise AccountLockedError
    if staff.must_change_password and kind != DeviceKind.WEB:
        raise PasswordChangeNeededError
    return open_device(staff, kind=kind, device_id=device_id, display_name=display_name, addr=addr)


def _is_password_of(staff: Staff | None, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    # For unknown numbers Django hashes a random password: the answer takes as long as for known ones.
    return check_password(password, staff.password if staff else make_password(None))


@transaction.atomic
def open_device(
    staff: Staff, *, kind: str, device_id: str | None = None, display_name: str = "", addr: str = ""
) -> SignedIn:
    """Give `staff`, whose identity is proven, a device with a fresh secret."""
    device_id = device_id or ids.new_secret()[:16]
    if not (device_id.isascii() and device_id.isprintable() and len(device_id) <= 128):  # noqa: PLR2004
        raise BadInputError(
            field="device_id", message=_("设备标识须为 1 至 128 个可打印的 ASCII 字符，请重新登录。")
        )
    now, secret = clock.now(), ids.new_secret()
    kind = DeviceKind.BOT if staff.kind == StaffKind.BOT else DeviceKind(kind)
    staff = store.lock_staff(staff.pk)
    device = store.put_device(
        staff,
        device_id,
        kind=kind,
        secret_hash=hash_secret(secret),
        display_name="".join(char for char in display_name if char.isprintable())[:120],
        created_at=now,
        last_seen_on=clock.today(),
        last_seen_addr=addr[:45],
        expires_at=_expiry(kind, now),
        revoked_at=None,
    )
    audit.record(
        actor=actor_for_secret(secret, "web"),
        verb="session.sign_in",
        subject="device",
        subject_id=device.pk,
        new={"kind": str(kind), "addr": addr[:45]},
    )
    return SignedIn(staff, device, secret)


def _expiry(kind: str, now: datetime) -> datetime | None:
    if kind == DeviceKind.WEB:
        return now + timedelta(days=settings.SESSION_DAYS)
    return now + MATRIX_LIFETIME if kind == DeviceKind.MATRIX else None


def actor_params(*asked: tuple[str, UUID | None]) -> Mapping[str, Any]:
    """The parameters of ACTORS_BY_SECRETS_SQL, for callers with a connection of their own: (secret, acting) each."""
    return {
        "secret_hashes": [hash_secret(secret) for secret, _ in asked],
        "actings": [acting for _, acting in asked],
        "now": clock.now(),
        "today": clock.today(),
    }


def actor_from_row(row: Sequence[Any] | None, door: Door, acting: UUID | None = None) -> Actor:
    """Make the actor from a row of ACTORS_BY_SECRETS_SQL. Raises as `actor_for_secret` does."""
    if row is None:
        raise SignedOutError
    staff_id, staff_number, name, staff_kind, must_change, device_pk, _, _, _, appointment_id, *post = row
    post_id, title, role, unit_id, unit_name, unit_short_name, _ = post
    if acting is not None and appointment_id is None:
        raise ActingNotHeldError
    if must_change and door != "web":
        raise PasswordChangeNeededError
    return Actor(
        staff_id=staff_id,
        staff_number=staff_number,
        name=name,
        kind=staff_kind,
        appointment_id=appointment_id,
        post_id=post_id,
        post_title=title or "",
        post_role=role or "",
        unit_id=unit_id,
        unit_name=unit_name or "",
        unit_short_name=unit_short_name or "",
        device_id=device_pk,
        door="bot" if staff_kind == StaffKind.BOT else door,
        must_change_password=must_change,
    )


def actor_for_secret(secret: str, door: Door, acting: UUID | None = None) -> Actor:
    """Who holds this secret, acting as `acting` (an appointment) or as the device's or the primary post.

    Raises:
        SignedOutError: unknown, expired or revoked, or the account is locked.
        ActingNotHeldError: `acting` is not an appointment of this person that is valid today.
        PasswordChangeNeededError: the password is temporary; only the web door lets the person in, to
        change it.
    """
    return actor_from_row(store.actor_row(actor_params((secret, acting))), door, acting)


_touched: dict[int, float] = {}
_TOUCHED_MOST = 50_000


def touch(actor: Actor, addr: str) -> None:
    """Remember the day and the address of use; looked at once a minute, written when one of them is new."""
    now = time.monotonic()
    device_pk = actor.device_id
    if (
        device_pk is None
        or now - _touched.get(device_pk, -TOUCH_EVERY.total_seconds()) < TOUCH_EVERY.total_seconds()
    ):
        return
    if len(_touched) >= _TOUCHED_MOST:
        _touched.clear()
    _touched[device_pk] = now
    store.touch(device_pk, addr[:45], clock.today())


def public_device_id(actor: Actor) -> str:
    """The client's own id of the device that it calls with; the scope of its transaction ids."""
    device = store.find_device(actor.device_id) if actor.device_id is not None else None
    return device.device_id if device else ""


@transaction.atomic
def sign_out(device_pk: int, *, actor: Actor | None = None, verb: str = "session.sign_out") -> None:
    """Make the device's secret worthless; its sockets close within seconds. Signing out twice is fine."""
    device = store.find_device(device_pk)
    if device is None or not store.revoke(device_pk, clock.now()):
        return
    audit.record(actor=actor, verb=verb, subject="device", subject_id=device_pk, old={"kind": device.kind})
    events.publish(DeviceRevoked(device_pk, device.staff_id))


def revoke(*, actor: Actor, device_pk: int) -> None:
    """Sign out one of one's own devices. Raises NotFoundError for anybody else's."""
    device = store.find_device(device_pk)
    if device is None or device.staff_id != actor.staff_id:
        raise NotFoundError
    sign_out(device_pk, actor=actor, verb="session.revoke")


def revoke_all(staff_id: int, *, actor: Actor | None, keep: int | None = None) -> int:
    """Sign out every device of a person except `keep`; returns how many. Part of the caller's transaction."""
    gone = [device for device in store.live_devices(staff_id, clock.now()) if device.pk != keep]
    for device in gone:
        sign_out(device.pk, actor=actor, verb="session.revoke")
    return len(gone)


def list_devices(actor: Actor) -> list[Device]:
    """One's own devices that can still be used, the latest seen first."""
    return store.live_devices(actor.staff_id, clock.now())


@transaction.atomic
def switch_acting(*, actor: Actor, appointment_id: UUID | None, secret: str) -> Actor:
    """Let this device act as another of one's posts from now on; None goes back to the primary one."""
    if actor.device_id is None:
        raise SignedOutError
    switched = actor_for_secret(secret, actor.door, appointment_id)
    store.set_acting(actor.device_id, appointment_id)
    audit.record(
        actor=switched,
        verb="session.act_as",
        subject="appointment",
        subject_id=appointment_id or "",
        old={"appointment": str(actor.appointment_id or "")},
    )
    return switched if appointment_id else actor_for_secret(secret, actor.door)


@transaction.atomic
def issue_bot_token(staff_number: str, *, actor: Actor | None = None) -> str:
    """A fresh token for a bot's one device, `BOT`; the token before it stops working.

    Raises:
        NotFoundError: no bot has this number.
    """
    bot = store.find_staff(staff_number.strip().lower())
    if bot is None or bot.kind != StaffKind.BOT or not bot.is_active:
        raise NotFoundError
    signed_in = open_device(bot, kind=DeviceKind.BOT, device_id=BOT_DEVICE_ID, display_name=bot.name)
    audit.record(actor=actor, verb="bot.issue_token", subject="staff", subject_id=bot.staff_number)
    return signed_in.secret
