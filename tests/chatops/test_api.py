"""Rooms and cards at the REST door."""

import json

import pytest
from django.test import Client

from chatops.cards import (
    Action,
    Card,
    CardResult,
    CardState,
    card_content,
    register,
    registry,
    replace_content,
)
from chatops.services import messages
from common import clock
from directory.store.models import Staff

pytestmark = pytest.mark.django_db


class Rest:
    """A browser-like caller with a bearer token."""

    def __init__(self, person):
        self.client = Client(headers={"authorization": f"Bearer {person.secret}"})

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path, body=None):
        return self.client.post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")

    def put(self, path, body):
        return self.client.put(f"/api/v1{path}", json.dumps(body), content_type="application/json")

    def delete(self, path):
        return self.client.delete(f"/api/v1{path}")


@pytest.fixture
def room(owner, member):
    made = Rest(owner).post("/rooms", {"kind": "work", "name": "汛情会商", "members": [member.user_id]})
    assert made.status_code == 201, made.content
    return made.json()["room"]


def text(body, **more):
    return {"msgtype": "m.text", "body": body, **more}


def test_a_room_is_made_listed_and_read(owner, member, room):
    sent = Rest(owner).post(f"/rooms/{room}/messages", {"txn_id": "a", "content": text("到岗")})
    assert sent.status_code == 201
    [entry] = Rest(member).get("/rooms").json()["items"]
    assert (entry["room"], entry["unread"], entry["preview"]["content"]["body"]) == (room, 1, "到岗")
    assert Rest(member).post(f"/rooms/{room}/read", {"seq": sent.json()["seq"]}).status_code == 204
    assert Rest(member).get("/rooms").json()["items"][0]["unread"] == 0
    detail = Rest(member).get(f"/rooms/{room}").json()
    assert detail["members"] == 2
    assert detail["abilities"]["post"]
    assert not detail["abilities"]["manage"]


def test_members_come_with_what_one_types_after_an_at_sign(owner, member, room):
    Staff.objects.filter(pk=member.staff.pk).update(pinyin="luo qing he", initials="lqh")
    rows = {row["user_id"]: row for row in Rest(owner).get(f"/rooms/{room}/members").json()["items"]}
    assert (rows[member.user_id]["pinyin"], rows[member.user_id]["initials"]) == ("luo qing he", "lqh")


def test_strangers_get_the_same_answer_for_a_room_and_for_nothing(outsider, room):
    there = Rest(outsider).get(f"/rooms/{room}")
    nowhere = Rest(outsider).get("/rooms/!nothing:here")
    assert there.status_code == nowhere.status_code == 404
    assert there.json() == nowhere.json()


def test_nobody_signed_in_gets_401_with_a_sentence():
    answer = Client().get("/api/v1/rooms")
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_an_unknown_member_is_named(owner):
    answer = Rest(owner).post(
        "/rooms", {"kind": "work", "name": "群", "members": ["@nobody:tongzhou.localhost"]}
    )
    assert answer.status_code == 400
    assert "@nobody" in answer.json()["message"]


def test_a_wrong_shape_names_its_field(owner, room):
    answer = Rest(owner).post(f"/rooms/{room}/messages", {"content": {}})
    assert answer.status_code == 400
    assert answer.json()["field"] == "txn_id"


def test_pages_go_back_in_displayable_events_with_edits_folded_in(owner, room, django_assert_max_num_queries):
    caller, actor = Rest(owner), owner.actor()
    first = caller.post(f"/rooms/{room}/messages", {"txn_id": "0", "content": text("原文")}).json()
    for number in range(60):
        edit = text(
            "* x",
            **{
                "m.new_content": text(f"改{number}"),
                "m.relates_to": {"rel_type": "m.replace", "event_id": first["event_id"]},
            },
        )
        messages.send(actor=actor, room_id=room, type="m.room.message", content=edit)
    for number in range(49):
        messages.send(actor=actor, room_id=room, type="m.room.message", content=text(str(number)))
    with django_assert_max_num_queries(5):
        page = caller.get(f"/rooms/{room}/timeline").json()
    assert len(page["items"]) == 50
    assert page["items"][0]["event_id"] == first["event_id"]
    assert page["items"][0]["content"]["body"] == "改59"
    assert page["last"] == page["items"][-1]["seq"]
    older = caller.get(f"/rooms/{room}/timeline", before=page["next"]).json()
    assert older["next"] is None
    assert all(event["seq"] < first["seq"] for event in older["items"])
    after = caller.get(f"/rooms/{room}/timeline", after=first["seq"], limit=200).json()
    assert [event["seq"] for event in after["items"]] == list(range(first["seq"] + 1, first["seq"] + 110))


def test_receipts_show_counts_to_all_and_names_to_the_sender(owner, member, room):
    sent = Rest(member).post(f"/rooms/{room}/messages", {"txn_id": "a", "content": text("请阅")}).json()
    Rest(owner).post(f"/rooms/{room}/read", {"seq": sent["seq"]})
    histogram = Rest(member).get(f"/rooms/{room}/receipts").json()
    assert histogram["members"] == 2
    assert [sent["seq"], 1] in histogram["positions"]
    path = f"/rooms/{room}/events/{sent['event_id']}/receipts"
    counts = Rest(member).get(path).json()
    assert (counts["names"], counts["total"], counts["read"], counts["unread"]) == (True, 1, 1, 0)
    names = Rest(member).get(f"{path}/people", state="read").json()
    assert [person["name"] for person in names["items"]] == ["周牧远"]
    mine = Rest(owner).post(f"/rooms/{room}/messages", {"txn_id": "b", "content": text("通知")}).json()
    theirs = f"/rooms/{room}/events/{mine['event_id']}/receipts"
    assert Rest(member).get(theirs).json()["unread"] == 1
    assert not Rest(member).get(theirs).json()["names"]
    assert Rest(member).get(f"{theirs}/people", state="unread").status_code == 403


