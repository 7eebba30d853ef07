"""What a search finds is what a brute-force scan of what the reader may see finds: no more, no less."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatops.models import Event, Membership, Room
from chatops.services import membership, redactions, rooms, search_index
from chatops.services.search import Asked, search_kind
from chatops.services.search_text import INDEXED_TYPES, fold, grams_of, matches, runs_of, text_of
from chatops.services.timeline import page
from chatops.store import search as store
from common.errors import NotFoundError
from tests.chatops.search.conftest import catch_up, edit, found, say, send
from tests.support.world import make_person

pytestmark = pytest.mark.django_db
SIGNS = "防汛值守检查水"
WORDS = ["防汛", "汛值", "检查", "守检", "水防汛", "查水 防汛", "汛防"]


def shown_to(person, words) -> set[str]:
    """Event ids by the timeline door: every page of every room that it opens for the reader."""
    seen: set[str] = set()
    for room in Room.objects.all():
        before = None
        while True:
            try:
                answer = page(actor=person.actor(), room_id=room.room_id, before=before, limit=5)
            except NotFoundError:
                break
            for event in answer["items"]:
                is_message = event["type"] in INDEXED_TYPES and "redacted_by" not in event
                if is_message and matches(runs_of(words), fold(text_of(event["type"], event["content"]))):
                    seen.add(event["event_id"])
            if answer["next"] is None:
                break
            before = int(answer["next"])
    return seen


class City:
    """Rooms and people that do things in random order."""

    def __init__(self, unit, seed):
        self.chance = random.Random(seed)
        self.people = [make_person(f"人员{number}", unit=unit) for number in range(4)]
        self.host = self.people[0]
        actor = self.host.actor()
        self.rooms = [rooms.create_room(actor=actor, kind="work", name=f"群{number}") for number in range(3)]
        for number, room in enumerate(self.rooms):
            Room.objects.filter(pk=room.pk).update(history_shared=(number + seed) % 3 != 0)
        self.sent = []

    def is_in(self, person, room):
        return Membership.objects.filter(room_id=room.pk, staff_id=person.pk, membership="join").exists()

    def words(self, most):
        return "".join(self.chance.choices(SIGNS, k=self.chance.randint(1, most)))

    def say(self, person, room):
        speaker = person if self.is_in(person, room) else self.host
        self.sent.append((speaker, room, say(speaker, room, self.words(12))))

    def move(self, person, room):
        host = self.host.actor()
        if not self.is_in(person, room):
            membership.add_members(actor=host, room_id=room.room_id, staff_ids=[person.pk])
        elif self.chance.random() < 0.5:
            membership.leave(actor=person.actor(), room_id=room.room_id)
        else:
            membership.remove_member(actor=host, room_id=room.room_id, staff_number=person.number)

    def change(self, _person, _room):
        """Edit or recall something that was said."""
        if not self.sent:
            return
        author, room, message = self.chance.choice(self.sent)
        if Event.objects.get(room_id=room.pk, seq=message.seq).redacted_by:
            return
        if self.chance.random() < 0.5:
            redactions.recall(actor=self.host.actor(), room_id=room.room_id, event_id=message.event_id)
        elif self.is_in(author, room):
            edit(author, room, message, self.words(8))

    def index(self, _person, _room):
        catch_up()


@pytest.mark.parametrize("seed", range(12))
def test_the_reader_finds_what_the_timeline_shows(unit, seed):
    """Joins, leaves, removals, joining again, hidden history, recalls, edits, all in random order."""
    city = City(unit, seed)
    deeds = [city.say, city.say, city.say, city.move, city.move, city.change, city.change, city.index]
    for _ in range(70):
        deed = city.chance.choice(deeds)
        deed(city.chance.choice(city.people[1:]), city.chance.choice(city.rooms))
    catch_up()
    shown = 0
    for person in city.people:
        for words in WORDS:
            expected = shown_to(person, words)
            shown += len(expected)
            hits = found(person, words)
            assert len(hits) == len(set(hits))
            assert set(hits) == expected, (person.number, words)
    assert shown > 0


def test_a_room_filter_opens_no_other_room(owner, member, outsider, room):
    say(owner, room, "防汛值守")
    catch_up()
    assert len(found(member, "防汛", room_id=room.room_id)) == 1
    assert found(outsider, "防汛", room_id=room.room_id) == []
    assert found(member, "防汛", room_id="!nothing:here") == []


@pytest.fixture
def many(owner, room):
    """Some thousand messages, written and indexed without the ways of sending: recall is the index's affair."""
    count = int(os.environ.get("SEARCH_MESSAGES", "2000"))
    chance = random.Random(17)
    rows = []
    for seq in range(1000, 1000 + count):
        body = fold("".join(chance.choices(SIGNS + "甲乙丙丁戊己庚 ，", k=chance.randint(2, 40))))
        rows.append((seq, body))
    events = [
        Event(
            room_id=room.pk, seq=seq, n=seq, event_id=f"$e{seq}", type="m.room.message", sender_id=owner.pk,
            ts=1_760_000_000_000 + chance.randrange(10**6), content={"msgtype": "m.text", "body": body},
            display=True, countable=True,
        )
        for seq, body in rows
    ]  # fmt: skip
    Event.objects.bulk_create(events, batch_size=1000)
    for low in range(1000, 1000 + count, 500):
        search_index.refresh(room.pk, set(range(low, min(low + 500, 1000 + count))))
    return dict(rows)


