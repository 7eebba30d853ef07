"""What owners set, on every door: levels, end, archive, roles, hand-over, flags; open groups; the list of members."""

from datetime import timedelta

import pytest

from chatops import tasks
from chatops.services import members, membership, messages, room_settings, rooms, state
from chatops.services.outgoing import MayNotPostError, RoomArchivedError
from chatops.store import rooms as store
from chatops.store.models import Inbox, Membership, Room, StreamKind
from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError
from common.store.models import Timer
from directory.models import PostRole
from directory.store.models import Staff
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(owner, member):
    return rooms.create_room(
        actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk], unit=owner.actor().unit_id
    )


def change(person, room, **changes):
    room_settings.change(actor=person.actor(), room_id=room.room_id, changes=changes)


def say(person, room):
    content = {"msgtype": "m.text", "body": "收到"}
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.room.message", content=content)


def test_name_and_purpose_are_the_rooms_state_too(room, owner, member):
    change(owner, room, name="防汛会商", purpose="汛期每日会商")
    assert store.state_content(room.pk, "m.room.name") == {"name": "防汛会商"}
    assert store.state_content(room.pk, "m.room.topic") == {"topic": "汛期每日会商"}
    assert Room.objects.get(pk=room.pk).purpose == "汛期每日会商"
    with pytest.raises(ForbiddenError):
        change(member, room, name="改名")
    with pytest.raises(BadInputError):
        change(owner, room, name=" ")


def test_rights_to_post_invite_and_mention_all_are_set_apart(room, owner, member, outsider):
    change(owner, room, levels={"post": 50, "invite": 50, "mention_all": 100})
    with pytest.raises(MayNotPostError):
        say(member, room)
    with pytest.raises(ForbiddenError):
        membership.add_members(actor=member.actor(), room_id=room.room_id, staff_ids=[outsider.pk])
    room_settings.set_role(
        actor=owner.actor(), room_id=room.room_id, staff_number=member.number, role="admin"
    )
    say(member, room)
    shown = rooms.describe(member.actor(), rooms.access_room(member.actor(), room.room_id))
    assert shown["levels"] == {"post": 50, "invite": 50, "mention_all": 100}
    content = store.state_content(room.pk, "m.room.power_levels") or {}
    assert content["users"] == {owner.user_id: 100, member.user_id: 50}
    assert content["notifications"] == {"room": 100}
    with pytest.raises(BadInputError):
        change(owner, room, levels={"post": 30})


def test_history_before_joining_can_be_closed_and_not_opened_again(room, owner, outsider):
    before = say(owner, room)
    change(owner, room, history_shared=False)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[outsider.pk])
    assert Membership.objects.get(room_id=room.pk, staff_id=outsider.pk).history_seq > before.seq
    with pytest.raises(ConflictError):
        change(owner, room, history_shared=True)


def test_the_office_of_the_unit_manages_its_rooms_another_does_not(room, unit, owner):
    office = make_person("办公室主任", unit=unit, role=PostRole.OFFICE)
    other = make_person("外单位办公室", unit=make_unit("市财政局"), role=PostRole.OFFICE)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[office.pk, other.pk])
    change(office, room, purpose="已核")
    with pytest.raises(ForbiddenError):
        change(other, room, purpose="不行")


def test_archived_is_read_only_on_every_door_and_can_be_restored(room, owner, member, outsider):
    membership.invite(actor=owner.actor(), room_id=room.room_id, staff_number=outsider.number)
    rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=True)
    assert Inbox.objects.filter(kind=StreamKind.ROOM, body__kind="settings").exists()
    deeds = [
        lambda: say(member, room),
        lambda: change(owner, room, name="改名"),
        lambda: membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[outsider.pk]),
        lambda: membership.invite(actor=owner.actor(), room_id=room.room_id, staff_number=outsider.number),
        lambda: membership.join(actor=outsider.actor(), room_id=room.room_id),
        lambda: state.set_state(
            actor=owner.actor(), room_id=room.room_id, event_type="m.room.name", content={"name": "改"}
        ),
    ]
    for deed in deeds:
        with pytest.raises(RoomArchivedError):
            deed()
    with pytest.raises(ForbiddenError):
        rooms.set_archived(actor=member.actor(), room_id=room.room_id, archived=False)
    rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=False)
    say(member, room)


