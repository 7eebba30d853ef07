"""Limits and rules as an official sets them: kept with the sentence that they read as, audited, used at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from connectors.rules import bands, specs
from connectors.rules.bands import Band
from connectors.rules.levels import LEVELS
from connectors.rules.sentences import Named, band_sentence, sentence
from connectors.services.judging import band_of
from connectors.services.manage import access_connector
from connectors.store import alerts as store
from connectors.store.models import AlertRule, Connector, Metric, Subject, ThresholdBand, ThresholdTable
from directory.actors import Actor

MOST_BANDS = 40
CALENDAR = 2024  # a leap year, in which every season's ends exist


@dataclass(frozen=True)
class TableIn:
    """A table of limits to be kept in place of the one for this metric, and subject where one is named."""

    metric: str
    name: str
    bands: Sequence[Mapping[str, Any]]
    subject_id: UUID | None = None
    basis: str = ""
    is_enabled: bool = True


@dataclass(frozen=True)
class RuleIn:
    name: str
    level: str
    spec: Mapping[str, Any]
    metric: str = ""
    subject_id: UUID | None = None
    is_enabled: bool = True


def list_tables(actor: Actor, connector_id: UUID) -> list[ThresholdTable]:
    connector = access_connector(actor, connector_id)
    return list(connector.thresholds.select_related("subject").prefetch_related("bands"))


def put_table(*, actor: Actor, connector_id: UUID, new: TableIn) -> ThresholdTable:
    """Raises NotFoundError, ForbiddenError; BadInputError names the field, such as bands.2.limit."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    limits = [_band(raw, place) for place, raw in enumerate(new.bands)]
    if not 0 < len(limits) <= MOST_BANDS:
        raise BadInputError(field="bands", message=_("请填写1至{most}条限值。").format(most=MOST_BANDS))
    name = _text(new.name, "name", most=120)
    with transaction.atomic():
        table, is_new = ThresholdTable.objects.select_for_update(of=("self",)).get_or_create(
            connector=connector,
            subject=_subject(connector, new.subject_id),
            metric=_metric(new.metric),
            defaults={"name": name},
        )
        old = None if is_new else facts_of(table)
        table.name, table.basis = name, _text(new.basis, "basis", most=200, empty=True)
        table.is_enabled = new.is_enabled
        table.save()
        table.bands.all().delete()
        ThresholdBand.objects.bulk_create(ThresholdBand(table=table, **asdict(one)) for one in limits)
        _record(actor, "threshold", table.pk, old, facts_of(table))
    return table


