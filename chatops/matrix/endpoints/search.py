"""Searching messages (C-S API, "Server Side Search"), by the platform's own index."""

from typing import Any

from chatops.matrix.endpoints.reading import whole_events
from chatops.matrix.errors import bad_json, missing_param
from chatops.matrix.requests import Json, Request, text
from chatops.matrix.rooms import find_access
from chatops.services import search as service
from chatops.store.matrix import rooms as store
from common.aio import call_service

PAGE = 10


async def search(request: Request) -> Json:
    """Newest first. Of a filter `rooms` (one of them) and `senders` (one) narrow the search; `order_by` is by time."""
    body = await request.json()
    categories = body.get("search_categories")
    if not isinstance(categories, dict):
        raise missing_param("search_categories")
    wanted = categories.get("room_events")
    if wanted is None:
        return {"search_categories": {}}
    if not isinstance(wanted, dict):
        raise bad_json("room_events must be an object")
    term, narrowed = text(wanted, "search_term", most=1024), wanted.get("filter") or {}
    if not isinstance(narrowed, dict):
        raise bad_json("filter must be an object")
    limit = narrowed.get("limit", PAGE)
    asked = service.Asked(text=term, room_id=_one(narrowed, "rooms"), sender=_one(narrowed, "senders"))
    found = await call_service(
        service.search_kind,
        actor=request.actor,
        asked=asked,
        kind="message",
        cursor=request.query.get("next_batch", ""),
        limit=limit if isinstance(limit, int) and not isinstance(limit, bool) else PAGE,
    )
    hits = found.messages or service.HitPage([])
    results = [result for hit in hits.items if (result := await _result(request, hit)) is not None]
    answer: Json = {
        "count": len(results),
        "highlights": [word for word in term.split() if word],
        "results": results,
        "state": {},
        "groups": {},
    }
    if hits.next is not None:
        answer["next_batch"] = hits.next
    return {"search_categories": {"room_events": answer}}


def _one(narrowed: Json, name: str) -> str | None:
    value = narrowed.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise bad_json(f"{name} must be a list of strings")
    return value[0] if len(value) == 1 else None


async def _result(request: Request, hit: service.Hit) -> Json | None:
    access = await find_access(request, hit.room.room_id)
    row = await store.find_event(request.delivery.pool, access, hit.event.event_id) if access else None
    if access is None or row is None:
        return None
    [event] = await whole_events(request, access, [row])
    return {"rank": row.ts / 1000.0, "result": event, "context": _no_context()}


def _no_context() -> dict[str, Any]:
    return {"events_before": [], "events_after": [], "profile_info": {}}
