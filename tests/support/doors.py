"""All doors of a room, at REST and Matrix, and what an archived room says there. A new route needs a row here.

Paths have places: {room}, {event} (a message), {poll}, {user} (the one who asks), {other} (a member), {media}.
"""

from dataclasses import dataclass, field
from typing import Any

READS = "reads"  # gives the same in an archived room
SHUT = "shut"  # writes into the room: refused once it is archived
OWN = "own"  # one's own marks and settings, the room's end, and taking people out: still possible
ELSEWHERE = "elsewhere"  # judged by the floor that knows the deed; writes nothing into the room by itself


@dataclass(frozen=True)
class Door:
    method: str
    path: str
    archived: str
    body: Any = None
    query: dict[str, Any] = field(default_factory=dict)
    route: str = ""  # as the router has it, where `path` fills more than one name in

    @property
    def known_as(self) -> tuple[str, str]:
        return self.method, self.route or self.path


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def relation(kind: str, event: str, **more: Any) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": kind, "event_id": event, **more}}


REPLY = text("收到", **{"m.relates_to": {"m.in_reply_to": {"event_id": "{event}"}}})
IN_THREAD = text("话题", **relation("m.thread", "{event}"))
EDIT = text("* 改", **{"m.new_content": text("改")}, **relation("m.replace", "{event}"))
REACTION = relation("m.annotation", "{event}", key="好")
VOTE = {"m.selections": ["a"], **relation("m.reference", "{poll}")}
VOTE_BY_SIGN = relation("m.annotation", "{poll}", key="2️⃣")
VOTE_BY_WORD = text("1", **{"m.relates_to": {"m.in_reply_to": {"event_id": "{poll}"}}})
END = {"body": "完", "m.text": [{"body": "完"}], **relation("m.reference", "{poll}")}
POLL = {
    "m.poll": {
        "question": {"m.text": [{"body": "几时"}]},
        "answers": [{"m.id": "a", "m.text": [{"body": "九时"}]}, {"m.id": "b", "m.text": [{"body": "十时"}]}],
    },
    "m.text": [{"body": "几时"}],
}
FILE = {"msgtype": "m.file", "body": "水位.png", "url": "mxc://{server}/{media}"}
# What can be said in a room, by type: at REST, on the socket and over Matrix alike.
SAYINGS: list[tuple[str, dict[str, Any]]] = [
    ("m.room.message", text("到岗")),
    ("m.room.message", REPLY),
    ("m.room.message", IN_THREAD),
    ("m.room.message", EDIT),
    ("m.room.message", FILE),
    ("m.room.message", text("请阅", **{"org.tongzhou.confirm": {"required": True}})),
    ("m.room.message", text("@全体", **{"m.mentions": {"room": True}})),
    ("m.reaction", REACTION),
    ("m.reaction", VOTE_BY_SIGN),
    ("m.room.message", VOTE_BY_WORD),
    ("m.sticker", {"body": "好", "url": "mxc://{server}/{media}", "info": {}}),
    ("m.poll.start", POLL),
    ("m.poll.response", VOTE),
    ("m.poll.end", END),
]

