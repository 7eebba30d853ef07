"""Which messages of a room have become items, as the chat asks for them."""

from workflows.store.models import Item


def test_a_member_of_the_room_sees_what_its_messages_became(call, force, dispatched, act):
    origin = {"origin_room_id": force.room_id, "origin_event_id": "$said", "origin_text": "请办"}
    Item.objects.filter(pk=dispatched.id).update(**origin)
    (found,) = call("civil_liaison").get(f"/items/of-messages?room_id={force.room_id}").json()["items"]
    assert found["event_id"] == "$said"
    assert found["item_id"] == str(dispatched.id)
    assert found["link"] == f"/sup/{dispatched.id}"
    assert found["state_words"] == "待签收"


def test_who_is_not_in_the_room_learns_nothing(call, force, dispatched):
    answer = call("outside_head").get(f"/items/of-messages?room_id={force.room_id}")
    assert answer.status_code == 404


def test_of_two_items_of_one_message_the_first_is_shown(call, force, add):
    one, other = add(title="第一项"), add(title="第二项")
    Item.objects.filter(pk__in=[one.id, other.id]).update(
        origin_room_id=force.room_id, origin_event_id="$said"
    )
    found = call("leader").get(f"/items/of-messages?room_id={force.room_id}").json()["items"]
    assert [each["title"] for each in found] == ["第一项"]
