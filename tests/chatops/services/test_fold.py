"""Counts equal a recount after any order of deeds, and both ways of folding give one picture.

The server folds a page by SQL, the client by the events as they come. The cases that this test makes are kept for the
client's test (web/tests/live/fold-cases.json): the same deeds, what each put on the line, and the server's pages.
"""

import json
import random
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from chatops.api.schemas import TimelineOut
from chatops.services import messages, reactions, redactions, rooms, threads, timeline
from chatops.store.models import Event, Membership
from common.errors import DomainError
from directory.models import PostRole
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parents[3] / "web/tests/live/fold-cases.json"
PEOPLE = ("anna", "ben", "cleo")
DEEDS = ("send", "send", "edit", "react", "unreact", "reply", "reply", "recall", "read", "read_thread")
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.sampled_from(PEOPLE), st.integers(0, 30), st.sampled_from("✓?赞")),
    max_size=40,
)


class Play:
    """Three people in a room, and everything that stands in it by now."""

    def __init__(self, actors):
        self.actors = actors
        keys = [actor.staff_id for actor in list(actors.values())[1:]]
        self.room = rooms.create_room(actor=actors["anna"], kind="work", name="会商", members=keys)
        self.sent = []

    def send(self, who, content, kind="m.room.message"):
        return messages.send(
            actor=self.actors[who], room_id=self.room.room_id, type=kind, content=content
        ).event_id

    def do(self, deed, who, pick, key):
        """One deed; what the rules refuse is no deed."""
        try:
            self._do(deed, who, self.sent[pick % len(self.sent)] if self.sent else None, key)
        except DomainError:
            return

    def _do(self, deed, who, target, key):
        room, actor = self.room.room_id, self.actors[who]
        text = {"msgtype": "m.text", "body": f"{who} {len(self.sent)}"}
        if deed == "send":
            self.sent.append(self.send(who, text))
        elif target is None:
            return
        elif deed == "edit":
            relation = {"rel_type": "m.replace", "event_id": target}
            self.sent.append(self.send(who, {**text, "m.new_content": text, "m.relates_to": relation}))
        elif deed in {"react", "unreact"}:
            reactions.react(actor=actor, room_id=room, event_id=target, key=key, on=deed == "react")
        elif deed == "reply":
            relation = {"rel_type": "m.thread", "event_id": target}
            self.sent.append(self.send(who, {**text, "m.relates_to": relation}))
        elif deed == "recall":
            redactions.recall(actor=actor, room_id=room, event_id=target)
        elif deed == "read":
            seq = Event.objects.get(room_id=self.room.pk, event_id=target).seq
            mine = Membership.objects.get(room=self.room, staff_id=actor.staff_id)
            Membership.objects.filter(pk=mine.pk).update(read_seq=max(mine.read_seq, seq))
        elif deed == "read_thread":
            event = Event.objects.get(room_id=self.room.pk, event_id=target)
            root = event.relates_to if event.rel_type == "m.thread" else target
            assert root is not None
            threads.mark_read(actor=actor, room_id=room, root=root, seq=event.seq)


@pytest.fixture
def actors():
    unit = make_unit()
    roles = {"anna": PostRole.OFFICE}
    made = {name: make_person(name, unit=unit, role=roles.get(name, PostRole.MEMBER)) for name in PEOPLE}
    return {name: person.actor() for name, person in made.items()}


@settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_counts_equal_a_recount_after_any_order(actors, steps):
    play = Play(actors)
    for step in steps:
        play.do(*step)
    events = list(Event.objects.filter(room_id=play.room.pk).order_by("seq"))
    for actor in actors.values():
        read = Membership.objects.get(room=play.room, staff_id=actor.staff_id).read_seq
        others = [event for event in events if event.sender_id != actor.staff_id]
        [entry] = rooms.list_rooms(actor, play.room.pk)
        assert entry["unread"] == sum(1 for event in others if event.countable and event.seq > read)
        listed = threads.list_threads(actor=actor, room_id=play.room.room_id)["items"]
        for thread in listed:
            root = thread["root"]["event_id"]
            replies = [one for one in others if one.rel_type == "m.thread" and one.relates_to == root]
            left = [one for one in replies if one.redacted_by is None and one.seq > thread["read"]]
            assert thread["unread"] == len(left)
        roots = {
            event.relates_to for event in events if event.rel_type == "m.thread" and event.redacted_by is None
        }
        assert {thread["root"]["event_id"] for thread in listed} == roots
        mine = [one for one in threads.unread_threads(actor=actor) if one["room"] == play.room.room_id]
        unread = {one["root"]: one["unread"] for one in mine}
        assert unread == {
            one["root"]["event_id"]: one["unread"] for one in listed if one["following"] and one["unread"]
        }


def played(actors, seed):
    """One case: deeds by a seed, the events as each deed put them on the line, a page midway and one at the end."""
    chance, play = random.Random(seed), Play(actors)
    room = {"actor": actors["ben"], "room_id": play.room.room_id}
    frames, last, midway = [], 0, None
    for number in range(45):
        play.do(chance.choice(DEEDS), chance.choice(PEOPLE), chance.randrange(31), chance.choice("✓?赞"))
        fresh = timeline.page(after=last, limit=200, **room)
        frames.append(fresh["items"])
        last = fresh["last"]
        if number == 25:
            midway = timeline.page(limit=200, **room)
    late = timeline.page(after=0, limit=200, **room)["items"]
    return {
        "me": actors["ben"].user_id,
        "frames": frames,
        "late": late,
        "midway": midway,
        "page": timeline.page(limit=200, **room),
    }


def test_a_page_is_what_its_schema_says(actors):
    """The door hands it on without a look at the schema."""
    told = [page for seed in range(6) for page in pages_of(played(actors, seed))]
    assert {"edited_seq", "reactions", "thread", "redacted_by"} <= {
        key for page in told for one in page for key in one
    }
    for page in told:
        whole = {"items": page, "next": None, "last": 1, "at": 1}
        assert TimelineOut.model_validate(whole).model_dump(exclude_unset=True) == whole


def pages_of(case):
    return [*case["frames"], case["late"], case["midway"]["items"], case["page"]["items"]]


def test_the_cases_of_the_client_are_what_the_server_says(actors):
    cases = [played(actors, seed) for seed in range(12)]
    names: dict[str, str] = {}
    text = json.dumps(cases, ensure_ascii=False)
    for case in cases:
        for event in case["late"]:
            names.setdefault(event["event_id"], f"$e{len(names)}")
            names.setdefault(event["room"], f"!r{len(names)}")
            names.setdefault(event["sender"], f"@p{len(names)}")
    for name, short in names.items():
        text = text.replace(name, short)
    fresh = json.loads(text)
    for case in fresh:
        for event in [
            *case["late"],
            *(one for frame in case["frames"] for one in frame),
            *case["page"]["items"],
            *case["midway"]["items"],
        ]:
            event["ts"] = event["seq"]
            event.pop("acting", None)
            for place in (
                event.get("thread"),
                (event["content"].get("org.tongzhou.undone") or {}).get("thread"),
            ):
                if place:
                    place["ts"] = place["seq"]
                    place.pop("name", None)
    fresh_text = (
        json.dumps(fresh, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace(
            '},{"content"', '},\n{"content"'
        )
        + "\n"
    )
    if not CASES.exists():
        CASES.write_text(fresh_text, encoding="utf-8")
    assert json.loads(CASES.read_text(encoding="utf-8")) == json.loads(fresh_text), (
        f"the server folds otherwise than kept: remove {CASES.name}, run this test, then the client's"
    )
