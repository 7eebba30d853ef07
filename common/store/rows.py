"""Model objects from hand-written SQL, for the few look-ups that come with every request.

Django works a query out anew at each call, which takes longer than PostgreSQL takes to answer it.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


class RowsOf(Generic[M]):
    """A model's columns under the alias of its table, and the object that a row of them is."""

    def __init__(self, model: type[M], alias: str) -> None:
        self._model = model
        fields = model._meta.concrete_fields  # noqa: SLF001 - Django's public model _meta API
        self._names = [field.attname for field in fields]
        self._converters = [
            (place, convert)
            for place, field in enumerate(fields)
            for convert in field.get_db_converters(connection)
        ]
        self.columns = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.width = len(self._names)

    def make(self, row: Sequence[Any]) -> M:
        """`row`: exactly the values of `columns`."""
        values = list(row)
        for place, convert in self._converters:
            values[place] = convert(values[place], None, connection)
        made: M = self._model.from_db(connection.alias, self._names, values)
        return made
