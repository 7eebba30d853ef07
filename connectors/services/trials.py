"""A test pull: what a source says and what we would make of it, side by side. Nothing of it is stored."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jmespath
from django.utils.translation import gettext as _
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError
from connectors import mapping, suggest
from connectors.adapters import pushed
from connectors.asking import Ask
from connectors.config import RowMapping
from connectors.errors import SourceError
from connectors.items import Parsed, Reading, Record, Rejection
from connectors.kinds import KINDS
from connectors.mapping import is_allowed
from connectors.protocols import prometheus, tables
from connectors.services import secrets
from connectors.services.intake import no_stage, stage_of
from connectors.services.manage import access_connector
from connectors.services.source_settings import Settings, checked_config, host_of, stages_of
from connectors.store import intake
from connectors.store.models import Connector
from directory.actors import Actor
from directory.services.rights import Scope, require

ROWS_SHOWN = 20
RAW_CHARS = 20_000
ROW_CHARS = 4_000
SAMPLE_BYTES = 2_000_000
PATIENCE_S = 15.0
# Kinds whose payloads become rows by a mapping of paths.
MAPPED = frozenset({"rest", "sql", "file", "webhook", "mqtt", "prometheus"})
# Takes whole documents as one row and finds nothing in it: for a source that nobody has described yet.
ANYTHING: dict[str, Any] = {
    "rows": "[@]",
    "subject": {"code": "'raw'", "name": "'raw'"},
    "observed_at": {"path": "'1970-01-01T00:00:00'"},
    "metrics": [{"key": "raw", "name": "raw", "unit": "", "value": "`null`"}],
}


@dataclass(frozen=True)
class Side:
    """One row or frame as it came (JSON, text or hexadecimal), and what the mapping makes of it."""

    line: int
    raw: str
    readings: tuple[Reading, ...] = ()
    records: tuple[Record, ...] = ()
    rejections: tuple[Rejection, ...] = ()


@dataclass
class Trial:
    """`error` says why the payload could not be used; `rows` counts all that came, of which the first are shown."""

    took_ms: int = 0
    error: str = ""
    error_code: str = ""
    raw: str = ""
    rows: int = 0
    sides: list[Side] = field(default_factory=list)
    fields: list[suggest.Found] = field(default_factory=list)
    lists: str = ""
    suggested: dict[str, Any] | None = None


def try_out(
    *,
    actor: Actor,
    settings: Settings,
    connector_id: UUID | None = None,
    sample: str | None = None,
    intake_id: UUID | None = None,
) -> Trial:
    """Ask the source once, or read a sample, by settings that need not be saved; a mapping may still be missing.

    Args:
        sample: a payload that was pasted, hexadecimal for SL 651; None to ask the source.
        intake_id: a payload of this connector that was kept, in place of a sample.
    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError; BadInputError: config, secrets, sample.
    """
    require(actor, "connector.manage", Scope(unit_id=settings.owner_unit_id))
    known = access_connector(actor, connector_id, verb="connector.manage") if connector_id else None
    has_mapping = (
        settings.kind not in MAPPED or settings.config.get("mapping") is not None or _is_preset(settings)
    )
    config = _bounded(settings, has_mapping=has_mapping)
    asked = Settings(**{**settings.__dict__, "config": config})
    checked = checked_config(actor, asked, known)
    ask = Ask(config, {}, clock.now(), _secrets(asked, known))
    trial, started = Trial(), time.monotonic()
    try:
        bodies = _bodies(actor, asked, ask, known, sample, intake_id)
        trial.took_ms = int((time.monotonic() - started) * 1000)
        if bodies:
            trial.raw = _as_text(settings.kind, bodies[0], RAW_CHARS)
            _read(trial, settings.kind, bodies, checked, ask, has_mapping=has_mapping)
    except SourceError as err:
        trial.took_ms = trial.took_ms or int((time.monotonic() - started) * 1000)
        trial.error, trial.error_code = err.user_message(), err.reason
        trial.raw = trial.raw or err.sample
    stages = stages_of(asked)
    trial.sides = [_refused(side, asked.field_allow_list, stages) for side in trial.sides]
    return trial


def _bodies(
    actor: Actor,
    settings: Settings,
    ask: Ask,
    known: Connector | None,
    sample: str | None,
    intake_id: UUID | None,
) -> list[bytes]:
    if intake_id is not None:
        kept = intake.find(known.pk, intake_id) if known is not None else None
        if kept is None:
            raise BadInputError(field="intake_id", message=_("这份报文已不在保存期内，请另选一份。"))
        return [bytes(kept.payload)]
    if sample is not None:
        admission.check(sample[:RAW_CHARS], actor=actor, where="connector")
        return [_sample_bytes(settings, sample)]
    pull = KINDS[settings.kind].pull
    if pull is None:
        text = _("这类数据源由对方主动推送，不能试拉取。请粘贴一份报文，或选择已收到的报文。")
        raise BadInputError(field="sample", message=text)
    audit.record(
        actor=actor,
        verb="connector.manage",
        subject="connector_trial",
        subject_id=str(known.pk) if known else "",
        new={"kind": settings.kind, "host": host_of(settings.config).strip()},
    )
    try:
        return list(pull(ask).raw)
    except SourceError as err:
        if not err.payload:
            raise
        return [err.payload]


def _read(
    trial: Trial, kind: str, bodies: list[bytes], config: BaseModel, ask: Ask, *, has_mapping: bool
) -> None:
    if kind not in MAPPED:
        for line, body in enumerate(bodies, 1):
            trial.sides.append(_side(line, _as_text(kind, body, ROW_CHARS), KINDS[kind].read(body, ask)))
        trial.rows = sum(max(1, len(side.readings) + len(side.records)) for side in trial.sides)
        return
    document = _document(kind, bodies[0], config)
    trial.lists = suggest.find_rows(document)
    wanted = _mapping(config) if has_mapping else None
    path = wanted.rows if wanted else trial.lists
    rows = _rows(document, path)
    trial.fields = suggest.fields_of(suggest.typical(rows)) if rows else []
    trial.suggested = suggest.suggest(document)
    if wanted is None:
        trial.rows = len(rows)
        shown = rows[:ROWS_SHOWN] if trial.lists else [document]
        trial.sides = [Side(line, _json(row)) for line, row in enumerate(shown, 1)]
        return
    by_row = wanted.model_copy(update={"rows": "@", "ok": None})
    trial.rows = mapping.parse(document, wanted, now=ask.now).rows
    for line, row in enumerate(rows[:ROWS_SHOWN], 1):
        trial.sides.append(_side(line, _json(row), mapping.parse([row], by_row, now=ask.now)))


def _document(kind: str, body: bytes, config: BaseModel) -> Any:
    """What the paths of a mapping begin at. Raises SourceError."""
    if kind == "file":
        try:
            return {
                "rows": tables.read_rows(
                    body, sheet=getattr(config, "sheet", ""), encoding=getattr(config, "encoding", "")
                )
            }
        except tables.TableError as err:
            raise SourceError(
                "wrong_shape", _("文件不是 CSV 或 XLSX 表格。"), sample=mapping.sample_of(body)
            ) from err
    if kind == "mqtt":
        topic, _newline, payload = body.partition(b"\n")
        return {"topic": topic.decode("utf-8", "replace").split("/"), "body": mapping.load(payload)}
    document = mapping.load(body)
    if kind == "prometheus":
        try:
            return {"rows": prometheus.read_rows(document)}
        except prometheus.PrometheusError as err:
            text = _("返回内容不是 Prometheus 查询结果。请核对地址和查询语句。")
            raise SourceError("wrong_shape", text, sample=mapping.sample_of(body)) from err
    return document


def _mapping(config: BaseModel) -> RowMapping:
    found = config.rows_mapping() if hasattr(config, "rows_mapping") else getattr(config, "mapping", None)
    if not isinstance(found, RowMapping):
        raise SourceError("bad_config", _("缺少字段映射。请在“映射”一步填写。"))
    return found


def _rows(document: Any, path: str) -> list[Any]:
    try:
        found = jmespath.search(path, document) if path else []
    except (JMESPathError, ValueError, TypeError):
        return []
    return found if isinstance(found, list) else []


def _is_preset(settings: Settings) -> bool:
    return settings.kind == "sql" and bool(settings.config.get("preset"))


def _bounded(settings: Settings, *, has_mapping: bool) -> dict[str, Any]:
    """The configuration for one short look: one page, and not for long."""
    config = dict(settings.config)
    if not has_mapping:
        config["mapping"] = ANYTHING
    paging = config.get("paging")
    if isinstance(paging, Mapping):
        config["paging"] = {**paging, "max_pages": 1}
    asked = config.get("timeout_s")
    if isinstance(asked, int | float) and asked > PATIENCE_S:
        config["timeout_s"] = PATIENCE_S
    return config


def _secrets(settings: Settings, known: Connector | None) -> dict[str, str]:
    held: dict[str, str] = {}
    if known is not None:
        try:
            held = secrets.opened(known)
        except SourceError as err:
            raise BadInputError(field="secrets", message=err.user_message()) from err
    return held | {name: value for name, value in settings.secrets.items() if value}


def _sample_bytes(settings: Settings, sample: str) -> bytes:
    kind = settings.kind
    if len(sample) > SAMPLE_BYTES:
        raise BadInputError(field="sample", message=_("样例过长，请只粘贴一份报文。"))
    if kind == "sl651":
        try:
            return bytes.fromhex(sample)
        except ValueError as err:
            text = _("SL 651 报文请以十六进制粘贴，例如 7E7E01…。")
            raise BadInputError(field="sample", message=text) from err
    body = sample.encode("utf-8", "replace")
    if kind == "mqtt" and body.lstrip()[:1] in {b"{", b"["}:
        # The payload alone was pasted; a message is kept with its topic in the first line.
        topics = settings.config.get("topics")
        return pushed.kept(str(topics[0]) if isinstance(topics, list) and topics else "", body)
    # A frame that was copied from a screen has lost its line end.
    return body.rstrip(b"\r\n") + b"\r\n" if kind == "hj212" else body


def _side(line: int, raw: str, parsed: Parsed) -> Side:
    return Side(line, raw, parsed.readings, parsed.records, parsed.rejections)


def _refused(side: Side, allowed: tuple[str, ...], stages: Mapping[str, Any]) -> Side:
    """What the allowed fields and the table of stages would not let in, said as when it is taken in."""
    bad = [one for one in side.readings if not is_allowed(one.source_field, allowed)]
    unknown = [one for one in side.records if stage_of(stages, one.code, one.stage_name) is None]
    if not bad and not unknown:
        return side
    text = _("字段“{field}”不在允许取用的清单内。")
    more = [Rejection(side.line, one.source_field, text.format(field=one.source_field)) for one in bad]
    more += [no_stage(side.line, one.code) for one in unknown]
    kept = tuple(one for one in side.readings if one not in bad)
    return Side(side.line, side.raw, kept, side.records, (*side.rejections, *more))


def _as_text(kind: str, body: bytes, most: int) -> str:
    return readable(body, is_hex=kind == "sl651")[:most]


def readable(body: bytes, *, is_hex: bool = False) -> str:
    """A payload for the eye: hexadecimal where it is no text."""
    if is_hex:
        return body.hex(" ").upper()
    try:
        return body.decode("utf-8-sig").replace("\x00", "�")
    except UnicodeDecodeError:
        pass
    try:
        return body.decode("gb18030").replace("\x00", "�")
    except UnicodeDecodeError:
        return body.hex(" ").upper()


def _json(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, indent=1, default=str)[:ROW_CHARS]
