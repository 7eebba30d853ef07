"""Rooms and messages through the services."""

import pytest
from django.db import transaction

from chatops.models import Event, Inbox, Membership, Mention, Room
from chatops.services import membership, messages, rooms
from chatops.services.outgoing import MayNotPostError, NotInRoomError, RoomArchivedError
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from tests.support.world import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])


def say(person, room, text="收到", txn=None, **content):
    return messages.send(
        actor=person.actor(), room_id=room.room_id, type="m.room.message",
        content={"msgtype": "m.text", "body": text, **content}, txn_id=txn,
    )  # fmt: skip


def test_events_of_a_room_are_numbered_without_gap(room, owner, member):
    first, second = say(owner, room), say(member, room)
    assert second.seq == first.seq + 1
    seqs = list(Event.objects.filter(room_id=room.pk).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    room.refresh_from_db()
    assert (room.last_seq, room.n) == (seqs[-1], 2)


def test_a_retry_gets_the_first_answer(room, owner, member):
    first, again = say(owner, room, "一", txn="t1"), say(owner, room, "二", txn="t1")
    assert (again.event_id, again.seq) == (first.event_id, first.seq)
    assert again.deduplicated
    assert not first.deduplicated
    assert not say(member, room, "一", txn="t1").deduplicated  # another device is another scope


def test_only_members_post_and_a_strange_room_looks_like_none(room, outsider):
    with pytest.raises(NotInRoomError) as refused:
        say(outsider, room)
    with pytest.raises(NotInRoomError) as missing:
        messages.send(actor=outsider.actor(), room_id="!nowhere:x", type="m.room.message", content={})
    assert refused.value.as_json() == missing.value.as_json()
    with pytest.raises(NotFoundError):
        rooms.access_room(outsider.actor(), room.room_id)


def test_only_owners_post_in_a_notice_room(owner, member):
    room = rooms.create_room(actor=owner.actor(), kind="notice", name="通知", members=[member.pk])
    assert say(owner, room).seq
    with pytest.raises(MayNotPostError):
        say(member, room)


def test_an_archived_room_is_read_only_until_restored(room, owner, member):
    rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=True)
    with pytest.raises(RoomArchivedError):
        say(owner, room)
    with pytest.raises(ForbiddenError):
        rooms.set_archived(actor=member.actor(), room_id=room.room_id, archived=False)
    rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=False)
    assert say(owner, room).seq


def test_who_is_removed_is_out_and_who_comes_back_has_no_backlog(room, owner, member):
    say(owner, room)
    membership.remove_member(actor=owner.actor(), room_id=room.room_id, staff_number=member.number)
    say(owner, room)
    with pytest.raises(NotInRoomError):
        say(member, room)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[member.pk])
    [entry] = rooms.list_rooms(member.actor())
    assert entry["unread"] == 0
    say(owner, room)
    [entry] = rooms.list_rooms(member.actor())
    assert entry["unread"] == 1


def test_a_member_cannot_remove_the_owner(room, owner, member):
    Membership.objects.filter(room=room, staff=member.staff).update(level=50)
    with pytest.raises(ForbiddenError):
        membership.remove_member(actor=member.actor(), room_id=room.room_id, staff_number=owner.number)


def test_an_invitation_is_taken_up_once(room, owner, outsider):
    with pytest.raises(ForbiddenError):
        membership.join(actor=outsider.actor(), room_id=room.room_id)
    membership.invite(actor=owner.actor(), room_id=room.room_id, staff_number=outsider.number)
    membership.join(actor=outsider.actor(), room_id=room.room_id)
    before = Room.objects.get(pk=room.pk).last_seq
    membership.join(actor=outsider.actor(), room_id=room.room_id)
    assert Room.objects.get(pk=room.pk).last_seq == before


def test_the_list_tells_bots_from_people(owner, member):
    bot = make_person("提醒助手", kind="bot")
    for other in (bot, member):
        rooms.open_direct(actor=owner.actor(), with_staff=other.pk)
    told = {entry["name"]: entry["is_bot"] for entry in rooms.list_rooms(owner.actor())}
    assert told == {"提醒助手": True, member.staff.name: False}


def test_a_direct_room_is_one_for_both(owner, member):
    mine = rooms.open_direct(actor=owner.actor(), with_staff=member.pk)
    theirs = rooms.open_direct(actor=member.actor(), with_staff=owner.pk)
    assert mine.pk == theirs.pk
    [entry] = rooms.list_rooms(owner.actor())
    assert entry["name"] == "罗清和"
    with pytest.raises(ConflictError):
        membership.add_members(actor=owner.actor(), room_id=mine.room_id, staff_ids=[member.pk])


def test_mentions_are_kept_for_members_only(room, owner, member, outsider):
    sent = say(
        owner,
        room,
        "请看",
        **{"m.mentions": {"user_ids": [member.user_id, outsider.user_id, "@x:elsewhere"]}},
    )
    assert list(Mention.objects.values_list("staff_id", "seq")) == [(member.pk, sent.seq)]


def test_what_is_rolled_back_left_nothing(room, owner):
    inbox = Inbox.objects.count()
    with transaction.atomic():
        say(owner, room, txn="gone")
        transaction.set_rollback(True)
    assert Inbox.objects.count() == inbox
    assert not say(owner, room, txn="gone").deduplicated


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ([], "content"),
        ({"msgtype": "m.text"}, "content.body"),
        ({"msgtype": "m.text", "body": "  "}, "content.body"),
        ({"msgtype": "m.text", "body": "a\x00b"}, "content"),
        ({"msgtype": "m.text", "body": "x", "share": 0.5}, "content"),
        ({"msgtype": "m.text", "body": "x", "n": 2**60}, "content"),
        ({"msgtype": "m.text", "body": "\ud800"}, "content"),
    ],
)
def test_bad_content_names_its_field(room, owner, content, field):
    with pytest.raises(BadInputError) as refused:
        messages.send(actor=owner.actor(), room_id=room.room_id, type="m.room.message", content=content)
    assert refused.value.field == field
    assert refused.value.user_message()


def test_the_list_takes_one_query_whatever_its_length(owner, member, django_assert_num_queries):
    actor = owner.actor()
    for number in range(5):
        rooms.create_room(actor=actor, kind="work", name=f"群{number}", members=[member.pk])
    with django_assert_num_queries(1):
        assert len(rooms.list_rooms(actor)) == 5
