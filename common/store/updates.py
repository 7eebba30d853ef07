"""Writing many rows at once: one statement with an array for each column, whatever the number of rows.

Django's `bulk_update` makes a CASE of every value, which at a few columns costs a hundred times as much as the writing;
the driver makes arrays element by element, which takes several times as long as making their text here.
"""

from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models

PLAIN = (int, Decimal, float, UUID, date, time)


def insert_new(model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Insert rows of these fields. One that is there already stays as it is."""
    if not rows:
        return
    wanted: list[Any] = [model._meta.get_field(name) for name in fields]  # noqa: SLF001 - Django's documented door
    names = ", ".join(connection.ops.quote_name(field.column) for field in wanted)
    table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001
    _run(
        f"INSERT INTO {table} ({names}) SELECT * FROM unnest({_arrays(wanted)}) ON CONFLICT DO NOTHING",  # noqa: S608 - names of ours
        rows,
    )


def update_many(rows: Sequence[models.Model], fields: Sequence[str]) -> int:
    """Write these fields of rows of one model; returns how many there were."""
    if not rows:
        return 0
    meta = rows[0]._meta  # noqa: SLF001 - Django's documented door to a model's fields
    wanted: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    names = [connection.ops.quote_name(field.column) for field in wanted]
    sets = ", ".join(f"{name} = given.{name}" for name in names[1:])
    table = connection.ops.quote_name(meta.db_table)
    return _run(
        f"UPDATE {table} SET {sets} FROM unnest({_arrays(wanted)}) AS given ({', '.join(names)})"  # noqa: S608 - names of ours
        f" WHERE {table}.{names[0]} = given.{names[0]}",
        [[getattr(row, field.attname) for field in wanted] for row in rows],
    )


def array_text(values: Iterable[object]) -> str:
    """Values as PostgreSQL writes an array of them.

    Raises: TypeError for a value whose text is not known to be read as it was meant.
    """
    column = tuple(values)
    texts = {id(one): one for one in column}  # a column mostly says the same few things many times
    known = {key: _element(one) for key, one in texts.items()}
    return "{" + ",".join([known[id(one)] for one in column]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):  # within quotes these two alone mean something
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, PLAIN):
        return f'"{value}"'
    raise TypeError(f"{type(value).__name__} cannot stand in an array")


def _arrays(fields: Sequence[Any]) -> str:
    """The parameters; text without a length, which a cast would cut to silently."""
    kinds = ("text" if isinstance(field, models.CharField) else field.db_type(connection) for field in fields)
    return ", ".join(f"%s::{kind}[]" for kind in kinds)


def _run(statement: str, rows: Sequence[Sequence[object]]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [array_text(column) for column in zip(*rows, strict=True)])
        return int(cursor.rowcount)
