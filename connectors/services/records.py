"""Records of other systems: seen with their timeline, and answered under the source's own id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock, jobs
from common.cursors import moment_cursor, moment_of
from common.errors import BadInputError, NotFoundError
from connectors import deadlines
from connectors.adapters import write_back
from connectors.errors import SourceError
from connectors.services import audience, secrets
from connectors.sheets import xlsx
from connectors.store import records as store
from connectors.store.models import Record, RecordState, WriteBack
from directory.actors import Actor
from directory.services.rights import Scope, may, require

TASK = "connectors.write_back"
PAGE = 50
MOST_ROWS = 10_000
RUNNING = (RecordState.OPEN, RecordState.IN_PROGRESS)
MOST_KEYS, MOST_TEXT = 20, 1000


class SourceBusyError(Exception):
    """The source did not take the result now; the job tries again."""


@dataclass(frozen=True)
class RecordAsk:
    """Which records: of a source, in a state, of a kind, of a unit (part of its name), and those past their limit."""

    connector_id: UUID | None = None
    state: str = ""
    kind: str = ""
    unit: str = ""
    overdue: bool = False


def list_records(
    actor: Actor, ask: RecordAsk, *, cursor: str | None = None
) -> tuple[list[Record], str | None]:
    """Newest stage first. Raises BadInputError: state or cursor."""
    found = store.page(_where(actor, ask), after=moment_of(cursor), limit=PAGE + 1)
    more = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], moment_cursor(more.stage_at, more.pk) if more else None


def export_records(actor: Actor, ask: RecordAsk) -> bytes:
    """The same as .xlsx, at most ten thousand rows; it is in the audit record. Raises BadInputError(state)."""
    found = store.page(_where(actor, ask), after=None, limit=MOST_ROWS)
    heads = (
        _("来源"),
        _("来源编号"),
        _("名称"),
        _("状态"),
        _("环节"),
        _("环节时间"),
        _("责任单位"),
        _("地点"),
    )
    rows = [
        (
            one.connector.name, one.source_id, one.title, str(RecordState(one.state).label), one.stage,
            _minute(one.stage_at), one.owner_unit, one.place, one.limit_days,
            _minute(due) if (due := due_at(one)) else "",
        )
        for one in found
    ]  # fmt: skip
    now = clock.now()
    new = {"rows": len(rows), "overdue": ask.overdue, "state": ask.state}
    audit.record(actor=actor, verb="connector.view", subject="record", subject_id="xlsx", new=new)
    note = _("由{name}于{time}导出").format(name=actor.name, time=_minute(now))
    return xlsx(_("事项"), [*heads, _("时限（工作日）"), _("到期时间")], rows, note=note)


def due_at(record: Record) -> datetime | None:
    """When the source's limit ends, counted from the first stage; None without a limit, and once it is over."""
    begun = getattr(record, "begun_at", None)
    if record.limit_days is None or begun is None or record.state not in RUNNING:
        return None
    return deadlines.due_at(begun, record.limit_days)


def _minute(moment: datetime) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M")


def _where(actor: Actor, ask: RecordAsk) -> Q:
    if ask.state and ask.state not in RecordState.values:
        raise BadInputError(field="state", message=_("没有这样的筛选条件，请重新选择。"))
    where = audience.visible_records(actor)
    wanted = (("connector", ask.connector_id), ("state", ask.state), ("kind", ask.kind))
    for name, value in (*wanted, ("owner_unit__icontains", ask.unit.strip())):
        if value:
            where &= Q(**{name: value})
    if ask.overdue:
        now = clock.now()
        late = Q(pk__in=())
        for days in store.limits_of(where & Q(state__in=RUNNING)):
            late |= Q(limit_days=days, begun_at__lt=deadlines.begun_before(now, days))
        where &= Q(state__in=RUNNING) & late
    return where


def access_record(actor: Actor, record_id: UUID) -> Record:
    """With its timeline, fields that all of the actor's rooms mask as ***, so for showing and never stored.

    Raises: NotFoundError also when it is not the actor's to see.
    """
    record = store.find(record_id)
    if record is None or not audience.may_see(actor, record):
        raise NotFoundError
    is_shown = audience.unmasked_keys(actor)
    record.fields = {
        key: text if is_shown(record.connector_id, None, key) else audience.MASK
        for key, text in record.fields.items()
    }
    return record


def may_write_back(actor: Actor, record: Record) -> bool:
    scope = Scope(unit_id=record.connector.owner_unit_id)
    return bool(record.connector.write_back) and may(actor, "alert.handle", scope)


def check_write_back(*, actor: Actor, record_id: UUID, result: dict[str, Any], key: str) -> WriteBack:
    """Send a result to the source under its own id; the same key again is the same result once.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError.
        BadInputError: the source takes no results, or the result is too large.
    """
    record = access_record(actor, record_id)
    require(actor, "alert.handle", Scope(unit_id=record.connector.owner_unit_id))
    for text in result.values():
        admission.check(str(text), actor=actor, where="record")
    return give_result(record=record, result=result, key=key, actor=actor)


def give_result(*, record: Record, result: dict[str, Any], key: str, actor: Actor) -> WriteBack:
    """For services that have checked rights themselves. Raises BadInputError."""
    if not record.connector.write_back:
        text = _("该数据源没有设置结果回写地址。请由数据源的管理人员设置后重试。")
        raise BadInputError(field="result", message=text)
    if len(result) > MOST_KEYS or any(len(str(value)) > MOST_TEXT for value in result.values()):
        raise BadInputError(field="result", message=_("结果过长，请精简后重试。"))
    with transaction.atomic():
        row, is_new = WriteBack.objects.get_or_create(
            record=record, key=key[:120], defaults={"result": result, "created_at": clock.now()}
        )
        if is_new:
            new = {"result": result, "source_id": record.source_id}
            audit.record(actor=actor, verb="alert.handle", subject="record", subject_id=record.pk, new=new)
            jobs.defer(TASK, write_back_id=str(row.pk))
    return row


def send_result(write_back_id: UUID) -> None:
    """The job. A source that refuses the result for good is recorded; one that fails is tried again.

    Raises: SourceBusyError.
    """
    row = WriteBack.objects.select_related("record__connector").filter(pk=write_back_id).first()
    if row is None or row.state != WriteBack.State.WAITING:
        return
    record, connector = row.record, row.record.connector
    row.attempts += 1
    try:
        outcome = write_back.send(
            connector.write_back, secrets.opened(connector), record.source_id, row.result, key=str(row.pk)
        )
    except (SourceError, httpx.HTTPError) as err:
        row.last_error = err.user_message()[:500] if isinstance(err, SourceError) else type(err).__name__
        row.save(update_fields=["attempts", "last_error"])
        raise SourceBusyError(row.last_error) from err
    row.state = WriteBack.State.SENT if outcome.taken else WriteBack.State.REFUSED
    row.last_error, row.sent_at = outcome.words[:500], clock.now()
    row.save(update_fields=["attempts", "state", "last_error", "sent_at"])
