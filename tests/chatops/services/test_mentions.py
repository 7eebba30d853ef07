"""Mentions become rows of people when the message is sent, whatever they named."""

import pytest

from chatops.services import mentions, messages, rooms
from chatops.store.models import Event, Membership, Mention
from common.errors import BadInputError, ForbiddenError
from directory.models import PostRole
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(owner, member):
    below = make_unit("市水文站", parent=owner.post.unit)
    other = make_unit("市应急局")
    return {
        "owner": owner,
        "member": member,
        "below": make_person("唐知行", unit=below),
        "other": make_person("顾南星", unit=other, role=PostRole.HEAD, title="局长"),
        "away": make_person("不在群里", unit=other),
    }


@pytest.fixture
def room(cast):
    keys = [cast[name].pk for name in ("member", "below", "other")]
    return rooms.create_room(actor=cast["owner"].actor(), kind="work", name="会商", members=keys)


def say(person, room, **content):
    return messages.send(
        actor=person.actor(), room_id=room.room_id, type="m.room.message",
        content={"msgtype": "m.text", "body": "请看", **content},
    )  # fmt: skip


def named(room, sent):
    return set(Mention.objects.filter(room_id=room.pk, seq=sent.seq).values_list("staff_id", flat=True))


def counts(person, room):
    return rooms.list_rooms(person.actor(), room.pk)[0]["mentions"]


def ours(**asked):
    return {"org.tongzhou.mentions": asked}


def test_a_unit_stands_for_its_people_and_those_below(cast, room):
    sent = say(cast["owner"], room, **ours(units=[str(cast["owner"].post.unit_id)]))
    assert named(room, sent) == {cast["member"].pk, cast["below"].pk}  # not the sender
    content = Event.objects.get(room_id=room.pk, seq=sent.seq).content
    assert cast["below"].user_id in content["m.mentions"]["user_ids"]  # for clients of every door


def test_a_post_stands_for_who_holds_it_and_only_members_count(cast, room):
    posts = [str(cast["other"].post.pk), str(cast["away"].post.pk)]
    sent = say(
        cast["owner"], room, **ours(posts=posts), **{"m.mentions": {"user_ids": [cast["away"].user_id]}}
    )
    assert named(room, sent) == {cast["other"].pk}
    assert (counts(cast["other"], room), counts(cast["member"], room)) == (1, 0)


def test_everybody_needs_the_level_and_counts_for_all_but_the_sender(cast, room):
    with pytest.raises(ForbiddenError):
        say(cast["member"], room, **{"m.mentions": {"room": True}})
    sent = say(cast["owner"], room, **{"m.mentions": {"room": True, "user_ids": [cast["member"].user_id]}})
    assert named(room, sent) == {0, cast["member"].pk}
    assert [counts(cast[who], room) for who in ("owner", "member", "below")] == [0, 1, 1]


def test_those_who_have_not_read_are_told_and_not_listed(cast, room):
    first = say(cast["owner"], room)
    Membership.objects.filter(room=room, staff_id=cast["member"].pk).update(read_seq=first.seq)
    sent = say(cast["owner"], room, **ours(unread=True))
    assert named(room, sent) == {cast["below"].pk, cast["other"].pk}
    content = Event.objects.get(room_id=room.pk, seq=sent.seq).content
    assert content["m.mentions"]["user_ids"] == []
    assert content["org.tongzhou.mentions"] == {"unread": first.event_id, "unread_seq": first.seq}


def test_only_the_sender_and_the_owner_call_those_who_have_not_read(cast, room):
    first = say(cast["other"], room)
    with pytest.raises(ForbiddenError):
        say(cast["member"], room, **ours(unread=first.event_id))
    assert named(room, say(cast["owner"], room, **ours(unread=first.event_id)))


def test_the_head_count_before_sending(cast, room):
    def preview(**content):
        return mentions.preview(actor=cast["owner"].actor(), room_id=room.room_id, content=content)

    say(cast["owner"], room)
    assert preview(**{"m.mentions": {"room": True}})["count"] == 3
    by_unit = preview(**ours(units=[str(cast["owner"].post.unit_id)]))
    assert (by_unit["count"], {person["name"] for person in by_unit["people"]}) == (2, {"罗清和", "唐知行"})
    unread = preview(**ours(unread=True))
    assert (unread["count"], unread["people"], unread["unread"]) == (3, [], 3)


@pytest.mark.parametrize(
    "asked", [{"units": ["no uuid"]}, {"units": ["x"] * 201}, {"unread": 7}, {"unread": "$none"}]
)
def test_unusable_mentions_are_refused(cast, room, asked):
    with pytest.raises(BadInputError):
        say(cast["owner"], room, **ours(**asked))
