"""Sources of the pending list. Each answers its count and its first entries in a fixed number of queries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import BaseModel

from directory.actors import Actor

SHOWN = 50


class PendingEntry(BaseModel):
    """One thing to do. `link` is a path of the web client; `code` a colour of UX §4 or none."""

    subject: UUID
    title: str
    detail: str
    due_on: date | None
    code: str
    link: str


class SourceOut(BaseModel):
    source: str
    title: str
    count: int
    items: list[PendingEntry]


class PendingOut(BaseModel):
    total: int
    sources: list[SourceOut]


@dataclass(frozen=True)
class PendingSource:
    """`look(actor, limit)` gives how many wait in all, and the first `limit`, most urgent first."""

    name: str
    title: Callable[[], str]
    look: Callable[[Actor, int], tuple[int, Sequence[PendingEntry]]]


_sources: dict[str, PendingSource] = {}


def register(source: PendingSource) -> None:
    """Called at start; the order of registration is the order on screen."""
    _sources[source.name] = source


def list_pending(actor: Actor, limit: int = SHOWN) -> PendingOut:
    sources = []
    for source in _sources.values():
        count, entries = source.look(actor, limit)
        sources.append(SourceOut(source=source.name, title=source.title(), count=count, items=list(entries)))
    return PendingOut(total=sum(source.count for source in sources), sources=sources)
