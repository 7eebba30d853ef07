"""The loop: publish progress, judge quality, spot risk, have it corrected. Each step has counts and a list."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock
from common.cursors import offset_of
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.errors import NotAllowedNowError
from workflows.items.card import item_link
from workflows.services.changes import apply_change, change_item, stamp
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.knocks import pending_changed
from workflows.store import items as item_store
from workflows.store import supervision as store
from workflows.store.models import Item, ProgressSheet, QualityFinding, Rectification, SpotPick
from workflows.supervision import table
from workflows.supervision.table import VIEW, TableAsk
from workflows.supervision.views import (
    FindingOut,
    LoopOut,
    RectificationRow,
    SheetDetail,
    SheetOut,
    SupervisionTable,
)

CHECK = "supervision.check"
VIEW_SHEET = "supervision.view_sheet"
PAGE = 50
MOST_TEXT = 500
MOST_TITLE = 120
OPEN = ("ordered", "planned", "done")


class Found(BaseModel):
    """The answer to a deed on findings."""

    message: str
    finding: UUID


class Page(BaseModel):
    items: list[Any]
    next: str | None


def describe_loop(actor: Actor) -> LoopOut:
    """Raises ForbiddenError."""
    require(actor, VIEW)
    as_of = table.last_day()
    units = table.visible_units(actor, as_of) if as_of else []
    total = table.describe_table(actor, TableAsk()).total.figures
    findings = store.findings(units).aggregate(
        open=Count("pk", filter=Q(cleared_at=None)),
        serious=Count("pk", filter=Q(cleared_at=None, serious=True)),
        cleared=Count("pk", filter=Q(cleared_at__isnull=False)),
    )
    today = clock.today()
    late = Q(state="ordered", plan_due_on__lt=today) | Q(state="planned", due_on__lt=today)
    orders = store.rectifications(units).aggregate(
        open=Count("pk", filter=Q(state__in=OPEN)),
        late=Count("pk", filter=late),
        passed=Count("pk", filter=Q(state="passed")),
    )
    sheets = _sheets(actor)
    picks = SpotPick.objects.filter(unit_id__in=units).aggregate(
        all=Count("check_of", distinct=True), waiting=Count("pk", filter=Q(state="waiting"))
    )
    last = sheets.first()
    return LoopOut(
        as_of=as_of,
        sheets=sheets.count(),
        last_sheet=_sheet(last) if last else None,
        findings_open=findings["open"],
        findings_serious=findings["serious"],
        findings_cleared=findings["cleared"],
        risks_red=total.red,
        risks_yellow=total.yellow,
        risks_ahead=total.ahead,
        rectifying=orders["open"],
        rectifying_late=orders["late"],
        rectified=orders["passed"],
        spot_checks=picks["all"],
        spot_checks_waiting=picks["waiting"],
        may_check=may(actor, CHECK),
    )


# 晒进度


def check_publish(*, actor: Actor, title: str, ask: TableAsk, key: str | None = None) -> SheetDetail:
    """Freeze the table of that day as published progress.

    Raises: ForbiddenError, BadInputError (title, by, day, since), SecrecyRefusedError.
    """
    require(actor, CHECK)
    title = _text("title", title, most=MOST_TITLE)
    admission.check(title, actor=actor, where="title")
    unit = unit_of(actor)

    def deed() -> SheetDetail:
        frozen = table.describe_table(actor, ask)
        if frozen.as_of is None:
            raise BadInputError(field="day", message=_("该日还没有统计数据，请改选有数据的日期。"))
        body = frozen.model_dump(mode="json")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        sheet = ProgressSheet.objects.create(
            title=title,
            unit_id=unit,
            by_key=frozen.by,
            day=frozen.day,
            since=frozen.since,
            table=body,
            digest=digest,
            **stamp(actor, clock.now()),
        )
        audit.record(actor=actor, verb="supervision.publish", subject="progress_sheet", subject_id=sheet.pk)
        return _detail(sheet)

    return once(actor=actor, key=key, verb="publish_sheet", subject_id=unit, answer=SheetDetail, deed=deed)


def list_sheets(actor: Actor, cursor: str | None = None) -> Page:
    offset = offset_of(cursor)
    rows = list(_sheets(actor)[offset : offset + PAGE + 1])
    return Page(items=[_sheet(row) for row in rows[:PAGE]], next=_next(rows, offset))


def describe_sheet(actor: Actor, sheet_id: UUID) -> SheetDetail:
    """Raises NotFoundError also when it is not the actor's to see."""
    sheet = _sheets(actor).filter(pk=sheet_id).first()
    if sheet is None:
        raise NotFoundError
    return _detail(sheet)


def _sheets(actor: Actor) -> QuerySet[ProgressSheet]:
    publishers = ProgressSheet.objects.order_by().values_list("unit_id", flat=True).distinct()
    seen = [unit for unit in publishers if may(actor, VIEW_SHEET, Scope(unit_id=unit))]
    return store.sheets().filter(unit_id__in=seen)


def _sheet(sheet: ProgressSheet) -> SheetOut:
    plain = ("id", "title", "day", "since", "at", "by_name", "by_post", "digest")
    told: dict[str, Any] = {name: getattr(sheet, name) for name in plain}
    return SheetOut(unit=sheet.unit.display_name, by=sheet.by_key, **told)


def _detail(sheet: ProgressSheet) -> SheetDetail:
    return SheetDetail(**_sheet(sheet).model_dump(), table=SupervisionTable.model_validate(sheet.table))


# 看质量


