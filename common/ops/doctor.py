"""The checks of a set-up: database, Redis, files, secrets, addresses, clock. Each answers with what to do."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from common.ops import connections
from common.ops.checks import Check, Finding, attention, ok, registered, wrong

OLDEST_POSTGRES, OLDEST_REDIS = 15, 7
SPARE_CONNECTIONS = 10
LOW_DISK_BYTES, NO_DISK_BYTES = 2_000_000_000, 200_000_000
CLOCK_ATTENTION_S, CLOCK_WRONG_S = 2.0, 30.0
SHORT_KEY = 40
SECRET_FILES = ("SECRET_KEY_FILE", "DATABASE_URL_FILE", "REDIS_URL_FILE")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
T = TypeVar("T")


def examine() -> Iterator[Finding]:
    """All findings, in the order in which one would mend them. A check that breaks is itself a finding."""
    own: list[tuple[str, Check]] = [
        (_("环境变量"), check_addresses),
        (_("密钥文件"), check_secrets),
        (_("数据目录"), check_folders),
        (_("磁盘"), check_disk),
        (_("网页客户端"), check_web),
        (_("Redis"), check_redis),
        (_("数据库"), check_database),
    ]
    if not _database_trouble():
        own += [
            (_("数据库连接数"), check_connections),
            (_("数据库结构"), check_migrations),
            (_("时钟"), check_clock),
            *((_(subject), check) for subject, check in registered()),
        ]
    for subject, check in own:
        yield from _guarded(subject, check)


def _guarded(subject: str, check: Check) -> Iterable[Finding]:
    try:
        return list(check())
    except Exception as err:  # noqa: BLE001 - the other checks must still be made
        return [
            wrong(subject, _("检查未能完成：{error}").format(error=err), _("请先处理其他各项，再运行一次。"))
        ]


def _database_trouble() -> str:
    """Why the database cannot be reached; empty when it can. Past the pool, which would wait."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=5).close()
    except (psycopg.Error, UnicodeError) as err:
        return " ".join(str(err).split())
    return ""


def check_addresses() -> Iterator[Finding]:
    subject, url = _("访问地址"), urlsplit(settings.PUBLIC_URL)
    if not url.hostname or url.scheme not in {"http", "https"}:
        yield wrong(
            subject,
            _("PUBLIC_URL 不是网址：{url}").format(url=settings.PUBLIC_URL),
            _("请设为用户在浏览器中打开的地址，如 https://im.example.gov.cn。"),
        )
        return
    if not _allowed(url.hostname):
        yield wrong(
            subject,
            _("PUBLIC_URL 的主机 {host} 不在 ALLOWED_HOSTS 中，所有请求都会被拒绝。").format(
                host=url.hostname
            ),
            _("请把该主机加入 ALLOWED_HOSTS。"),
        )
    elif url.scheme == "http" and url.hostname not in LOOPBACK:
        yield attention(
            subject,
            _("{url} 未加密，口令与消息可被旁人读到。").format(url=settings.PUBLIC_URL),
            _("请在前置代理上启用 HTTPS，并把 PUBLIC_URL 改为 https。"),
        )
    else:
        yield ok(subject, settings.PUBLIC_URL)
    if settings.TZ_CLOCK == "db" and not settings.DEMO:
        yield wrong(_("时钟"), _("TZ_CLOCK=db 只供演示、演练与测试。"), _("请删去 TZ_CLOCK，或设为 real。"))


def _allowed(host: str) -> bool:
    return any(
        pattern in {"*", host} or (pattern.startswith(".") and host.endswith(pattern))
        for pattern in settings.ALLOWED_HOSTS
    )


def check_secrets() -> Iterator[Finding]:
    subject = _("密钥文件")
    if len(settings.SECRET_KEY) < SHORT_KEY:
        yield wrong(subject, _("SECRET_KEY 太短。"), _("请设为至少 50 个随机字符。"))
    named = [Path(path) for name in SECRET_FILES if (path := os.environ.get(name))]
    files = [*named, *(Path(settings.VAR_DIR) / "secrets").glob("*"), Path(settings.VAR_DIR) / "embedded.env"]
    loose = [path for path in files if path.is_file() and path.stat().st_mode & 0o077]
    if loose:
        yield wrong(
            subject,
            _("其他用户可以读取：{files}").format(files="、".join(map(str, loose))),
            _("请运行 chmod 600 {files}").format(files=" ".join(map(str, loose))),
        )
    else:
        yield ok(subject, _("只有本用户可以读取。"))


def check_folders() -> Iterator[Finding]:
    subject = _("数据目录")
    for folder in (Path(settings.VAR_DIR), Path(settings.MEDIA_DIR)):
        probe = folder / f".doctor-{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"1")
            probe.unlink()
        except OSError as err:
            yield wrong(
                subject,
                _("无法写入 {folder}：{reason}").format(folder=folder, reason=err.strerror),
                _("请让运行本系统的用户拥有该目录，或用 TZ_VAR_DIR 指定另一目录。"),
            )
        else:
            yield ok(subject, _("{folder} 可以写入。").format(folder=folder))