def test_a_room_ends_by_its_date_with_a_word_to_the_owner_before(room, owner, member):
    change(owner, room, ends_on=clock.today() + timedelta(days=10))
    timers = dict(Timer.objects.filter(args__room=room.room_id).values_list("task", "due_at"))
    assert set(timers) == {"chatops.remind_room_end", "chatops.end_room"}
    with clock.travel(timers["chatops.remind_room_end"]):
        tasks.remind_room_end(room.room_id)
    told = Inbox.objects.filter(kind=StreamKind.PERSON, body__kind="room_end")
    assert list(told.values_list("staff_id", flat=True)) == [owner.pk]
    tasks.end_room(room.room_id)  # too early: nothing
    say(member, room)
    with clock.travel(timers["chatops.end_room"]):
        tasks.end_room(room.room_id)
        with pytest.raises(RoomArchivedError):
            say(member, room)
        rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=False)
        assert Room.objects.get(pk=room.pk).ends_on is None
    assert not Timer.objects.filter(args__room=room.room_id).exists()


def test_the_owner_hands_over_before_leaving(room, owner, member, outsider):
    with pytest.raises(ConflictError):
        membership.leave(actor=owner.actor(), room_id=room.room_id)
    with pytest.raises(BadInputError):
        room_settings.hand_over(actor=owner.actor(), room_id=room.room_id, staff_number=outsider.number)
    with pytest.raises(ForbiddenError):
        room_settings.hand_over(actor=member.actor(), room_id=room.room_id, staff_number=member.number)
    room_settings.hand_over(actor=owner.actor(), room_id=room.room_id, staff_number=member.number)
    assert Room.objects.get(pk=room.pk).owner_post == member.post.pk
    assert Membership.objects.get(room_id=room.pk, staff_id=owner.pk).level == 50
    membership.leave(actor=owner.actor(), room_id=room.room_id)


def test_open_groups_of_ones_unit_and_invitations_are_offered(room, owner, outsider):
    stranger = make_person("外单位", unit=make_unit("市财政局"))
    assert room_settings.joinable(outsider.actor()) == []
    change(owner, room, joinable=True)
    [offer] = room_settings.joinable(outsider.actor())
    assert (offer["room"], offer["invited"], offer["members"]) == (room.room_id, False, 2)
    assert room_settings.joinable(stranger.actor()) == []
    membership.join(actor=outsider.actor(), room_id=room.room_id)
    assert room_settings.joinable(outsider.actor()) == []
    membership.invite(actor=owner.actor(), room_id=room.room_id, staff_number=stranger.number)
    assert [offer["invited"] for offer in room_settings.joinable(stranger.actor())] == [True]


def test_members_come_by_unit_and_are_found_by_pinyin(room, owner, member):
    bureau = make_unit("市气象局")
    weather = make_person("韩小满", unit=bureau)
    Staff.objects.filter(pk=weather.pk).update(pinyin="han xiao man", initials="hxm")
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[weather.pk])
    args = {"actor": member.actor(), "room_id": room.room_id}
    tree = members.tree(**args)
    assert [(unit["name"], unit["count"]) for unit in tree["units"]] == [
        ("市水利和湖泊局", 2),
        ("市气象局", 1),
    ]
    for q in ("hxm", "hanxiao", "小满", "气象"):
        assert [row["name"] for row in members.tree(**args, q=q)["items"]] == ["韩小满"], q
    assert members.tree(**args, q="%")["items"] == []
    [row] = members.tree(**args, unit=str(bureau.pk))["items"]
    assert (row["role"], row["unit_name"]) == ("member", "市气象局")
    first = members.page(**args, limit=1)
    assert first["items"][0]["role"] == "owner"
    assert first["next"] == "1"


def test_ones_own_settings_of_a_room(room, member):
    room_settings.set_personal(
        actor=member.actor(), room_id=room.room_id, muted=True, notify="mentions", pinned=True
    )
    [entry] = rooms.list_rooms(member.actor())
    assert (entry["muted"], entry["notify"], entry["pinned"]) == (True, "mentions", True)
    told = Inbox.objects.get(kind=StreamKind.PERSON, body__kind="settings")
    assert told.staff_id == member.pk
    with pytest.raises(BadInputError):
        room_settings.set_personal(actor=member.actor(), room_id=room.room_id, notify="never")
