"""Alerts and records as cards, and what the buttons of an alert's card do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.cards import Action, Card, CardResult, CardState, Field, Input, Line, State, register
from chatops.cards.schema import Code
from common import clock
from common.errors import BadInputError, NotFoundError
from connectors.cards import number, spark_of, spoken_time
from connectors.rules.levels import WORDS
from connectors.services import alert_deeds, audience
from connectors.store import alerts as store
from connectors.store import records as records_store
from connectors.store.models import Alert, AlertChange, Metric, RecordState
from directory.actors import Actor

KIND, RECORD_KIND = "alert", "record"
CODES: dict[str, Code] = {"blue": "none", "yellow": "yellow", "orange": "red", "red": "red"}
STATE_CODES: dict[str, Code] = {
    "open": "yellow",
    "in_progress": "none",
    "closed": "done",
    "withdrawn": "grey",
}
SHOWN_CHANGES, SHOWN_STAGES, MOST_FIELDS = 6, 12, 12
MUTE_HOURS = 24


def connect() -> None:
    """Called once at start."""
    register(KIND, handle, abilities)


def alert_card(alert_id: UUID, room_id: str = "") -> Card | None:
    """The card as of now, with what this room may not see masked; None for an unknown alert."""
    alert = store.find(alert_id)
    if alert is None:
        return None
    masks = audience.masks_of(room_id, alert.connector_id) if room_id else frozenset[str]()
    metric = _metric(alert)
    hidden = alert.metric_key in masks
    level, about = WORDS[alert.level], _about(alert, metric)
    title = _("{level}预警：{about}").format(level=level, about=about)
    because = audience.MASK if hidden else alert.words
    chip = State(code=CODES[alert.level], word=level, because=because)
    if alert.closed_at is not None:
        ended = _("于{time}解除").format(time=spoken_time(alert.closed_at))
        chip = State(code="done", word=_("已解除"), because=ended)
    fields = _fields(alert, metric, hidden=hidden)
    lines = [_change_line(one, metric, hidden=hidden) for one in list(alert.changes.all())[-SHOWN_CHANGES:]]
    shown_value = audience.MASK if hidden else _value(alert, metric)
    told = [f"【{title}】{chip.word}", because, *(f"{one.label}：{one.value}" for one in fields)]
    source = alert.connector.name
    return Card(
        kind=KIND,
        subject=str(alert.pk),
        version=alert.version,
        title=title[:200],
        as_of=alert.observed_at or alert.opened_at,
        source=source,
        state=chip,
        value=shown_value,
        fields=fields,
        series=None if hidden or metric is None else spark_of(metric),
        lines=lines,
        actions=_actions(alert),
        link=f"/connectors/alerts/{alert.pk}",
        fallback="\n".join([*told, _("来源：{source}").format(source=source)]),
    )


def record_card(record_id: UUID, room_id: str = "") -> Card | None:
    """The card with the timeline; closed or withdrawn at the source, it says so and offers nothing more."""
    record = records_store.find(record_id)
    if record is None:
        return None
    masks = audience.masks_of(room_id, record.connector_id) if room_id else frozenset[str]()
    word = str(RecordState(record.state).label)
    chip = State(code=STATE_CODES[record.state], word=word, because=record.stage)
    limit = _("{days}个工作日").format(days=record.limit_days) if record.limit_days else ""
    said = [
        Field(key="source_id", label=_("来源编号"), value=record.source_id),
        Field(key="owner_unit", label=_("责任单位"), value=record.owner_unit),
        Field(key="place", label=_("地点"), value=record.place),
        Field(key="limit", label=_("办理时限"), value=limit),
        *(
            Field(key=label, label=label, value=audience.MASK if label in masks else str(text))
            for label, text in list(record.fields.items())[:MOST_FIELDS]
        ),
    ]
    fields = [one for one in said if one.value]
    stages = list(record.stages.all())[-SHOWN_STAGES:]
    lines = [
        Line(
            code=STATE_CODES[one.state],
            text=f"{spoken_time(one.at)} {one.name}{'：' if one.note else ''}{one.note}",
        )
        for one in stages
    ]
    source = record.connector.name
    told = [f"【{record.title}】{word}　{record.stage}", *(f"{one.label}：{one.value}" for one in fields)]
    return Card(
        kind=RECORD_KIND,
        subject=str(record.pk),
        version=record.version,
        title=record.title[:200],
        as_of=record.stage_at,
        source=source,
        state=chip,
        fields=fields,
        lines=lines,
        link=f"/connectors/records/{record.pk}",
        fallback="\n".join([*told, _("来源：{source}").format(source=source)]),
    )


def change_words(alert: Alert, change: AlertChange) -> str:
    """What the thread of the alert says about one change."""
    deed = str(AlertChange.Deed(change.deed).label)
    level = WORDS[change.level]
    at = spoken_time(change.observed_at or change.at)
    return _("{level}预警{deed}（{time}）：{words}").format(
        level=level, deed=deed, time=at, words=change.words or alert.words
    )


def handle(
    *, actor: Actor, subject: str, action: str, params: Mapping[str, Any], key: str | None
) -> CardResult:
    """A button of an alert's card. Raises NotFoundError, ForbiddenError, BadInputError."""
    del key  # taking note twice is taking note once
    alert_id = _key(subject)
    if action == "acknowledge":
        alert = alert_deeds.check_acknowledge(actor=actor, alert_id=alert_id)
        return CardResult(_("已由{by}知悉。").format(by=alert.acknowledged_by))
    if action == "mute":
        until = clock.now() + timedelta(hours=_hours(params))
        alert_deeds.check_mute(actor=actor, alert_id=alert_id, until=until)
        return CardResult(_("已静默至{time}；级别升高时仍会提醒。").format(time=spoken_time(until)))
    if action == "unmute":
        alert_deeds.check_mute(actor=actor, alert_id=alert_id, until=None)
        return CardResult(_("已恢复提醒。"))
    raise NotFoundError


