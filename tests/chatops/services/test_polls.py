"""Polls: by name as events of the room, anonymous without a trace of who voted, closed at their deadline."""

import json
from datetime import timedelta

import pytest

from chatops.services import messages, poll_words, polls, redactions, rooms, timeline
from chatops.services.polls import PollClosedError
from chatops.store.models import Event
from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="会商", members=[member.pk])


def start(person, room, *, anonymous=False, most=1, deadline=None, kind="m.disclosed"):
    content = {
        "m.poll": {
            "question": {"m.text": [{"body": "几时开会"}]},
            "kind": kind,
            "max_selections": most,
            "answers": [
                {"m.id": key, "m.text": [{"body": text}]} for key, text in (("a", "九时"), ("b", "十时"))
            ],
        },
        "m.text": [{"body": "几时开会 1. 九时 2. 十时"}],
        "org.tongzhou.poll": {"anonymous": anonymous, "deadline": deadline},
    }
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.poll.start", content=content)


def respond(person, room, poll, choices):
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    content = {**relation, "m.selections": choices}
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.poll.response", content=content)


def vote(person, room, poll, choices):
    polls.vote(actor=person.actor(), room_id=room.room_id, event_id=poll.event_id, choices=choices)


def results(person, room, poll):
    return polls.results(actor=person.actor(), room_id=room.room_id, event_id=poll.event_id)


def test_a_vote_counts_once_and_by_either_way(owner, member, room):
    poll = start(owner, room)
    vote(member, room, poll, ["a"])
    respond(member, room, poll, ["b"])
    vote(owner, room, poll, ["b"])
    seen = results(member, room, poll)
    assert [(answer["count"], answer["people"]) for answer in seen["answers"]] == [
        (0, []), (2, [owner.staff.name, member.staff.name])
    ]  # fmt: skip
    assert (seen["mine"], seen["voters"]) == (["b"], 2)
    vote(owner, room, poll, [])
    assert results(member, room, poll)["voters"] == 1


def test_nobody_learns_who_voted_in_an_anonymous_poll(owner, member, room):
    poll = start(owner, room, anonymous=True)
    before = Event.objects.filter(room_id=room.pk).count()
    vote(member, room, poll, ["a"])
    with pytest.raises(ForbiddenError):
        respond(member, room, poll, ["a"])
    assert Event.objects.filter(room_id=room.pk).count() == before
    told = json.dumps(results(owner, room, poll)) + json.dumps(
        timeline.page(actor=owner.actor(), room_id=room.room_id, after=poll.seq)
    )
    assert member.user_id not in told
    assert member.staff.name not in told
    assert results(owner, room, poll)["answers"][0] == {"id": "a", "text": "九时", "count": 1, "people": []}
    polls.end(actor=owner.actor(), room_id=room.room_id, event_id=poll.event_id)
    end = Event.objects.get(room_id=room.pk, type="m.poll.end")
    assert end.content["m.poll.results"] == {"a": 1, "b": 0}


def test_an_undisclosed_poll_shows_counts_at_its_end(owner, member, room):
    poll = start(owner, room, kind="m.undisclosed")
    vote(member, room, poll, ["a"])
    assert {answer["count"] for answer in results(owner, room, poll)["answers"]} == {None}
    polls.end(actor=owner.actor(), room_id=room.room_id, event_id=poll.event_id)
    assert [answer["count"] for answer in results(owner, room, poll)["answers"]] == [1, 0]


def test_the_deadline_closes_it_once(owner, member, room):
    poll = start(owner, room, deadline=clock.now_ms() + 60_000)
    polls.end_due(room.room_id, poll.event_id)  # too early
    vote(member, room, poll, ["a"])
    with clock.travel(clock.now() + timedelta(minutes=2)):
        with pytest.raises(PollClosedError):
            vote(member, room, poll, ["b"])
        polls.end_due(room.room_id, poll.event_id)
        polls.end_due(room.room_id, poll.event_id)
    assert Event.objects.filter(room_id=room.pk, type="m.poll.end").count() == 1


