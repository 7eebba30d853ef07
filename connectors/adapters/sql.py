"""Database views of other offices: one SELECT in a read-only transaction with a time limit.

The columns of a row are the fields of the mapping, by their names in capitals. `since` in the query is the newest
observation of the last pull, so that a view of years is not read again each minute.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from pydantic import Field, field_validator

from connectors import mapping
from connectors.asking import Ask, Pulled
from connectors.config import RowMapping, SecretName, Strict, read_config
from connectors.errors import SourceError
from connectors.items import Parsed
from connectors.presets import SL323, preset_mapping, preset_query
from connectors.secretbox import find_secret

OVERLAP = timedelta(minutes=30)  # late rows of the source are still found
FIRST = timedelta(days=1)
# Dialects that read files of this machine, or addresses that nobody has judged.
OF_FILES = frozenset(
    {"sqlite", "pysqlite", "duckdb", "access", "shillelagh", "gsheets", "csvjdbc", "firebird"}
)
WRITES = (
    "insert ",
    "update ",
    "delete ",
    "drop ",
    "alter ",
    "create ",
    "grant ",
    "truncate ",
    "copy ",
    "call ",
    "into ",
)


class SqlConfig(Strict):
    """A view, or tables of SL 323 by `preset`; then `query` and `mapping` may be left out.

    Attributes:
        dialect: postgresql, mysql, or another one of SQLAlchemy whose driver the house has installed, such as
            `oracle+oracledb`; never one that reads files of ours.
        query: one SELECT; `:since` and `:until` are local times of the source, `:md` is today as MMDD.
        tls: require an encrypted connection.
        max_rows: more are not read, and said.
    """

    dialect: str = Field(max_length=60, pattern=r"^[a-z][a-z0-9_]*(\+[a-z][a-z0-9_]*)?$")
    host: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(0, ge=0, le=65_535)
    # Without what would begin another setting in a driver's line of connection, such as another server.
    database: str = Field(min_length=1, max_length=120, pattern=r"^[^;=?&@/\\\s]+$")
    user: str = Field(min_length=1, max_length=120, pattern=r"^[^;=?&\s]+$")
    secret: SecretName
    preset: Literal["", "sl323_river", "sl323_reservoir", "sl323_rain"] = ""
    query: str = Field("", max_length=8000)
    zone: str = "Asia/Shanghai"
    timeout_s: float = Field(10.0, gt=0, le=120)
    max_rows: int = Field(5000, ge=1, le=20_000)
    tls: bool = False
    allow_private: bool = False
    mapping: RowMapping | None = None

    @field_validator("dialect")
    @classmethod
    def _is_of_a_network(cls, dialect: str) -> str:
        if dialect.partition("+")[0] in OF_FILES:
            raise ValueError(_("不能读取本机上的数据库文件"))
        return dialect

    @field_validator("query")
    @classmethod
    def _one_select(cls, query: str) -> str:
        text = query.strip().rstrip(";").strip()
        if text and (not text.lower().startswith(("select", "with")) or ";" in text):
            raise ValueError(_("只能是一条以 SELECT 或 WITH 开头的查询"))
        words = f" {' '.join(text.lower().split())} "
        if any(f" {word}" in words for word in WRITES):
            raise ValueError(_("查询中不得有改动数据的语句"))
        return text

    def rows_query(self) -> str:
        return self.query or preset_query(self.preset)

    def rows_mapping(self) -> RowMapping:
        found = self.mapping or (preset_mapping(self.preset) if self.preset in SL323 else None)
        if found is None or not self.rows_query():
            raise SourceError(
                "bad_config", _("数据源配置有误：缺少查询语句 query 或映射 mapping。请由管理员补充。")
            )
        return found


def pull(ask: Ask) -> Pulled:
    """Raises SourceError."""
    from connectors.adapters import (
        sql_line,  # SQLAlchemy costs half a second: only who asks a view pays for it
    )

    config = read_config(SqlConfig, ask.config)
    row_mapping = config.rows_mapping()
    zone = ZoneInfo(config.zone)
    said = ask.cursor.get("since")
    since = datetime.fromisoformat(str(said)) - OVERLAP if said else ask.now - FIRST
    bounds: dict[str, datetime | str] = {
        "md": f"{ask.now.astimezone(zone):%m%d}",
        "since": since.astimezone(zone).replace(tzinfo=None),
        "until": (ask.now + mapping.CLOCK_SKEW).astimezone(zone).replace(tzinfo=None),
    }
    rows = sql_line.rows_of(config, find_secret(config.secret, ask.secrets), bounds)
    document = {"rows": rows}
    parsed = mapping.parse(document, row_mapping, now=ask.now)
    moments = [one.observed_at for one in parsed.readings] + [one.stage_at for one in parsed.records]
    newest = max(moments, default=None)
    cursor = {"since": newest.astimezone(UTC).isoformat()} if newest else ask.cursor
    raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Pulled(parsed, unchanged=not rows, cursor=cursor, raw=(raw,) if rows else ())


def read(raw: bytes, ask: Ask) -> Parsed:
    """The rows of a pull as they were kept. Raises SourceError."""
    config = read_config(SqlConfig, ask.config)
    return mapping.parse(mapping.load(raw), config.rows_mapping(), now=ask.now)
