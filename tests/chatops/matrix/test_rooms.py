"""Rooms, state, levels, membership, recalls and reading, as a Matrix client meets them."""

import pytest

from chatops.services import rooms as rooms_service
from chatops.store.models import Membership, Mention, Room, Withdrawn
from common.aio import call_service
from common.store.models import AuditEntry

pytestmark = pytest.mark.django_db(transaction=True)


async def level(room, person):
    return await call_service(lambda: Membership.objects.get(room__room_id=room, staff_id=person.pk).level)


async def test_creation_keeps_rows_and_state_in_step(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    room = await anna.room(
        topic="防汛",
        preset="trusted_private_chat",
        invite=[people.ben.user_id],
        initial_state=[{"type": "org.tongzhou.plan", "content": {"a": 1}}],
        power_level_content_override={"events": {"m.room.topic": 0}},
        creation_content={"m.federate": True},
    )
    events = await anna.ok("GET", f"/rooms/{room}/state")
    order = [event["type"] for event in sorted(events, key=lambda event: event["origin_server_ts"])]
    assert order.index("m.room.create") == 0
    assert all(event["room_id"] == room for event in events)
    power = await anna.ok("GET", f"/rooms/{room}/state/m.room.power_levels")
    assert power["users"] == {people.anna.user_id: 100, people.ben.user_id: 100}
    assert power["events"] == {"m.room.topic": 0}
    await ben.ok("POST", f"/join/{room}")
    assert await level(room, people.ben) == 100
    stored = await call_service(Room.objects.get, room_id=room)
    assert (stored.name, stored.purpose, stored.levels["events"]) == ("汛情会商", "防汛", {"m.room.topic": 0})
    whole = await anna.ok("GET", f"/rooms/{room}/state/m.room.name", params={"format": "event"})
    assert whole["content"] == {"name": "汛情会商"}


async def test_a_room_without_a_name_is_called_by_its_people(raw, people):
    anna = raw(people.anna)
    room = (await anna.ok("POST", "/createRoom", json={"invite": [people.ben.user_id]}))["room_id"]
    assert await anna.ok("GET", f"/rooms/{room}/state/m.room.name") == {"name": "罗清和、陆景川"}


async def test_policy_and_rules_of_creation(raw, people):
    anna = raw(people.anna)
    for body in (
        {"initial_state": [{"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]},
        {
            "initial_state": [
                {"type": "m.room.history_visibility", "content": {"history_visibility": "world_readable"}}
            ]
        },
        {"initial_state": [{"type": "m.room.join_rules", "content": {"join_rule": "restricted"}}]},
        {"name": "机密★3年"},
        {"topic": "【绝密】"},
    ):
        got = await anna.fails("POST", "/createRoom", json={"name": "群", **body})
        assert got == (403, "M_FORBIDDEN"), body
    assert await anna.ok("GET", "/joined_rooms") == {"joined_rooms": []}


async def test_an_open_room_is_joined_without_invitation(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    room = await anna.room(preset="public_chat")
    await ben.ok("POST", f"/join/{room}", json={})
    await ben.ok("POST", f"/join/{room}")
    assert set((await anna.ok("GET", f"/rooms/{room}/joined_members"))["joined"]) == {
        people.anna.user_id,
        people.ben.user_id,
    }


async def test_state_is_set_once_and_by_those_who_may(raw, people, together):
    anna, ben, path = raw(people.anna), raw(people.ben), f"/rooms/{together}/state"
    first = await anna.ok("PUT", f"{path}/m.room.name", json={"name": "防汛指挥"})
    assert await anna.ok("PUT", f"{path}/m.room.name", json={"name": "防汛指挥"}) == first
    assert (await call_service(Room.objects.get, room_id=together)).name == "防汛指挥"
    assert await ben.fails("PUT", f"{path}/m.room.name", json={"name": "别名"}) == (403, "M_FORBIDDEN")
    assert await anna.fails("PUT", f"{path}/m.room.name", json={"name": " "}) == (400, "M_INVALID_PARAM")
    for kind in ("m.room.encryption", "m.room.create", "m.room.redaction"):
        assert await anna.fails("PUT", f"{path}/{kind}", json={"algorithm": "x"}) == (403, "M_FORBIDDEN")
    foreign = f"{path}/org.tongzhou.card/{people.ben.user_id}"
    assert await anna.fails("PUT", foreign, json={}) == (403, "M_FORBIDDEN")


async def test_power_levels(raw, people, together):
    anna, ben, path = raw(people.anna), raw(people.ben), f"/rooms/{together}/state/m.room.power_levels"
    power = await anna.ok("GET", path)
    owner, second = people.anna.user_id, people.ben.user_id
    await anna.ok("PUT", path, json={**power, "users": {owner: 100, second: 50}})
    assert await level(together, people.ben) == 50
    await ben.ok("PUT", f"/rooms/{together}/state/m.room.topic", json={"topic": "现在可以"})
    now = await ben.ok("GET", path)
    for users in ({owner: 100, second: 100}, {owner: 50, second: 50}, {second: 50}):
        assert await ben.fails("PUT", path, json={**now, "users": users}) == (403, "M_FORBIDDEN")
    assert await ben.fails("PUT", path, json={**now, "kick": 75}) == (403, "M_FORBIDDEN")
    assert await anna.fails("PUT", path, json={**now, "kick": "75"}) == (400, "M_INVALID_PARAM")
    assert await anna.fails("PUT", path, json={**now, "kick": 2**40}) == (400, "M_INVALID_PARAM")
    await ben.ok("PUT", path, json={**now, "users": {owner: 100}})
    assert await level(together, people.ben) == 0
    await anna.ok("PUT", path, json={**now, "events_default": 10, "users": {owner: 100, second: 20}})
    assert await raw(people.bot).fails(
        "PUT", f"/rooms/{together}/send/m.room.message/x", json={"msgtype": "m.text", "body": "x"}
    ) == (403, "M_FORBIDDEN")
    await ben.say(together, "够了")


async def test_levels_given_by_the_office_are_in_the_event_too(raw, people, together):
    from chatops.services.membership import do_add_members

    room = await call_service(Room.objects.get, room_id=together)
    actor = await call_service(people.anna.actor)
    await call_service(do_add_members, actor=actor, room=room, staff_ids=[people.cara.pk], level=50)
    power = await raw(people.cara).ok("GET", f"/rooms/{together}/state/m.room.power_levels")
    assert power["users"][people.cara.user_id] == 50 == await level(together, people.cara)


async def test_the_table_of_memberships(raw, people, together):
    anna, ben, cara = raw(people.anna), raw(people.ben), raw(people.cara)
    room, who = f"/rooms/{together}", {"user_id": people.cara.user_id}
    no = (403, "M_FORBIDDEN")
    assert await anna.fails("POST", f"{room}/kick", json=who) == no
    assert await anna.fails("POST", f"{room}/unban", json=who) == no
    assert await anna.fails("POST", f"{room}/invite", json={"user_id": people.ben.user_id}) == no
    await anna.ok("POST", f"{room}/ban", json=who)  # before ever being in
    assert await anna.fails("POST", f"{room}/invite", json=who) == no
    assert await cara.fails("POST", f"/join/{together}") == no
    assert await anna.fails("POST", f"{room}/kick", json=who) == no  # a kick does not lift a ban
    await anna.ok("POST", f"{room}/unban", json=who)
    await ben.ok("POST", f"{room}/invite", json=who)
    await ben.ok("POST", f"{room}/invite", json=who)
    assert await ben.fails("POST", f"{room}/kick", json=who) == no
    await cara.ok("POST", f"{room}/leave")  # declines
    await anna.ok("PUT", f"{room}/state/m.room.member/{people.cara.user_id}", json={"membership": "invite"})
    await cara.ok("PUT", f"{room}/state/m.room.member/{people.cara.user_id}", json={"membership": "join"})
    assert await cara.fails("POST", f"{room}/kick", json={"user_id": people.anna.user_id}) == no
    assert await cara.fails("POST", f"{room}/forget") == (400, "M_UNKNOWN")
    await cara.ok("POST", f"{room}/leave")
    await cara.ok("POST", f"{room}/leave")
    await cara.ok("POST", f"{room}/forget")
    left = await cara.sync(filter='{"room":{"include_leave":true}}')
    assert left["rooms"]["leave"] == {}
    got = await anna.ok("GET", f"{room}/members", params={"not_membership": "leave"})
    assert people.cara.user_id not in [event["state_key"] for event in got["chunk"]]
    assert len((await anna.ok("GET", f"{room}/members", params={"membership": "leave"}))["chunk"]) == 1


async def test_members_at_a_token(raw, people, together):
    anna = raw(people.anna)
    at = (await anna.sync())["next_batch"]
    await anna.ok("POST", f"/rooms/{together}/kick", json={"user_id": people.ben.user_id})
    query = {"membership": "join"}
    now = await anna.ok("GET", f"/rooms/{together}/members", params=query)
    then = await anna.ok("GET", f"/rooms/{together}/members", params={**query, "at": at})
    assert (len(now["chunk"]), len(then["chunk"])) == (2, 3)


async def test_sending_again_and_from_another_device(raw, login, people, together):
    web = raw(people.anna)
    phone = raw((await login(people.anna)).access_token)
    first = await web.say(together, "一", "t1")
    assert await web.say(together, "换了内容", "t1") == first
    assert await web.send(together, "org.tongzhou.other", {}, "t1") == first
    assert await phone.say(together, "一", "t1") != first
    mine = await web.ok("GET", f"/rooms/{together}/event/{first}")
    assert mine["unsigned"]["transaction_id"] == "t1"
    theirs = await phone.ok("GET", f"/rooms/{together}/event/{first}")
    assert "transaction_id" not in theirs["unsigned"]
    assert mine["content"]["body"] == "一"


async def test_edits_are_bundled_and_reactions_are_once(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    first = await anna.say(together, "60%")

    async def edit(asks, body):
        relation = {"rel_type": "m.replace", "event_id": first}
        new = {"msgtype": "m.text", "body": body}
        return await asks.say(together, f"* {body}", **{"m.new_content": new, "m.relates_to": relation})

    await edit(anna, "70%")
    new = {"msgtype": "m.text", "body": "造假", "m.relates_to": {"rel_type": "m.replace", "event_id": first}}
    forged = {**new, "m.new_content": {"msgtype": "m.text", "body": "造假"}}
    path = f"/rooms/{together}/send/m.room.message/forged"
    assert await ben.fails("PUT", path, json=forged) == (403, "M_FORBIDDEN")
    last = await edit(anna, "80%")
    event = await ben.ok("GET", f"/rooms/{together}/event/{first}")
    assert event["content"]["body"] == "60%"
    assert event["unsigned"]["m.relations"]["m.replace"]["event_id"] == last
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "收到"}}
    sent = await ben.send(together, "m.reaction", reaction, "r1")
    assert await ben.send(together, "m.reaction", reaction, "r1") == sent
    path = f"/rooms/{together}/send/m.reaction/r2"
    assert await ben.fails("PUT", path, json=reaction) == (400, "M_DUPLICATE_ANNOTATION")
    await ben.ok("PUT", f"/rooms/{together}/redact/{sent}/x")
    await ben.send(together, "m.reaction", reaction, "r3")


async def test_a_recall_leaves_no_trace_of_the_words(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    since = (await ben.sync())["next_batch"]
    mention = {"m.mentions": {"user_ids": [people.ben.user_id]}}
    first = await anna.say(together, "不该说的话", **mention)
    new = {"msgtype": "m.text", "body": "不该说的话二"}
    relation = {"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": first}}
    await anna.say(together, "* 不该说的话二", **relation)
    path = f"/rooms/{together}/redact/{first}"
    assert await ben.fails("PUT", f"{path}/x", json={}) == (403, "M_FORBIDDEN")
    gone = await anna.ok("PUT", f"{path}/r1", json={"reason": "发错"})
    assert await anna.ok("PUT", f"{path}/r1", json={"reason": "发错"}) == gone
    assert await anna.ok("PUT", f"{path}/r2", json={}) == gone
    event = await ben.ok("GET", f"/rooms/{together}/event/{first}")
    assert event["content"] == {}
    because = event["unsigned"]["redacted_because"]
    assert (because["sender"], because["redacts"], because["content"]["redacts"]) == (
        people.anna.user_id,
        first,
        first,
    )
    for text in (
        str(await ben.sync(since)),
        str(await ben.ok("GET", f"/rooms/{together}/messages", params={"dir": "b", "limit": 100})),
        str(await ben.ok("GET", f"/rooms/{together}/context/{first}")),
        str(await call_service(lambda: rooms_service.list_rooms(people.ben.actor()))),
    ):
        assert "不该说的话" not in text
    counts = (await ben.sync())["rooms"]["join"][together]["unread_notifications"]
    assert counts["highlight_count"] == 0
    assert not await call_service(Mention.objects.exists)
    kept = await call_service(lambda: [row.content.get("body") for row in Withdrawn.objects.order_by("seq")])
    assert kept == ["不该说的话", "* 不该说的话二"]
    assert await call_service(AuditEntry.objects.filter(verb="message.recall").count) == 1


async def test_what_the_owner_may_recall(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    theirs = await ben.say(together, "群主可撤回")
    await anna.ok("PUT", f"/rooms/{together}/redact/{theirs}/x", json={})
    created = await anna.ok("GET", f"/rooms/{together}/state/m.room.create", params={"format": "event"})
    assert await anna.fails("PUT", f"/rooms/{together}/redact/{created['event_id']}/y", json={}) == (
        403,
        "M_FORBIDDEN",
    )
    member = await anna.ok(
        "GET", f"/rooms/{together}/state/m.room.member/{people.ben.user_id}", params={"format": "event"}
    )
    by_send = {"redacts": member["event_id"]}
    await anna.send(together, "m.room.redaction", by_send)
    path = f"/rooms/{together}/state/m.room.member/{people.ben.user_id}"
    assert await anna.ok("GET", path) == {"membership": "join"}
    assert await anna.fails("PUT", f"/rooms/{together}/redact/$none/z", json={}) == (404, "M_NOT_FOUND")


async def test_pages_of_history(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    sent = [await anna.say(together, f"第{number}条") for number in range(7)]
    path, seen, query = f"/rooms/{together}/messages", [], {"dir": "b", "limit": 3}
    while True:
        page = await ben.ok("GET", path, params=query)
        assert all(event["room_id"] == together for event in page["chunk"])
        seen += [event["event_id"] for event in page["chunk"]]
        if "end" not in page:
            break
        query["from"] = page["end"]
    assert seen[:7] == sent[::-1]
    forward = await ben.ok("GET", path, params={"dir": "f", "limit": 100})
    assert [event["event_id"] for event in forward["chunk"]] == seen[::-1]
    onward = await ben.ok("GET", path, params={"dir": "f", "from": forward["end"]})
    assert (onward["chunk"], onward["end"]) == ([], forward["end"])
    around = await ben.ok("GET", f"/rooms/{together}/context/{sent[3]}", params={"limit": 4})
    assert [event["event_id"] for event in around["events_before"]] == [sent[2], sent[1]]
    assert [event["event_id"] for event in around["events_after"]] == [sent[4], sent[5]]
    only = await ben.ok("GET", path, params={"dir": "b", "filter": '{"types":["m.room.create"]}'})
    assert [event["type"] for event in only["chunk"]] == ["m.room.create"]


async def test_profiles_come_from_the_directory(raw, people):
    anna = raw(people.anna)
    assert await anna.ok("GET", f"/profile/{people.ben.user_id}") == {"displayname": "陆景川"}
    name = {"displayname": "老陆"}
    assert await anna.fails("PUT", f"/profile/{people.anna.user_id}/displayname", json=name) == (
        403,
        "M_FORBIDDEN",
    )
    assert (await anna.ok("GET", "/capabilities"))["capabilities"]["m.room_versions"]["default"] == "11"
