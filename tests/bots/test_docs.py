"""The pages say what the bots understand."""

from pathlib import Path

import pytest

from bots.desk import DESK, DUBAN
from bots.desk.bot import help_text

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
