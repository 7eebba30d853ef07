"""填报: an officer types values in, signs them, and they are marked 人工 wherever they are shown."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.cursors import offset_of
from common.errors import BadInputError
from common.ids import new_uuid
from connectors.items import Raw, Reading
from connectors.rules import specs
from connectors.services import intake, typed
from connectors.services.history import Value, with_replaced
from connectors.services.manage import access_connector
from connectors.store import history as store
from connectors.store.models import Connector, Entry, Kind, Quality
from directory.actors import Actor
from directory.services.rights import Scope, may, require

MOST_ROWS = 500
PAGE = 50
SKEW = timedelta(minutes=10)


def check_enter(
    *, actor: Actor, connector_id: UUID, rows: Sequence[Mapping[str, Any]]
) -> tuple[Entry, intake.Taken]:
    """Take in values by hand for a source of kind `manual`. The same rows again are the same entry once.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError.
        BadInputError: names the row and field, such as rows.3.value; nothing is taken then.
    """
    connector = access_connector(actor, connector_id, verb="connector.enter")
    if connector.kind != Kind.MANUAL:
        raise BadInputError(field="rows", message=_("该数据源不是人工填报的，不能手工录入。"))
    if not 0 < len(rows) <= MOST_ROWS:
        raise BadInputError(field="rows", message=_("请填写1至{most}行。").format(most=MOST_ROWS))
    signed = f"{actor.unit_name}{actor.post_title} {actor.name}".strip()
    readings = [_reading(actor, raw, place, signed) for place, raw in enumerate(rows)]
    payload = json.dumps(
        [dict(row) for row in rows], ensure_ascii=False, sort_keys=True, default=str
    ).encode()
    digest = hashlib.sha256(payload).hexdigest()
    with transaction.atomic():
        entry, is_new = Entry.objects.get_or_create(
            connector=connector,
            digest=digest,
            defaults={
                "id": new_uuid(),
                "at": clock.now(),
                "staff_id": actor.staff_id,
                "signed_by": signed,
                "rows": len(rows),
            },
        )
        taken = intake.take(connector.pk, readings, Raw(payload, sender=signed, frames=len(rows)))
        if is_new:
            new = {"rows": len(rows), "digest": digest}
            audit.record(actor=actor, verb="connector.enter", subject="entry", subject_id=entry.pk, new=new)
    return entry, taken


def list_forms(actor: Actor) -> list[Connector]:
    """Sources of kind `manual` that the actor may type values in for, with subjects and metrics.

    Raises: ForbiddenError: there is none that the actor could ever.
    """
    require(actor, "connector.enter")
    rows = Connector.objects.filter(kind=Kind.MANUAL, removed_at__isnull=True, is_enabled=True)
    rows = rows.select_related("owner_unit").prefetch_related("subjects__metrics").order_by("name", "pk")
    return [one for one in rows if may(actor, "connector.enter", Scope(unit_id=one.owner_unit_id))]


def list_entered(
    actor: Actor, connector_id: UUID, cursor: str | None = None
) -> tuple[list[Value], str | None]:
    """What was typed in for a source, the newest first, with what each stands in the place of.

    Raises: NotFoundError, ForbiddenError, BadInputError(cursor).
    """
    connector = access_connector(actor, connector_id, verb="connector.enter")
    offset = offset_of(cursor)
    found = store.entered(connector.pk, offset, PAGE + 1)
    return with_replaced(found[:PAGE]), str(offset + PAGE) if len(found) > PAGE else None


def _reading(actor: Actor, raw: Mapping[str, Any], place: int, signed: str) -> Reading:
    where = f"rows.{place}"
    code = _text(actor, raw, "code", where, most=64)
    metric = _text(actor, raw, "metric", where, most=40)
    if not specs.KEY.fullmatch(metric):
        raise BadInputError(field=f"{where}.metric", message=_("请选择指标。"))
    return Reading(
        code,
        _text(actor, raw, "name", where, most=120, empty=True) or code,
        _text(actor, raw, "place", where, most=120, empty=True),
        metric,
        typed.number(raw.get("value"), f"{where}.value"),
        _moment(raw.get("observed_at"), f"{where}.observed_at"),
        source_ref=signed[:120],
        metric_name=_text(actor, raw, "metric_name", where, most=60, empty=True),
        unit=_text(actor, raw, "unit", where, most=30, empty=True),
        quality=Quality.ENTERED,
        source_field=metric,
    )


def _text(
    actor: Actor, raw: Mapping[str, Any], name: str, where: str, *, most: int, empty: bool = False
) -> str:
    text = typed.text(raw.get(name), f"{where}.{name}", most=most, empty=empty)
    admission.check(text, actor=actor, where="entry")
    return text


def _moment(raw: Any, field: str) -> datetime:
    try:
        moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError as err:
        raise BadInputError(
            field=field, message=_("观测时间应写作 2026-05-01T08:00 的样式，请修改。")
        ) from err
    moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)
    if moment > clock.now() + SKEW:
        raise BadInputError(field=field, message=_("观测时间晚于现在，请修改。"))
    return moment
