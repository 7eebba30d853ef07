"""What a person keeps at the door: push rules, tags, presence, devices, tokens, password."""

import httpx
import pytest

from common.aio import call_service
from directory.store.models import Device
from tests.chatops.matrix.conftest import Raw
from tests.support.world import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


async def sign_in(url, person, **more):
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        body = {"type": "m.login.password", "user": person.number, "password": PASSWORD, **more}
        return (await client.post("/_matrix/client/v3/login", json=body)).json()


async def test_push_rules_are_whole_and_ones_own(raw, people):
    anna, ben = raw(people.anna), raw(people.ben)
    rules = (await anna.ok("GET", "/pushrules/"))["global"]
    assert list(rules) == ["override", "content", "room", "sender", "underride"]
    assert rules["override"][0]["rule_id"] == ".m.rule.master"
    assert {".m.rule.message", ".m.rule.encrypted"} <= {rule["rule_id"] for rule in rules["underride"]}
    first = await anna.sync()
    pushed = [one for one in first["account_data"]["events"] if one["type"] == "m.push_rules"]
    assert pushed[0]["content"]["global"] == rules
    path = "/pushrules/global/room/!x:tongzhou.localhost"
    await anna.ok("PUT", path, json={"actions": ["dont_notify"]})
    assert (await anna.ok("GET", path))["actions"] == ["dont_notify"]
    await anna.ok("PUT", f"{path}/enabled", json={"enabled": False})
    assert await anna.ok("GET", f"{path}/enabled") == {"enabled": False}
    await anna.ok("PUT", "/pushrules/global/override/.m.rule.master/enabled", json={"enabled": True})
    await anna.ok("PUT", "/pushrules/global/underride/.m.rule.message/actions", json={"actions": ["notify"]})
    told = (await anna.sync(first["next_batch"]))["account_data"]["events"]
    content = next(one["content"]["global"] for one in told if one["type"] == "m.push_rules")
    assert content["override"][0]["enabled"] is True
    assert content["room"][0]["enabled"] is False
    assert (await anna.ok("GET", "/pushrules/global/underride/.m.rule.message/actions"))["actions"] == [
        "notify"
    ]
    assert (await ben.ok("GET", "/pushrules/"))["global"]["override"][0]["enabled"] is False
    await anna.ok("DELETE", path)
    assert await anna.fails("GET", path) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", "/pushrules/global/override/.own", {"actions": []}, (400, "M_INVALID_PARAM")),
        ("PUT", "/pushrules/global/override/x", {}, (400, "M_MISSING_PARAM")),
        ("PUT", "/pushrules/global/nothing/x", {"actions": []}, (400, "M_INVALID_PARAM")),
        ("PUT", "/pushrules/global/content/x", {"actions": []}, (400, "M_MISSING_PARAM")),
        ("PUT", "/pushrules/global/override/x", {"actions": ["explode"]}, (400, "M_INVALID_PARAM")),
        ("PUT", "/pushrules/global/override/x?before=y", {"actions": []}, (404, "M_NOT_FOUND")),
        ("PUT", "/pushrules/global/override/none/enabled", {"enabled": True}, (404, "M_NOT_FOUND")),
        ("DELETE", "/pushrules/global/override/.m.rule.master", None, (404, "M_NOT_FOUND")),
        ("PUT", "/user/{me}/account_data/m.push_rules", {}, (405, "M_BAD_JSON")),
    ],
)
async def test_push_rules_refuse(raw, people, method, path, body, expected):
    anna = raw(people.anna)
    assert await anna.fails(method, path.format(me=people.anna.user_id), json=body) == expected


async def test_own_rules_stand_in_their_order(raw, people):
    anna = raw(people.anna)
    for name, beside in (("a", ""), ("b", ""), ("c", "?after=a"), ("d", "?before=b")):
        path = f"/pushrules/global/override/{name}{beside}"
        await anna.ok("PUT", path, json={"actions": [], "conditions": []})
    rules = (await anna.ok("GET", "/pushrules/global/"))["override"]
    assert [rule["rule_id"] for rule in rules][1:5] == ["d", "b", "a", "c"]


