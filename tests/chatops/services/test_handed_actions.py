"""Buttons of cards that no floor knows are told to the bot by an event: what the card shows, once, and nothing else."""

import pytest

from chatops.cards import card_content
from chatops.cards.schema import Action, Card, Input
from chatops.models import Event
from chatops.services import card_actions, messages, rooms
from chatops.services.admission import SecrecyRefusedError
from chatops.services.handed_actions import ACTION_EVENT
from common import clock
from common.errors import BadInputError, NotFoundError

pytestmark = pytest.mark.django_db
NOTE = [
    Input(key="note", label="说明", type="text"),
    Input(key="due", label="何时", type="date", required=False),
]


@pytest.fixture
def room(owner, member):
    return rooms.create_room(actor=owner.actor(), kind="work", name="值守", members=[member.pk])


def card(**more):
    given = {
        "kind": "notice", "subject": "7", "version": 1, "title": "机房告警", "as_of": clock.now(),
        "fallback": "机房告警",
        "actions": [Action(name="take", label="接单"), Action(name="hand_on", label="转交", input=NOTE)], **more,
    }  # fmt: skip
    return card_content(Card(**given))


def say(person, room, content):
    return messages.send(
        actor=person.actor(), room_id=room.room_id, type="m.room.message", content=content
    ).event_id


def press(person, room, event_id, action, key, **params):
    return card_actions.act(
        actor=person.actor(), room_id=room.room_id, event_id=event_id, action=action, params=params, key=key
    )


def state(person, room, event_id):
    found = card_actions.states(actor=person.actor(), refs=[(room.room_id, event_id)])
    return found[0] if found else None


def told(room):
    rows = Event.objects.filter(room_id=room.pk, type=ACTION_EVENT).order_by("seq")
    return [(row.content["action"], row.content["params"]) for row in rows]


def test_each_presses_for_themselves_and_twice_is_once(owner, member, room):
    at = say(owner, room, card())
    assert state(member, room, at)["abilities"] == ["take", "hand_on"]
    press(member, room, at, "take", "k1")
    assert press(member, room, at, "take", "k2").message
    assert told(room) == [("take", {})]
    seen = state(member, room, at)
    assert (seen["abilities"], list(seen["done"])) == (["hand_on"], ["take"])
    assert seen["done"]["take"].startswith("你已选“接单”")
    assert state(owner, room, at)["abilities"] == ["take", "hand_on"]
    press(owner, room, at, "take", "k3")
    assert len(told(room)) == 2


def test_a_new_rendering_may_be_pressed_anew_by_what_it_shows(owner, member, room):
    at = say(owner, room, card())
    press(member, room, at, "take", "k1")
    fresh = card(version=2, actions=[Action(name="take", label="再接"), Action(name="done", label="办结")])
    relation = {"rel_type": "m.replace", "event_id": at}
    say(owner, room, {**fresh, "m.new_content": fresh, "m.relates_to": relation})
    seen = state(member, room, at)
    assert (seen["version"], seen["abilities"], seen["done"]) == (2, ["take", "done"], {})
    with pytest.raises(NotFoundError):
        press(member, room, at, "hand_on", "k2", note="x")
    press(member, room, at, "done", "k3")
    assert [name for name, _ in told(room)] == ["take", "done"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "params.note"),
        ({"note": ""}, "params.note"),
        ({"note": 7}, "params.note"),
        ({"note": "字" * 2001}, "params.note"),
        ({"note": "好", "due": "明天"}, "params.due"),
    ],
)
def test_a_form_is_checked_and_only_what_it_asks_for_is_told(owner, member, room, params, field):
    at = say(owner, room, card())
    with pytest.raises(BadInputError) as refused:
        press(member, room, at, "hand_on", "k1", **params)
    assert refused.value.field == field
    press(member, room, at, "hand_on", "k2", note="请甲办", due="2026-12-01", other="x")
    press(member, room, at, "hand_on", "k3", note="再请乙办")
    assert told(room) == [
        ("hand_on", {"note": "请甲办", "due": "2026-12-01"}),
        ("hand_on", {"note": "再请乙办"}),
    ]


def test_a_mark_in_a_form_is_refused(owner, member, room):
    at = say(owner, room, card())
    with pytest.raises(SecrecyRefusedError):
        press(member, room, at, "hand_on", "k1", note="机密★3年")
    assert told(room) == []


def test_strangers_press_nothing(owner, outsider, room):
    at = say(owner, room, card())
    assert state(outsider, room, at) is None
    with pytest.raises(NotFoundError):
        press(outsider, room, at, "take", "k1")


@pytest.mark.parametrize("kind", ["notice", "task", "order", "approval", "status", "poll"])
@pytest.mark.parametrize(
    "said",
    [
        {"actions": 7, "menu": "x", "version": "x"},
        {
            "actions": [7, {}, {"name": ["x"]}, {"name": "a", "label": {}}],
            "version": [1],
            "subject": {"a": 1},
        },
        {"actions": [{"name": "a", "label": "b", "input": "x"}], "subject": "no uuid"},
        {},
    ],
)
def test_a_card_of_any_shape_breaks_nothing(owner, member, room, kind, said):
    at = say(member, room, {"msgtype": "m.text", "body": "x", "org.tongzhou.card": {"kind": kind, **said}})
    seen = state(owner, room, at)
    assert seen is None or seen["abilities"] == []
