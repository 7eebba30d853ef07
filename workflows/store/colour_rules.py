"""Which table of the colour rule judges which item."""

from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Max

from workflows.rules.colour_tables import table_of
from workflows.rules.colours import DEFAULT_RULE, RuleTable
from workflows.store.models import ColourRule, ColourRuleChoice, Item

Home = UUID | None


@cache
def _table(version: int, fields: tuple[tuple[str, Any], ...]) -> RuleTable:
    """A version never changes, so it is read once in a process."""
    return table_of(version, dict(fields))


class RuleBook:
    """All choices, in one query. The closest holds: home and type, home, type, all; else version 1."""

    def __init__(self, choices: dict[tuple[Home, str], RuleTable]) -> None:
        self._choices = choices

    @classmethod
    def read(cls) -> "RuleBook":
        rows = ColourRuleChoice.objects.select_related("rule")
        return cls({(row.taskforce_id or row.ledger_id, row.kind): as_table(row.rule) for row in rows})

    def rule_for(self, home: Home, kind: str) -> RuleTable:
        for key in ((home, kind), (home, ""), (None, kind), (None, "")):
            if rule := self._choices.get(key):
                return rule
        return DEFAULT_RULE

    def rule_of(self, item: Item) -> RuleTable:
        return self.rule_for(item.taskforce_id or item.ledger_id, item.kind)


def as_table(rule: ColourRule) -> RuleTable:
    return _table(rule.version, tuple(sorted(rule.table.items())))


def versions() -> list[ColourRule]:
    return list(ColourRule.objects.order_by("version"))


def find_version(version: int) -> ColourRule | None:
    return ColourRule.objects.filter(version=version).first()


def next_version() -> int:
    """Under the lock of the table's last row, so that two who write at once get two versions."""
    list(ColourRule.objects.select_for_update().order_by("-version")[:1])
    return int(ColourRule.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def choices() -> list[ColourRuleChoice]:
    return list(ColourRuleChoice.objects.select_related("rule", "taskforce", "ledger").order_by("pk"))


def choice_of(*, taskforce_id: Home, ledger_id: Home, kind: str) -> ColourRuleChoice | None:
    where: dict[str, Any] = {"taskforce_id": taskforce_id, "ledger_id": ledger_id, "kind": kind}
    return ColourRuleChoice.objects.filter(**where).first()