def check_disk() -> Iterator[Finding]:
    subject, folder = _("磁盘"), Path(settings.VAR_DIR)
    folder = folder if folder.exists() else folder.parent
    free = shutil.disk_usage(folder).free
    text = _("{folder} 所在磁盘剩余 {size:.1f} GB。").format(folder=folder, size=free / 1e9)
    if free < NO_DISK_BYTES:
        yield wrong(subject, text, _("请立即清理或扩容，否则消息将无法保存。"))
    elif free < LOW_DISK_BYTES:
        yield attention(subject, text, _("请尽快清理或扩容。"))
    else:
        yield ok(subject, text)


def check_web() -> Iterator[Finding]:
    subject = _("网页客户端")
    if (Path(settings.WEB_DIST) / "index.html").is_file():
        yield ok(subject, _("已构建。"))
    else:
        yield wrong(subject, _("尚未构建，浏览器打不开页面。"), _("请运行 make web。"))


def check_redis() -> Iterator[Finding]:
    subject = _("Redis")
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as client:
            facts = client.info("server")
    except redis.RedisError as err:
        yield wrong(
            subject,
            _("无法连接：{error}").format(error=err),
            _("请检查 REDIS_URL，以及 Redis 是否在运行；其间消息会晚到一两秒，但不会丢失。"),
        )
        return
    version = str(facts["redis_version"])
    if int(version.split(".", maxsplit=1)[0]) < OLDEST_REDIS:
        yield wrong(
            subject, _("版本 {version} 太旧。").format(version=version), _("请升级到 Redis 7 或更新。")
        )
    else:
        valkey = f"，Valkey {facts['valkey_version']}" if "valkey_version" in facts else ""
        yield ok(subject, _("版本 {version}").format(version=version) + valkey)


def check_database() -> Iterator[Finding]:
    subject = _("数据库")
    if trouble := _database_trouble():
        yield wrong(
            subject,
            _("无法连接：{error}").format(error=trouble),
            _("请检查 DATABASE_URL，以及 PostgreSQL 是否在运行（内置数据库可用 make servers 启动）。"),
        )
        return
    major, minor = divmod(_ask("SHOW server_version_num", int), 10_000)
    if major < OLDEST_POSTGRES:
        text = _("PostgreSQL {version} 太旧。").format(version=f"{major}.{minor}")
        yield wrong(subject, text, _("请升级到 PostgreSQL 15 或更新。"))
    else:
        yield ok(subject, _("PostgreSQL {version}").format(version=f"{major}.{minor}"))
    yield from _check_locale()


def _check_locale() -> Iterator[Finding]:
    subject = _("数据库区域")
    problems = []
    if _ask("SHOW server_encoding", str) != "UTF8":
        problems.append(_("编码不是 UTF8"))
    if not _ask("SELECT '咸宁' ~ '^\\w+$'", bool):
        problems.append(_("区域设置不把汉字当作文字"))
    elif _ask("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'", int) and not _ask(
        "SELECT cardinality(show_trgm('咸宁'))", int
    ):
        problems.append(_("pg_trgm 取不出汉字"))
    if problems:
        yield wrong(
            subject,
            "，".join(problems) + _("，中文搜索将没有结果。"),
            _("请以 C.UTF-8（PostgreSQL 17 起用 builtin 提供者）新建数据库，再用 restore 恢复。"),
        )
    else:
        yield ok(subject, _("UTF8，能识别汉字。"))


def check_connections() -> Iterator[Finding]:
    subject, needed = _("数据库连接数"), connections.planned() + SPARE_CONNECTIONS
    most = _ask("SHOW max_connections", int) - _ask("SHOW superuser_reserved_connections", int)
    text = _("各进程最多共用 {needed} 个（含 {spare} 个备用），数据库允许 {most} 个。").format(
        needed=needed, spare=SPARE_CONNECTIONS, most=most
    )
    if needed > most:
        yield wrong(
            subject,
            text,
            _("请调高 PostgreSQL 的 max_connections，或调低 DATABASE_POOL（见 docs/settings.md）。"),
        )
    else:
        yield ok(subject, text)


def check_migrations() -> Iterator[Finding]:
    subject = _("数据库结构")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    replaced = {key for each in executor.loader.disk_migrations.values() for key in each.replaces}
    if unknown - replaced:
        names = "、".join(f"{app}.{name}" for app, name in sorted(unknown - replaced))
        yield wrong(
            subject,
            _("数据库比程序新：{names}").format(names=names),
            _("请换用与数据库相同或更新版本的程序。"),
        )
    elif missing:
        yield wrong(
            subject,
            _("还有 {count} 步未更新。").format(count=len(missing)),
            _("请先备份，再运行 manage.py migrate。"),
        )
    else:
        yield ok(subject, _("已是最新。"))


def check_clock() -> Iterator[Finding]:
    subject = _("时钟")
    before = time.time()
    there = _ask("SELECT extract(epoch FROM clock_timestamp())", float)
    away = abs(there - (before + time.time()) / 2)
    text = _("本机与数据库相差 {seconds:.1f} 秒。").format(seconds=away)
    advice = _("请让两台机器与同一时间源对时（chrony 或 systemd-timesyncd）。")
    if away > CLOCK_WRONG_S:
        yield wrong(subject, text, advice)
    elif away > CLOCK_ATTENTION_S:
        yield attention(subject, text, advice)
    else:
        yield ok(subject, text)


def _ask(query: str, kind: Callable[[Any], T]) -> T:
    """The one value that `query` answers with."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return kind(row[0] if row else 0)