async def test_tags_are_told_to_all_devices(raw, people, together, url):
    anna, user = raw(people.anna), people.anna.user_id
    other = raw((await sign_in(url, people.anna))["access_token"])
    since = (await other.sync())["next_batch"]
    await anna.ok("PUT", f"/user/{user}/rooms/{together}/tags/m.favourite", json={"order": 0.5})
    await anna.ok("PUT", f"/user/{user}/rooms/{together}/tags/u.work", json={})
    await anna.ok("DELETE", f"/user/{user}/rooms/{together}/tags/u.work")
    tags = {"tags": {"m.favourite": {"order": 0.5}}}
    assert await anna.ok("GET", f"/user/{user}/rooms/{together}/tags") == tags
    room = (await other.sync(since))["rooms"]["join"][together]
    assert room["account_data"]["events"] == [{"type": "m.tag", "content": tags}]
    path = f"/user/{user}/rooms/{together}/tags/x"
    assert await anna.fails("PUT", path, json={"order": 7}) == (400, "M_BAD_JSON")
    assert await raw(people.ben).fails("PUT", path, json={}) == (403, "M_FORBIDDEN")


async def test_presence_is_kept_and_not_told(raw, people, together):
    anna, ben, path = raw(people.anna), raw(people.ben), f"/presence/{people.anna.user_id}/status"
    assert await ben.ok("GET", path) == {"presence": "offline"}
    since = (await ben.sync())["next_batch"]
    await anna.ok("PUT", path, json={"presence": "online", "status_msg": "在岗"})
    got = await ben.ok("GET", path)
    assert (got["presence"], got["status_msg"]) == ("online", "在岗")
    assert (await ben.sync(since))["presence"]["events"] == []
    assert await anna.fails("PUT", path, json={"presence": "busy"}) == (400, "M_INVALID_PARAM")
    assert await ben.fails("PUT", path, json={"presence": "online"}) == (403, "M_FORBIDDEN")
    nobody = "/presence/@nobody:tongzhou.localhost/status"
    assert await ben.fails("GET", nobody) == (404, "M_NOT_FOUND")


async def test_devices_are_named_and_removed_by_password(raw, people, url):
    anna = raw(people.anna)
    phone = await sign_in(url, people.anna, device_id="PHONE", initial_device_display_name="手机")
    assert (await anna.ok("GET", "/devices/PHONE"))["display_name"] == "手机"
    await anna.ok("PUT", "/devices/PHONE", json={"display_name": "工作手机"})
    names = {one["device_id"]: one["display_name"] for one in (await anna.ok("GET", "/devices"))["devices"]}
    assert names["PHONE"] == "工作手机"
    assert await raw(people.ben).fails("GET", "/devices/PHONE") == (404, "M_NOT_FOUND")
    asked = await anna("DELETE", "/devices/PHONE", json={})
    assert asked.status_code == 401
    assert asked.json()["flows"] == [{"stages": ["m.login.password"]}]
    assert {"session", "params", "errcode", "error"} <= set(asked.json())
    wrong = {"auth": {"type": "m.login.password", "password": "falsch", "session": asked.json()["session"]}}
    assert await anna.fails("DELETE", "/devices/PHONE", json=wrong) == (401, "M_FORBIDDEN")
    right = {"type": "m.login.password", "password": PASSWORD, "identifier": {"user": people.anna.user_id}}
    await anna.ok("POST", "/delete_devices", json={"devices": ["PHONE", "UNKNOWN"], "auth": right})
    got = await raw(phone["access_token"]).fails("GET", "/account/whoami")
    assert got == (401, "M_UNKNOWN_TOKEN")


async def test_the_password_is_changed_by_the_old_one(raw, people, url):
    anna = raw(people.anna)
    auth = {"type": "m.login.password", "password": PASSWORD}
    weak = {"new_password": "123", "auth": auth}
    assert await anna.fails("POST", "/account/password", json=weak) == (400, "M_WEAK_PASSWORD")
    assert (await anna.fails("POST", "/account/password", json={"new_password": "x"}))[0] == 401
    await anna.ok("POST", "/account/password", json={"new_password": "another-quiet-river-7", "auth": auth})
    assert (await sign_in(url, people.anna))["errcode"] == "M_FORBIDDEN"
    assert await anna.fails("POST", "/account/deactivate", json={"auth": auth}) == (403, "M_FORBIDDEN")


