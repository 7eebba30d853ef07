"""Search: messages, files, people and rooms, each only as far as the reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import search_text as texts
from chatops.services.rooms import access_room
from chatops.services.search_text import Snippet, fold, matches, runs_of
from chatops.services.timeline import page
from chatops.store import rooms, search
from chatops.store.search import EventRow, Filters, Place, RoomRow
from chatops.store.search_models import DocKind
from common import clock, ids
from common.cursors import bad_cursor, offset_of, whole
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.models import Appointment
from directory.services import lookup, refs
from directory.services.pinyin import initials, normalised, spell

Kind = Literal["message", "file", "person", "room"]
DOC_KINDS = {"message": DocKind.MESSAGE, "file": DocKind.FILE}

MAX_QUERY = 100
PAGE, MAX_PAGE, FIRST_FEW = 20, 50, 5
CONTEXT, MAX_CONTEXT = 25, 100
SHORTEST = 2


@dataclass(frozen=True)
class Asked:
    """What to search for. `since` and `until` are days in Asia/Shanghai, both included."""

    text: str
    room_id: str | None = None
    sender: str | None = None
    unit: UUID | None = None
    since: date | None = None
    until: date | None = None

    @property
    def is_narrowed(self) -> bool:
        return any((self.room_id, self.sender, self.unit, self.since, self.until))


@dataclass(frozen=True)
class Hit:
    """A message or file with the part of its text that holds the words. `thread` is the root of a reply's thread."""

    room: RoomRow
    event: EventRow
    sender: str
    sender_name: str
    snippet: Snippet
    thread: str | None


@dataclass(frozen=True)
class HitPage:
    """`next`: cursor, None when nothing is left. `until`: milliseconds down to which this page has searched when it
    stopped before it was full; it may then be short or empty with more behind it."""

    items: list[Hit]
    next: str | None = None
    until: int | None = None


@dataclass(frozen=True)
class RoomHit:
    room: RoomRow
    name: str
    ranges: list[tuple[int, int]]


@dataclass(frozen=True)
class RoomPage:
    items: list[RoomHit]
    next: str | None = None


@dataclass(frozen=True)
class PeoplePage:
    items: list[Appointment]
    next: str | None = None


@dataclass
class Results:
    """`note` says in a sentence why messages were not searched. What was not asked for is None."""

    note: str = ""
    people: PeoplePage | None = None
    rooms: RoomPage | None = None
    messages: HitPage | None = None
    files: HitPage | None = None


def search_all(*, actor: Actor, asked: Asked) -> Results:
    """The first few of each kind; with filters, which only messages have, messages and files alone."""
    runs, note = _words(asked.text)
    results = Results(note=note, messages=HitPage([]), files=HitPage([]))
    if not asked.is_narrowed and asked.text.strip():
        results.people = _people(actor, asked.text, 0, FIRST_FEW)
        results.rooms = _rooms(actor, asked.text, 0, FIRST_FEW)
    if not note:
        results.messages = _hits(actor, asked, "message", runs, None, FIRST_FEW)
        results.files = _hits(actor, asked, "file", runs, None, FIRST_FEW)
    return results


def search_kind(*, actor: Actor, asked: Asked, kind: Kind, cursor: str = "", limit: int = PAGE) -> Results:
    """A page of one kind. Raises BadInputError for a cursor that no page has given, or an unknown sender."""
    limit = max(1, min(limit, MAX_PAGE))
    if kind in DOC_KINDS:
        runs, note = _words(asked.text)
        found = HitPage([]) if note else _hits(actor, asked, kind, runs, _place(cursor), limit)
        return Results(note, messages=found) if kind == "message" else Results(note, files=found)
    offset = offset_of(cursor)
    if kind == "person":
        return Results(people=_people(actor, asked.text, offset, limit))
    return Results(rooms=_rooms(actor, asked.text, offset, limit))


def context(
    *, actor: Actor, room_id: str, event_id: str, before: int = CONTEXT, after: int = CONTEXT
) -> dict[str, Any]:
    """The page of a room around an event, oldest first. A reply in a thread stands at its root, an edit at its message.

    Returns:
        {items, event: the id of the event in the middle, next: as `timeline.page`, last: the position that the page
        reaches, at_end: whether that is the newest, at}
    Raises:
        NotFoundError: not the actor's room, or no event that the actor may see.
    """
    view = access_room(actor, room_id)
    before, after = max(0, min(before, MAX_CONTEXT)), max(0, min(after, MAX_CONTEXT))
    event = rooms.find_event(view.room.pk, event_id)
    if event is not None and not event.display and event.relates_to:
        event = rooms.find_event(view.room.pk, event.relates_to)
    if event is None or not event.display or event.seq <= view.membership.history_seq:
        raise NotFoundError
    last, at_end = search.shown_until(view.room.pk, event.seq, after)
    length = before + 1 + search.count_shown(view.room.pk, event.seq, last)
    around = page(actor=actor, room_id=room_id, before=last + 1, limit=length)
    if at_end:
        around["last"] = max(last, view.room.last_seq)
    return {**around, "event": event.event_id, "at_end": at_end}


