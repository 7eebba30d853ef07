"""matrix-js-sdk, on which Element Web and Cinny stand, unmodified from npm."""

import json
import shutil

import pytest

from tests.clients.conftest import until
from tests.clients.environments import HERE, node_with_sdk
from tests.support.world import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
STEPS = ["login", "sync", "keys", "send", "edit", "react", "thread", "receipts", "upload", "redact", "logout"]


async def test_the_sdk_does_what_an_application_does(app, raw, people, program):
    node, folder = node_with_sdk()
    shutil.copy(HERE / "js" / "driver.mjs", folder)
    anna = raw(people.anna)
    room = await anna.room(invite=[people.ben.user_id, people.bot.user_id])
    for guest in (people.ben, people.bot):
        await raw(guest).ok("POST", f"/join/{room}")
    command = [str(node), "driver.mjs", app.url, people.ben.number, PASSWORD, room]
    log = program(*command, cwd=folder)

    def said():
        return [json.loads(line) for line in log.read_text().splitlines() if line.startswith('{"step"')]

    async def is_done():
        return said() and said()[-1]["step"] in {"logout", "failed"}

    await until(is_done, "end of the steps", log, within_s=120)
    assert [one["step"] for one in said()] == STEPS, log.read_text()
    assert room in said()[1]["rooms"]
    page = await anna.ok("GET", f"/rooms/{room}/messages", params={"dir": "b", "limit": 20})
    kinds = [one["type"] for one in page["chunk"] if one["sender"] == people.ben.user_id]
    assert kinds.count("m.room.message") == 3
    assert {"m.reaction", "m.room.redaction"} <= set(kinds)
