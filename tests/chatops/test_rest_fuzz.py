"""Whatever is sent to a REST route of rooms, files, search or bots: an answer in our form, and never a 500."""

import json
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings

from chatops.services import messages, rooms
from config.api import api
from directory.models import PostRole
from tests.support.world import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

EXAMPLES = 8
AREAS = (
    "/rooms",
    "/media",
    "/uploads",
    "/search",
    "/drafts",
    "/secrecy",
    "/cards",
    "/threads",
    "/admin/bots",
    "/person",
)
HOSTILE = st.sampled_from(
    ["", " ", "a\x00b", "a\ud800b", "../../etc/passwd", "<script>x</script>", "' OR 1=1 --", "字" * 3000, "%00",
     "\u202e", "-1", "9" * 40, "2026-02-30", "0000-01-01", "null", "机密★3年", "@x:y", "!x:y", "$x", "\r\nX: y"]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | HOSTILE
    | st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def object_of(schema, shapes, depth):
    """With the fields that it says, else with some that an event's content has."""
    if "properties" not in schema or depth >= 5:
        known = [
            "body",
            "msgtype",
            "m.relates_to",
            "m.mentions",
            "url",
            "info",
            "m.poll",
            "org.tongzhou.card",
        ]
        return st.dictionaries(st.sampled_from(known), VALUES, max_size=4)
    fields = {name: in_form(one, shapes, depth + 1) for name, one in schema["properties"].items()}
    needed = {name: one for name, one in fields.items() if name in schema.get("required", [])}
    rest = {name: one for name, one in fields.items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=rest)


def in_form(schema, shapes, depth=0):
    """Values of the schema's form, with a hostile one here and there."""
    if "$ref" in schema:
        return in_form(shapes[schema["$ref"].rsplit("/", 1)[1]], shapes, depth + 1)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]]) | LEAVES
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return st.one_of([in_form(one, shapes, depth + 1) for one in schema[union]])
    kind = schema.get("type")
    if kind == "object":
        return object_of(schema, shapes, depth)
    if kind == "array" and depth < 5:
        return st.lists(in_form(schema.get("items", {}), shapes, depth + 1), max_size=3)
    simple = {
        "string": st.text(max_size=30) | HOSTILE,
        "integer": st.integers(-5, 2**40),
        "boolean": st.booleans(),
    }
    return simple.get(kind, VALUES) | LEAVES


def routes():
    schema = api.get_openapi_schema()
    shapes = schema["components"]["schemas"]
    for path, deeds in schema["paths"].items():
        if not path.removeprefix("/api/v1").startswith(AREAS):
            continue
        for method, deed in deeds.items():
            content = deed.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema")
            bodies = st.none() if body is None else in_form(body, shapes) | VALUES
            asked = [one["name"] for one in deed.get("parameters", []) if one["in"] == "query"]
            yield method.upper(), path, asked, bodies


def drawn(path, asked, bodies):
    found = []
    places = path.count("{")
    query = (
        st.dictionaries(st.sampled_from(asked), HOSTILE | st.text(max_size=12), max_size=3)
        if asked
        else st.just({})
    )

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(
        st.lists(HOSTILE | st.text(max_size=12), min_size=places, max_size=places),
        query,
        bodies,
        st.booleans(),
    )
    def draw(steps, query, body, real):
        found.append((steps, query, body, real))

    draw()
    return found


def filled(path, steps, known):
    """The path with a word for each of its parts: what is known by it, else the next of `steps`."""
    words = iter(steps)
    return "/".join(
        quote(known.get(part, next(words)).encode("utf-8", "surrogatepass"), safe="") if part.startswith("{") else part
        for part in path.split("/")
    )  # fmt: skip


def test_no_request_breaks_the_server(owner, member, unit):
    admin = make_person("系统管理员", unit=unit, role=PostRole.SYSTEM_ADMIN)
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk, admin.pk])
    sent = messages.send(
        actor=owner.actor(),
        room_id=room.room_id,
        type="m.room.message",
        content={"msgtype": "m.text", "body": "请回复"},
    )
    known = {"{room}": room.room_id, "{event}": sent.event_id, "{user_id}": member.user_id}
    broken = []
    for who in (owner, admin):
        client = Client(headers={"authorization": f"Bearer {who.secret}"}, raise_request_exception=False)
        for method, path, asked, bodies in routes():
            for steps, query, body, real in drawn(path, asked, bodies):
                at = filled(path, steps, known if real else {})
                data = "" if body is None else json.dumps(body)
                answer = client.generic(
                    method, at, data, content_type="application/json",
                    query_params={name: word.encode("utf-8", "replace").decode() for name, word in query.items()},
                )  # fmt: skip
                told = json.loads(answer.content or b"{}") if "json" in answer.get("content-type", "") else {}
                # tus answers a wrong media type by the status alone.
                fine = answer.status_code in {415, *range(400)} or (told.get("code") and told.get("message"))
                if answer.status_code >= 500 or not (fine or method == "HEAD"):
                    broken.append((method, at, query, data[:300], answer.status_code, answer.content[:200]))
    assert broken == []
