"""CAP alerts as records, one for each chain of messages, and as the level of each region's warning.

The record's stage codes are Alert, Update, Cancel and Expired; the connector's table of stages maps them. The metric
`warning_level` is 1 blue, 2 yellow, 3 orange, 4 red, and 0 when the alert is over.
"""

from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field

from connectors import mapping
from connectors.asking import Ask, Gathered, Pulled
from connectors.config import Auth, Strict, read_config, web_address
from connectors.errors import SourceError
from connectors.items import Parsed, Reading, Record
from connectors.protocols import cap
from connectors.web import Limits, Session

KIND, METRIC = "warning", "warning_level"
LEVELS = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}
OVER = frozenset({"Cancel", "Expired"})
# What the codes mean where an operator says nothing else.
STAGES = {
    "Alert": {"state": "open", "name": "发布"},
    "Update": {"state": "open", "name": "更新"},
    "Cancel": {"state": "withdrawn", "name": "解除"},
    "Expired": {"state": "closed", "name": "到期"},
}
MOST_KNOWN = 500


class CapConfig(Strict):
    """`url`: an Atom or RSS feed whose entries are alerts, or one alert. At most `max_alerts` new ones a pull."""

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    auth: Auth = Auth()
    timeout_s: float = Field(10.0, gt=0, le=60)
    max_bytes: int = Field(1_000_000, ge=1, le=2_000_000)
    max_alerts: int = Field(50, ge=1, le=200)
    allow_private: bool = False
    takes_exercises: bool = False


def pull(ask: Ask) -> Pulled:
    """The alerts that are new since the last pull. Raises SourceError."""
    config = read_config(CapConfig, ask.config)
    limits = Limits(config.timeout_s, config.max_bytes, config.allow_private)
    known = list(ask.cursor.get("known", []))
    total = Gathered()
    with Session(
        limits, config.auth, dict(ask.secrets), ask.now, accept="application/cap+xml, */*"
    ) as session:
        answer = session.get(config.url, {}, str(ask.cursor.get("etag", "")))
        if answer is None:
            return Pulled(total.parsed(), unchanged=True, cursor=ask.cursor)
        links = _links(answer.body, config.url)
        if links is None:
            total.add(read(answer.body, ask), answer.body)
        else:
            fresh = [link for link in links if link not in known]
            for link in reversed(fresh[: config.max_alerts]):  # feeds begin with the newest
                document = session.get(_same_origin(link, config.url), {})
                if document is not None:
                    total.add(_read_or_reject(document.body, ask), document.body)
                known.append(link)
    cursor = {"etag": answer.etag, "known": known[-MOST_KNOWN:]}
    return Pulled(total.parsed(), unchanged=not total.raw, cursor=cursor, raw=tuple(total.raw))


def read(raw: bytes, ask: Ask) -> Parsed:
    """One alert. Raises SourceError."""
    config = read_config(CapConfig, ask.config)
    try:
        alert = cap.read_alert(raw)
    except cap.CapError as err:
        raise _unusable(err, raw) from err
    if alert.status == "Exercise" and not config.takes_exercises:
        return Parsed(1, (), ())
    if alert.status not in {"Actual", "Exercise"}:
        return Parsed(1, (), ())
    if alert.sent > ask.now + mapping.CLOCK_SKEW:
        raise SourceError("wrong_shape", _("预警的发布时间晚于现在，未采用。"), sample=mapping.sample_of(raw))
    return Parsed(1, tuple(_readings(alert)), (), (_record(alert),))


def _record(alert: cap.Alert) -> Record:
    first = alert.references[0] if alert.references else alert.identifier
    areas = "、".join(dict.fromkeys(area.name for area in alert.areas if area.name))
    fields = {
        _("发布单位"): alert.publisher,
        _("影响区域"): areas[:200],
        _("说明"): alert.description[:200],
        _("防御指南"): alert.instruction[:200],
    }
    return Record(
        source_id=first[:120],
        kind=KIND,
        title=(alert.headline or alert.event or alert.identifier)[:300],
        code=alert.kind,
        stage_at=alert.sent,
        owner_unit=alert.publisher,
        place=areas[:120],
        level=alert.level,
        link=alert.link,
        replaces=tuple(one[:120] for one in (*alert.references[1:], alert.identifier) if one != first),
        fields={label: text for label, text in fields.items() if text},
    )


def _readings(alert: cap.Alert) -> list[Reading]:
    """The level of each region for this kind of event."""
    level = 0 if alert.kind in OVER else LEVELS.get(alert.level, 0)
    event = alert.event or alert.event_code or "CAP"
    code = alert.event_code or alert.event
    found = []
    for area in alert.areas:
        if not area.name and not area.code:
            continue
        found.append(
            Reading(
                subject_code=f"{area.code or area.name}/{code}"[:64],
                subject_name=_("{event}预警").format(event=event)[:120],
                place=area.name or area.code,
                metric=METRIC,
                value=Decimal(level),
                observed_at=alert.sent,
                source_ref=alert.identifier[:120],
                metric_name=_("预警级别"),
                unit=_("级"),
                decimals=0,
                source_field="severity",
            )
        )
    return found


def _read_or_reject(raw: bytes, ask: Ask) -> Parsed:
    """One bad alert of a feed does not keep the others out."""
    try:
        return read(raw, ask)
    except SourceError as err:
        return Parsed(1, (), (mapping.rejection("alert", err.user_message()),))


def _links(raw: bytes, url: str) -> list[str] | None:
    try:
        return cap.read_links(raw, url)
    except cap.CapError as err:
        raise _unusable(err, raw) from err


def _same_origin(link: str, url: str) -> str:
    """A feed does not send our requests, and our secret, to another host."""
    if web_origin(link) != web_origin(url):
        text = _("预警列表中的地址指向另一台主机，未访问。请核对数据源。")
        raise SourceError("wrong_shape", text)
    return link


def web_origin(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _unusable(err: cap.CapError, raw: bytes) -> SourceError:
    words = {
        "not_xml": _("返回内容不是 XML。"),
        "doctype": _("XML 带有文档类型声明，出于安全未采用。"),
        "not_cap": _("返回内容不是 CAP 1.2 预警，也不是预警列表。"),
        "missing": _("预警缺少必填项 {field}。"),
        "time": _("预警的时间 {field} 没有写明时区，或不是时间。"),
    }
    text = words[err.reason].format(field=err.field)
    return SourceError("wrong_shape", text + _("请联系对方系统的管理单位。"), sample=mapping.sample_of(raw))