def test_only_who_began_it_and_owners_end_it(owner, member, room):
    poll = start(owner, room)
    with pytest.raises(ForbiddenError):
        polls.end(actor=member.actor(), room_id=room.room_id, event_id=poll.event_id)
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    with pytest.raises(ForbiddenError):
        messages.send(actor=member.actor(), room_id=room.room_id, type="m.poll.end", content=relation)
    messages.send(actor=owner.actor(), room_id=room.room_id, type="m.poll.end", content=relation)
    with pytest.raises(ConflictError):
        respond(member, room, poll, ["a"])


@pytest.mark.parametrize("choices", [["c"], ["a", "b"]])
def test_answers_must_be_the_polls(owner, room, choices):
    poll = start(owner, room)
    with pytest.raises(BadInputError):
        vote(owner, room, poll, choices)


def test_a_poll_has_a_question_answers_and_a_future_end(owner, room):
    with pytest.raises(BadInputError):
        start(owner, room, deadline=clock.now_ms() - 1)
    with pytest.raises(BadInputError):
        start(owner, room, most=3)
    with pytest.raises(BadInputError):
        messages.send(actor=owner.actor(), room_id=room.room_id, type="m.poll.start", content={"m.poll": {}})


def react(person, room, poll, key):
    relation = {"m.relates_to": {"rel_type": "m.annotation", "event_id": poll.event_id, "key": key}}
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.reaction", content=relation)


def reply(person, room, poll, body):
    content = {
        "msgtype": "m.text",
        "body": body,
        "m.relates_to": {"m.in_reply_to": {"event_id": poll.event_id}},
    }
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.room.message", content=content)


def chosen(person, room, poll):
    return results(person, room, poll)["mine"]


def test_a_stock_client_votes_by_reaction_or_reply(owner, member, room):
    poll = start(owner, room)
    react(member, room, poll, "2\ufe0f\u20e3")
    assert chosen(member, room, poll) == ["b"]
    reply(member, room, poll, "> <@chen:tongzhou.localhost> 几时开会\n\n1")
    assert chosen(member, room, poll) == ["a"]
    react(member, room, poll, "👍")
    reply(member, room, poll, "1 点可以")
    assert chosen(member, room, poll) == ["a"]
    with pytest.raises(BadInputError):
        reply(member, room, poll, "3")
    told = messages.send(
        actor=owner.actor(),
        room_id=room.room_id,
        type="m.room.message",
        content={"msgtype": "m.text", "body": "议题"},
    )
    reply(member, room, told, "2")  # to no poll: words like any others
    assert chosen(member, room, poll) == ["a"]
    polls.end(actor=owner.actor(), room_id=room.room_id, event_id=poll.event_id)
    with pytest.raises(PollClosedError):
        react(member, room, poll, "1\u20e3")


def test_several_reactions_are_several_answers_and_go_with_them(owner, member, room):
    poll = start(owner, room, most=2)
    first = react(member, room, poll, "1\ufe0f\u20e3")
    react(member, room, poll, "2\ufe0f\u20e3")
    assert chosen(member, room, poll) == ["a", "b"]
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=first.event_id)
    assert chosen(member, room, poll) == ["b"]
    reply(member, room, poll, "1，2")
    assert chosen(member, room, poll) == ["a", "b"]


def test_who_would_be_told_apart_in_an_anonymous_poll_is_refused(owner, member, room):
    poll = start(owner, room, anonymous=True)
    for deed in (lambda: react(member, room, poll, "1\ufe0f\u20e3"), lambda: reply(member, room, poll, "1")):
        with pytest.raises(ForbiddenError):
            deed()
    assert chosen(member, room, poll) == []


def test_a_client_that_knows_no_polls_reads_one(owner, room):
    poll = start(owner, room)
    polls.end(actor=owner.actor(), room_id=room.room_id, event_id=poll.event_id)
    begun, over = (Event.objects.get(room_id=room.pk, type=f"m.poll.{part}") for part in ("start", "end"))
    kind, content = poll_words.shown(begun.type, begun.content)
    assert (kind, content["msgtype"], content["m.poll"]) == (
        "m.room.message",
        "m.text",
        begun.content["m.poll"],
    )
    assert (
        content["body"] == "【投票】几时开会\n1. 九时\n2. 十时\n单选：可回复本条写明序号，或以数字表情回应。"
    )
    assert poll_words.shown(over.type, over.content)[1]["body"].startswith("投票结束：几时开会。")
    assert poll_words.shown("m.poll.start", {}) == ("m.poll.start", {})
