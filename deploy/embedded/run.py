"""`make run`: everything from nothing to the sign-in page, and back to nothing on Ctrl-C."""

import json
import os
import subprocess
import sys
import time

from deploy.embedded.children import Child
from deploy.embedded.environment import EVERYWHERE, Wish, complete, for_processes, save
from deploy.embedded.errors import StartError
from deploy.embedded.places import CHECKOUT, Secrets, data_root, only_one, stable_port
from deploy.embedded.postgres import ADMIN, GUEST, ROLE, guest_url, start_postgres
from deploy.embedded.report import Report
from deploy.embedded.supervisor import StopAskedError, Supervisor
from deploy.embedded.valkey import start_valkey

REFUSED = 3  # exit code of deploy.prepare when it explains itself in one sentence
PAGE_S = 90.0


def main(arguments: list[str]) -> int:
    """Exit code 0 after a stop that was asked for, 1 when the start failed.

    `--only-servers`: the servers and nothing else, for `manage.py` by hand (restore wants the site at rest).
    """
    try:
        wish = Wish.read()
        wish.check_disk()
        with only_one(wish.var / "run.lock"):
            _run(wish, only_servers="--only-servers" in arguments)
    except StartError as err:
        print(err, file=sys.stderr)
        return 1
    return 0


def _run(wish: Wish, *, only_servers: bool) -> None:
    begun = time.monotonic()
    report = Report(wish.var / "log")
    supervisor = Supervisor(report)
    supervisor.catch_signals()
    try:
        if not only_servers:
            wish.check_port()
        made = _start_servers(wish, supervisor)
        save(wish.var / "embedded.env", made)
        if only_servers:
            report.say(
                "数据库与 Redis 已启动，可另开窗口运行 manage.py；按 Ctrl-C 停止。",
                "Database and Redis are up for manage.py in another window; Ctrl-C stops them.",
            )
            supervisor.run_for_ever()
        accounts = _prepare(wish, made, report)
        app, *others = _children(wish, made, report)
        supervisor.keep_child(app)
        answers = supervisor.wait_for_page(_reach(wish), wish.port, "/", PAGE_S)
        for child in others:  # only now: on two cores they would keep the page waiting
            supervisor.keep_child(child)
        if answers:
            _welcome(wish, accounts, report, time.monotonic() - begun)
        else:
            report.say(
                f"{PAGE_S:g} 秒内登录页未能打开，原因见 {wish.var / 'log' / 'app.log'}；将继续尝试。",
                f"The sign-in page does not answer; {wish.var / 'log' / 'app.log'} says why. Still trying.",
            )
        supervisor.run_for_ever()
    except StopAskedError:
        report.say("正在停止……", "Stopping…")
        supervisor.stop()
        report.say("已全部停止，数据保留。", "Everything has stopped; the data are kept.")
    except BaseException:
        supervisor.stop()
        raise


def _start_servers(wish: Wish, supervisor: Supervisor) -> dict[str, str]:
    """Start what is not given by DATABASE_URL and REDIS_URL; returns the variables of our processes."""
    report = supervisor.report
    secrets, memory = Secrets(wish.var / "secrets"), wish.var / "ports.json"
    root, account = data_root(wish.var)
    if wish.var not in root.parents and not (wish.database_url and wish.redis_url):
        report.say(
            f"非特权用户无法进入 {wish.var}，数据库文件放在 {root}。",
            f"The unprivileged database user cannot enter {wish.var}; its files are in {root}.",
        )
    database_url, redis_url = wish.database_url, wish.redis_url
    guest: dict[str, str] = {}
    if not database_url:
        port, data = stable_port(memory, "postgres"), root / "postgres"
        if not data.exists():
            report.say("首次启动：正在建立数据库。", "First start: making the database.")
        passwords = {name: secrets.get(name) for name in (ADMIN, ROLE, *([GUEST] if wish.demo else []))}
        log = wish.var / "log" / "postgres.log"
        server = supervisor.keep_server(
            lambda: start_postgres(data, port, passwords=passwords, log=log, account=account)
        )
        database_url = server.url
        if wish.demo:
            guest["NEIGHBOUR_DATABASE_URL"] = guest_url(port, passwords[GUEST])
            guest["WATERBASE_PASSWORD"] = secrets.get("waterbase_reader")
    if not redis_url:
        redis_port, password = stable_port(memory, "redis"), secrets.get("redis")
        redis_log = wish.var / "log" / "valkey.log"
        server = supervisor.keep_server(
            lambda: start_valkey(
                root / "valkey", redis_port, password=password, log=redis_log, account=account
            )
        )
        redis_url = server.url
    ports = {
        name: stable_port(memory, name)
        for name in ("neighbours", "offices", "hj212", "sl651", "mqtt", "phones")
    }
    key = os.environ.get("SECRET_KEY") or secrets.get("secret_key")
    made = for_processes(
        wish,
        secret_key=key,
        connector_key=secrets.get("connector_key"),
        database_url=database_url,
        redis_url=redis_url,
        ports=ports,
    )
    return guest | made


