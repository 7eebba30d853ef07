"""The pending list of a person: counts by source, and pages of all of them in one order.

Web, REST and bots read it here and nowhere else, so they cannot differ.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from pydantic import BaseModel

from common.errors import BadInputError
from directory.actors import Actor
from workflows.pending.order import Place, cursor_of, place_of
from workflows.pending.registry import PendingEntry, PendingSource, place_at, sources
from workflows.store.pending import one_list

SHOWN = 50
MOST_ASKED = 100
MOST_WORDS = 100
MOST_PAGES = 50


class SourceOut(BaseModel):
    source: str
    title: str
    count: int
    items: list[PendingEntry]


class PendingOut(BaseModel):
    total: int
    sources: list[SourceOut]


class SourceCount(BaseModel):
    source: str
    title: str
    count: int
    urgent: int


class PendingCounts(BaseModel):
    """`urgent`: due today or before."""

    total: int
    urgent: int
    sources: list[SourceCount]


class PendingRow(PendingEntry):
    source: str
    source_title: str


class PendingPage(BaseModel):
    """`next` is the cursor of the page that follows, None at the end."""

    items: list[PendingRow]
    next: str | None


@one_list()
def list_pending(actor: Actor, limit: int = SHOWN) -> PendingOut:
    """Counts and the first entries of each source by itself."""
    found = []
    for one in sources():
        count, items = one.first(actor, limit)
        found.append(SourceOut(source=one.name, title=one.title(), count=count, items=items))
    return PendingOut(total=sum(one.count for one in found), sources=found)


@one_list()
def count_pending(actor: Actor, *, words: str = "") -> PendingCounts:
    found = []
    for one in sources():
        tally = one.tally(actor, _checked(words))
        found.append(SourceCount(source=one.name, title=one.title(), count=tally.count, urgent=tally.urgent))
    return PendingCounts(
        total=sum(one.count for one in found), urgent=sum(one.urgent for one in found), sources=found
    )


def page_pending(
    actor: Actor, *, cursor: str | None = None, limit: int = SHOWN, source: str = "", words: str = ""
) -> PendingPage:
    """A page of all sources, or of those named with commas between. Raises BadInputError: cursor, limit, source, q."""
    place, words = place_of(cursor), _checked(words)
    if not 1 <= limit <= MOST_ASKED:
        raise BadInputError(
            field="limit", message=_("每页条数须为1至{most}。").format(most=MOST_ASKED), most=MOST_ASKED
        )
    rows = _merged(actor, limit + 1, _wanted(source), place, words)
    more = cursor_of(place_at(rows[limit - 1], rows[limit - 1].source)) if len(rows) > limit else None
    return PendingPage(items=rows[:limit], next=more)


def nth_page(actor: Actor, number: int, *, size: int = 20, words: str = "") -> list[PendingRow]:
    """Page `number`, from 1, for those who say a number and have no cursor. Raises BadInputError: page, q."""
    if not 1 <= number <= MOST_PAGES:
        raise BadInputError(
            field="page", message=_("页码须为1至{most}，例如：待办 2。").format(most=MOST_PAGES)
        )
    rows = _merged(actor, number * size, sources(), None, _checked(words))
    return rows[(number - 1) * size : number * size]


@one_list()
def _merged(
    actor: Actor, limit: int, wanted: Iterable[PendingSource], place: Place | None, words: str
) -> list[PendingRow]:
    rows = [
        PendingRow(source=one.name, source_title=one.title(), **entry.model_dump())
        for one in wanted
        for entry in one.page(actor, limit, place, words)
    ]
    return sorted(rows, key=lambda row: place_at(row, row.source))[:limit]


def _checked(words: str) -> str:
    if len(words) > MOST_WORDS:
        raise BadInputError(
            field="q", message=_("查找的文字不超过{most}字，请缩短后重试。").format(most=MOST_WORDS)
        )
    return words.replace("\x00", "")


def _wanted(names: str) -> list[PendingSource]:
    if not names:
        return sources()
    known = {one.name: one for one in sources()}
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in known]:
        raise BadInputError(
            field="source",
            message=_("没有“{name}”这一类待办，请从列表所示类别中选择。").format(name=unknown[0]),
        )
    return [known[name] for name in dict.fromkeys(wanted)]
