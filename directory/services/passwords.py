"""Passwords: changing one's own, and the temporary ones that administrators give out."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit
from common.errors import BadInputError
from directory.actors import Actor
from directory.services import lockout
from directory.services.devices import PASSWORD_MAX, revoke_all
from directory.store import sessions as store
from directory.store.models import Staff

# Without letters and digits that are read for one another (0 O, 1 l I).
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def change_own(*, actor: Actor, old: str, new: str, addr: str = "") -> None:
    """Replace one's password and sign out all other devices. Must not run inside a transaction.

    Raises:
        BadInputError: field `old` (wrong) or `new` (too weak, or the same again), with what to do.
        LockedOutError: the old password was wrong too often.
    """
    attempt = lockout.count_attempt(actor.staff_number, addr)
    if len(old) > PASSWORD_MAX or not store.get_staff(actor.staff_id).check_password(old):
        raise BadInputError(field="old", message=_("原密码不正确，请重新输入。"))
    lockout.succeeded(attempt)
    with transaction.atomic():
        staff = store.lock_staff(actor.staff_id)
        if new == old:
            raise BadInputError(field="new", message=_("新密码与原密码相同，请换一个。"))
        check_strength(new, staff)
        set_password(staff, new, must_change=False)
        revoke_all(staff.pk, actor=actor, keep=actor.device_id)
        audit.record(actor=actor, verb="password.change", subject="staff", subject_id=staff.staff_number)


def check_strength(password: str, staff: Staff) -> None:
    """Raises BadInputError (field `new`) with every rule that the password breaks."""
    if len(password) > PASSWORD_MAX:
        raise BadInputError(
            field="new", message=_("密码过长，请控制在 {most} 个字符以内。").format(most=PASSWORD_MAX)
        )
    if staff.staff_number in password.lower() or (staff.phone and staff.phone in password):
        raise BadInputError(field="new", message=_("密码不能包含本人工号或手机号，请换一个。"))
    try:
        validate_password(password, staff)
    except ValidationError as err:
        raise BadInputError(field="new", message="".join(err.messages)) from err


def set_password(staff: Staff, password: str, *, must_change: bool) -> None:
    staff.set_password(password)
    staff.must_change_password = must_change
    staff.version += 1
    staff.save(update_fields=["password", "has_demo_password", "must_change_password", "version"])


def temporary() -> str:
    """Such as `kR7m-Xq2T-n8Wd`: 12 characters of 55, about 69 bits; shown to the administrator once."""
    letters = [secrets.choice(_ALPHABET) for _ in range(12)]
    return "-".join("".join(letters[at : at + 4]) for at in (0, 4, 8))
