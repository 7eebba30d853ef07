"""Accounts: creating, editing, locking and resetting them, by administrators."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common import audit, clock, events
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.errors import EditedMeanwhileError
from directory.events import DirectoryChanged, RightsChanged
from directory.services import passwords, pinyin
from directory.services.devices import revoke_all
from directory.services.rights import Scope, require
from directory.store import people as store
from directory.store import sessions
from directory.store.models import PostRole, Staff
from directory.store.models.people import STAFF_NUMBER

LOCKED_FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)
PHONE = re.compile(r"^\+?[0-9][0-9 -]{4,18}[0-9]$")
EDITABLE = ("name", "pinyin", "phone", "office_phone", "is_active")


@dataclass(frozen=True)
class Issued:
    """An account and the password that its owner must change; shown once, kept nowhere."""

    staff: Staff
    password: str


@dataclass(frozen=True)
class PersonSubject:
    """An account. It belongs to the unit of the primary post alone: the digital officer of a bureau that a
    deputy mayor also heads does not reset the deputy mayor's password.
    """

    staff_id: int
    unit_id: UUID | None

    def scope(self) -> Scope:
        return Scope(unit_id=self.unit_id, owner_staff_id=self.staff_id)


def check_staff_number(staff_number: str) -> str:
    staff_number = staff_number.strip().lower()
    if not re.fullmatch(STAFF_NUMBER, staff_number):
        raise BadInputError(
            field="staff_number",
            message=_("工号须为 1–64 位小写字母、数字或 . _ = -，且以字母或数字开头，请修改。"),
        )
    return staff_number


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 60 or not name.isprintable():  # noqa: PLR2004 - the column's width
        raise BadInputError(field="name", message=_("姓名须为 1–60 个字符，请填写真实姓名。"))
    return name


def check_phone(phone: str, field: str = "phone") -> str:
    phone = phone.strip()
    if phone and not PHONE.fullmatch(phone):
        raise BadInputError(field=field, message=_("号码只能包含数字、空格、短横线和开头的 +，请核对。"))
    return phone


def new_staff(*, staff_number: str, name: str, **fields: Any) -> Staff:
    """A new account without a password. Raises ConflictError where the number is taken."""
    reading = fields.pop("pinyin", "") or pinyin.spell(name)
    staff = Staff(staff_number=staff_number, name=name, **fields)
    staff.pinyin, staff.initials = reading, pinyin.initials(reading)
    staff.set_unusable_password()
    try:
        with transaction.atomic():
            staff.save(force_insert=True)
    except IntegrityError as err:
        raise ConflictError(
            field="staff_number", message=_("工号 {number} 已被使用，请换一个。").format(number=staff_number)
        ) from err
    return staff


@transaction.atomic
def create(*, actor: Actor, staff_number: str, name: str, phone: str = "", **fields: str) -> Issued:
    """Create a person's account with a temporary password.

    A digital officer may create one too; the person belongs to no unit before the first appointment,
    which the officer can only give in the own unit.

    Raises:
        BadInputError, ConflictError (number taken), ForbiddenError.
    """
    require(actor, "account.manage")
    staff = new_staff(
        staff_number=check_staff_number(staff_number),
        name=check_name(name),
        phone=check_phone(phone),
        office_phone=check_phone(fields.get("office_phone", ""), "office_phone"),
        pinyin=pinyin.tidy(fields.get("pinyin", "")),
    )
    password = passwords.temporary()
    passwords.set_password(staff, password, must_change=True)
    audit.record(
        actor=actor,
        verb="account.create",
        subject="staff",
        subject_id=staff.staff_number,
        new={"name": staff.name},
    )
    events.publish(DirectoryChanged())
    return Issued(staff, password)


@transaction.atomic
def edit(*, actor: Actor, staff_number: str, version: int, changes: Mapping[str, Any]) -> Staff:
    """Change name, pinyin, phones or is_active.

    Args:
        version: of the account as the editor saw it.
        changes: only what changes; an empty pinyin is worked out from the name again.
    Raises:
        EditedMeanwhileError: somebody else has saved since.
        BadInputError, NotFoundError, ForbiddenError.
    """
    staff = _access(actor, staff_number, "account.manage")
    if staff.version != version:
        raise EditedMeanwhileError
    wanted = {key: value for key, value in changes.items() if key in EDITABLE and value is not None}
    _check_changes(actor, staff, wanted)
    old = {key: getattr(staff, key) for key in wanted}
    if "name" in wanted and "pinyin" not in wanted:
        wanted["pinyin"] = ""
    if "pinyin" in wanted:
        wanted["pinyin"] = pinyin.tidy(wanted["pinyin"]) or pinyin.spell(wanted.get("name", staff.name))
    for key, value in wanted.items():
        setattr(staff, key, value)
    staff.initials = pinyin.initials(staff.pinyin)
    staff.version += 1
    staff.save()
    if wanted.get("is_active") is False:
        revoke_all(staff.pk, actor=actor)
    _tell(actor, staff, "account.edit", old=_readable(old), new=_readable({key: wanted[key] for key in old}))
    return staff


def _check_changes(actor: Actor, staff: Staff, wanted: dict[str, Any]) -> None:
    if "name" in wanted:
        wanted["name"] = check_name(wanted["name"])
    for field in ("phone", "office_phone"):
        if field in wanted:
            wanted[field] = check_phone(wanted[field], field)
    if wanted.get("is_active") is False and staff.pk == actor.staff_id:
        raise ForbiddenError(message=_("不能停用本人账户，请由另一位系统管理员办理。"), reason="self")


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the trail: phones only as masked, they are personal data."""
    return {key: mask_phone(value) if "phone" in key else value for key, value in values.items()}