def check_find(
    *, actor: Actor, item_id: UUID, text: str, serious: bool = False, key: str | None = None
) -> Found:
    """Record a finding about an item; it turns yellow, or red by a serious one.

    Raises: NotFoundError, ForbiddenError, BadInputError (text), SecrecyRefusedError.
    """
    require(actor, CHECK, item_scope(access_item(actor, item_id)))
    text = _text("text", text)
    admission.check(text, actor=actor, where="report")

    def deed() -> Found:
        return do_find(actor=actor, item_id=item_id, text=text, serious=serious)

    return once(actor=actor, key=key, verb="find", subject_id=item_id, answer=Found, deed=deed)


def do_find(*, actor: Actor, item_id: UUID, text: str, serious: bool, pick_id: UUID | None = None) -> Found:
    """In the caller's transaction; who was drawn as an inspector needs no right beyond that."""
    item, now = item_store.lock(item_id), clock.now()
    finding = QualityFinding(item=item, pick_id=pick_id, text=text, serious=serious, **stamp(actor, now))

    def change(item: Item, _now: datetime) -> str:
        finding.save(force_insert=True)
        _mark(item)
        return f"第{item.number}项提出{'严重' if serious else ''}质量问题：{text}"

    message = apply_change(actor, item, "find", change)
    pending_changed([item])
    return Found(message=message, finding=finding.pk)


def check_clear(*, actor: Actor, finding_id: UUID, words: str, key: str | None = None) -> Found:
    """消除: the finding is dealt with. Raises: NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError."""
    known = QualityFinding.objects.filter(pk=finding_id).first()
    if known is None:
        raise NotFoundError
    require(actor, CHECK, item_scope(access_item(actor, known.item_id)))
    words = _text("words", words)
    admission.check(words, actor=actor, where="report")

    def deed() -> Found:
        def change(item: Item, now: datetime) -> str:
            finding = store.lock_finding(finding_id)
            if finding is None:
                raise NotFoundError
            if finding.cleared_at:
                raise NotAllowedNowError(
                    message=_("{by}已于{at}消除该问题，无需再次处理。").format(
                        by=finding.cleared_by_name,
                        at=f"{clock.local(finding.cleared_at):%m月%d日 %H:%M}",
                    )
                )
            finding.cleared_at, finding.cleared_words = now, words
            finding.cleared_by_name, finding.cleared_by_post = actor.name, actor.post_title
            finding.save()
            _mark(item)
            return f"第{item.number}项的质量问题已消除：{words}"

        done = change_item(
            actor=actor, item_id=known.item_id, verb=CHECK, act="clear_finding", key=None, change=change
        )
        return Found(message=done.message, finding=finding_id)

    return once(actor=actor, key=key, verb="clear_finding", subject_id=finding_id, answer=Found, deed=deed)


def _mark(item: Item) -> None:
    waiting = list(store.open_findings(item).values_list("serious", flat=True))
    item.quality_finding, item.serious_fact = bool(waiting), any(waiting)


def list_findings(actor: Actor, *, cleared: bool = False, cursor: str | None = None) -> Page:
    """Newest first. Raises ForbiddenError."""
    require(actor, VIEW)
    offset = offset_of(cursor)
    found = store.findings(_units(actor)).filter(cleared_at__isnull=not cleared)
    rows = list(found[offset : offset + PAGE + 1])
    may_clear = may(actor, CHECK)
    return Page(items=[_finding(row, may_clear) for row in rows[:PAGE]], next=_next(rows, offset))


def _finding(row: QualityFinding, may_clear: bool) -> FindingOut:
    plain = ("id", "text", "serious", "at", "by_name", "by_post", "cleared_at", "cleared_by_name")
    return FindingOut(
        **{name: getattr(row, name) for name in (*plain, "cleared_words")},
        item=row.item_id,
        title=row.item.title,
        unit=row.item.lead_unit.display_name,
        home=row.item.home_name,
        link=item_link(row.item),
        may_clear=may_clear and row.cleared_at is None,
    )


# 督整改


def list_rectifications(actor: Actor, *, done: bool = False, cursor: str | None = None) -> Page:
    """What is due first; `done`: those that were checked again. Raises ForbiddenError."""
    require(actor, VIEW)
    offset = offset_of(cursor)
    found = store.rectifications(_units(actor))
    found = found.exclude(state__in=OPEN) if done else found.filter(state__in=OPEN)
    rows = list(
        found.order_by(F("due_on").asc(nulls_first=True), "plan_due_on", "pk")[offset : offset + PAGE + 1]
    )
    return Page(items=[_rectification(row) for row in rows[:PAGE]], next=_next(rows, offset))


def _rectification(row: Rectification) -> RectificationRow:
    due = row.plan_due_on if row.state == "ordered" else row.due_on
    return RectificationRow(
        id=row.pk,
        item=row.item_id,
        title=row.item.title,
        unit=row.item.lead_unit.display_name,
        home=row.item.home_name,
        order=row.order,
        state=row.state,
        state_words=row.get_state_display(),
        plan_due_on=row.plan_due_on,
        due_on=row.due_on,
        late=bool(due and due < clock.today() and row.state in {"ordered", "planned"}),
        link=item_link(row.item),
    )


def _units(actor: Actor) -> list[UUID]:
    """Of the newest snapshots: an item without any has been there for less than a night."""
    day = table.last_day()
    return table.visible_units(actor, day) if day else []


def unit_of(actor: Actor) -> UUID:
    if actor.unit_id is None:
        raise NotFoundError
    return actor.unit_id


def _next(rows: list[Any], offset: int) -> str | None:
    return str(offset + PAGE) if len(rows) > PAGE else None


def _text(field: str, text: str, most: int = MOST_TEXT) -> str:
    text = text.strip()
    if not text:
        raise BadInputError(field=field, message=_("请填写内容。"))
    if len(text) > most:
        raise BadInputError(
            field=field, message=_("内容不超过{most}字，请精简后重新提交。").format(most=most)
        )
    return text
