"""The doctor, before a healthy site and before each ailment that it knows."""

import shutil
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from common.ops import checks, connections, doctor
from common.ops.checks import Finding, Level

pytestmark = pytest.mark.django_db

HEALTHY_KEY = "k" * 50


@pytest.fixture
def healthy(settings, tmp_path):
    settings.SECRET_KEY = HEALTHY_KEY
    settings.VAR_DIR = tmp_path / "var"
    settings.MEDIA_DIR = settings.VAR_DIR / "media"
    settings.WEB_DIST = tmp_path / "dist"
    settings.WEB_DIST.mkdir()
    (settings.WEB_DIST / "index.html").write_text("")
    settings.TZ_CLOCK = "real"
    return settings


@pytest.fixture
def no_upper_checks(monkeypatch):
    monkeypatch.setattr(checks, "_checks", [])


def findings(level: Level) -> list[Finding]:
    return [finding for finding in doctor.examine() if finding.level is level]


def only_wrong() -> Finding:
    (finding,) = findings(Level.WRONG)
    assert finding.advice
    return finding


def test_a_healthy_site(healthy, no_upper_checks):
    found = list(doctor.examine())
    assert {finding.level for finding in found} == {Level.OK}
    texts = " ".join(finding.text for finding in found)
    assert "PostgreSQL" in texts
    assert "已是最新" in texts


def test_exit_code_and_words(healthy, no_upper_checks, capsys):
    call_command("doctor")
    said = capsys.readouterr().out
    assert "[正常] 数据库：PostgreSQL" in said
    assert said.rstrip().endswith("0 项注意，0 项错误。")
    (healthy.WEB_DIST / "index.html").unlink()
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor")
    assert "[错误] 网页客户端：尚未构建，浏览器打不开页面。请运行 make web。" in capsys.readouterr().out


def test_short_secret_key(healthy, no_upper_checks):
    healthy.SECRET_KEY = "short"
    assert "SECRET_KEY" in only_wrong().text


@pytest.mark.parametrize("name", ["secrets/redis", "embedded.env"])
def test_secret_that_others_can_read(healthy, no_upper_checks, name):
    path = Path(healthy.VAR_DIR) / name
    path.parent.mkdir(parents=True)
    path.write_text("word")
    path.chmod(0o640)
    assert f"chmod 600 {path}" in only_wrong().advice


def test_mounted_secret_that_others_can_read(healthy, no_upper_checks, tmp_path, monkeypatch):
    path = tmp_path / "database_url"
    path.write_text("postgresql://…")
    path.chmod(0o644)
    monkeypatch.setenv("DATABASE_URL_FILE", str(path))
    assert str(path) in only_wrong().text


def test_folder_that_cannot_be_written(healthy, no_upper_checks, tmp_path):
    (tmp_path / "file").write_text("")
    healthy.MEDIA_DIR = tmp_path / "file" / "media"
    assert str(healthy.MEDIA_DIR) in only_wrong().text


@pytest.mark.parametrize(
    ("free", "level"),
    [(100_000_000, Level.WRONG), (1_000_000_000, Level.ATTENTION), (5_000_000_000, Level.OK)],
)
def test_disk_space(healthy, monkeypatch, free, level):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=free))
    (finding,) = doctor.check_disk()
    assert finding.level is level
    assert f"{free / 1e9:.1f} GB" in finding.text


def test_redis_that_does_not_answer(healthy, no_upper_checks):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        healthy.REDIS_URL = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
        assert only_wrong().subject == "Redis"


def test_redis_that_is_too_old(healthy, no_upper_checks, monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_REDIS", 99)
    assert "太旧" in only_wrong().text


def test_postgres_that_is_too_old(healthy, no_upper_checks, monkeypatch):
    monkeypatch.setattr(doctor, "OLDEST_POSTGRES", 99)
    assert "PostgreSQL 15" in only_wrong().advice


def test_database_that_does_not_answer(healthy, no_upper_checks):
    healthy.DATABASE_URL = "postgresql://nobody@127.0.0.1:1/nowhere"
    finding = only_wrong()
    assert "无法连接" in finding.text
    assert "DATABASE_URL" in finding.advice


def test_too_few_connections(healthy, no_upper_checks):
    healthy.APP_PROCESSES = 12
    needed = connections.planned() + doctor.SPARE_CONNECTIONS
    assert needed > 200
    finding = only_wrong()
    assert str(needed) in finding.text
    assert "max_connections" in finding.advice


def test_sum_of_connections(healthy):
    healthy.DATABASE_POOL, healthy.ASYNC_POOL = 10, 3
    healthy.APP_PROCESSES, healthy.WORKER_PROCESSES, healthy.BOT_PROCESSES = 2, 3, 1
    healthy.GATEWAY_PROCESSES = 2
    # app 10 + 3 + 2, worker 10 + 5, gateway 10 + 1, bots 10 + 5 + 1
    assert connections.planned() == 2 * 15 + 3 * 15 + 2 * 11 + 16


def test_missing_migration(healthy, no_upper_checks):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'contenttypes'")
    finding = only_wrong()
    assert "还有 2 步" in finding.text
    assert "migrate" in finding.advice


def test_database_of_a_newer_program(healthy, no_upper_checks):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('common', '9999_later', now())"
        )
    assert "common.9999_later" in only_wrong().text


@pytest.mark.parametrize(("away", "level"), [(0.0, Level.OK), (10.0, Level.ATTENTION), (100.0, Level.WRONG)])
def test_clocks_that_differ(healthy, monkeypatch, away, level):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + away)
    (finding,) = doctor.check_clock()
    assert finding.level is level


@pytest.mark.parametrize(
    ("url", "level", "word"),
    [
        ("https://im.example.gov.cn", Level.WRONG, "ALLOWED_HOSTS"),
        ("http://im.xianning.example", Level.ATTENTION, "HTTPS"),
        ("https://im.xianning.example", Level.OK, ""),
        ("im.xianning.example", Level.WRONG, "如 https"),
    ],
)
def test_addresses(healthy, url, level, word):
    healthy.ALLOWED_HOSTS = [".xianning.example"]
    healthy.PUBLIC_URL = url
    (finding,) = doctor.check_addresses()
    assert finding.level is level
    assert word in finding.advice


def test_movable_clock_outside_the_demo(healthy, no_upper_checks):
    healthy.TZ_CLOCK, healthy.DEMO = "db", False
    assert "TZ_CLOCK" in only_wrong().text


def test_a_check_that_breaks_does_not_hide_the_others(healthy, monkeypatch):
    def breaks() -> list[Finding]:
        raise RuntimeError("out of order")

    monkeypatch.setattr(checks, "_checks", [("某项", breaks)])
    assert only_wrong().text == "检查未能完成：out of order"
    assert len(findings(Level.OK)) > 5