_EVENT = "/rooms/{room}/events/{event}"
REST = [
    Door("GET", "/rooms/{room}", READS),
    Door("PATCH", "/rooms/{room}", SHUT, {"name": "新名", "purpose": "新用途", "no_forward": True}),
    Door("POST", "/rooms/{room}/archive", OWN),
    Door("POST", "/rooms/{room}/restore", OWN),
    Door("POST", "/rooms/{room}/cards/{event}/actions/{name}", ELSEWHERE, {"key": "k"}),
    Door("GET", "/rooms/{room}/context", READS, query={"event": "{event}"}),
    Door("PUT", "/rooms/{room}/draft", OWN, {"text": "写到一半"}),
    Door("GET", f"{_EVENT}/confirmations", READS),
    Door("POST", f"{_EVENT}/confirmations", SHUT, {"answer": "received"}),
    Door("GET", f"{_EVENT}/edits", READS),
    Door("GET", f"{_EVENT}/reactions", READS),
    Door("PUT", f"{_EVENT}/reactions", SHUT, {"key": "好"}),
    Door("POST", f"{_EVENT}/recall", SHUT, {"reason": ""}),
    Door("GET", f"{_EVENT}/receipts", READS),
    Door("GET", f"{_EVENT}/receipts.csv", READS),
    Door("GET", f"{_EVENT}/receipts/people", READS),
    Door("POST", f"{_EVENT}/reminders", SHUT, {"of": "unread"}),
    Door("GET", "/rooms/{room}/files", READS),
    Door("GET", "/rooms/{room}/filtered", READS, query={"kinds": "orders,decisions,mentions,files"}),
    Door("POST", "/rooms/{room}/forwards", SHUT, {"from_room": "{room}", "events": ["{event}"], "mode": "merged"}),
    Door("POST", "/rooms/{room}/join", OWN),
    Door("GET", "/rooms/{room}/members", READS),
    Door("POST", "/rooms/{room}/members", SHUT, {"user_ids": ["{stranger}"]}),
    Door("GET", "/rooms/{room}/members/tree", READS, query={"q": "陆"}),
    Door("DELETE", "/rooms/{room}/members/{other}", OWN, route="/rooms/{room}/members/{user_id}"),
    Door("PUT", "/rooms/{room}/members/{other}/role", SHUT, {"role": "admin"},
         route="/rooms/{room}/members/{user_id}/role"),
    Door("POST", "/rooms/{room}/mentions/preview", READS, {"room": True}),
    *(
        Door("POST", "/rooms/{room}/messages", SHUT, {"txn_id": f"d{place}", "type": kind, "content": content})
        for place, (kind, content) in enumerate(SAYINGS)
    ),
    Door("POST", "/rooms/{room}/owner", SHUT, {"user_id": "{other}"}),
    Door("GET", "/rooms/{room}/pins", READS),
    Door("PUT", "/rooms/{room}/pins/{event}", SHUT, {}),
    Door("DELETE", "/rooms/{room}/pins/{event}", SHUT),
    Door("GET", "/rooms/{room}/polls/{poll}", READS, route="/rooms/{room}/polls/{event}"),
    Door("POST", "/rooms/{room}/polls/{poll}/votes", SHUT, {"choices": ["a"]},
         route="/rooms/{room}/polls/{event}/votes"),
    Door("POST", "/rooms/{room}/polls/{poll}/end", SHUT, route="/rooms/{room}/polls/{event}/end"),
    Door("POST", "/rooms/{room}/read", OWN, {"seq": 1}),
    Door("GET", "/rooms/{room}/receipts", READS),
    Door("PUT", "/rooms/{room}/settings", OWN, {"muted": True}),
    Door("GET", "/rooms/{room}/threads", READS),
    Door("GET", "/rooms/{room}/threads/{event}", READS),
    Door("PUT", "/rooms/{room}/threads/{event}/follow", OWN, {"on": True}),
    Door("POST", "/rooms/{room}/threads/{event}/read", OWN, {"seq": 1}),
    Door("GET", "/rooms/{room}/timeline", READS),
]  # fmt: skip
# Doors that name no room and may tell what is said in one.
REST_AROUND = [
    "/rooms", "/rooms/joinable", "/rooms/standing", "/drafts", "/threads/unread", "/media/{media}",
    "/media/{media}/thumbnail", "/media/{media}/pages/1", "/search?q={word}", "/search?q={word}&kind=message",
    "/search?q={word}&kind=file", "/search?q={word}&kind=room", "/search?q={word}&room={room}",
]  # fmt: skip

