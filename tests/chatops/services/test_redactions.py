"""Recall keeps counts honest: nobody's unread count falls below what a recount of standing messages says."""

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from chatops.services import messages, redactions, rooms
from chatops.store.models import Event, Membership, Withdrawn
from directory.models import PostRole
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db

STEPS = st.lists(
    st.tuples(st.sampled_from(["anna", "ben", "recall", "read"]), st.integers(0, 9)), max_size=14
)


@pytest.fixture
def cast():
    unit = make_unit()
    return make_person("罗清和", unit=unit, role=PostRole.OFFICE), make_person("陆景川", unit=unit)


@settings(
    max_examples=15, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_a_recall_never_lowers_a_count_below_the_recount(cast, steps):
    anna, ben = cast
    room = rooms.create_room(actor=anna.actor(), kind="work", name="会商", members=[ben.pk])
    actors = {"anna": anna.actor(), "ben": ben.actor()}
    sent = []
    for deed, pick in steps:
        if deed in actors:
            content = {"msgtype": "m.text", "body": "x"}
            one = messages.send(
                actor=actors[deed], room_id=room.room_id, type="m.room.message", content=content
            )
            sent.append((deed, one))
        elif deed == "recall" and sent:
            who, one = sent[pick % len(sent)]
            redactions.recall(actor=actors[who], room_id=room.room_id, event_id=one.event_id)
        elif deed == "read" and sent:
            mine = Membership.objects.filter(room=room, staff_id=ben.pk)
            mine.update(read_seq=max(mine.get().read_seq, sent[pick % len(sent)][1].seq))
    [entry] = rooms.list_rooms(actors["ben"], room.pk)
    read = Membership.objects.get(room=room, staff_id=ben.pk).read_seq
    others = Event.objects.filter(room_id=room.pk, countable=True, seq__gt=read).exclude(sender_id=ben.pk)
    assert entry["unread"] >= others.filter(redacted_by=None).count()
    assert entry["unread"] <= others.count()
    withdrawn = Event.objects.filter(room_id=room.pk, redacted_by__isnull=False)
    assert Withdrawn.objects.filter(room_id=room.pk).count() == withdrawn.count()
    assert all(event.content == {} for event in withdrawn)