def delete_table(*, actor: Actor, table_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError."""
    table = ThresholdTable.objects.filter(pk=table_id).first()
    if table is None:
        raise NotFoundError
    access_connector(actor, table.connector_id, verb="connector.manage")
    with transaction.atomic():
        _record(actor, "threshold", table.pk, facts_of(table), None)
        table.delete()


def table_sentences(table: ThresholdTable) -> list[str]:
    """Each limit as an official reads it."""
    named = names_of(table.connector_id).get(table.metric, Named(table.metric, ""))
    return [band_sentence(band_of(row), named) for row in table.bands.all()]


def in_force(table: ThresholdTable) -> list[Band]:
    """The limits that hold today, at this hour."""
    return bands.in_force([band_of(row) for row in table.bands.all()], clock.local(clock.now()))


def list_rules(actor: Actor, connector_id: UUID) -> list[AlertRule]:
    return list(access_connector(actor, connector_id).alert_rules.select_related("subject"))


def preview(*, actor: Actor, connector_id: UUID, new: RuleIn) -> str:
    """The sentence that the rule would read as. Raises as `put_rule`."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    return sentence(_spec(new), _level(new.level, "level"), names_of(connector.pk))


def put_rule(*, actor: Actor, connector_id: UUID, new: RuleIn, rule_id: UUID | None = None) -> AlertRule:
    """Keep a rule, or change it; what it remembered is forgotten.

    Raises: NotFoundError, ForbiddenError; BadInputError names the field.
    """
    connector = access_connector(actor, connector_id, verb="connector.manage")
    spec, level = _spec(new), _level(new.level, "level")
    with transaction.atomic():
        rule = AlertRule(connector=connector, unit_id=connector.owner_unit_id, created_at=clock.now())
        old = None
        if rule_id is not None:
            found = connector.alert_rules.select_for_update(of=("self",)).filter(pk=rule_id).first()
            if found is None:
                raise NotFoundError
            rule, old = found, rule_facts(found)
        rule.name, rule.level = _text(new.name, "name", most=120), level
        rule.metric = _metric(new.metric) if new.metric else ""
        rule.subject = _subject(connector, new.subject_id)
        rule.spec = spec.model_dump(mode="json")
        rule.sentence = sentence(spec, level, names_of(connector.pk))[:500]
        rule.is_enabled = new.is_enabled
        rule.save()
        store.forget_rule(f"rule:{rule.pk}")
        _record(actor, "alert_rule", rule.pk, old, rule_facts(rule))
    return rule


def delete_rule(*, actor: Actor, rule_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError."""
    rule = AlertRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError
    access_connector(actor, rule.connector_id, verb="connector.manage")
    with transaction.atomic():
        _record(actor, "alert_rule", rule.pk, rule_facts(rule), None)
        store.forget_rule(f"rule:{rule.pk}")
        rule.delete()


def names_of(connector_id: UUID) -> dict[str, Named]:
    """What the metrics of a source are called."""
    rows = Metric.objects.filter(subject__connector=connector_id).order_by("key", "pk").distinct("key")
    return {key: Named(name, unit) for key, name, unit in rows.values_list("key", "name", "unit")}


def facts_of(table: ThresholdTable) -> dict[str, Any]:
    rows = [{key: str(value) for key, value in asdict(band_of(row)).items()} for row in table.bands.all()]
    return {"metric": table.metric, "name": table.name, "basis": table.basis, "bands": rows}


def rule_facts(rule: AlertRule) -> dict[str, Any]:
    about = ("name", "level", "metric", "spec", "sentence", "is_enabled")
    return {name: getattr(rule, name) for name in about}


def _record(
    actor: Actor, subject: str, key: UUID, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> None:
    audit.record(actor=actor, verb="connector.manage", subject=subject, subject_id=key, old=old, new=new)


def _band(raw: Mapping[str, Any], place: int) -> Band:
    where = f"bands.{place}"
    margin = _number(raw.get("margin", 0), f"{where}.margin")
    if margin < 0:
        raise BadInputError(field=f"{where}.margin", message=_("回差不能为负数，请修改。"))
    op = str(raw.get("op", ">="))
    if op not in bands.OPS:
        raise BadInputError(field=f"{where}.op", message=_("比较方式应为 >=、>、<= 或 <，请修改。"))
    first, last = (_date(raw.get(name), f"{where}.{name}") for name in ("valid_from", "valid_to"))
    if first and last and first > last:
        raise BadInputError(field=f"{where}.valid_to", message=_("失效日期早于生效日期，请修改。"))
    season = [_season(raw.get(name), f"{where}.{name}") for name in ("season_from", "season_to")]
    if bool(season[0]) != bool(season[1]):
        raise BadInputError(
            field=f"{where}.season_to", message=_("季节应同时写明起止（月日各两位），请补全。")
        )
    hours = [_hour(raw.get(*pair), f"{where}.{pair[0]}") for pair in (("hour_from", 0), ("hour_to", 24))]
    if hours[0] > 23:  # noqa: PLR2004 - hours of a day
        raise BadInputError(field=f"{where}.hour_from", message=_("小时应在0至23之间，请修改。"))
    return Band(
        level=_level(raw.get("level"), f"{where}.level"),
        limit=_number(raw.get("limit"), f"{where}.limit"),
        op=op,
        margin=margin,
        label=_text(raw.get("label", ""), f"{where}.label", most=30, empty=True),
        valid_from=first,
        valid_to=last,
        season_from=season[0],
        season_to=season[1],
        hour_from=hours[0],
        hour_to=hours[1],
    )


def _spec(new: RuleIn) -> specs.Spec:
    try:
        return specs.read(dict(new.spec))
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in ("spec", *first["loc"]))
        problem = str(first["ctx"]["error"]) if first["type"] == "value_error" else str(first["msg"])
        raise BadInputError(field=where, message=_("规则有误：{problem}。").format(problem=problem)) from err


def _level(raw: Any, field: str) -> str:
    if raw not in LEVELS:
        raise BadInputError(field=field, message=_("级别应为蓝、黄、橙、红之一，请选择。"))
    return str(raw)


def _number(raw: Any, field: str) -> Decimal:
    try:
        value = Decimal(str(raw)).quantize(Decimal("0.000001"))
    except ArithmeticError as err:
        raise BadInputError(field=field, message=_("请填写数值。")) from err
    if not value.is_finite() or abs(value) >= Decimal(10) ** 11:
        raise BadInputError(field=field, message=_("数值超出范围，请修改。"))
    return value


def _date(raw: Any, field: str) -> date | None:
    if raw in {None, ""}:
        return None
    try:
        return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
    except ValueError as err:
        raise BadInputError(field=field, message=_("日期应写作 2026-05-01 的样式，请修改。")) from err


def _season(raw: Any, field: str) -> str:
    text = str(raw or "")
    if not text:
        return ""
    refused = BadInputError(field=field, message=_("季节应写作月日四位，例如 0501，请修改。"))
    if not (text.isascii() and text.isdecimal() and len(text) == 4):  # noqa: PLR2004 - MMDD
        raise refused
    try:
        date(CALENDAR, int(text[:2]), int(text[2:]))
    except ValueError as err:
        raise refused from err
    return text


def _hour(raw: Any, field: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 24:  # noqa: PLR2004
        raise BadInputError(field=field, message=_("小时应在0至24之间，请修改。"))
    return raw


def _text(raw: Any, field: str, *, most: int, empty: bool = False) -> str:
    text = str(raw or "").strip()
    if (not text and not empty) or len(text) > most or "\x00" in text:
        raise BadInputError(field=field, message=_("请填写，且不超过{most}个字。").format(most=most))
    return text


def _metric(raw: str) -> str:
    if not specs.KEY.fullmatch(raw):
        raise BadInputError(field="metric", message=_("请选择指标。"))
    return raw


def _subject(connector: Connector, subject_id: UUID | None) -> Subject | None:
    if subject_id is None:
        return None
    found = connector.subjects.filter(pk=subject_id).first()
    if found is None:
        raise BadInputError(field="subject_id", message=_("该数据源没有这个对象，请重新选择。"))
    return found
