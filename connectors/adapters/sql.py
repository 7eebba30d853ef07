"""Database views of other offices: one SELECT in a read-only transaction with a time limit.

The columns of a row are the fields of the mapping, by their names in capitals. `since` in the query is the newest
observation of the last pull, so that a view of years is not read again each minute.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy
from django.utils.translation import gettext as _
from pydantic import Field, field_validator
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors import mapping, net
from connectors.asking import Ask, Pulled
from connectors.config import RowMapping, SecretName, Strict, read_config
from connectors.errors import SourceError
from connectors.items import Parsed
from connectors.presets import SL323, preset_mapping, preset_query
from connectors.secretbox import find_secret

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
PORTS = {"postgresql": 5432, "mysql": 3306}
OVERLAP = timedelta(minutes=30)  # late rows of the source are still found
FIRST = timedelta(days=1)
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
)


class SqlConfig(Strict):
    """A view, or tables of SL 323 by `preset`; then `query` and `mapping` may be left out.

    Attributes:
        query: one SELECT; `:since` and `:until` are local times of the source, `:md` is today as MMDD.
        tls: require an encrypted connection.
        max_rows: more are not read, and said.
    """

    dialect: Literal["postgresql", "mysql"]
    host: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._:-]+$")
    port: int = Field(0, ge=0, le=65_535)
    database: str = Field(min_length=1, max_length=120)
    user: str = Field(min_length=1, max_length=120)
    secret: SecretName
    preset: Literal["", "sl323_river", "sl323_reservoir", "sl323_rain"] = ""
    query: str = Field("", max_length=8000)
    zone: str = "Asia/Shanghai"
    timeout_s: float = Field(10.0, gt=0, le=120)
    max_rows: int = Field(5000, ge=1, le=20_000)
    tls: bool = False
    allow_private: bool = False
    mapping: RowMapping | None = None

    @field_validator("query")
    @classmethod
    def _one_select(cls, query: str) -> str:
        text = query.strip().rstrip(";").strip()
        if text and (not text.lower().startswith(("select", "with")) or ";" in text):
            raise ValueError(_("只能是一条以 SELECT 或 WITH 开头的查询"))
        if any(f" {word}" in f" {text.lower()}" for word in WRITES):
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
    rows = _ask(config, find_secret(config.secret, ask.secrets), bounds)
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


def _ask(config: SqlConfig, password: str, bounds: dict[str, datetime | str]) -> list[dict[str, Any]]:
    engine = _engine(config, password)
    query = sqlalchemy.text(config.rows_query())
    wanted = {name: bounds[name] for name in query.compile().params if name in bounds}
    try:
        with (
            engine.connect() as connection,
            connection.execution_options(stream_results=True).execute(query, wanted) as result,
        ):
            names = [name.upper() for name in result.keys()]  # noqa: SIM118 - a result is not a dictionary
            rows = result.fetchmany(config.max_rows + 1)
    except DBAPIError as err:
        raise _failed(err, config) from err
    except SQLAlchemyError as err:
        raise SourceError("bad_config", _("查询语句无法执行。请核对语句和参数。")) from err
    finally:
        engine.dispose()
    if len(rows) > config.max_rows:
        text = _("查询结果超过 {most} 行，未取用。请缩小取数范围或调整上限。")
        raise SourceError("too_large", text.format(most=config.max_rows))
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


def _engine(config: SqlConfig, password: str) -> sqlalchemy.Engine:
    """An engine on the address that was judged, whose every transaction is read-only and ends by itself."""
    port = config.port or PORTS[config.dialect]
    address = net.checked_addresses(config.host, port, allow_private=config.allow_private)[0]
    milliseconds = int(config.timeout_s * 1000)
    arguments: dict[str, Any]
    if config.dialect == "postgresql":
        arguments = {
            "hostaddr": address,
            "connect_timeout": max(2, int(config.timeout_s)),
            "sslmode": "require" if config.tls else "prefer",
            "options": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
        }
    else:
        arguments = {
            "connect_timeout": max(1, int(config.timeout_s)),
            "read_timeout": max(1, int(config.timeout_s)),
            "charset": "utf8mb4",
        } | ({"ssl": {"check_hostname": False}} if config.tls else {})
    host = config.host if config.dialect == "postgresql" else address
    url = sqlalchemy.URL.create(DRIVERS[config.dialect], config.user, password, host, port, config.database)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=arguments)
    if config.dialect == "mysql":

        @event.listens_for(engine, "connect")
        def _read_only(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")

    return engine


def _failed(err: DBAPIError, config: SqlConfig) -> SourceError:
    """The database's own words may hold what should not be shown; its code says enough."""
    number = next(iter(getattr(err.orig, "args", ())), "")
    code = str(getattr(err.orig, "sqlstate", None) or (number if isinstance(number, int) else ""))
    if code == "57014" or "timed out" in str(err.orig).lower():
        text = _("数据源在 {seconds:g} 秒内没有答复。系统会继续重试；长时间如此请联系对方系统的管理单位。")
        return SourceError("timed_out", text.format(seconds=config.timeout_s))
    if err.connection_invalidated or not code or code.startswith(("08", "2003", "1045", "28")):
        text = _("无法连接对方数据库，或账号被拒绝。请核对地址、账号和密钥。")
        return SourceError("unreachable", text)
    text = _("对方数据库拒绝了查询（代码 {code}）。请核对语句、视图名和账号权限。")
    return SourceError("refused", text.format(code=code))


def _plain(value: Any) -> Any:
    """A cell as JSON has it; numbers keep their decimals as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)[:2000]
