"""Sources of the pending list: each finds what waits for a person as one query on its rows.

`register(PendingSource(name, title, find=…))` at start. `find(actor)` gives `Rows` or None; counts and pages are made
of it here, one query each whatever the number of rows. A source that is no query gives `look` instead.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from pydantic import BaseModel

from common import clock
from directory.actors import Actor
from workflows.pending.order import Place, after, due_moment
from workflows.rules.working_days import SHANGHAI

MOST_LOOKED = 1000  # of a source that is no query


class PendingDeed(BaseModel):
    """What can be done from the list itself: POST `path` of the REST door without a body. `ask`: confirm first."""

    label: str
    path: str
    ask: str = ""


class PendingEntry(BaseModel):
    """One thing to do. `link` is a path of the web client; `code` a colour of UX §4 or none.

    Attributes:
        due_at: the hour, where there is one; home: the task force or ledger it belongs to, as `detail` names it.
        chip, percent: the words beside the colour and the progress, for things that have them.
    """

    subject: UUID
    title: str
    detail: str
    due_on: date | None
    code: str
    link: str
    due_at: datetime | None = None
    home: str = ""
    chip: str = ""
    percent: int | None = None
    deed: PendingDeed | None = None


@dataclass(frozen=True)
class Rows:
    """What waits, as a query. `due` and `subject` name its columns; `dated`: the due is a day, not a moment.

    `search`: columns in which a word may stand. `subject` is a UUID, unique among the rows.
    """

    query: QuerySet[Any]
    entry: Callable[[Any], PendingEntry]
    search: tuple[str, ...]
    due: str = "due_on"
    dated: bool = True
    subject: str = "pk"

    def holding(self, words: str) -> "Rows":
        """Those that hold every one of the words."""
        query = self.query
        for word in words.split():
            query = query.filter(reduce(or_, (Q(**{f"{name}__icontains": word}) for name in self.search)))
        return replace(self, query=query)


@dataclass(frozen=True)
class Tally:
    """`urgent`: due today or before."""

    count: int = 0
    urgent: int = 0


@dataclass(frozen=True)
class PendingSource:
    """`look(actor, limit)` gives how many wait in all, and the first `limit`, most urgent first."""

    name: str
    title: Callable[[], str]
    look: Callable[[Actor, int], tuple[int, Sequence[PendingEntry]]] | None = None
    find: Callable[[Actor], Rows | None] | None = None

    def tally(self, actor: Actor, words: str = "") -> Tally:
        if self.find is None:
            return _tally_looked(*self._looked(actor, words))
        rows = self.find(actor)
        if rows is None:
            return Tally()
        due = Q(**{f"{rows.due}__lt": _tomorrow(dated=rows.dated)})
        query = rows.holding(words).query.order_by()
        return Tally(**query.aggregate(count=Count("pk"), urgent=Count("pk", filter=due)))

    def first(self, actor: Actor, limit: int) -> tuple[int, list[PendingEntry]]:
        """How many wait, and the first `limit` of them: what is no more than that is counted by its rows."""
        if self.find is None:
            count, looked = self._looked(actor, "")
            return count, self._ordered(looked)[:limit]
        if limit:
            found = self.page(actor, limit + 1)
            if len(found) <= limit:
                return len(found), found
            return self.tally(actor).count, found[:limit]
        return self.tally(actor).count, []

    def page(
        self, actor: Actor, limit: int, place: Place | None = None, words: str = ""
    ) -> list[PendingEntry]:
        """The first `limit` behind the place, in the order of the list."""
        if self.find is None:
            ordered = self._ordered(self._looked(actor, words)[1])
            return [one for one in ordered if place is None or place_at(one, self.name) > place][:limit]
        rows = self.find(actor)
        if rows is None:
            return []
        query = rows.holding(words).query
        if place is not None:
            query = query.filter(
                after(place, source=self.name, due=rows.due, dated=rows.dated, subject=rows.subject)
            )
        return [rows.entry(row) for row in query.order_by(rows.due, rows.subject)[:limit]]

    def beyond(self, other: Actor, actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
        """What waits for the other and not for the actor: how many, and the first of them."""
        if self.find is None:
            own = {entry.subject for entry in self._looked(actor, "")[1]}
            left = [entry for entry in self._looked(other, "")[1] if entry.subject not in own]
            return len(left), left[:limit]
        rows = self.find(other)
        if rows is None:
            return 0, []
        query = rows.query
        if mine := self.find(actor):
            query = query.exclude(**{f"{rows.subject}__in": mine.query.order_by().values(mine.subject)})
        return query.count(), [rows.entry(row) for row in query.order_by(rows.due, rows.subject)[:limit]]

    def _ordered(self, entries: Iterable[PendingEntry]) -> list[PendingEntry]:
        return sorted(entries, key=lambda entry: place_at(entry, self.name))

    def _looked(self, actor: Actor, words: str) -> tuple[int, list[PendingEntry]]:
        if self.look is None:
            return 0, []
        count, entries = self.look(actor, MOST_LOOKED)
        wanted = words.lower().split()
        if not wanted:
            return count, list(entries)
        held = [one for one in entries if all(word in f"{one.title} {one.detail}".lower() for word in wanted)]
        return len(held), held


def first_rows(query: QuerySet[Any], limit: int) -> tuple[int, list[Any]]:
    """How many there are, and the first: counted by themselves unless there may be more."""
    rows = list(query[:limit])
    return (len(rows) if len(rows) < limit else query.count()), rows


def place_at(entry: PendingEntry, source: str) -> Place:
    return Place(due_moment(entry.due_on, entry.due_at), entry.subject, source)


def _tomorrow(*, dated: bool) -> date | datetime:
    day = clock.today() + timedelta(days=1)
    return day if dated else datetime.combine(day, time.min, SHANGHAI)


def _tally_looked(count: int, entries: Iterable[PendingEntry]) -> Tally:
    today = clock.today()
    return Tally(count, sum(one.due_on is not None and one.due_on <= today for one in entries))


_sources: dict[str, PendingSource] = {}


def register(source: PendingSource) -> None:
    """Called at start; the order of registration is the order on screen."""
    _sources[source.name] = source


def sources() -> list[PendingSource]:
    return list(_sources.values())
