"""The data of a release: a small but real site, made by the code of that day and kept as a backup.

At each release: `python -m tests.support.release_data 0.2.0` writes `tests/data/upgrade/0.2.0.tar.gz` and
`0.2.0.json`. The JSON is what people read of that site at its doors; `tests/common/ops/test_upgrade.py` restores every
one of these files, migrates, starts today's code on it and reads the same again.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from deploy.embedded.places import CHECKOUT
from tests.support.environment import SLOT  # sets the environment: before Django's settings
from tests.support.site_client import SiteClient

DATA = CHECKOUT / "tests" / "data" / "upgrade"
DATABASE = "tz_release_data"
MAX_BYTES = 1_000_000
LEAD, CLERK, LIAISON = "xn0001", "xn0002", "xn0003"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
ITEM_FIELDS = ("number", "title", "category", "budget_wan", "state", "percent", "starts_on", "due_on")


def manage(url: str, var: Path, *arguments: str) -> str:
    """Run `manage.py` on one site. Returns what it says; raises with its words when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False,
        env=os.environ | {"DATABASE_URL": url, "TZ_VAR_DIR": str(var)},
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def read_site(url: str, known: dict[str, Any], password: str) -> dict[str, Any]:
    """What two people read at the doors of a running site: nothing that depends on the day of reading."""
    room, force, item, mxc = known["room"], known["taskforce"], known["item"], known["mxc"]
    with SiteClient(url, LEAD, password) as lead, SiteClient(url, CLERK, password) as clerk:
        wall = lead.get(f"/taskforces/{force}/wall")
        detail = lead.get(f"/items/{item}")
        return {
            "me": {key: lead.me[key] for key in ("user_id", "name", "roles")},
            "people": [
                [one["name"], one["post_title"], one["unit_name"]]
                for number in (LEAD, CLERK, LIAISON)
                for one in lead.get("/directory/people", q=number)["items"]
            ],
            "rooms": [
                [one["room"], one["kind"], one["name"], one["last"], one["n"], one["unread"]]
                for one in sorted(clerk.get("/rooms")["items"], key=lambda one: one["room"])
            ],
            "timeline": [
                _message(one)
                for one in clerk.get(f"/rooms/{room}/timeline")["items"]
                if one["type"] == "m.room.message"
            ],
            "receipts": clerk.get(f"/rooms/{room}/receipts"),
            "readers": {
                state: [
                    one["user_id"]
                    for one in lead.get(
                        f"/rooms/{room}/events/{known['first']}/receipts/people", state=state
                    )["items"]
                ]
                for state in ("read", "unread")
            },
            "force": {key: wall["taskforce"][key] for key in ("name", "goal", "state", "ends_on", "starts_on")},
            "items": [
                {key: one[key] for key in ITEM_FIELDS} | {"lead_unit": one["lead_unit"]["name"]}
                for one in sorted(wall["items"], key=lambda one: one["number"])
            ],
            "history": [line["act"] for line in detail["history"] if line["act"] != "colour"],
            "reports": [[one["percent"], one["text"]] for one in detail["reports"]],
            "extensions": [
                [one["new_due_on"], one["reason"], one["state"]] for one in detail["extensions"]
            ],
            "file": clerk.download(mxc),
        }  # fmt: skip


def _message(event: dict[str, Any]) -> list[Any]:
    body = event["content"].get("body") or event["content"].get("m.new_content", {}).get("body")
    return [event["event_id"], event["seq"], event["sender"], body, "redacted_by" in event]