_ROOM = "/rooms/{room}"
_V1 = "/_matrix/client/v1/rooms/{room}"
_MINE = "/user/{user}/rooms/{room}"
MATRIX = [
    Door("GET", f"{_MINE}/account_data/{{data_type}}", OWN),
    Door("PUT", f"{_MINE}/account_data/{{data_type}}", OWN, {"a": 1}),
    Door("GET", f"{_MINE}/tags", OWN),
    Door("PUT", f"{_MINE}/tags/{{tag}}", OWN, {}),
    Door("DELETE", f"{_MINE}/tags/{{tag}}", OWN),
    Door("GET", "/directory/list/room/{room}", READS),
    Door("PUT", "/directory/list/room/{room}", ELSEWHERE, {"visibility": "private"}),
    Door("POST", "/knock/{room}", SHUT, {}),
    Door("GET", f"{_ROOM}/aliases", READS),
    Door("POST", f"{_ROOM}/upgrade", SHUT, {"new_version": "11"}),
    Door("POST", f"{_ROOM}/report", ELSEWHERE, {"reason": "x"}),
    Door("POST", f"{_ROOM}/report/{{event}}", ELSEWHERE, {"reason": "x"}),
    Door("GET", f"{_V1}/hierarchy", ELSEWHERE),
    Door("GET", f"{_V1}/threads", READS),
    Door("GET", f"{_V1}/timestamp_to_event", READS, query={"ts": "9999999999999", "dir": "b"}),
    Door("GET", "/_matrix/client/v1/room_summary/{room}", READS),
    Door("GET", f"{_V1}/relations/{{event}}", READS),
    Door("GET", f"{_V1}/relations/{{event}}/{{rel_type}}", READS),
    Door("GET", f"{_V1}/relations/{{event}}/{{rel_type}}/{{event_type}}", READS),
    Door("POST", "/join/{room}", OWN, {}),
    Door("POST", f"{_ROOM}/join", OWN, {}),
    Door("POST", f"{_ROOM}/leave", OWN, {}),
    Door("POST", f"{_ROOM}/forget", OWN, {}),
    Door("POST", f"{_ROOM}/invite", SHUT, {"user_id": "{stranger}"}),
    Door("POST", f"{_ROOM}/kick", OWN, {"user_id": "{other}"}),
    Door("POST", f"{_ROOM}/ban", OWN, {"user_id": "{other}"}),
    Door("POST", f"{_ROOM}/unban", OWN, {"user_id": "{other}"}),
    Door("GET", f"{_ROOM}/joined_members", READS),
    Door("GET", f"{_ROOM}/members", READS),
    *(
        Door("PUT", f"{_ROOM}/send/{kind}/d{place}", SHUT, content, route=f"{_ROOM}/send/{{event_type}}/{{txn}}")
        for place, (kind, content) in enumerate(SAYINGS)
    ),
    Door("PUT", f"{_ROOM}/redact/{{event}}/r", SHUT, {}, route=f"{_ROOM}/redact/{{event}}/{{txn}}"),
    *(
        Door("PUT", f"{_ROOM}/state/{kind}", SHUT, content, route=f"{_ROOM}/state/{{event_type}}")
        for kind, content in (
            ("m.room.name", {"name": "另一名"}),
            ("m.room.topic", {"topic": "另一用途"}),
            ("m.room.pinned_events", {"pinned": ["{poll}"]}),
            ("m.room.join_rules", {"join_rule": "public"}),
            ("m.room.power_levels", {"users": {"{user}": 100, "{other}": 50}}),
        )
    ),
    Door("PUT", f"{_ROOM}/state/m.room.member/{{stranger}}", SHUT, {"membership": "invite"},
         route=f"{_ROOM}/state/{{event_type}}/{{state_key}}"),
    Door("GET", f"{_ROOM}/state", READS),
    Door("GET", f"{_ROOM}/state/m.room.name", READS, route=f"{_ROOM}/state/{{event_type}}"),
    Door("GET", f"{_ROOM}/state/m.room.topic/", READS, route=f"{_ROOM}/state/{{event_type}}/{{state_key}}"),
    Door("GET", f"{_ROOM}/messages", READS, query={"dir": "b", "limit": 100}),
    Door("GET", f"{_ROOM}/messages", READS, query={"dir": "f", "limit": 100, "from": "{since}"}),
    Door("GET", f"{_ROOM}/context/{{event}}", READS, query={"limit": 100}),
    Door("GET", f"{_ROOM}/event/{{event}}", READS),
    Door("GET", f"{_ROOM}/event/{{gone}}", READS, route=f"{_ROOM}/event/{{event}}"),
    Door("PUT", f"{_ROOM}/typing/{{user}}", OWN, {"typing": True}),
    Door("POST", f"{_ROOM}/receipt/m.read/{{event}}", OWN, {}, route=f"{_ROOM}/receipt/{{kind}}/{{event}}"),
    Door("POST", f"{_ROOM}/read_markers", OWN, {"m.read": "{event}"}),
]  # fmt: skip
MATRIX_AROUND = [
    ("GET", "/sync", None), ("GET", "/sync?full_state=true", None), ("GET", "/sync?since={since}", None),
    ("GET", '/sync?filter={"room":{"include_leave":true}}', None), ("GET", "/joined_rooms", None),
    ("GET", "/publicRooms", None), ("GET", "/notifications", None),
    ("GET", "/_matrix/client/v1/media/download/{server}/{media}", None),
    ("GET", "/_matrix/client/v1/media/thumbnail/{server}/{media}", None),
    ("POST", "/search", {"search_categories": {"room_events": {"search_term": "{word}"}}}),
    ("POST", "/user_directory/search", {"search_term": "{word}"}),
]  # fmt: skip


def filled(value: Any, places: dict[str, str]) -> Any:
    """The value with its places filled in, however deep."""
    match value:
        case str():
            for name, said in places.items():
                value = value.replace(f"{{{name}}}", said)
            return value
        case dict():
            return {filled(key, places): filled(inner, places) for key, inner in value.items()}
        case list():
            return [filled(inner, places) for inner in value]
    return value


def plain(route: str) -> str:
    """A route with its names as the router of either door writes them."""
    return route.replace("{room_id}", "{room}").replace("{event_id}", "{event}")
