"""Plain events of a room are one row of the inbox, and unfold to one position each in the stream."""

import pytest
from django.db import connection

from chatops.models import Inbox, Room, Stream
from chatops.services import outgoing, rooms
from chatops.store.append import append_now
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


def drain():
    with connection.cursor() as cursor:
        cursor.execute("SELECT head, moved FROM chatops_drain(5000)")
        return cursor.fetchone()


def items(actor, room, *bodies, **more):
    content = {"msgtype": "m.text"}
    return [
        outgoing.build_item(
            actor=actor, room=room, event_type="m.room.message", content=content | {"body": body}, **more
        )
        for body in bodies
    ]


@pytest.fixture
def places():
    owner = make_person("周牧远", unit=make_unit()).actor()
    made = [rooms.create_room(actor=owner, kind="work", name=name, members=[]).pk for name in ("甲", "乙")]
    drain()
    return owner, *made


def test_a_batch_is_one_row_a_room_and_one_position_an_event(places):
    owner, first, second = places
    batch = items(owner, first, "一", "二") + items(owner, second, "三") + items(owner, first, "四")
    seqs = [answer.seq for answer in append_now(batch)]
    assert sorted(Inbox.objects.values_list("room_id", "span")) == [(first, 2), (second, 0)]

    before = Stream.objects.count()
    head, moved = drain()
    assert moved == 2
    rows = list(Stream.objects.order_by("pos").values_list("pos", "room_id", "ref")[before:])
    assert [pos for pos, _, _ in rows] == list(range(head - 3, head + 1))
    assert [ref for _, room, ref in rows if room == first] == [seqs[0], seqs[1], seqs[3]]
    assert [ref for _, room, ref in rows if room == second] == [seqs[2]]
    assert drain() == (head, 0)


def test_events_that_bring_more_than_themselves_stand_alone(places):
    owner, first, _ = places
    batch = items(owner, first, "一", "二")
    batch[1]["mentions"] = [owner.staff_id]
    append_now(batch)
    assert list(Inbox.objects.values_list("span", flat=True)) == [0, 0]


def test_the_same_transaction_twice_in_a_batch_and_later_is_one_event(places):
    owner, first, _ = places
    twice = [items(owner, first, "一", txn_id="t")[0] | {"device": 7} for _ in range(2)]
    one, other = append_now(twice)
    [later] = append_now([items(owner, first, "一", txn_id="t")[0] | {"device": 7}])
    assert (one.status, other.status, later.status) == ("ok", "known", "known")
    assert one.event_id == other.event_id == later.event_id
    assert Room.objects.get(pk=first).last_seq == one.seq == later.seq
