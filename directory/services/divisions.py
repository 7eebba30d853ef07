"""内设机构 of a unit: who manages its posts manages these."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, events
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.events import DirectoryChanged
from directory.services.rights import Scope, require
from directory.store import posts as store
from directory.store.models import Division

LONGEST = 60


def list_of(actor: Actor, unit_id: UUID) -> list[Division]:
    """In protocol order, those without a post too. Raises NotFoundError, ForbiddenError."""
    _access_unit(actor, unit_id)
    return store.divisions(unit_id)


@transaction.atomic
def create(*, actor: Actor, unit_id: UUID, name: str, rank: int | None = None) -> Division:
    """Raises NotFoundError, ForbiddenError; BadInputError for a name; ConflictError when it is taken."""
    _access_unit(actor, unit_id)
    division = Division(unit_id=unit_id, name=check_name(name), **({} if rank is None else {"rank": rank}))
    store.save_division(division, new=True)
    _tell(actor, "division.create", division, None)
    return division


@transaction.atomic
def rename(*, actor: Actor, division_id: UUID, name: str | None = None, rank: int | None = None) -> Division:
    """Another name or place in the order; posts stay in it. Raises as `create` does."""
    division = store.lock_division(division_id)
    if division is None:
        raise NotFoundError
    require(actor, "post.manage", Scope(unit_id=division.unit_id))
    old = shown(division)
    if name is not None:
        division.name = check_name(name)
    if rank is not None:
        division.rank = rank
    if shown(division) == old:
        return division
    store.save_division(division, new=False)
    _tell(actor, "division.rename", division, old)
    return division


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST or not name.isprintable():
        raise BadInputError(field="name", message=_("请填写内设机构名称，不超过60个字。"))
    return name


def shown(division: Division) -> dict[str, object]:
    return {"unit": str(division.unit_id), "name": division.name, "rank": division.rank}


def _access_unit(actor: Actor, unit_id: UUID) -> None:
    if store.find_unit(unit_id) is None:
        raise NotFoundError
    require(actor, "post.manage", Scope(unit_id=unit_id))


def _tell(actor: Actor, verb: str, division: Division, old: dict[str, object] | None) -> None:
    audit.record(
        actor=actor, verb=verb, subject="division", subject_id=division.pk, old=old, new=shown(division)
    )
    events.publish(DirectoryChanged())
