"""Finding: relations, threads, moments, aliases, the room directory, spaces, people, words, knocking."""

import pytest

from chatops.services import search_index
from common import clock
from common.aio import call_service
from directory.services import tree
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/_matrix/client/v1"
SERVER = "tongzhou.localhost"


def thread(root):
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}}


def reaction(event, key="收到"):
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}


async def test_relations_are_paged_in_both_directions(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    first = await anna.say(together, "请回复")
    keys = [await ben.send(together, "m.reaction", reaction(first, str(number))) for number in range(5)]
    path = f"{V1}/rooms/{together}/relations/{first}"
    newest = await anna.ok("GET", path, params={"limit": 2})
    assert [one["event_id"] for one in newest["chunk"]] == keys[:2:-1]
    rest = await anna.ok("GET", path, params={"limit": 9, "from": newest["next_batch"]})
    assert [one["event_id"] for one in rest["chunk"]] == keys[2::-1]
    assert "next_batch" not in rest
    oldest = await anna.ok("GET", path, params={"limit": 3, "dir": "f"})
    assert [one["event_id"] for one in oldest["chunk"]] == keys[:3]
    more = await anna.ok("GET", path, params={"dir": "f", "from": oldest["next_batch"]})
    assert [one["event_id"] for one in more["chunk"]] == keys[3:]
    typed = await anna.ok("GET", f"{path}/m.annotation/m.reaction")
    assert len(typed["chunk"]) == 5
    assert all(one["room_id"] == together for one in typed["chunk"])
    assert (await anna.ok("GET", f"{path}/m.thread"))["chunk"] == []
    assert await anna.fails("GET", path, params={"dir": "x"}) == (400, "M_INVALID_PARAM")
    assert await raw(people.cara).fails("GET", path) == (404, "M_NOT_FOUND")


async def test_threads_are_listed_and_bundled(raw, people, together):
    anna, ben = raw(people.anna), raw(people.ben)
    roots = [await anna.say(together, f"事项{number}") for number in range(3)]
    await ben.say(together, "一", **thread(roots[0]))
    last = await anna.say(together, "二", **thread(roots[0]))
    other = await anna.say(together, "三", **thread(roots[1]))
    spoken = await ben.send(together, "m.reaction", reaction(last))
    listed = (await ben.ok("GET", f"{V1}/rooms/{together}/threads"))["chunk"]
    assert [one["event_id"] for one in listed] == [roots[1], roots[0]]
    bundle = listed[1]["unsigned"]["m.relations"]["m.thread"]
    assert (bundle["count"], bundle["current_user_participated"]) == (2, True)
    assert bundle["latest_event"]["event_id"] == last
    assert listed[0]["unsigned"]["m.relations"]["m.thread"]["current_user_participated"] is False
    mine = await ben.ok("GET", f"{V1}/rooms/{together}/threads", params={"include": "participated"})
    assert [one["event_id"] for one in mine["chunk"]] == [roots[0]]
    page = await ben.ok("GET", f"{V1}/rooms/{together}/threads", params={"limit": 1})
    rest = await ben.ok("GET", f"{V1}/rooms/{together}/threads", params={"from": page["next_batch"]})
    assert [one["event_id"] for one in [*page["chunk"], *rest["chunk"]]] == [roots[1], roots[0]]
    path = f"{V1}/rooms/{together}/relations/{roots[0]}"
    flat = [one["event_id"] for one in (await ben.ok("GET", path))["chunk"]]
    deep = [one["event_id"] for one in (await ben.ok("GET", path, params={"recurse": "true"}))["chunk"]]
    assert (spoken in flat, spoken in deep, other in deep) == (False, True, False)
    synced = (await ben.sync())["rooms"]["join"][together]["timeline"]["events"]
    root = next(one for one in synced if one["event_id"] == roots[0])
    assert root["unsigned"]["m.relations"]["m.thread"]["count"] == 2


async def test_the_event_at_a_moment(raw, people, together):
    anna = raw(people.anna)
    sent = await anna.say(together, "此刻")
    path, now = f"{V1}/rooms/{together}/timestamp_to_event", clock.now_ms()
    assert (await anna.ok("GET", path, params={"ts": now + 5000, "dir": "b"}))["event_id"] == sent
    assert (await anna.ok("GET", path, params={"ts": 0, "dir": "f"}))["origin_server_ts"] <= now
    assert await anna.fails("GET", path, params={"ts": now + 5000, "dir": "f"}) == (404, "M_NOT_FOUND")
    assert await anna.fails("GET", path) == (400, "M_INVALID_PARAM")


async def test_a_room_has_names(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    room = await anna.room(room_alias_name="fangxun", preset="public_chat")
    alias = f"#fangxun:{SERVER}"
    got = await ben.ok("GET", f"/directory/room/%23fangxun:{SERVER}")
    assert got == {"room_id": room, "servers": [SERVER]}
    assert await anna.fails("POST", "/createRoom", json={"room_alias_name": "fangxun"}) == (
        400,
        "M_ROOM_IN_USE",
    )
    assert (await anna.ok("GET", f"/rooms/{room}/state/m.room.canonical_alias"))["alias"] == alias
    assert (await ben.ok("POST", f"/join/%23fangxun:{SERVER}"))["room_id"] == room
    path = f"/directory/room/%23liangshi:{SERVER}"
    await ben.ok("PUT", path, json={"room_id": room})
    assert await anna.fails("PUT", path, json={"room_id": room}) == (409, "M_UNKNOWN")
    assert (await ben.ok("GET", f"/rooms/{room}/aliases"))["aliases"] == [alias, f"#liangshi:{SERVER}"]
    assert await ben.fails("DELETE", f"/directory/room/%23fangxun:{SERVER}") == (403, "M_FORBIDDEN")
    await anna.ok("DELETE", path)
    assert await anna.fails("GET", path) == (404, "M_NOT_FOUND")
    assert await anna.fails("GET", "/directory/room/%23x:elsewhere") == (404, "M_NOT_FOUND")
    assert await anna.fails("GET", "/directory/room/x") == (400, "M_INVALID_PARAM")


async def test_only_listed_rooms_are_shown_to_everybody(raw, people, together):
    anna, cara = raw(people.anna), raw(people.cara)
    open_room = await anna.room(name="公共讨论", preset="public_chat", visibility="public")
    path = f"/directory/list/room/{together}"
    assert await cara.ok("GET", path) == {"visibility": "private"}
    shown = [one["room_id"] for one in (await cara.ok("GET", "/publicRooms"))["chunk"]]
    assert open_room in shown
    assert together not in shown
    assert await cara.fails("PUT", path, json={"visibility": "public"}) == (403, "M_FORBIDDEN")
    assert await raw(people.ben).fails("PUT", path, json={"visibility": "public"}) == (403, "M_FORBIDDEN")
    await anna.ok("PUT", path, json={"visibility": "public"})
    wanted = {"limit": 1, "filter": {"room_types": [None]}}
    first = await cara.ok("POST", "/publicRooms", json=wanted)
    second = await cara.ok("POST", "/publicRooms", json={**wanted, "since": first["next_batch"]})
    assert {first["chunk"][0]["room_id"], second["chunk"][0]["room_id"]} == {open_room, together}
    named = {"filter": {"generic_search_term": "公共%", "room_types": [None]}}
    assert [one["name"] for one in (await cara.ok("POST", "/publicRooms", json=named))["chunk"]] == [
        "公共讨论"
    ]
    summary = await cara.ok("GET", f"{V1}/room_summary/{open_room}")
    assert (summary["name"], summary["join_rule"], summary["membership"]) == ("公共讨论", "public", "leave")
    assert await cara.fails("GET", f"{V1}/room_summary/{together}") == (404, "M_NOT_FOUND")


async def test_the_unit_tree_is_a_tree_of_spaces(raw, people):
    def grow():
        top = make_unit("咸宁市人民政府")
        below = make_unit("市应急管理局", parent=top)
        make_unit("应急指挥中心", parent=below)
        tree.drop()
        return top, make_person("石文", unit=top, role="leader")

    _top, leader = await call_service(grow)
    asks = raw(leader)
    listed = (await asks.ok("POST", "/publicRooms", json={"filter": {"room_types": ["m.space"]}}))["chunk"]
    space = next(one for one in listed if one["name"] == "咸宁市人民政府")
    assert space["room_type"] == "m.space"
    got = (await asks.ok("GET", f"{V1}/rooms/{space['room_id']}/hierarchy"))["rooms"]
    assert [one["name"] for one in got] == ["咸宁市人民政府", "市应急管理局", "应急指挥中心"]
    assert [child["state_key"] for child in got[0]["children_state"]] == [got[1]["room_id"]]
    flat = await asks.ok("GET", f"{V1}/rooms/{space['room_id']}/hierarchy", params={"max_depth": 0})
    assert len(flat["rooms"]) == 1
    page = await asks.ok("GET", f"{V1}/rooms/{space['room_id']}/hierarchy", params={"limit": 2})
    rest = await asks.ok(
        "GET", f"{V1}/rooms/{space['room_id']}/hierarchy", params={"limit": 2, "from": page["next_batch"]}
    )
    assert [one["name"] for one in [*page["rooms"], *rest["rooms"]]] == [one["name"] for one in got]
    unknown = f"{V1}/rooms/!unit-{'0' * 32}:{SERVER}/hierarchy"
    assert await asks.fails("GET", unknown) == (404, "M_NOT_FOUND")


async def test_people_are_found_by_the_directory(raw, people):
    tree.drop()  # kept for a minute; each test has other units
    got = await raw(people.anna).ok("POST", "/user_directory/search", json={"search_term": "陆景"})
    assert got["results"] == [{"user_id": people.ben.user_id, "display_name": "陆景川"}]
    body = {"search_term": "陆景", "limit": "x"}
    assert await raw(people.anna).fails("POST", "/user_directory/search", json=body) == (400, "M_BAD_JSON")


async def test_knocking_is_asked_told_and_answered(raw, people):
    anna, cara = raw(people.anna), raw(people.cara)
    rule = {"type": "m.room.join_rules", "content": {"join_rule": "knock"}}
    room = await anna.room(initial_state=[rule])
    closed = await anna.room()
    since, told = (await cara.sync())["next_batch"], (await anna.sync())["next_batch"]
    assert (await cara.ok("POST", f"/knock/{room}", json={"reason": "参加会商"}))["room_id"] == room
    await cara.ok("POST", f"/knock/{room}")
    assert await cara.fails("POST", f"/knock/{closed}") == (403, "M_FORBIDDEN")
    assert await cara.fails("POST", f"/knock/!none:{SERVER}") == (404, "M_UNKNOWN")
    assert await anna.fails("POST", f"/knock/{room}") == (403, "M_FORBIDDEN")
    mine = await cara.sync(since)
    kinds = {one["type"] for one in mine["rooms"]["knock"][room]["knock_state"]["events"]}
    assert {"m.room.create", "m.room.name", "m.room.member"} <= kinds
    seen = (await anna.sync(told))["rooms"]["join"][room]["timeline"]["events"]
    assert [(one["state_key"], one["content"]["membership"]) for one in seen] == [
        (people.cara.user_id, "knock")
    ]
    assert room in (await cara.sync())["rooms"]["knock"]
    assert await cara.fails("GET", f"/rooms/{room}/messages?dir=b") == (403, "M_FORBIDDEN")
    await anna.ok("POST", f"/rooms/{room}/invite", json={"user_id": people.cara.user_id})
    assert room in (await cara.sync(mine["next_batch"]))["rooms"]["invite"]
    await cara.ok("POST", f"/join/{room}")
    assert await cara.fails("POST", f"/knock/{room}") == (403, "M_FORBIDDEN")


async def test_a_knock_is_taken_back_or_denied(raw, people):
    anna, ben, cara = raw(people.anna), raw(people.ben), raw(people.cara)
    rule = {"type": "m.room.join_rules", "content": {"join_rule": "knock"}}
    room = await anna.room(initial_state=[rule])
    await cara.ok("POST", f"/knock/{room}")
    since = (await cara.sync())["next_batch"]
    await cara.ok("POST", f"/rooms/{room}/leave")
    assert room in (await cara.sync(since))["rooms"]["leave"]
    await ben.ok("POST", f"/knock/{room}")
    await anna.ok("POST", f"/rooms/{room}/kick", json={"user_id": people.ben.user_id})
    assert await ben.fails("POST", f"/join/{room}") == (403, "M_FORBIDDEN")


async def test_words_are_found_and_reports_are_taken(raw, people, together):
    anna, cara = raw(people.anna), raw(people.cara)
    sent = await anna.say(together, "请各单位报送水位")
    while await call_service(search_index.step):
        pass
    body = {"search_categories": {"room_events": {"search_term": "水位", "filter": {"rooms": [together]}}}}
    got = (await anna.ok("POST", "/search", json=body))["search_categories"]["room_events"]
    assert [one["result"]["event_id"] for one in got["results"]] == [sent]
    assert await anna.fails("POST", "/search", json={}) == (400, "M_MISSING_PARAM")
    await anna.ok("POST", f"/rooms/{together}/report/{sent}", json={"reason": "不当言论"})
    await anna.ok("POST", f"/rooms/{together}/report", json={"reason": "x"})
    assert await anna.fails("POST", f"/rooms/{together}/report/$none", json={}) == (404, "M_NOT_FOUND")
    assert await cara.fails("POST", f"/rooms/{together}/report/{sent}", json={}) == (403, "M_FORBIDDEN")