def _prepare(wish: Wish, made: dict[str, str], report: Report) -> list[dict[str, str]]:
    """Migrate, load the demo city once, see that it may be shown; returns its accounts. Raises StartError."""
    report.say("正在检查数据库结构与数据。", "Checking the database's structure and data.")
    command = [sys.executable, "-m", "deploy.prepare"]
    if not wish.on_loopback:
        command.append("--open")
    done = subprocess.run(
        command, cwd=CHECKOUT, env=complete(made), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, check=False, start_new_session=True,
    )  # fmt: skip
    *lines, last = done.stdout.splitlines() or [""]
    for line in lines:
        report.relay("prepare", line)
    if done.returncode == REFUSED:
        raise StartError(*last.split(" / ", 1))
    if done.returncode:
        raise StartError(
            "数据库准备失败，原因见上；更正后重新启动即可，数据未受影响。",
            "Preparing the database failed as printed above; correct that and start again.",
        )
    accounts: list[dict[str, str]] = json.loads(last)["accounts"]
    return accounts


def _children(wish: Wish, made: dict[str, str], report: Report) -> list[Child]:
    python, env = sys.executable, complete(made)
    # Twisted's own default backlog is 50: too short for a hall of people who reconnect at once.
    endpoint = f"tcp:port={wish.port}:interface={wish.listen.replace(':', chr(92) + ':')}:backlog=1024"
    commands = {
        "app": [python, "-m", "daphne", "-e", endpoint, "-v", "0", "--no-server-name", "asgi:application"],
        "worker": [python, "manage.py", "work"],
        "gateway": [python, "manage.py", "gateway"],
        "bots": [python, "manage.py", "runbots"],
    }
    if wish.demo:
        commands["neighbours"] = [python, "-m", "demo.neighbours"]
        commands["town"] = [python, "-m", "demo.neighbours.town"]
        commands["phones"] = [
            python,
            "-m",
            "demo.neighbours.gateway",
            "--port",
            made["NEIGHBOUR_PHONES_PORT"],
        ]
    return [Child(name, command, env, report) for name, command in commands.items()]


def _reach(wish: Wish) -> str:
    return "127.0.0.1" if wish.listen in {EVERYWHERE, "localhost"} else wish.listen


def _welcome(wish: Wish, accounts: list[dict[str, str]], report: Report, seconds: float) -> None:
    report.say(
        f"已就绪（{seconds:.0f} 秒）：请用浏览器打开 {wish.public_url()}",
        f"Ready ({seconds:.0f} s): open {wish.public_url()}",
    )
    for account in accounts:
        report.say(
            f"演示账号 {account['staff_number']} 口令 {account['password']}：{account['title']}",
            f"demo account, {account['name']}",
        )
    if not wish.demo and not accounts:
        report.say(
            "尚无演示数据；首位管理员请运行 .venv/bin/python manage.py first-admin。",
            "No demo data; for the first administrator run .venv/bin/python manage.py first-admin.",
        )
