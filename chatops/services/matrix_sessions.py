"""Sessions of Matrix clients that renew their token, and what goes when a device goes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from chatops.store import matrix_devices as store
from common import ids
from common.errors import SignedOutError
from directory.services import devices, renewal
from directory.store.models import DeviceKind
from directory.store.sessions import get_staff

LIFETIME = timedelta(hours=1)
LIFETIME_MS = int(LIFETIME.total_seconds() * 1000)


@dataclass(frozen=True)
class Pair:
    access: str
    refresh: str


@transaction.atomic
def start(device_pk: int) -> Pair:
    """Let a device that has just signed in renew its token from now on. Raises SignedOutError."""
    token = ids.new_secret()
    store.put_refresh(device_pk, _hash(token))
    return Pair(renewal.renew(device_pk, LIFETIME), token)


@transaction.atomic
def refresh(token: str) -> Pair:
    """A fresh pair for a refresh token. Raises SignedOutError for one that was used, or whose device is gone."""
    device_pk = store.take_refresh(_hash(token))
    if device_pk is None:
        raise SignedOutError
    return start(device_pk)


def open_for_service(staff_id: int, *, device_id: str | None, display_name: str) -> tuple[str, str]:
    """A device for a user of an application service, which has proven itself: (token, device id)."""
    staff = get_staff(staff_id)
    opened = devices.open_device(staff, kind=DeviceKind.BOT, device_id=device_id, display_name=display_name)
    return opened.secret, opened.device.device_id


def forget(keys: Sequence[int], *, txns: bool = True) -> None:
    """Drop keys, messages and refresh tokens of devices; with `txns` their transaction ids as well."""
    store.forget(list(keys), txns=txns)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
