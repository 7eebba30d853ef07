"""The pages say what the bots understand."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bots.desk import DESK, DUBAN
from bots.desk.bot import help_text
from bots.hooks import own
from tests.bots.hooks.reading import card_of

DOCS = Path(__file__).parents[2] / "docs" / "bots"


@pytest.mark.parametrize("form", DUBAN.forms, ids=lambda form: form.name)
def test_every_command_is_on_the_page(form):
    page = (DOCS / "duban.md").read_text(encoding="utf-8")
    assert f"| `{form.form}` | `@督办助手 {form.example}` | {form.says} |" in page


def test_every_bot_is_in_the_readme():
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    for bot in DESK:
        assert f"| `{bot.number}` | {bot.name} |" in page


@pytest.mark.parametrize("bot", DESK, ids=lambda bot: bot.number)
def test_help_shows_every_form(bot):
    page = help_text(bot)
    for form in bot.forms:
        assert form.form in page
        assert form.example in help_text(bot, form.words[0])


def bodies(page: str) -> list[dict[str, Any]]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [json.loads(found) for found in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def test_every_payload_of_the_page_is_taken():
    """The last one on the page is what we send to others."""
    *posted, told = bodies("webhooks.md")
    assert len(posted) == 3
    assert all(own.parse(payload).body for payload in posted)
    assert card_of(own.parse(posted[-1])).menu[0].input[0].key == "to"
    assert set(told) >= {"id", "type", "bot", "room_id", "event_id", "sender", "command", "text"}