def count_rows() -> dict[str, int]:
    """Rows of what must never get fewer, by noun."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    from chatops.models import Event, Media, Membership
    from common.models import AuditEntry, Timer
    from directory.models import Appointment, Post, Staff, Unit
    from workflows.models import Extension, ImportRow, Item, ItemHistory, Milestone, ProgressReport, TaskForce

    nouns = (
        *(Staff, Unit, Post, Appointment, Event, Membership, Media, AuditEntry, Timer, ProcrastinateJob),
        *(TaskForce, Item, ItemHistory, Milestone, ProgressReport, Extension, ImportRow),
    )
    return {noun.__name__: noun._base_manager.count() for noun in nouns}


def make_site(url: str) -> dict[str, Any]:
    """Live for a day on the empty, running site at `url`; what is needed to find it again."""
    from bots.services.accounts import ensure_bots
    from demo.city.desk import PastDesk
    from tests.support.world import PASSWORD, make_person, make_unit
    from tests.workflows.conftest import SAMPLE, UNITS

    ensure_bots()
    government = make_unit("咸宁市人民政府", short_name="市政府")
    make_person("贺临川", unit=government, role="leader", title="副市长", number=LEAD)
    units = {
        word: make_unit(name, parent=government, short_name=short) for word, (name, short) in UNITS.items()
    }
    clerk = make_person("周牧远", unit=units["data"], role="office", title="办公室主任", number=CLERK)
    liaison = make_person("罗清和", unit=units["civil"], role="liaison", title="联络员", number=LIAISON)
    with (
        SiteClient(url, LEAD, PASSWORD) as at_lead,
        SiteClient(url, CLERK, PASSWORD) as at_clerk,
        SiteClient(url, LIAISON, PASSWORD) as at_liaison,
    ):
        room, first, mxc = _talk(at_lead, at_clerk, [clerk.user_id, liaison.user_id])
        force, item = _work(at_lead, at_liaison, units, SAMPLE)
        PastDesk().sync_card(item, at_lead.get(f"/taskforces/{force}")["room_id"])
    return {"room": room, "first": first, "mxc": mxc, "taskforce": force, "item": item}


def _talk(lead: SiteClient, clerk: SiteClient, members: list[str]) -> tuple[str, str, str]:
    """A work room with thirty messages, an edit, a recall, a reaction, a file, a read position and a draft."""
    room = lead.post("/rooms", {"kind": "work", "name": "汛情会商", "members": members})["room"]
    sent = [
        (lead if number % 3 == 0 else clerk).say(room, f"第{number + 1}条：水位 {24 + number / 10:.1f} 米")
        for number in range(30)
    ]
    new = {"msgtype": "m.text", "body": "第2条（更正）：水位 24.3 米"}
    relation = {"rel_type": "m.replace", "event_id": sent[1]["event_id"]}
    clerk.say(room, "* 更正", **{"m.new_content": new, "m.relates_to": relation})
    clerk.post(f"/rooms/{room}/events/{sent[4]['event_id']}/recall", {"reason": "误发"})
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": sent[0]["event_id"], "key": "收到"}}
    clerk.post(f"/rooms/{room}/messages", {"txn_id": "r1", "type": "m.reaction", "content": content})
    mxc = lead.upload("水位图.png", "image/png", PNG)
    lead.say(room, "水位图.png", msgtype="m.image", url=mxc, info={"mimetype": "image/png", "size": len(PNG)})
    clerk.post(f"/rooms/{room}/read", {"seq": sent[20]["seq"]})
    clerk.put(f"/rooms/{room}/draft", {"text": "还没有写完"})
    return room, sent[0]["event_id"], mxc


def _work(lead: SiteClient, liaison: SiteClient, units: dict[str, Any], projects: bytes) -> tuple[str, str]:
    """A task force with the imported list, one item signed for, reported and with an extension asked."""
    from common import clock

    year = clock.today().year
    found = {
        "name": "数字政府建设专班",
        "goal": "三年建成19个数字政府项目",
        "basis": "咸政办发〔2026〕7号",
        "unit_ids": [str(unit.pk) for unit in units.values()],
        "ends_on": f"{year + 2}-12-31",
        "office_unit_id": str(units["data"].pk),
    }
    force = lead.post("/taskforces", found)["id"]
    file = {"file": ("projects.csv", projects, "text/csv")}
    batch = lead.post(f"/taskforces/{force}/imports", files=file, data={"due_on": f"{year + 1}-06-30"})["id"]
    lead.post(f"/imports/{batch}/apply")
    lead.post(f"/taskforces/{force}/dispatch", {"all": True})
    item = next(one["subject"] for source in liaison.get("/pending")["sources"] for one in source["items"])
    liaison.post(f"/items/{item}/sign-for")
    liaison.post(f"/items/{item}/reports", {"percent": 30, "text": "完成立项"})
    liaison.post(f"/items/{item}/reports", {"percent": 60, "text": "完成招标"})
    liaison.post(f"/items/{item}/extension", {"due_on": f"{year + 1}-12-31", "reason": "设备推迟到货"})
    return force, item


def write(version: str) -> None:
    """Make the site with this checkout's code and write its backup and what was read of it."""
    target, beside = DATA / f"{version}.tar.gz", DATA / f"{version}.json"
    if target.exists():
        raise SystemExit(f"{target} is there already: the data of a release are made once.")
    postgres, valkey = SLOT.start_postgres(), SLOT.start_valkey("main")
    try:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), version, target, beside)
    finally:
        valkey.stop()
        postgres.stop()


def _write(folder: Path, version: str, target: Path, beside: Path) -> None:
    from deploy.embedded.servers import ADMIN, ROLE

    url, var = SLOT.url(ROLE, DATABASE), folder / "var"
    with psycopg.connect(SLOT.url(ADMIN, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
        )
        try:
            os.environ |= {"DATABASE_URL": url, "TZ_VAR_DIR": str(var), "DATABASE_POOLED": "0"}
            manage(url, var, "migrate", "--verbosity", "0")
            facts = _live_and_read()
            manage(url, var, "backup", str(folder / "site.tar"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    with (folder / "site.tar").open("rb") as plain, gzip.open(target, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    if target.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{target} is larger than {MAX_BYTES} bytes; make the site smaller.")
    beside.write_text(_readable({"version": version, **facts}), encoding="utf-8")


def _readable(facts: dict[str, Any]) -> str:
    """JSON with a line for each fact, so that a difference can be seen."""
    read = facts.pop("read")
    lines = ",\n".join(f'  "{name}": {json.dumps(fact, ensure_ascii=False)}' for name, fact in read.items())
    rest = json.dumps(facts, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{rest},\n "read": {{\n{lines}\n }}\n}}\n'


def _live_and_read() -> dict[str, Any]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from common import audit
    from tests.support.app import DaphneApp
    from tests.support.world import PASSWORD

    with DaphneApp() as app:
        known = make_site(app.url)
        while audit.seal():
            pass
        read = read_site(app.url, known, PASSWORD)
    return {"password": PASSWORD, "known": known, "read": read, "rows": count_rows()}


if __name__ == "__main__":
    write(sys.argv[1])
