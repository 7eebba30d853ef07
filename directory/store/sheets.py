"""The rows of each kind of file as the database has them, in canonical text, and writing them back."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection

from directory.store.models import (
    Appointment,
    Division,
    Post,
    Region,
    Staff,
    Unit,
    UnitName,
    UnitRelation,
)

Values = Mapping[str, str]


def lock(kind: str) -> None:
    """Keep everybody else from changing this kind until the transaction ends, a few seconds at most.

    Taken before anything is read, so that what is compared is what is written over. The mode also stops those who
    lock rows in order to change them: they would hold a row that the import wants, and wait for the table.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {_MODEL_OF[kind]._meta.db_table} IN EXCLUSIVE MODE")  # noqa: SLF001


def _flag(value: bool) -> str:
    return "1" if value else "0"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def regions() -> Iterable[dict[str, str]]:
    for row in Region.objects.order_by("code"):
        yield {"code": row.code, "name": row.name, "level": row.level, "parent_code": row.parent_id or ""}


def units() -> Iterable[dict[str, str]]:
    former: dict[Any, list[UnitName]] = {}
    for name in UnitName.objects.order_by("valid_from", "name"):
        former.setdefault(name.unit_id, []).append(name)
    rows = Unit.objects.select_related("block_parent", "line_parent").order_by("rank", "code")
    for row in rows:
        names = (f"{each.name}/{each.valid_from}/{each.valid_to}" for each in former.get(row.pk, []))
        yield {
            "key": row.code,
            "name": row.name,
            "short_name": row.short_name,
            "kind": row.kind,
            "level": row.level,
            "region_code": row.region_id,
            "block_parent": row.block_parent.code if row.block_parent else "",
            "line_parent": row.line_parent.code if row.line_parent else "",
            "rank": str(row.rank),
            "line_managed": _flag(row.is_line_managed),
            "organ": row.organ,
            "former_names": ";".join(names),
            "valid_from": _day(row.valid_from),
            "valid_to": _day(row.valid_to),
        }


def divisions() -> Iterable[dict[str, str]]:
    for row in Division.objects.select_related("unit").order_by("unit__rank", "unit__code", "rank", "code"):
        yield {"key": row.code, "unit": row.unit.code, "name": row.name, "rank": str(row.rank)}


def posts() -> Iterable[dict[str, str]]:
    rows = Post.objects.select_related("unit", "division")
    for row in rows.order_by("unit__rank", "unit__code", "rank", "code"):
        yield {
            "key": row.code,
            "unit": row.unit.code,
            "division": row.division.code if row.division else "",
            "title": row.title,
            "role": row.role,
            "rank": str(row.rank),
            "field_of_work": row.field_of_work,
        }


def people() -> Iterable[dict[str, str]]:
    for row in Staff.objects.order_by("staff_number"):
        yield {
            "staff_number": row.staff_number,
            "name": row.name,
            "phone": row.phone,
            "office_phone": row.office_phone,
            "pinyin": row.pinyin,
            "kind": row.kind,
            "is_active": _flag(row.is_active),
        }


def appointments() -> Iterable[dict[str, str]]:
    rows = Appointment.objects.select_related("staff", "post")
    for row in rows.order_by("staff__staff_number", "-is_primary", "valid_from", "post__code"):
        yield {
            "staff_number": row.staff.staff_number,
            "post": row.post.code,
            "kind": row.kind,
            "is_primary": _flag(row.is_primary),
            "valid_from": _day(row.valid_from),
            "valid_to": _day(row.valid_to),
        }


def relations() -> Iterable[dict[str, str]]:
    rows = UnitRelation.objects.select_related("unit", "post", "for_post")
    for row in rows.order_by("unit__rank", "unit__code", "rank", "post__rank", "pk"):
        yield {
            "unit": row.unit.code,
            "kind": row.kind,
            "post": row.post.code,
            "field_of_work": row.field_of_work,
            "for_post": row.for_post.code if row.for_post else "",
            "rank": str(row.rank),
        }


CURRENT: dict[str, Callable[[], Iterable[dict[str, str]]]] = {
    "regions": regions,
    "units": units,
    "divisions": divisions,
    "posts": posts,
    "people": people,
    "appointments": appointments,
    "relations": relations,
}

