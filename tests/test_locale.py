"""Every sentence is there in English, with the same places to fill in, and means one thing on all floors."""

import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

ROOT = Path(settings.BASE_DIR)
# Folder of the code -> folder of its catalogue. `config` is no app, so Django looks for its catalogue at the top.
CATALOGUES = {
    "common": "common",
    "directory": "directory",
    "chatops": "chatops",
    "connectors": "connectors",
    "workflows": "workflows",
    "bots": "bots",
    "config": ".",
}


def said(code: str) -> set[str]:
    found = extract_from_dir(
        str(ROOT / code), method_map=[("**.py", "python")], keywords={"_": None, "gettext_noop": None}
    )
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def english(code: str) -> dict[str, str]:
    with (ROOT / CATALOGUES[code] / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id and not each.fuzzy}


def places(text: str) -> set[tuple[str, str]]:
    return {(name, form or "") for _, name, form, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CATALOGUES)
def test_english_is_complete(code):
    words = english(code)
    assert set(words) == said(code)
    assert [chinese for chinese, word in words.items() if not word or places(word) != places(chinese)] == []


def test_no_sentence_means_two_things():
    """Django merges the catalogues, so of two translations one would be lost."""
    met: dict[str, str] = {}
    differ = [
        chinese
        for code in CATALOGUES
        for chinese, word in english(code).items()
        if met.setdefault(chinese, word) != word
    ]
    assert differ == []


@pytest.mark.parametrize("code", CATALOGUES)
def test_an_english_reader_gets_english(code):
    chinese, word = next(iter(english(code).items()))
    with translation.override("en"):
        assert gettext(chinese) == word
    assert gettext(chinese) == chinese


def test_a_heading_has_as_many_columns_in_english():
    words = english("workflows")
    assert [
        chinese
        for chinese, word in words.items()
        if chinese.count(",") > 1 and chinese.count(",") != word.count(",")
    ] == []
