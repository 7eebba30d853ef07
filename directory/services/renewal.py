"""Short-lived secrets and names of devices, for clients that renew them; and the proof by password before a deed."""

from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction

from common import clock, ids
from common.errors import NotFoundError, SignedOutError
from directory.actors import Actor
from directory.errors import SignInRefusedError
from directory.services import lockout
from directory.services.devices import PASSWORD_MAX, hash_secret
from directory.store import renewal as store
from directory.store import sessions

MOST_NAME = 120


@transaction.atomic
def renew(device_pk: int, lifetime: timedelta) -> str:
    """A fresh secret for a device that is signed in; the one before stops working.

    Raises:
        SignedOutError: the device is signed out, or its account is locked or closed.
    """
    device = store.lock_live(device_pk)
    staff = sessions.get_staff(device.staff_id) if device else None
    now = clock.now()
    locked = staff is not None and staff.locked_until is not None and staff.locked_until > now
    if device is None or staff is None or not staff.is_active or locked:
        raise SignedOutError
    secret = ids.new_secret()
    store.put_secret(device, hash_secret(secret), now + lifetime)
    return secret


def rename(*, actor: Actor, device_id: str, display_name: str) -> None:
    """Raises NotFoundError when the device is not one's own."""
    name = "".join(char for char in display_name if char.isprintable())[:MOST_NAME]
    if not store.rename(actor.staff_id, device_id, name):
        raise NotFoundError


def prove(*, actor: Actor, password: str, addr: str = "") -> None:
    """That it is the person, before a deed that takes the password. Must not run inside a transaction.

    Raises:
        SignInRefusedError: the password is wrong. LockedOutError: it was wrong too often.
    """
    attempt = lockout.count_attempt(actor.staff_number, addr)
    staff = sessions.get_staff(actor.staff_id)
    if len(password) > PASSWORD_MAX or not check_password(password, staff.password):
        raise SignInRefusedError
    lockout.succeeded(attempt)
