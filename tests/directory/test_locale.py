"""Every sentence of this floor is there in English, with the same places to fill in."""

import string
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from django.conf import settings

FLOOR = Path(settings.BASE_DIR) / "directory"


def said() -> set[str]:
    found = extract_from_dir(str(FLOOR), method_map=[("**.py", "python")], keywords={"_": None})
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_is_complete():
    with (FLOOR / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
        english = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    assert set(english) == said()
    assert [
        message for message, words in english.items() if not words or places(words) != places(message)
    ] == []