QUERIES = st.text(st.sampled_from(SIGNS + "甲乙丙丁戊己庚 "), min_size=2, max_size=6)


def test_recall_equals_a_brute_force_scan_whatever_way_is_taken(owner, room, many):
    reach = store.reach(owner.pk, None)
    filters = store.Filters(kind=1)

    @given(QUERIES)
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def check(text):
        runs = runs_of(text)
        if not any(len(run) >= 2 for run in runs):
            return
        expected = {seq for seq, body in many.items() if matches(runs, body)}
        grams = {gram for run in runs for gram in grams_of(run)}
        for way in ("gram", "time", "room"):
            hits = store.find(runs, grams, reach, filters, None, 20_000, way=way)
            assert {seq for _, _, seq in hits.places} == expected, (text, way)
            assert hits.places == sorted(hits.places, reverse=True)

    check()


def test_pages_join_without_gap_or_double(owner, room, many):
    expected = [seq for seq, body in many.items() if "防汛" in body]
    seqs, cursor = [], ""
    while True:
        answer = search_kind(actor=owner.actor(), asked=Asked("防汛"), kind="message", cursor=cursor, limit=7)
        assert answer.messages is not None
        seqs += [hit.event.seq for hit in answer.messages.items]
        if answer.messages.next is None:
            break
        cursor = answer.messages.next
    assert sorted(seqs) == sorted(expected)


def test_a_walk_that_stops_early_says_where_and_goes_on_from_there(owner, room, many, monkeypatch):
    monkeypatch.setattr(store, "WALK_AT_MOST", 100)
    reach, filters = store.reach(owner.pk, None), store.Filters(kind=1)
    places, before, pages = [], None, 0
    while True:
        hits = store.find(["防汛"], ["防汛"], reach, filters, before, 20, way="time")
        places += hits.places
        pages += 1
        if hits.reached is None:
            break
        before = hits.reached
    assert pages > 10
    assert {seq for _, _, seq in places} == {seq for seq, body in many.items() if "防汛" in body}
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("rare", "total", "mine", "way"),
    [
        (0, 1_000_000, 150_000, "gram"),
        (100, 1_000_000, 150_000, "gram"),
        (10_000, 1_000_000, 150_000, "time"),
        (200_000, 1_000_000, 150_000, "time"),
        (200_000, 1_000_000, 2_500, "room"),
        (100, 1_000_000, 2_500, "gram"),
    ],
)
def test_the_way_that_touches_fewest_rows_is_taken(rare, total, mine, way):
    assert (
        store.choose(rare=rare, total=total, walked=total, reach=store.Reach([1], {}, mine), limit=20) == way
    )


def test_few_files_are_walked_whatever_the_word():
    """As many messages have the word as you like: the walk meets files only."""
    reach = store.Reach([1], {}, 150_000)
    assert store.choose(rare=200_000, total=1_000_000, walked=0, reach=reach, limit=20) == "time"


def test_files_are_found_whatever_way_is_taken(owner, room):
    sent = [
        send(owner, room, {"msgtype": "m.file", "body": f"防汛预案{n}.docx", "url": "mxc://x/y"})
        for n in range(5)
    ]
    say(owner, room, "防汛预案见附件")
    catch_up()
    reach, filters = store.reach(owner.pk, None), store.Filters(kind=2)
    for way in ("gram", "time", "room"):
        hits = store.find(["预案"], ["预案"], reach, filters, None, 3, way=way)
        assert [seq for _, _, seq in hits.places] == [one.seq for one in sent[:1:-1]], way
        rest = store.find(["预案"], ["预案"], reach, filters, hits.reached, 3, way=way)
        assert [seq for _, _, seq in rest.places] == [one.seq for one in sent[1::-1]], way