def mask_phone(phone: str) -> str:
    """139****5508; short numbers show their last three digits only."""
    if len(phone) >= 11:  # noqa: PLR2004 - a mobile number
        return f"{phone[:3]}****{phone[-4:]}"
    return f"****{phone[-3:]}" if phone else ""


@transaction.atomic
def lock(*, actor: Actor, staff_number: str, until: datetime | None = None) -> Staff:
    """Keep the person out until a moment, or until somebody unlocks; every device is signed out."""
    staff = _access(actor, staff_number, "account.lock")
    if staff.pk == actor.staff_id:
        raise ForbiddenError(message=_("不能锁定本人账户，请由另一位管理员办理。"), reason="self")
    if until is not None and until <= clock.now():
        raise BadInputError(
            field="until", message=_("锁定截止时间早于现在，请改为以后的时间，或留空长期锁定。")
        )
    staff.locked_until = until or LOCKED_FOR_GOOD
    staff.version += 1
    staff.save(update_fields=["locked_until", "version"])
    revoke_all(staff.pk, actor=actor)
    _tell(actor, staff, "account.lock", new={"until": staff.locked_until.isoformat()})
    return staff


@transaction.atomic
def unlock(*, actor: Actor, staff_number: str) -> Staff:
    """Let the person in again; delays after failed sign-ins end too."""
    staff = _access(actor, staff_number, "account.lock")
    staff.locked_until = None
    staff.version += 1
    staff.save(update_fields=["locked_until", "version"])
    sessions.forget_failures(staff.staff_number)
    _tell(actor, staff, "account.unlock")
    return staff


@transaction.atomic
def reset_password(*, actor: Actor, staff_number: str) -> Issued:
    """Give a temporary password and sign out every device."""
    staff = _access(actor, staff_number, "account.manage")
    if staff.pk == actor.staff_id:
        raise ForbiddenError(message=_("请在“修改密码”中更改本人密码。"), reason="self")
    password = passwords.temporary()
    passwords.set_password(staff, password, must_change=True)
    revoke_all(staff.pk, actor=actor)
    sessions.forget_failures(staff.staff_number)
    _tell(actor, staff, "account.reset_password")
    return Issued(staff, password)


def _access(actor: Actor, staff_number: str, verb: str) -> Staff:
    """The account, locked for the deed. Administrators' accounts are for system administrators only."""
    found = store.by_staff_number(staff_number.strip().lower())
    if found is None or found.kind != "person":
        raise NotFoundError
    staff = sessions.lock_staff(found.pk)
    require(actor, verb, subject_of(staff))
    guard_admins(actor, store.admin_roles_held(staff.pk, clock.today()))
    return staff


def subject_of(staff: Staff) -> PersonSubject:
    held = store.held_by(staff.pk, clock.today())
    return PersonSubject(staff.pk, held[0].post.unit_id if held else None)


def guard_admins(actor: Actor, roles: set[str]) -> None:
    """Whoever could reset an administrator's password could become one."""
    if roles and actor.post_role != PostRole.SYSTEM_ADMIN and actor.kind != "system":
        raise ForbiddenError(
            message=_("管理员账户和管理员岗位由系统管理员办理，请联系系统管理员。"), reason="admin"
        )


def _tell(actor: Actor, staff: Staff, verb: str, **what: Any) -> None:
    audit.record(actor=actor, verb=verb, subject="staff", subject_id=staff.staff_number, **what)
    events.publish(DirectoryChanged())
    events.publish(RightsChanged((staff.pk,)))
