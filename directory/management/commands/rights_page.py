"""`manage.py rights_page`: write the table of docs/rights.md from directory/rights.csv."""

import csv
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from directory.services.rights import BOT, EVERY_ROLE, TABLE
from directory.services.verbs import VERBS
from directory.store.models import PostRole

START, END = "<!-- table: rights.csv -->\n", "<!-- end of table -->\n"
PAGE = Path(settings.BASE_DIR) / "docs" / "rights.md"


def table_lines() -> list[str]:
    """One line per verb: who, in which scope; in the order of the verbs."""
    rows: dict[str, list[str]] = {verb: [] for verb in VERBS}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["verb"]].append(f"{_role(row['role'])}: `{row['scope']}`")
    lines = ["| verb | on screen | who: scope |\n", "|---|---|---|\n"]
    return lines + [
        f"| `{verb}` | {VERBS[verb]} | {'; '.join(sorted(who))} |\n" for verb, who in rows.items()
    ]


def _role(role: str) -> str:
    if role in {EVERY_ROLE, BOT}:
        return {EVERY_ROLE: "every post", BOT: "bots"}[role]
    return f"{role} {PostRole(role).label}"


class Command(BaseCommand):
    help = "Write the table of docs/rights.md from directory/rights.csv"

    def handle(self, *_args: Any, **_options: Any) -> None:
        before, rest = PAGE.read_text(encoding="utf-8").split(START)
        after = rest.split(END)[1]
        PAGE.write_text(before + START + "".join(table_lines()) + END + after, encoding="utf-8")