# ---- messages and files ------------------------------------------------------------------------------------------


def _words(text: str) -> tuple[list[str], str]:
    """The words to look for, or the sentence that says why there are none."""
    if len(text) > MAX_QUERY:
        raise BadInputError(field="q", message=_("搜索内容请控制在 {most} 字以内。").format(most=MAX_QUERY))
    runs = runs_of(text)
    if not any(len(run) >= SHORTEST for run in runs):
        return [], _("查找消息和文件请至少输入两个相连的字或字母。")
    return runs, ""


def _hits(
    actor: Actor, asked: Asked, kind: str, runs: Sequence[str], before: Place | None, limit: int
) -> HitPage:
    reach = search.reach(actor.staff_id, asked.room_id)
    filters = _filters(asked, kind)
    grams = {gram for run in runs for gram in texts.grams_of(run)}
    found = search.find(runs, grams, reach, filters, before, limit)
    events = search.events_at((room, seq) for _, room, seq in found.places)
    names = {
        row.pk: row for row in search.rooms_of(actor.staff_id, list({room for _, room, _ in found.places}))
    }
    people = {person.pk: person for person in refs.people_by_pk(row.sender_id for row in events.values())}
    items = []
    for _ts, room, seq in found.places:
        event = events.get((room, seq))
        # Recalled or edited since the index was last at it: the event decides, not the index.
        if event is None or room not in names or texts.kind_of(event.content) != filters.kind:
            continue
        text = texts.text_of(event.type, event.content)
        if not matches(runs, fold(text)):
            continue
        person = people.get(event.sender_id)
        items.append(
            Hit(
                names[room],
                event,
                ids.user_id(person.staff_number) if person else "",
                event.acting.get("name") or (person.name if person else ""),
                texts.snippet(text, runs),
                event.relates_to if event.rel_type == "m.thread" else None,
            )
        )
    following = _cursor(found.reached) if found.reached else None
    stopped = found.reached is not None and len(found.places) < limit
    return HitPage(items, following, found.reached[0] if stopped and found.reached else None)


def _filters(asked: Asked, kind: str) -> Filters:
    sender = None
    if asked.sender:
        person = refs.find_anyone(ids.staff_number_of(asked.sender) or "")
        if person is None:
            raise BadInputError(field="sender", message=_("查无此人，请从通讯录中选择。"))
        sender = person.pk
    return Filters(
        kind=DOC_KINDS[kind],
        sender=sender,
        unit=asked.unit,
        since=_ms(asked.since) if asked.since else None,
        until=_ms(asked.until + timedelta(days=1)) if asked.until else None,
    )


def _ms(day: date) -> int:
    return int(datetime.combine(day, time(), clock.SHANGHAI).timestamp() * 1000)


def _cursor(place: Place) -> str:
    return "-".join(map(str, place))


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    parts = cursor.split("-")
    match [whole(part) for part in parts]:
        case [int() as ts, int() as room, int() as seq]:
            return ts, room, seq
    raise bad_cursor()


# ---- people and rooms --------------------------------------------------------------------------------------------


def _people(actor: Actor, text: str, offset: int, limit: int) -> PeoplePage:
    rows, following = lookup.people(actor, text, offset=offset, limit=limit)
    return PeoplePage(rows, str(following) if following is not None else None)


def _rooms(actor: Actor, text: str, offset: int, limit: int) -> RoomPage:
    """The actor's rooms by name, purpose, or the pinyin or initials of the name; by name first, then the newest."""
    runs, spelt = runs_of(text), normalised(text)
    spelt = spelt if spelt.isascii() and spelt.isalpha() else ""
    if not runs:
        return RoomPage([])
    ranked = []
    for at, room in enumerate(search.rooms_of(actor.staff_id)):
        name = room.other_name or room.name
        by_name = matches(runs, fold(name))
        if (
            by_name
            or matches(runs, fold(f"{name}\n{room.purpose}"))
            or (spelt and _is_spelt(room, name, spelt))
        ):
            ranges = texts.snippet(name, runs).ranges if by_name else []
            ranked.append((not by_name, at, RoomHit(room, name, ranges)))
    ranked.sort(key=lambda each: each[:2])
    hits = [hit for _, _, hit in ranked]
    following = offset + limit
    return RoomPage(hits[offset:following], str(following) if len(hits) > following else None)


def _is_spelt(room: RoomRow, name: str, spelt: str) -> bool:
    """`cqs` or `caoqing` for 曹庆山, `fxhs` for 防汛会商."""
    run, short = (
        (normalised(room.other_pinyin or ""), room.other_initials or "")
        if room.other_name is not None
        else _spelling(name)
    )
    return run.startswith(spelt) or spelt in short


@lru_cache(maxsize=20_000)
def _spelling(name: str) -> tuple[str, str]:
    pinyin = spell(name)
    return normalised(pinyin), initials(pinyin)
