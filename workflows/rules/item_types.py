"""Kinds of items as data: own fields, limit, whether evidence is due (workflows/data/item_type*.csv). Pure.

The numbers are general practice: a site that differs edits the tables.
"""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workflows.rules.clocks import Limit, LimitUnit

DATA = Path(__file__).resolve().parent.parent / "data"
MAX_FIELD = 500


class FieldError(ValueError):
    """`field` names what is wrong; the argument is a sentence for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


@dataclass(frozen=True, slots=True)
class TypeField:
    """One field of a kind. `type` is text, date (YYYY-MM-DD) or number (whole, from 0)."""

    key: str
    label: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class ItemType:
    """`limit` None: whoever assigns must name the due date."""

    kind: str
    name: str
    limit: Limit | None
    evidence_required: bool
    source: str
    fields: tuple[TypeField, ...]


@functools.cache
def item_types() -> Mapping[str, ItemType]:
    """Kind → type, in the order of the table. Raises ValueError for a table that cannot be read."""
    fields: dict[str, list[TypeField]] = {}
    for row in _rows("item_type_fields.csv"):
        if row["type"] not in {"text", "date", "number"}:
            raise ValueError(f"item_type_fields.csv: unknown type {row['type']}")
        fields.setdefault(row["kind"], []).append(
            TypeField(row["key"], row["label"], row["type"], row["required"] == "yes")
        )
    return {
        row["kind"]: ItemType(
            row["kind"],
            row["name"],
            Limit(int(row["limit"]), LimitUnit(row["limit_unit"])) if row["limit"] else None,
            row["evidence_required"] == "yes",
            row["source"],
            tuple(fields.get(row["kind"], ())),
        )
        for row in _rows("item_types.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def check_details(kind: ItemType, details: Mapping[str, str]) -> dict[str, str]:
    """The fields of this kind, trimmed; empty ones are left out.

    Raises:
        FieldError: one that the kind has not, a missing one, or one of the wrong shape. `field` is `details.<key>`.
    """
    known = {one.key: one for one in kind.fields}
    for key in details:
        if key not in known:
            raise FieldError(f"details.{key}", f"“{kind.name}”没有“{key}”这一栏，请删去后重试。")
    found = {}
    for one in kind.fields:
        text = str(details.get(one.key, "")).strip()
        if text:
            found[one.key] = _checked(one, text)
        elif one.required:
            raise FieldError(f"details.{one.key}", f"“{kind.name}”须填写“{one.label}”，请补充。")
    return found


def _checked(one: TypeField, text: str) -> str:
    field = f"details.{one.key}"
    if len(text) > MAX_FIELD or "\x00" in text:
        raise FieldError(field, f"“{one.label}”不超过{MAX_FIELD}个字，请压缩。")
    if one.type == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise FieldError(field, f"“{one.label}”须为实际存在的日期，例如2026-07-01，请改正。") from None
    if one.type == "number" and not (text.isascii() and text.isdecimal() and len(text) <= 12):  # noqa: PLR2004 - a trillion
        raise FieldError(field, f"“{one.label}”须为整数，请改正。")
    return text
