"""Posts: creating and editing them, by administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, events
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.errors import EditedMeanwhileError
from directory.events import DirectoryChanged, RightsChanged
from directory.services.accounts import guard_admins
from directory.services.rights import Scope, require
from directory.services.sheets import cells
from directory.store import people
from directory.store import posts as store
from directory.store.models import Division, Post, PostRole

EDITABLE = ("title", "role", "rank", "field_of_work", "division_id")


@transaction.atomic
def create(*, actor: Actor, unit_id: UUID, title: str, role: str, **fields: Any) -> Post:
    """Create a post in a unit. `fields`: division_id, rank, field_of_work, code.

    Raises:
        NotFoundError: no such unit. BadInputError: title, role or division cannot be taken. ForbiddenError.
    """
    unit = store.find_unit(unit_id)
    if unit is None:
        raise NotFoundError
    require(actor, "post.manage", Scope(unit_id=unit.pk))
    guard_admins(actor, admin_roles(role))
    values = {key: value for key, value in fields.items() if value is not None}
    if "code" in values:
        values["code"] = _readable("code", cells.code, values["code"])
    post = Post(unit=unit, title=check_title(title), role=check_role(role), **values)
    post.field_of_work = _readable("field_of_work", cells.text(200), post.field_of_work)
    _check_division(post)
    store.save_new(post)
    audit.record(actor=actor, verb="post.create", subject="post", subject_id=post.pk, new=shown(post))
    events.publish(DirectoryChanged())
    return post


@transaction.atomic
def edit(*, actor: Actor, post_id: UUID, version: int, changes: Mapping[str, Any]) -> Post:
    """Change a post; holders get the changed rights at once.

    Raises:
        EditedMeanwhileError: somebody else has saved since `version`.
        NotFoundError, BadInputError, ForbiddenError.
    """
    post = store.lock_post(post_id)
    if post is None:
        raise NotFoundError
    require(actor, "post.manage", Scope(unit_id=post.unit_id))
    if post.version != version:
        raise EditedMeanwhileError
    wanted = {key: value for key, value in changes.items() if key in EDITABLE}
    guard_admins(actor, admin_roles(post.role, wanted.get("role", "")))
    if "title" in wanted:
        wanted["title"] = check_title(wanted["title"])
    if "role" in wanted:
        check_role(wanted["role"])
        _check_holders(post, wanted["role"])
    old = shown(post)
    for key, value in wanted.items():
        setattr(post, key, value)
    post.field_of_work = _readable("field_of_work", cells.text(200), post.field_of_work)
    _check_division(post)
    post.version += 1
    post.save()
    audit.record(actor=actor, verb="post.edit", subject="post", subject_id=post.pk, old=old, new=shown(post))
    events.publish(DirectoryChanged())
    events.publish(RightsChanged(tuple(each.staff_id for each in people.holders([post.pk], clock.today()))))
    return post


def holder_names(post: Post) -> list[str]:
    return [each.staff.name for each in people.holders([post.pk], clock.today())]


def check_title(title: str) -> str:
    title = " ".join(title.split())
    if not 1 <= len(title) <= 80 or not title.isprintable():  # noqa: PLR2004 - the column's width
        raise BadInputError(field="title", message=_("岗位名称须为 1–80 个字符。"))
    return title


def check_role(role: str) -> PostRole:
    if role not in PostRole.values:
        raise BadInputError(field="role", message=_("岗位类别不存在，请从列表中选择。"))
    return PostRole(role)


def _readable(field: str, read: cells.Reader, text: str) -> str:
    """As an import would read it. Raises BadInputError with its sentence."""
    try:
        return read(text)
    except ValueError as err:
        raise BadInputError(field=field, message=str(err)) from err


def admin_roles(*roles: str) -> set[str]:
    return {role for role in roles if role in people.ADMIN_ROLES}


def _check_division(post: Post) -> None:
    if post.division_id and not Division.objects.filter(pk=post.division_id, unit=post.unit_id).exists():
        raise BadInputError(field="division_id", message=_("所选内设机构不属于该单位，请重新选择。"))


def _check_holders(post: Post, role: str) -> None:
    """A post that becomes an administrator's must not give its holder a second one of the three."""
    for each in people.holders([post.pk], clock.today()) if admin_roles(role) else ():
        check_separation(each.staff_id, role, besides=post.pk)


def check_separation(staff_id: int, role: str, *, besides: UUID | None = None) -> None:
    """系统、安全、审计管理员三员分立. Raises BadInputError (field post_id)."""
    others = people.admin_roles_held(staff_id, clock.today(), besides=besides) - {role}
    if admin_roles(role) and others:
        raise BadInputError(
            field="post_id",
            message=_(
                "系统管理员、安全管理员、审计管理员须由不同人员担任；该人员已担任{held}，请另选人员。"
            ).format(held=_("、").join(str(PostRole(each).label) for each in sorted(others))),
        )


def shown(post: Post) -> dict[str, Any]:
    return {
        "unit": str(post.unit_id),
        "division": str(post.division_id or ""),
        "title": post.title,
        "role": post.role,
        "rank": post.rank,
        "field_of_work": post.field_of_work,
    }
