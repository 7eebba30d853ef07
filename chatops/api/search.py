"""REST: search, and the page of a room around a hit."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Query, Router, Schema

from chatops.api.schemas import EventOut
from chatops.services import search, search_text
from chatops.services.content import CARD_KEY
from chatops.services.search import Asked, Hit, HitPage, Kind, PeoplePage, Results, RoomHit, RoomPage
from chatops.store.search_models import DocKind
from directory.models import Appointment
from directory.requests import ApiRequest

router = Router(tags=["search"])


class FileOut(Schema):
    """`media`: the mxc address. `size`: bytes, where the sender said."""

    name: str
    msgtype: str
    mime: str = ""
    size: int | None = None
    media: str = ""


class HitOut(Schema):
    """A message or file. `ranges`: where the words stand in `snippet`, [start, end) in UTF-16 units.

    `thread`: the root of the thread that it replies in. `card`: the kind of its card.
    """

    room: str
    room_name: str
    room_kind: str
    event_id: str
    seq: int
    ts: int
    sender: str
    sender_name: str
    sender_unit: str
    snippet: str
    ranges: list[tuple[int, int]]
    thread: str | None
    card: str | None
    file: FileOut | None


class HitsOut(Schema):
    """Newest first. `until`: milliseconds back to which was searched when the page ended before it was full."""

    items: list[HitOut]
    next: str | None
    until: int | None


class FoundRoomOut(Schema):
    """A room that one is in; `name` is the other person's for a direct one. `ranges` as in a hit, in `name`."""

    room: str
    kind: str
    name: str
    purpose: str
    archived: bool
    ts: int
    ranges: list[tuple[int, int]]


class FoundRoomsOut(Schema):
    items: list[FoundRoomOut]
    next: str | None


class FoundPersonOut(Schema):
    user_id: str
    name: str
    post_title: str
    unit_id: UUID
    unit_name: str


class FoundPeopleOut(Schema):
    items: list[FoundPersonOut]
    next: str | None


class SearchOut(Schema):
    """Groups that were not asked for are null. `note`: a sentence on why messages and files were not searched."""

    note: str
    people: FoundPeopleOut | None
    rooms: FoundRoomsOut | None
    messages: HitsOut | None
    files: HitsOut | None


class ContextOut(Schema):
    """Oldest first, as a page of the timeline. `event` is the one in the middle; `last` the position reached."""

    items: list[EventOut]
    event: str
    next: str | None
    last: int
    at: int = 0
    at_end: bool


class SearchIn(Schema):
    """`sender`: a user id. `unit`: of the sender, at the time. `from`, `to`: days in Asia/Shanghai, included."""

    q: str = ""
    kind: Kind | None = None
    room: str | None = None
    sender: str | None = None
    unit: UUID | None = None
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    cursor: str = ""
    limit: int = Field(search.PAGE, ge=1, le=search.MAX_PAGE)


@router.get("/search", response=SearchOut, summary="Search messages, files, people and rooms")
def get_search(request: ApiRequest, query: Annotated[SearchIn, Query()]) -> dict[str, Any]:
    """The first few of each group, or with `kind` a page of one. Only what the caller may see."""
    asked = Asked(query.q, query.room, query.sender, query.unit, query.since, query.until)
    if query.kind is None:
        return _results(search.search_all(actor=request.actor, asked=asked))
    found = search.search_kind(
        actor=request.actor, asked=asked, kind=query.kind, cursor=query.cursor, limit=query.limit
    )
    return _results(found)


@router.get(
    "/rooms/{room}/context",
    response=ContextOut,
    exclude_unset=True,
    summary="The page of a room around an event",
)
def get_context(
    request: ApiRequest, room: str, event: str, before: int = search.CONTEXT, after: int = search.CONTEXT
) -> dict[str, Any]:
    """Displayable events with edits folded in. A reply in a thread stands at its root, an edit at its message."""
    return search.context(actor=request.actor, room_id=room, event_id=event, before=before, after=after)


def _results(found: Results) -> dict[str, Any]:
    return {
        "note": found.note,
        "people": found.people and _people(found.people),
        "rooms": found.rooms and _rooms(found.rooms),
        "messages": found.messages and _hits(found.messages),
        "files": found.files and _hits(found.files),
    }


def _people(page: PeoplePage) -> dict[str, Any]:
    return {"items": [_person(held) for held in page.items], "next": page.next}


def _person(held: Appointment) -> dict[str, Any]:
    return {
        "user_id": held.staff.user_id,
        "name": held.staff.name,
        "post_title": held.post.title,
        "unit_id": held.post.unit_id,
        "unit_name": held.post.unit.display_name,
    }


def _rooms(page: RoomPage) -> dict[str, Any]:
    return {"items": [_room(hit) for hit in page.items], "next": page.next}


def _room(hit: RoomHit) -> dict[str, Any]:
    room = hit.room
    return {
        "room": room.room_id,
        "kind": room.kind,
        "name": hit.name,
        "purpose": room.purpose,
        "archived": room.archived,
        "ts": room.last_ts,
        "ranges": hit.ranges,
    }


def _hits(page: HitPage) -> dict[str, Any]:
    return {"items": [_hit(hit) for hit in page.items], "next": page.next, "until": page.until}


def _hit(hit: Hit) -> dict[str, Any]:
    event, content = hit.event, hit.event.content
    card = content.get(CARD_KEY)
    kind = card.get("kind") if isinstance(card, dict) else None
    return {
        "room": hit.room.room_id,
        "room_name": hit.room.other_name or hit.room.name,
        "room_kind": hit.room.kind,
        "event_id": event.event_id,
        "seq": event.seq,
        "ts": event.ts,
        "sender": hit.sender,
        "sender_name": hit.sender_name,
        "sender_unit": event.acting.get("unit", ""),
        "snippet": hit.snippet.text,
        "ranges": hit.snippet.ranges,
        "thread": hit.thread,
        "card": kind if isinstance(kind, str) else None,
        "file": _file(content) if search_text.kind_of(content) == DocKind.FILE else None,
    }


def _file(content: dict[str, Any]) -> dict[str, Any]:
    info = content.get("info")
    info = info if isinstance(info, dict) else {}
    mime, size, url = info.get("mimetype"), info.get("size"), content.get("url")
    return {
        "name": search_text.file_name(content),
        "msgtype": content.get("msgtype"),
        "mime": mime if isinstance(mime, str) else "",
        "size": size if isinstance(size, int) else None,
        "media": url if isinstance(url, str) else "",
    }
