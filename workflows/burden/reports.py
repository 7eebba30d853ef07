"""A report that is filled in already, and asked only where something may have changed.

From the last report and, where a figure of a connector is linked, from what was measured since. Nothing changed: one
tap says 与上次相同.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError
from connectors.models import Metric
from directory.actors import Actor
from directory.services.rights import require
from workflows.errors import NotAllowedNowError
from workflows.services import acts
from workflows.services.gates import access_item, item_scope
from workflows.services.shapes import ItemAnswer
from workflows.store.models import Item, ItemReading, ProgressReport

MOST_READINGS, MOST_CHOICES = 6, 30
WHOLE = 100


class ReadingOut(BaseModel):
    """A linked figure now; `moved`: measured after the last report and different from what it was then."""

    metric_id: UUID
    name: str
    value: str
    at: datetime | None
    moved: bool


class ReportDraftOut(BaseModel):
    """`asked` False: nothing is known to have changed, `same` may be offered in one tap."""

    percent: int
    text: str
    last_at: datetime | None
    asked: bool
    same: bool
    because: str
    readings: list[ReadingOut]


def draft(actor: Actor, item_id: UUID) -> ReportDraftOut:
    """What the form of a report starts from. Raises NotFoundError."""
    item = access_item(actor, item_id)
    last = _last(item)
    readings = _readings(item, last.at if last else None)
    moved = [one for one in readings if one.moved]
    since = clock.local(last.at).strftime("%m月%d日") if last else ""
    if last is None:
        because = _("尚未反馈过进展，请填写。")
    elif moved:
        names = _("、").join(one.name for one in moved)
        because = _("{since}反馈后，{names}有新的数据，请核对进展。").format(since=since, names=names)
    elif readings:
        because = _("{since}反馈后，关联数据没有变化；没有新情况的，可选“与上次相同”。").format(since=since)
    else:
        because = _("已按{since}的反馈预填；没有新情况的，可选“与上次相同”。").format(since=since)
    words = [f"{one.name}{one.value}" for one in moved]
    text = _("；").join(filter(None, [last.text if last else "", *words]))
    return ReportDraftOut(
        percent=item.percent,
        text=text[:2000],
        last_at=last.at if last else None,
        asked=last is None or bool(moved),
        same=last is not None and not moved and item.percent < WHOLE,
        because=because,
        readings=readings,
    )


def check_report_same(*, actor: Actor, item_id: UUID, key: str | None = None) -> ItemAnswer:
    """与上次相同: the last figure stands, reported anew in one tap. Counts as a report.

    Raises: as acts.check_report; NotAllowedNowError: there is no last report, or a linked figure has moved.
    """
    found = draft(actor, item_id)
    if not found.same:
        raise NotAllowedNowError(message=_("不能按“与上次相同”反馈：{because}").format(because=found.because))
    last = f"{clock.local(found.last_at):%m月%d日}" if found.last_at else ""
    text = f"与{last}反馈相同。"  # a record: Chinese whatever the reader's language
    return acts.check_report(actor=actor, item_id=item_id, percent=found.percent, text=text, key=key)


def choices(actor: Actor, item_id: UUID, words: str) -> list[ReadingOut]:
    """Figures that may be linked to the item, by the words of their names. Raises NotFoundError, ForbiddenError."""
    item = access_item(actor, item_id)
    require(actor, "item.report", item_scope(item))
    found = Metric.objects.exclude(
        pk__in=ItemReading.objects.filter(item_id=item.pk).values("metric_id")
    ).select_related("subject")
    for word in words.replace("\x00", "")[:100].split():
        found = found.filter(Q(subject__name__icontains=word) | Q(name__icontains=word))
    return [_reading(metric, None) for metric in found.order_by("subject__name", "rank")[:MOST_CHOICES]]


def check_link_reading(*, actor: Actor, item_id: UUID, metric_id: UUID, linked: bool) -> ReportDraftOut:
    """Link a measured figure to the item, or take it off; by those who may dispatch it or report on it.

    Raises: NotFoundError, ForbiddenError; BadInputError: no such figure, or too many.
    """
    item = access_item(actor, item_id)
    require(actor, "item.report", item_scope(item))
    with transaction.atomic():
        known = ItemReading.objects.filter(item_id=item.pk)
        if not linked:
            known.filter(metric_id=metric_id).delete()
        elif not Metric.objects.filter(pk=metric_id).exists():
            raise BadInputError(field="metric_id", message=_("没有这项数据，请从数据源列表中选择。"))
        elif known.count() >= MOST_READINGS:
            raise BadInputError(
                field="metric_id",
                message=_("每项最多关联{most}项数据，请先去掉一项。").format(most=MOST_READINGS),
            )
        else:
            ItemReading.objects.get_or_create(
                item_id=item.pk, metric_id=metric_id,
                defaults={"added_by": actor.name, "added_at": clock.now()},
            )  # fmt: skip
        audit.record(
            actor=actor, verb="item.link_reading", subject="item", subject_id=item.pk,
            new={"metric": str(metric_id), "linked": linked},
        )  # fmt: skip
    return draft(actor, item_id)


def _last(item: Item) -> ProgressReport | None:
    return (
        ProgressReport.objects.filter(item_id=item.pk)
        .exclude(state="returned")
        .order_by("-at", "-id")
        .first()
    )


def _readings(item: Item, since: datetime | None) -> list[ReadingOut]:
    keys = ItemReading.objects.filter(item_id=item.pk).values_list("metric_id", flat=True)
    metrics = (
        Metric.objects.filter(pk__in=list(keys)).select_related("subject").order_by("subject__name", "rank")
    )
    return [_reading(metric, since) for metric in metrics]


def _reading(metric: Metric, since: datetime | None) -> ReadingOut:
    before = (
        metric.items.filter(observed_at__lte=since).order_by("-observed_at", "-revision").first()
        if since
        else None
    )
    is_new = since is not None and metric.observed_at is not None and metric.observed_at > since
    moved = is_new and (before is None or before.value != metric.value)
    value = "" if metric.value is None else f"{metric.value:.{metric.decimals}f}{metric.unit}"
    name = f"{metric.subject.name}{metric.name}"
    return ReadingOut(metric_id=metric.pk, name=name, value=value, at=metric.observed_at, moved=bool(moved))
