"""Pins end by themselves; copies say where they come from, and stay where forwarding is off."""

from datetime import timedelta

import pytest

from chatops.services import drafts, forwards, messages, pins, reactions, redactions, rooms, state, timeline
from chatops.services.forwards import NoForwardError
from chatops.services.messages import Sent
from chatops.store.models import Inbox, StreamKind
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import Timer
from tests.support.world import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])


@pytest.fixture
def other(member):
    return rooms.create_room(actor=member.actor(), kind="work", name="另一群")


def say(person, room, body="到岗", **more) -> Sent:
    content = {"msgtype": "m.text", "body": body, **more}
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.room.message", content=content)


def standing(person, room):
    answer = pins.list_pins(actor=person.actor(), room_id=room.room_id)
    return [(item["event"]["event_id"], item["name"], item["until"]) for item in answer["items"]]


def test_a_pin_names_who_set_it_and_goes_at_its_end(owner, member, room):
    sent = say(member, room)
    until = clock.now() + timedelta(hours=2)
    pins.pin(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id, until=until)
    assert standing(member, room) == [(sent.event_id, owner.staff.name, int(until.timestamp() * 1000))]
    page = timeline.page(actor=member.actor(), room_id=room.room_id)["items"]
    assert [event["event_id"] for event in page if event.get("pinned")] == [sent.event_id]
    pins.unpin_due(room.room_id, sent.event_id)  # too early
    assert standing(member, room)
    assert Timer.objects.filter(key=f"pin:{room.room_id}:{sent.event_id}").exists()
    with clock.travel(until + timedelta(seconds=1)):
        pins.unpin_due(room.room_id, sent.event_id)
    assert standing(member, room) == []


def test_pins_follow_the_level_and_a_recall(owner, member, room):
    sent = say(member, room)
    with pytest.raises(ForbiddenError):
        pins.pin(actor=member.actor(), room_id=room.room_id, event_id=sent.event_id)
    pins.pin(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    with pytest.raises(ForbiddenError):
        pins.unpin(actor=member.actor(), room_id=room.room_id, event_id=sent.event_id)
    past = clock.now() - timedelta(minutes=1)
    with pytest.raises(BadInputError):
        pins.pin(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id, until=past)
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=sent.event_id)
    assert standing(owner, room) == []


def test_a_matrix_client_pins_by_ids_and_forges_nobody(owner, member, room):
    first, second = say(member, room), say(member, room)
    pins.pin(actor=owner.actor(), room_id=room.room_id, event_id=first.event_id)
    forged = {
        "pinned": [second.event_id, first.event_id],
        "org.tongzhou.pins": {second.event_id: {"name": "市长"}},
    }
    state.set_state(
        actor=owner.actor(), room_id=room.room_id, event_type="m.room.pinned_events", content=forged
    )
    assert [(pin[0], pin[1]) for pin in standing(member, room)] == [
        (second.event_id, owner.staff.name), (first.event_id, owner.staff.name)
    ]  # fmt: skip


def test_one_forwarded_says_its_origin_and_leaves_the_rest_behind(owner, member, room, other):
    sent = say(
        owner,
        room,
        "九时到岗",
        **{"m.mentions": {"user_ids": [member.user_id]}, "org.tongzhou.confirm": {"required": True}},
    )
    [copy] = forwards.forward(
        actor=member.actor(), room_id=other.room_id, from_room=room.room_id, events=[sent.event_id], merged=False,
        txn_id="f1",
    )  # fmt: skip
    [again] = forwards.forward(
        actor=member.actor(), room_id=other.room_id, from_room=room.room_id, events=[sent.event_id], merged=False,
        txn_id="f1",
    )  # fmt: skip
    assert (again.event_id, again.deduplicated) == (copy.event_id, True)
    content = timeline.page(actor=member.actor(), room_id=other.room_id)["items"][-1]["content"]
    origin = content.pop("org.tongzhou.forward")
    assert content == {"msgtype": "m.text", "body": "九时到岗"}
    assert (origin["name"], origin["room_name"], origin["event_id"]) == (
        owner.staff.name,
        "汛情会商",
        sent.event_id,
    )


def test_a_record_holds_several_in_order_as_they_stand(owner, member, room, other):
    one, two = say(owner, room, "几时"), say(member, room, "九时")
    fresh = {"msgtype": "m.text", "body": "十时"}
    say(
        member,
        room,
        "* 十时",
        **{"m.new_content": fresh, "m.relates_to": {"rel_type": "m.replace", "event_id": two.event_id}},
    )
    sent = forwards.forward(
        actor=member.actor(), room_id=other.room_id, from_room=room.room_id, events=[two.event_id, one.event_id],
        merged=True, comment="供参考",
    )  # fmt: skip
    assert len(sent) == 2
    record, comment = [
        event["content"] for event in timeline.page(actor=member.actor(), room_id=other.room_id)["items"][-2:]
    ]
    merged = record["org.tongzhou.merged"]
    assert [(item["name"], item["content"]["body"]) for item in merged["items"]] == [
        (owner.staff.name, "几时"), (member.staff.name, "十时")
    ]  # fmt: skip
    assert record["body"].splitlines()[0] == "【合并转发】汛情会商的聊天记录"
    assert comment == {"msgtype": "m.text", "body": "供参考"}


def test_what_may_not_leave_stays(owner, member, outsider, room, other):
    sent, gone = say(owner, room), say(member, room)
    redactions.recall(actor=member.actor(), room_id=room.room_id, event_id=gone.event_id)
    reactions.react(actor=member.actor(), room_id=room.room_id, event_id=sent.event_id, key="?", on=True)
    asked = {"room_id": other.room_id, "from_room": room.room_id, "merged": True}
    with pytest.raises(NotFoundError):
        forwards.forward(actor=owner.actor(), events=[sent.event_id], **asked)  # not in the other room
    with pytest.raises(NotFoundError):
        forwards.forward(actor=outsider.actor(), events=[sent.event_id], **asked)
    with pytest.raises(BadInputError):
        forwards.forward(actor=member.actor(), events=[gone.event_id], **asked)
    room.no_forward = True
    room.save(update_fields=["no_forward"])
    with pytest.raises(NoForwardError):
        forwards.forward(actor=member.actor(), events=[sent.event_id], **asked)


def test_the_newest_draft_wins_on_all_devices(owner, member, room):
    def save(text, at, thread=None):
        drafts.save(actor=owner.actor(), room_id=room.room_id, text=text, at=at, thread=thread, client="w1")

    save("写到一半", 2000)
    save("早先的", 1000)
    save("话题里的", 1000, "$root")
    kept = {(one["thread"], one["text"]) for one in drafts.drafts_of(actor=owner.actor())}
    assert kept == {(None, "写到一半"), ("$root", "话题里的")}
    assert rooms.list_rooms(owner.actor(), room.pk)[0]["draft"] == "写到一半"
    frame = Inbox.objects.filter(staff_id=owner.pk, kind=StreamKind.PERSON).latest("id").body
    assert frame is not None
    assert (frame["kind"], frame["thread"], frame["client"]) == ("draft", "$root", "w1")
    save("", 3000)
    save("写到一半", 2500)  # came late
    assert rooms.list_rooms(owner.actor(), room.pk)[0]["draft"] == ""
    with pytest.raises(NotFoundError):
        drafts.save(actor=make_person("外人").actor(), room_id=room.room_id, text="x")