def abilities(actor: Actor, subjects: Sequence[str]) -> Mapping[str, CardState]:
    found = {}
    wanted = [UUID(one) for one in subjects if _is_key(one)]
    for alert in store.shown().filter(pk__in=wanted):
        names: list[str] = []
        done: dict[str, str] = {}
        if alert.closed_at is None and alert_deeds.may_handle(actor, alert):
            names = ["unmute" if alert_deeds.is_muted(alert, clock.now()) else "mute"]
            if alert.acknowledged_at is None:
                names.insert(0, "acknowledge")
        if alert.acknowledged_at is not None:
            at = clock.local(alert.acknowledged_at)
            done["acknowledge"] = _("{by}已知悉 {time}").format(by=alert.acknowledged_by, time=f"{at:%H:%M}")
        found[str(alert.pk)] = CardState(version=alert.version, abilities=names, done=done)
    return found


def _actions(alert: Alert) -> list[Action]:
    if alert.closed_at is not None:
        return []
    hours = Input(key="hours", label=_("静默小时数"), type="text", required=False)
    quiet = Action(name="mute", label=_("静默"), input=[hours])
    if alert_deeds.is_muted(alert, clock.now()):
        quiet = Action(name="unmute", label=_("恢复提醒"))
    return [Action(name="acknowledge", label=_("知悉"), style="primary"), quiet]


def _fields(alert: Alert, metric: Metric | None, *, hidden: bool) -> list[Field]:
    fields = []
    if alert.observed_at is not None:
        observed = spoken_time(alert.observed_at)
        fields.append(Field(key="observed_at", label=_("数据时间"), value=observed))
    if alert.peak_value is not None and alert.peak_at is not None and metric is not None:
        peak = f"{number(alert.peak_value, metric.decimals)} {metric.unit}"
        text = (
            audience.MASK
            if hidden
            else _("{value}（{time}）").format(value=peak, time=spoken_time(alert.peak_at))
        )
        fields.append(Field(key="peak", label=_("极值"), value=text))
    fields.append(Field(key="opened_at", label=_("发布时间"), value=spoken_time(alert.opened_at)))
    if alert.acknowledged_at is not None:
        fields.append(Field(key="acknowledged", label=_("知悉"), value=alert.acknowledged_by))
    if alert_deeds.is_muted(alert, clock.now()) and alert.muted_until is not None:
        text = _("至{time}，{by}").format(time=spoken_time(alert.muted_until), by=alert.muted_by)
        fields.append(Field(key="muted", label=_("静默"), value=text))
    return fields


def _change_line(change: AlertChange, metric: Metric | None, *, hidden: bool) -> Line:
    deed = str(AlertChange.Deed(change.deed).label)
    value = ""
    if change.value is not None and metric is not None and not hidden:
        value = f" {number(change.value, metric.decimals)}{metric.unit}"
    by = f" {change.by}" if change.by else ""
    text = f"{spoken_time(change.observed_at or change.at)} {WORDS[change.level]}{deed}{value}{by}"
    return Line(code="done" if change.deed == AlertChange.Deed.CLOSED else CODES[change.level], text=text)


def _about(alert: Alert, metric: Metric | None) -> str:
    if alert.subject is None:
        return alert.words
    place, name = alert.subject.place, alert.subject.name
    where = f"{place}·{name}" if place and not name.startswith(place) else name
    return f"{where}{metric.name}" if metric else where


def _value(alert: Alert, metric: Metric | None) -> str:
    if alert.value is None or metric is None:
        return ""
    return f"{number(alert.value, metric.decimals)} {metric.unit}"


def _metric(alert: Alert) -> Metric | None:
    if alert.subject is None or not alert.metric_key:
        return None
    return alert.subject.metrics.filter(key=alert.metric_key).first()


def _hours(params: Mapping[str, Any]) -> int:
    text = str(params.get("hours") or MUTE_HOURS).strip()
    if (
        not text.isascii()
        or not text.isdecimal()
        or not 0 < int(text[:6]) <= alert_deeds.LONGEST_MUTE.days * 24
    ):
        raise BadInputError(field="hours", message=_("请填写静默的小时数，最长7天（168小时）。"))
    return int(text)


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _key(text: str) -> UUID:
    if not _is_key(text):
        raise NotFoundError
    return UUID(text)
