"""One query on another office's database by SQLAlchemy: a judged address, read-only, with a time limit."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy
from django.utils.translation import gettext as _
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

from connectors import net
from connectors.adapters.sql import SqlConfig
from connectors.errors import SourceError

DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
PORTS = {"postgresql": 5432, "mysql": 3306}
Answer = TypeVar("Answer")
TIMED_OUT = frozenset({"57014", "1969", "3024"})  # of PostgreSQL, MariaDB, MySQL


def rows_of(config: SqlConfig, password: str, bounds: dict[str, datetime | str]) -> list[dict[str, Any]]:
    """The rows by column names in capitals; `bounds`: values of the query's parameters. Raises SourceError."""
    engine = _engine(config, password)
    try:
        if config.dialect in DRIVERS:
            names, rows = _asked(engine, config, bounds)
        else:
            names, rows = _in_time(lambda: _asked(engine, config, bounds), config)
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


def _asked(
    engine: sqlalchemy.Engine, config: SqlConfig, bounds: dict[str, datetime | str]
) -> tuple[list[str], Sequence[Any]]:
    """Names of columns in capitals, and the rows. The transaction is never committed."""
    query = sqlalchemy.text(config.rows_query())
    wanted = {name: bounds[name] for name in query.compile().params if name in bounds}
    with (
        engine.connect() as connection,
        connection.execution_options(stream_results=True).execute(query, wanted) as result,
    ):
        names = [name.upper() for name in result.keys()]  # noqa: SIM118 - a result is not a dictionary
        return names, result.fetchmany(config.max_rows + 1)


def _in_time(ask: Callable[[], Answer], config: SqlConfig) -> Answer:
    """For dialects whose limits of time we do not know: who does not answer is let go, whatever its driver does."""
    answered: Future[Answer] = Future()

    def run() -> None:
        try:
            answered.set_result(ask())
        except BaseException as err:  # noqa: BLE001 - handed on to who waits
            answered.set_exception(err)

    threading.Thread(target=run, daemon=True, name="sql").start()
    try:
        return answered.result(config.timeout_s)
    except TimeoutError as err:
        raise _silent(config) from err


def _engine(config: SqlConfig, password: str) -> sqlalchemy.Engine:
    """An engine on the address that was judged, whose every transaction is read-only and ends by itself."""
    port = config.port or PORTS.get(config.dialect, 0)
    if not port:
        raise SourceError("bad_config", _("请填写端口。"))
    address = net.checked_addresses(config.host, port, allow_private=config.allow_private)[0]
    milliseconds = int(config.timeout_s * 1000)
    arguments: dict[str, Any]
    if config.dialect not in DRIVERS:
        arguments = {}
    elif config.dialect == "postgresql":
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
    driver = DRIVERS.get(config.dialect, config.dialect)
    url = sqlalchemy.URL.create(driver, config.user, password, host, port, config.database)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, connect_args=arguments)
    except (NoSuchModuleError, ImportError) as err:
        text = _("本站没有安装 {dialect} 的数据库驱动。请系统管理员安装后重试，或改用其他方式。")
        raise SourceError("bad_config", text.format(dialect=config.dialect)) from err
    if config.dialect == "mysql":

        @event.listens_for(engine, "connect")
        def _bound(connection: Any, _record: Any) -> None:
            is_mariadb = "mariadb" in str(connection.server_version).lower()
            limit = (
                f"max_statement_time = {config.timeout_s}"
                if is_mariadb
                else f"max_execution_time = {milliseconds}"
            )
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION TRANSACTION READ ONLY")
                cursor.execute(f"SET SESSION {limit}")

    return engine


def _failed(err: DBAPIError, config: SqlConfig) -> SourceError:
    """The database's own words may hold what should not be shown; its code says enough."""
    number = next(iter(getattr(err.orig, "args", ())), None)  # of MySQL, which says more than its SQLSTATE
    code = str(number if isinstance(number, int) else getattr(err.orig, "sqlstate", None) or "")
    if code in TIMED_OUT or "timed out" in str(err.orig).lower():
        return _silent(config)
    if err.connection_invalidated or not code or code.startswith(("08", "2003", "1045", "28")):
        text = _("无法连接对方数据库，或账号被拒绝。请核对地址、账号和密钥。")
        return SourceError("unreachable", text)
    text = _("对方数据库拒绝了查询（代码 {code}）。请核对语句、视图名和账号权限。")
    return SourceError("refused", text.format(code=code))


def _silent(config: SqlConfig) -> SourceError:
    text = _("数据源在 {seconds:g} 秒内没有答复。系统会继续重试；长时间如此请联系对方系统的管理单位。")
    return SourceError("timed_out", text.format(seconds=config.timeout_s))


def _plain(value: Any) -> Any:
    """A cell as JSON has it; numbers keep their decimals as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)[:2000]
