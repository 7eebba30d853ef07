"""Edits, reactions and threads are checked against what they speak of, and folded into pages the same way."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from chatops.services import edits, messages, reactions, redactions, rooms, threads, timeline
from chatops.services.outgoing import NotInRoomError
from chatops.services.redactions import RecallTooLateError
from chatops.services.relations import DuplicateReactionError
from chatops.store.models import Event
from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="会商", members=[member.pk])


def say(person, room, body="到岗", kind="m.room.message", **more):
    content = {"msgtype": "m.text", "body": body, **more}
    return messages.send(actor=person.actor(), room_id=room.room_id, type=kind, content=content)


def relation(rel_type, event_id, **more):
    return {"m.relates_to": {"rel_type": rel_type, "event_id": event_id, **more}}


def edit(person, room, event_id, body):
    fresh = {"msgtype": "m.text", "body": body}
    return say(person, room, f"* {body}", **relation("m.replace", event_id), **{"m.new_content": fresh})


def reply(person, room, root, body="收到"):
    return say(person, room, body, **relation("m.thread", root))


def page_of(person, room):
    items = timeline.page(actor=person.actor(), room_id=room.room_id)["items"]
    return {event["event_id"]: event for event in items if event["type"] == "m.room.message"}


def test_only_the_author_edits(owner, member, room):
    sent = say(member, room)
    with pytest.raises(ForbiddenError):
        edit(owner, room, sent.event_id, "改为明日到岗")
    edit(member, room, sent.event_id, "改为明日到岗")
    edit(member, room, sent.event_id, "改为后日到岗")
    assert page_of(owner, room)[sent.event_id]["content"]["body"] == "改为后日到岗"
    bodies = [
        one["content"]["body"]
        for one in edits.versions(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    ]
    assert bodies == ["到岗", "改为明日到岗", "改为后日到岗"]


def test_an_edit_keeps_the_reply(owner, member, room):
    first = say(owner, room, "几时到岗")
    answer = say(member, room, "九时", **{"m.relates_to": {"m.in_reply_to": {"event_id": first.event_id}}})
    edit(member, room, answer.event_id, "十时")
    content = page_of(owner, room)[answer.event_id]["content"]
    assert content["body"] == "十时"
    assert content["m.relates_to"]["m.in_reply_to"]["event_id"] == first.event_id


@pytest.mark.parametrize("key", ["org.tongzhou.forward", "org.tongzhou.merged", "org.tongzhou.undone"])
def test_keys_of_the_server_are_refused_from_clients(member, room, key):
    sent = say(member, room)
    with pytest.raises(BadInputError):
        say(member, room, **{key: {"name": "市长"}})
    with pytest.raises(BadInputError):
        say(
            member,
            room,
            **relation("m.replace", sent.event_id),
            **{"m.new_content": {"msgtype": "m.text", "body": "x", key: {}}},
        )


def test_one_reaction_of_a_person_and_key(owner, member, room):
    sent = say(owner, room)
    one = {"actor": member.actor(), "room_id": room.room_id, "event_id": sent.event_id, "key": "收到"}
    reactions.react(**one, on=True)
    reactions.react(**one, on=True)
    with pytest.raises(DuplicateReactionError):
        messages.send(
            actor=member.actor(),
            room_id=room.room_id,
            type="m.reaction",
            content=relation("m.annotation", sent.event_id, key="收到"),
        )
    reactions.react(**{**one, "actor": owner.actor()}, on=True)
    assert page_of(member, room)[sent.event_id]["reactions"] == [{"key": "收到", "count": 2, "mine": True}]
    [who] = reactions.who(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    assert [person["name"] for person in who["people"]] == [member.staff.name, owner.staff.name]
    reactions.react(**one, on=False)
    assert page_of(member, room)[sent.event_id]["reactions"] == [{"key": "收到", "count": 1, "mine": False}]
    undone = (
        Event.objects.filter(room_id=room.pk, type="m.room.redaction")
        .latest("seq")
        .content["org.tongzhou.undone"]
    )
    assert (undone["count"], undone["sender"], undone["event_id"]) == (1, member.user_id, sent.event_id)


@pytest.mark.parametrize("key", ["", "  ", "长" * 65, 7, None])
def test_unusable_reactions_are_refused(owner, room, key):
    sent = say(owner, room)
    with pytest.raises(BadInputError):
        messages.send(
            actor=owner.actor(),
            room_id=room.room_id,
            type="m.reaction",
            content=relation("m.annotation", sent.event_id, key=key),
        )


def test_a_thread_stands_aside_and_counts_for_itself(owner, member, room):
    root = say(owner, room, "材料几时报")
    replies = [reply(member, room, root.event_id, body) for body in ("周五", "改周六")]
    assert reply(owner, room, root.event_id, "好").seq
    shown = page_of(owner, room)
    assert list(shown) == [root.event_id]
    assert (shown[root.event_id]["thread"]["count"], shown[root.event_id]["thread"]["sender"]) == (
        3,
        owner.user_id,
    )
    [entry] = rooms.list_rooms(owner.actor(), room.pk)
    assert entry["unread"] == 0
    [thread] = threads.list_threads(actor=owner.actor(), room_id=room.room_id)["items"]
    assert (thread["unread"], thread["following"]) == (2, True)
    assert threads.unread_threads(actor=owner.actor())[0]["unread"] == 2
    threads.mark_read(actor=owner.actor(), room_id=room.room_id, root=root.event_id, seq=replies[0].seq)
    page = threads.thread_page(actor=owner.actor(), room_id=room.room_id, root=root.event_id)
    assert (page["unread"], [event["content"]["body"] for event in page["items"]]) == (
        1,
        ["周五", "改周六", "好"],
    )
    threads.follow(actor=owner.actor(), room_id=room.room_id, root=root.event_id, on=False)
    assert threads.unread_threads(actor=owner.actor()) == []


def test_threads_have_one_level_and_a_standing_root(owner, member, room):
    root = say(owner, room)
    inside = reply(member, room, root.event_id)
    with pytest.raises(BadInputError):
        reply(owner, room, inside.event_id)
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=root.event_id)
    with pytest.raises(ConflictError):
        reply(member, room, root.event_id)
    with pytest.raises(NotFoundError):
        reply(member, room, "$nothing")


def test_strangers_relate_to_nothing(outsider, owner, room):
    sent = say(owner, room)
    with pytest.raises(NotInRoomError):
        reply(outsider, room, sent.event_id)
    with pytest.raises(NotFoundError):
        edits.versions(actor=outsider.actor(), room_id=room.room_id, event_id=sent.event_id)


def test_a_recalled_reply_leaves_its_trace_in_the_thread(owner, member, room):
    root = say(owner, room)
    kept, gone = reply(member, room, root.event_id, "周五"), reply(member, room, root.event_id, "周六")
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=gone.event_id)
    assert list(page_of(owner, room)) == [root.event_id]
    assert page_of(owner, room)[root.event_id]["thread"]["seq"] == kept.seq
    items = threads.thread_page(actor=owner.actor(), room_id=room.room_id, root=root.event_id)["items"]
    assert [bool(event.get("redacted_by")) for event in items] == [False, True]
    assert items[1]["content"] == {"org.tongzhou.was": {"rel_type": "m.thread", "event_id": root.event_id}}


@override_settings(RECALL_MINUTES=2)
def test_own_messages_are_recalled_in_time_and_owners_at_any(owner, member, room):
    late, own = say(member, room), say(member, room)
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=own.event_id)
    reacted = messages.send(
        actor=member.actor(),
        room_id=room.room_id,
        type="m.reaction",
        content=relation("m.annotation", late.event_id, key="?"),
    )
    Event.objects.filter(room_id=room.pk).update(ts=clock.now_ms() - 3 * 60_000)
    with pytest.raises(RecallTooLateError):
        redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=late.event_id)
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=reacted.event_id)
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=late.event_id)


def test_the_room_may_say_how_long(member, room):
    room.recall_minutes = 0
    room.save(update_fields=["recall_minutes"])
    sent = say(member, room)
    Event.objects.filter(room_id=room.pk, seq=sent.seq).update(ts=clock.now_ms() - 1000)
    with pytest.raises(RecallTooLateError):
        redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=sent.event_id)


def test_a_page_of_fifty_takes_as_many_queries_as_a_page_of_one(owner, member, room):
    def queries(limit):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            answer = timeline.page(actor=actor, room_id=room.room_id, limit=limit)
        return len(caught), answer

    actor = member.actor()
    for number in range(50):
        sent = say(owner, room, f"第{number}条")
        edit(owner, room, sent.event_id, f"第{number}条（改）")
        reactions.react(actor=actor, room_id=room.room_id, event_id=sent.event_id, key="收到", on=True)
        reply(member, room, sent.event_id)
    one, _ = queries(1)
    fifty, page = queries(50)
    assert (one, fifty) == (2, 2)  # the room as theirs, the page
    assert len(page["items"]) == 50
    assert all(event["thread"]["count"] == 1 and event["reactions"][0]["mine"] for event in page["items"])
