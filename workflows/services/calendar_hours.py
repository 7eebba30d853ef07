"""Office hours by region and season, kept by an administrator."""

import re
from datetime import time
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, jobs
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may, require
from directory.store.models import Region
from workflows.rules.day_tables import MOST_SOURCE
from workflows.rules.office_hours import HoursRule, OfficeHours
from workflows.services import calendar
from workflows.services.calendar_effects import VERB
from workflows.store import calendar as store
from workflows.store.models import OfficeHoursRow

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MOST_DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


class HoursFields(BaseModel):
    """`region` "" holds everywhere; `begins` and `ends` are MM-DD, both included."""

    region: str = ""
    begins: str = "01-01"
    ends: str = "12-31"
    opens: time
    noon_from: time
    noon_to: time
    closes: time
    until_midnight: bool = False
    source: str


class HoursOut(HoursFields):
    id: UUID
    region_name: str
    words: str


class HoursListOut(BaseModel):
    items: list[HoursOut]
    otherwise: str
    may_edit: bool


def list_hours(actor: Actor) -> HoursListOut:
    """`otherwise`: the hours where no row speaks."""
    rows = store.hours_rows()
    names = dict(Region.objects.filter(code__in=[row.region for row in rows]).values_list("code", "name"))
    return HoursListOut(
        items=[_out(row, names) for row in rows], otherwise=OfficeHours().words(), may_edit=may(actor, VERB)
    )


def check_put_hours(*, actor: Actor, fields: HoursFields, key: UUID | None = None) -> HoursOut:
    """Add a row of hours, or change the one with this key.

    Raises:
        ForbiddenError, SecrecyRefusedError, NotFoundError.
        BadInputError: hours out of order, an unknown region, a season that overlaps another of the region.
    """
    require(actor, VERB)
    _check(actor, fields)
    with transaction.atomic():
        store.lock()
        row = store.find_hours(key) if key else OfficeHoursRow()
        if row is None:
            raise NotFoundError
        old = None if key is None else _plain(row)
        for name, value in fields.model_dump().items():
            setattr(row, name, value)
        rule = store.hours_rule(row)
        for other in store.hours_rows():
            if other.pk != row.pk and rule.overlaps(store.hours_rule(other)):
                raise BadInputError(
                    field="begins",
                    message=_("与“{source}”的{begins}至{ends}重叠，请调整起止日期。").format(
                        source=other.source, begins=other.begins, ends=other.ends
                    ),
                )
        row.save()
        _done(actor, row, old=old, new=_plain(row))
    return _out(row, dict(Region.objects.filter(code=row.region).values_list("code", "name")))


def check_remove_hours(*, actor: Actor, key: UUID) -> None:
    """Raises: ForbiddenError, NotFoundError."""
    require(actor, VERB)
    with transaction.atomic():
        store.lock()
        row = store.find_hours(key)
        if row is None:
            raise NotFoundError
        _done(actor, row, old=_plain(row), new=None)
        store.remove_hours(key)


def _done(
    actor: Actor, row: OfficeHoursRow, *, old: dict[str, object] | None, new: dict[str, object] | None
) -> None:
    audit.record(actor=actor, verb=VERB, subject="office_hours", subject_id=row.pk, old=old, new=new)
    jobs.defer("workflows.recompute_calendar", key="recompute_calendar")
    transaction.on_commit(calendar.drop)


def _check(actor: Actor, fields: HoursFields) -> None:
    fields.source = fields.source.strip()
    for name in ("begins", "ends"):
        said = getattr(fields, name)
        if not _MONTH_DAY.fullmatch(said) or int(said[3:]) > _MOST_DAYS.get(int(said[:2]), 31):
            raise BadInputError(field=name, message=_("请写作月-日的形式，例如05-01。"))
    hours = OfficeHours(fields.opens, fields.closes, fields.noon_from, fields.noon_to)
    if wrong := hours.problem():
        raise BadInputError(field=wrong, message=_("须晚于前一个时间，请按上班、午休、下班的先后填写。"))
    if fields.region and not Region.objects.filter(code=fields.region).exists():
        raise BadInputError(field="region", message=_("没有这个行政区划代码，请从通讯录中核对，例如421200。"))
    if not 0 < len(fields.source) <= MOST_SOURCE:
        raise BadInputError(
            field="source", message=_("来源须为1至{most}个字，请写明依据的文件。").format(most=MOST_SOURCE)
        )
    admission.check(fields.source, actor=actor, where="source")


def _plain(row: OfficeHoursRow) -> dict[str, object]:
    return HoursFields.model_validate(row, from_attributes=True).model_dump(mode="json")


def _out(row: OfficeHoursRow, names: dict[str, str]) -> HoursOut:
    rule: HoursRule = store.hours_rule(row)
    fields = HoursFields.model_validate(row, from_attributes=True).model_dump()
    name = names.get(row.region, row.region) or _("各地")
    return HoursOut(**fields, id=row.pk, region_name=name, words=rule.hours.words())
