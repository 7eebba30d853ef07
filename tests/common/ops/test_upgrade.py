"""Today's code on the data of every released version: nothing is lost, and people go on working (decisions 27)."""

import gzip
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.embedded.places import CHECKOUT
from deploy.embedded.servers import ADMIN, ROLE
from tests.support.app import DaphneApp
from tests.support.environment import SLOT
from tests.support.release_data import CLERK, DATA, LEAD, manage, read_site
from tests.support.site_client import SiteClient

pytestmark = pytest.mark.timeout(200)

RELEASES = sorted(path.name.removesuffix(".tar.gz") for path in DATA.glob("*.tar.gz"))
COUNT = "import json; from tests.support.release_data import count_rows; print(json.dumps(count_rows()))"


@dataclass
class Restored:
    """A released version's site in a database of its own, brought up to today."""

    url: str
    var: Path
    facts: dict[str, Any]

    def manage(self, *arguments: str) -> str:
        return manage(self.url, self.var, *arguments)

    def rows(self) -> dict[str, int]:
        found: dict[str, int] = json.loads(self.manage("shell", "-v", "0", "-c", COUNT))
        return found


@pytest.fixture(scope="module", params=RELEASES)
def site(request, tmp_path_factory) -> Iterator[Restored]:
    folder = tmp_path_factory.mktemp("upgrade")
    facts = json.loads((DATA / f"{request.param}.json").read_text(encoding="utf-8"))
    with gzip.open(DATA / f"{request.param}.tar.gz") as packed, (folder / "site.tar").open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    name = f"tz_upgrade_{os.getpid()}"
    with (
        psycopg.connect(SLOT.url(ADMIN, "postgres"), autocommit=True) as admin,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setenv("TZ_CLOCK", "real")  # as a site has it
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(ROLE))
        )
        restored = Restored(SLOT.url(ROLE, name), folder / "var", facts)
        try:
            restored.manage("restore", str(folder / "site.tar"))
            restored.manage("migrate", "--verbosity", "0")
            yield restored
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_every_release_of_the_changelog_has_its_data():
    released = re.findall(
        r"^## (\d+\.\d+\.\d+) ", (CHECKOUT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert released
    assert sorted(released) == RELEASES


def test_no_row_is_lost(site):
    before, after = site.facts["rows"], site.rows()
    assert {noun: after[noun] for noun in before if after[noun] < before[noun]} == {}


def test_the_site_is_found_well(site):
    assert "whole" in site.manage("verify_audit")
    said = site.manage("doctor")  # raises when something is wrong
    assert "[错误]" not in said


def test_people_read_what_they_wrote_and_go_on(site):
    """The app for real: two people sign in with their old passwords, read everything, and talk on."""
    known, password = site.facts["known"], site.facts["password"]
    room = known["room"]
    with DaphneApp(DATABASE_URL=site.url, TZ_VAR_DIR=str(site.var)) as app:
        read = json.loads(json.dumps(read_site(app.url, known, password)))
        for noun, was in site.facts["read"].items():
            assert read[noun] == was, noun
        with SiteClient(app.url, LEAD, password) as lead, SiteClient(app.url, CLERK, password) as clerk:
            last = max(entry[1] for entry in read["timeline"])
            sent = lead.say(room, "升级之后的第一条")
            assert sent["seq"] > last
            newest = clerk.get(f"/rooms/{room}/timeline")["items"][-1]
            assert (newest["event_id"], newest["content"]["body"]) == (sent["event_id"], "升级之后的第一条")
            lead.post(f"/items/{known['item']}/extension/decide", {"agree": True})
            assert lead.get(f"/items/{known['item']}")["extensions"][0]["state"] == "agreed"
    assert site.rows()["Event"] > site.facts["rows"]["Event"]