_MODELS: dict[str, tuple[Any, str]] = {
    "regions": (Region, "code"),
    "units": (Unit, "code"),
    "divisions": (Division, "code"),
    "posts": (Post, "code"),
    "people": (Staff, "staff_number"),
}
# Column → field, where the names differ; the reader turns text into the field's value.
_FIELDS: dict[str, dict[str, str]] = {
    "regions": {"code": "code", "parent_code": "parent_id"},
    "units": {"key": "code", "region_code": "region_id", "line_managed": "is_line_managed"},
    "divisions": {"key": "code"},
    "posts": {"key": "code"},
    "people": {},
    "appointments": {"staff_number": "staff"},
    "relations": {},
}
_FLAGS = {"line_managed", "is_active", "is_primary"}
_DAYS = {"valid_from", "valid_to"}


class Writer:
    """Writes rows of one kind. Keys named by cells are looked up once per kind."""

    def __init__(self, kind: str, refers: Mapping[str, str]) -> None:
        self.kind, self.refers = kind, refers
        self._keys: dict[str, dict[str, Any]] = {}

    def _key(self, kind: str, code: str) -> Any:
        if not code:
            return None
        if kind not in self._keys:
            model, field = _MODELS[kind]
            self._keys[kind] = dict(model.objects.values_list(field, "pk"))
        return self._keys[kind][code]

    def fields(self, values: Values) -> dict[str, Any]:
        """Model fields and their values for these cells."""
        found: dict[str, Any] = {}
        for column, text in values.items():
            name = _FIELDS[self.kind].get(column, column)
            if target := self.refers.get(column):
                key = name if name.endswith("_id") else f"{name}_id"
                found[key] = self._key(target, text)
            elif column in _FLAGS:
                found[name] = text == "1"
            elif column in _DAYS:
                found[name] = date.fromisoformat(text) if text else None
            elif column == "rank":
                found[name] = int(text)
            elif column != "former_names":
                found[name] = text
        return found

    def create(self, values: Values) -> None:
        fields = self.fields(values)
        model = _MODEL_OF[self.kind]
        if self.kind == "people":
            _add_initials(fields)
            fields["password"] = UNUSABLE_PASSWORD_PREFIX  # nobody signs in before an administrator's reset
        row = model.objects.create(**fields)
        if self.kind == "units":
            _put_former_names(row, values.get("former_names", ""))

    def forget_keys(self) -> None:
        """After new rows: keys are looked up again."""
        self._keys.clear()

    def change(self, key: Values, values: Values, *, counts: bool = True) -> None:
        """Change the row named by `key`; only the columns in `values`. `counts`: the version rises."""
        row = _MODEL_OF[self.kind].objects.get(**self.fields(key))
        fields = self.fields(values)
        _add_initials(fields)
        for name, value in fields.items():
            setattr(row, name, value)
        if counts and hasattr(row, "version"):
            row.version += 1
            fields["version"] = row.version
        row.save(update_fields=list(fields))
        if "former_names" in values:
            _put_former_names(row, values["former_names"])

    def remove(self, key: Values) -> None:
        _MODEL_OF[self.kind].objects.filter(**self.fields(key)).delete()


_MODEL_OF: dict[str, Any] = {kind: model for kind, (model, _) in _MODELS.items()} | {
    "appointments": Appointment,
    "relations": UnitRelation,
}


def _add_initials(fields: dict[str, Any]) -> None:
    if "pinyin" in fields:
        fields["initials"] = "".join(part[0] for part in fields["pinyin"].split())


def _put_former_names(unit: Unit, text: str) -> None:
    UnitName.objects.filter(unit=unit).delete()
    for each in filter(None, text.split(";")):
        name, begun, ended = each.split("/")
        UnitName.objects.create(unit=unit, name=name, valid_from=begun, valid_to=ended)


def staff_ids_of(kind: str, keys: Iterable[Values]) -> list[int]:
    """The people whose rights may have changed with these rows."""
    if kind in ("people", "appointments"):
        numbers = {key["staff_number"] for key in keys}
        return sorted(Staff.objects.filter(staff_number__in=numbers).values_list("pk", flat=True))
    if kind in ("units", "posts"):
        by = "post__unit__code__in" if kind == "units" else "post__code__in"
        held = Appointment.objects.filter(**{by: [key["key"] for key in keys]})
        return sorted(set(held.values_list("staff_id", flat=True)))
    return []