def test_a_recall_leaves_a_trace_and_no_content(owner, member, room):
    sent = Rest(owner).post(f"/rooms/{room}/messages", {"txn_id": "a", "content": text("发错了")}).json()
    assert Rest(member).post(f"/rooms/{room}/events/{sent['event_id']}/recall").status_code == 403
    assert Rest(owner).post(f"/rooms/{room}/events/{sent['event_id']}/recall").status_code == 200
    events = Rest(member).get(f"/rooms/{room}/timeline").json()["items"]
    [recalled] = [event for event in events if event["event_id"] == sent["event_id"]]
    assert recalled["content"] == {}
    assert recalled["redacted_by"]
    assert "发错了" not in Rest(member).get("/rooms").content.decode()


def test_a_draft_is_kept_for_the_persons_other_devices(owner, room):
    assert Rest(owner).put(f"/rooms/{room}/draft", {"text": "未写完"}).status_code == 204
    assert Rest(owner).get("/rooms").json()["items"][0]["draft"] == "未写完"
    Rest(owner).put(f"/rooms/{room}/draft", {"text": ""})
    assert Rest(owner).get("/rooms").json()["items"][0]["draft"] == ""


def test_leaving_and_removing(owner, member, room):
    assert Rest(member).delete(f"/rooms/{room}/members/{owner.user_id}").status_code == 403
    assert Rest(member).delete(f"/rooms/{room}/members/{member.user_id}").status_code == 204
    assert Rest(member).get(f"/rooms/{room}").status_code == 404
    assert Rest(owner).post(f"/rooms/{room}/members", {"user_ids": [member.user_id]}).json() == {"count": 1}


@pytest.fixture
def kind(monkeypatch):
    """A card kind of the test: everybody may approve once."""
    deeds: dict[str, tuple[str, str, str, dict[str, object]]] = {}

    def handle(*, actor, subject, action, params, key):
        deeds.setdefault(key, (actor.name, subject, action, params))
        return CardResult("已同意", {"by": deeds[key][0]})

    def abilities(actor, subjects):
        return {subject: CardState(version=1, abilities=["agree"]) for subject in subjects}

    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    register("probe", handle, abilities)
    return deeds


def make_card(kind="probe"):
    return Card(
        kind=kind,
        subject="s1",
        version=1,
        title="用车申请",
        as_of=clock.now(),
        fallback="用车申请，回复“同意”办理。",
    )


def post_card(owner, room, card):
    return messages.send(
        actor=owner.actor(), room_id=room, type="m.room.message", content=card_content(card)
    ).event_id


def test_a_button_acts_as_the_person_and_twice_is_once(owner, member, outsider, room, kind):
    event = post_card(owner, room, make_card())
    path = f"/rooms/{room}/cards/{event}/actions/agree"
    first = Rest(member).post(path, {"key": "k1", "params": {"note": "好"}})
    again = Rest(owner).post(path, {"key": "k1"})
    assert first.json() == again.json() == {"message": "已同意", "facts": {"by": "罗清和"}}
    assert kind == {"k1": ("罗清和", "s1", "agree", {"note": "好"})}
    assert Rest(outsider).post(path, {"key": "k2"}).status_code == 404
    assert Rest(member).post(path, {"key": ""}).json()["field"] == "key"
    states = Rest(member).post("/cards/state", {"cards": [{"room": room, "event": event}]}).json()
    assert states["cards"][0]["abilities"] == ["agree"]
    assert Rest(outsider).post("/cards/state", {"cards": [{"room": room, "event": event}]}).json() == {
        "cards": []
    }


def test_an_edited_card_is_one_card_in_the_timeline(owner, room, kind):
    event = post_card(owner, room, make_card())
    newer = make_card().model_copy(update={"version": 2, "title": "用车申请（已改）"})
    messages.send(
        actor=owner.actor(), room_id=room, type="m.room.message", content=replace_content(newer, event)
    )
    cards = [
        e for e in Rest(owner).get(f"/rooms/{room}/timeline").json()["items"] if e["type"] == "m.room.message"
    ]
    assert len(cards) == 1
    assert cards[0]["content"]["org.tongzhou.card"]["title"] == "用车申请（已改）"


def test_a_foreign_cards_button_becomes_an_event_for_its_bot(owner, member, room):
    event = post_card(
        owner,
        room,
        make_card(kind="unheard_of").model_copy(update={"actions": [Action(name="agree", label="同意")]}),
    )
    answer = Rest(member).post(f"/rooms/{room}/cards/{event}/actions/agree", {"key": "k"})
    assert answer.status_code == 200
    raw = Rest(owner).get(f"/rooms/{room}/timeline", after=1, limit=200).json()["items"]
    assert raw[-1]["type"] == "org.tongzhou.card.action"
    assert raw[-1]["content"]["action"] == "agree"