async def test_tokens_are_renewed_once(raw, people, url):
    first = await sign_in(url, people.anna, refresh_token=True)
    assert first["expires_in_ms"] == 3_600_000
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        asks = Raw(client, "")
        pair = await asks.ok("POST", "/refresh", json={"refresh_token": first["refresh_token"]})
        again = await asks.fails("POST", "/refresh", json={"refresh_token": first["refresh_token"]})
    assert again == (401, "M_UNKNOWN_TOKEN")
    assert (await raw(pair["access_token"]).ok("GET", "/account/whoami"))["device_id"] == first["device_id"]
    assert (await raw(first["access_token"]).fails("GET", "/account/whoami"))[0] == 401


async def test_a_token_whose_time_is_over_may_sign_in_again(raw, people, url):
    signed_in = await sign_in(url, people.anna, refresh_token=True, device_id="SOFT")
    gone = raw(signed_in["access_token"])

    def expire():
        from common import clock

        Device.objects.filter(device_id="SOFT").update(expires_at=clock.now())

    await call_service(expire)
    answer = await gone("GET", "/account/whoami")
    assert (answer.status_code, answer.json()["soft_logout"]) == (401, True)
    answer = await raw("nothing").__call__("GET", "/account/whoami")
    assert answer.json()["soft_logout"] is False


async def test_openid_proves_who_one_is(raw, people):
    anna = raw(people.anna)
    given = await anna.ok("POST", f"/user/{people.anna.user_id}/openid/request_token", json={})
    path = "/_matrix/federation/v1/openid/userinfo"
    nobody = raw("")
    got = await nobody.ok("GET", path, params={"access_token": given["access_token"]})
    assert got == {"sub": people.anna.user_id}
    wrong = {"access_token": given["access_token"] + "x"}
    assert await nobody.fails("GET", path, params=wrong) == (401, "M_UNKNOWN_TOKEN")
    assert await nobody.fails("GET", path) == (401, "M_MISSING_TOKEN")
    other = f"/user/{people.ben.user_id}/openid/request_token"
    assert await anna.fails("POST", other) == (403, "M_FORBIDDEN")


async def test_small_answers_that_clients_ask_for(raw, people, together):
    anna = raw(people.anna)
    assert await anna.ok("GET", "/voip/turnServer") == {}
    assert await anna.ok("GET", "/account/3pid") == {"threepids": []}
    assert await anna.ok("GET", "/pushers") == {"pushers": []}
    assert await anna.ok("GET", "/notifications") == {"notifications": []}
    assert await anna.ok("GET", "/thirdparty/protocols") == {}
    pusher = {"kind": "http", "app_id": "x", "pushkey": "y"}
    assert await anna.fails("POST", "/pushers/set", json=pusher) == (403, "M_FORBIDDEN")
    assert await anna.ok("POST", "/pushers/set", json={**pusher, "kind": None}) == {}
    assert await anna.fails("GET", "/room_keys/version") == (404, "M_NOT_FOUND")
    version = {"new_version": "12"}
    assert await anna.fails("POST", f"/rooms/{together}/upgrade", json=version) == (
        400,
        "M_UNSUPPORTED_ROOM_VERSION",
    )
    assert await anna.fails("POST", f"/rooms/{together}/upgrade", json={"new_version": "11"}) == (
        403,
        "M_FORBIDDEN",
    )
    for path in (
        "/_matrix/client/v1/auth_metadata",
        "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports",
    ):
        assert await anna.fails("GET", path) == (404, "M_UNRECOGNIZED")
    assert await raw("").fails("POST", "/register", json={}) == (403, "M_FORBIDDEN")
    assert await raw("").fails("GET", "/register/available?username=x") == (403, "M_FORBIDDEN")
