"""Unread counts are derived: after any order of joins, leaves, readings and messages they equal a recount."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatops.services import membership, messages, receipts, rooms
from chatops.store.models import Event, Membership, Room
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db

_units = itertools.count()

WORDS = ["say", "say", "say", "notice", "read", "read_all", "leave", "join", "archive", "restore", "hide"]
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, 2),
        st.integers(0, 12),
    ),
    min_size=1,
    max_size=30,
)


def recount(room: Room, person) -> int | None:
    """One by one: what counts, came after one's own position, in one's stay, from somebody else."""
    own = Membership.objects.get(room_id=room.pk, staff_id=person.pk)
    if own.membership != "join":
        return None
    events = Event.objects.filter(room_id=room.pk, countable=True, seq__gt=own.read_seq)
    return len([e for e in events if e.sender_id != person.pk and e.seq > own.history_seq])


def act(deed, who, number, room, people):
    person, owner = people[who], people[0]
    actor = person.actor()
    fresh = Room.objects.get(pk=room.pk)
    is_open = fresh.archived_at is None
    inside = Membership.objects.get(room_id=room.pk, staff_id=person.pk).membership == "join"
    match deed:
        case "say" | "notice" if inside and is_open:
            kind = "m.text" if deed == "say" else "m.notice"
            content = {"msgtype": kind, "body": "收到"}
            messages.send(actor=actor, room_id=room.room_id, type="m.room.message", content=content)
        case "read" if inside:  # another device may have read further: an older position changes nothing
            receipts.mark_read(actor=actor, room_id=room.room_id, seq=number)
        case "read_all" if inside:
            receipts.mark_read(actor=actor, room_id=room.room_id, seq=10**6)
        case "leave" if inside and who:
            membership.leave(actor=actor, room_id=room.room_id)
        case "join" if not inside and is_open:
            membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[person.pk])
        case "archive" | "restore":
            rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=deed == "archive")
        case "hide":  # who joins from here on sees nothing from before
            Room.objects.filter(pk=room.pk).update(history_shared=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_the_derived_count_equals_a_recount(deeds):
    unit = make_unit(f"单位{next(_units)}")
    people = [make_person(name, unit=unit) for name in ("周牧远", "罗清和", "魏承希")]
    room = rooms.create_room(
        actor=people[0].actor(), kind="work", name="汛情会商", members=[person.pk for person in people[1:]]
    )
    for deed, who, number in deeds:
        act(deed, who, number, room, people)
        for person in people:
            shown = [row["unread"] for row in rooms.list_rooms(person.actor()) if row["room"] == room.room_id]
            expected = recount(room, person)
            assert shown == ([] if expected is None else [expected]), (deed, who, number)
