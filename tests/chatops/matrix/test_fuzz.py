"""Whatever is sent to any path, the answer is JSON with errcode and error, and never a 500."""

import json
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from chatops.matrix.endpoints.routes import OPEN, SIGNED_IN

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
EXAMPLES = 6
ROUTES = [(method, path) for method, path, _ in [*OPEN, *SIGNED_IN]] + [("GET", "/sync")]
# What ends the session, and what would talk to the outside.
LEFT_OUT = {"/logout", "/logout/all", "/account/password"}

LEAVES = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["user_id", "membership", "name", "actions", "rooms", "filter", "typing", "timeout", "room_id", "device_keys",
     "limit", "one_time_keys", "messages", "search_categories", "initial_state", "invite", "auth", "devices", "body",
     "msgtype",
     "m.relates_to", "m.mentions", "identifier", "type", "user", "password", "presence", "order", "reason", "enabled",
     "visibility", "m.read", "users", "events", "m.fully_read", "display_name", "new_version", "search_term", "redacts"]
)  # fmt: skip
BODIES = st.one_of(
    st.dictionaries(KEYS, VALUES, max_size=5).map(
        lambda body: json.dumps(body).encode("utf-8", "surrogatepass")
    ),
    VALUES.map(lambda body: json.dumps(body).encode("utf-8", "surrogatepass")),
    st.binary(max_size=40),
)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["since", "timeout", "filter", "from", "to", "dir", "limit", "at", "membership", "ts", "width", "height",
         "format", "recurse", "include", "max_depth", "before", "after", "access_token", "full_state", "user_id"]
    ),
    st.text(max_size=12) | st.integers(-5, 10**18).map(str) | st.sampled_from(["b", "f", "{}", "t5", "s1_2_3"]),
    max_size=3,
)  # fmt: skip
STEPS = st.text(max_size=12) | st.sampled_from(
    ["@x:tongzhou.localhost", "!x:y", "$x", "#a:tongzhou.localhost", "m.room.name"]
)


def drawn(route):
    """Requests by Hypothesis, made beforehand: its own runner would need an event loop for each example."""
    found = []
    places = route.count("{")

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(st.lists(STEPS, min_size=places, max_size=places), QUERIES, BODIES)
    def draw(steps, query, body):
        found.append((steps, query, body))

    draw()
    return found


def filled(route, steps, known):
    rest = iter(steps)

    def fill(part):
        if not part.startswith("{"):
            return part
        step = next(rest)
        # Half of the time a room and a person that are there, so that what comes after them is reached.
        step = known.get(part, step) if len(step) % 2 else step
        return quote(step.encode("utf-8", "surrogatepass"), safe="")

    return "/".join(map(fill, route.split("/")))


async def test_no_request_breaks_the_server(raw, people, together):
    anna = raw(people.anna)
    sent = await anna.say(together, "请回复")
    known = {"{room_id}": together, "{user}": people.anna.user_id, "{event_id}": sent}
    broken = []
    for method, route in ROUTES:
        if route in LEFT_OUT or route.endswith("/leave"):
            continue
        for steps, asked, body in drawn(route):
            query = {key: text.encode("utf-8", "replace").decode() for key, text in asked.items()}
            if route == "/sync":
                query["timeout"] = "0"
            path = filled(route, steps, known)
            content = body if method in {"PUT", "POST", "DELETE"} else b""
            answer = await anna(method, path, params=query, content=content)
            if answer.status_code == 200:
                continue
            told = answer.json() if "json" in answer.headers["content-type"] else {}
            fine = (
                isinstance(told.get("errcode"), str) and isinstance(told.get("error"), str) and told["error"]
            )
            if answer.status_code >= 500 or not fine:
                broken.append((method, path, query, content, answer.status_code, answer.text[:200]))
    assert broken == []
    assert (await anna.ok("GET", "/account/whoami"))["user_id"] == people.anna.user_id
