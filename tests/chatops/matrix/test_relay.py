"""Keys and messages between devices: relayed once, in order, until they have arrived."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import override_settings

from tests.support.world import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def device(url, raw):
    """Signs a person in as a Matrix client: (asks, device id)."""

    async def sign_in(person, name):
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            body = {
                "type": "m.login.password",
                "user": person.number,
                "password": PASSWORD,
                "device_id": name,
            }
            answer = (await client.post("/_matrix/client/v3/login", json=body)).json()
        return raw(answer["access_token"])

    return sign_in


def identity(person, device):
    return {"user_id": person.user_id, "device_id": device, "algorithms": [], "keys": {}, "signatures": {}}


async def test_each_one_time_key_is_handed_out_once(raw, people, device):
    phone, asks = await device(people.ben, "PHONE"), raw(people.anna)
    keys = {f"signed_curve25519:K{number}": {"key": f"k{number}"} for number in range(5)}
    body = {"device_keys": identity(people.ben, "PHONE"), "one_time_keys": keys}
    got = await phone.ok("POST", "/keys/upload", json=body)
    assert got == {"one_time_key_counts": {"signed_curve25519": 5}}
    assert await phone.ok("POST", "/keys/upload", json=body) == got
    changed = {"one_time_keys": {"signed_curve25519:K1": {"key": "other"}}}
    assert await phone.fails("POST", "/keys/upload", json=changed) == (400, "M_INVALID_PARAM")
    fallback = {"fallback_keys": {"signed_curve25519:F": {"key": "f", "fallback": True}}}
    await phone.ok("POST", "/keys/upload", json=fallback)
    first = await phone.sync()
    assert first["device_one_time_keys_count"] == {"signed_curve25519": 5}
    assert first["device_unused_fallback_key_types"] == ["signed_curve25519"]

    user = people.ben.user_id
    claim = {"one_time_keys": {user: {"PHONE": "signed_curve25519"}}}
    answers = await asyncio.gather(*(asks.ok("POST", "/keys/claim", json=claim) for _ in range(7)))
    names = [next(iter(one["one_time_keys"][user]["PHONE"])) for one in answers]
    assert sorted(names)[:2] == ["signed_curve25519:F"] * 2
    assert len(set(names)) == 6
    later = await phone.sync(first["next_batch"], timeout=5000)
    assert later["device_one_time_keys_count"] == {}
    assert later["device_unused_fallback_key_types"] == []
    waited = await phone.sync(later["next_batch"], timeout=20)
    assert waited["device_one_time_keys_count"] == {}

    found = await asks.ok("POST", "/keys/query", json={"device_keys": {user: []}})
    assert found["device_keys"][user]["PHONE"]["user_id"] == user
    nobody = {"device_keys": {user: ["OTHER"]}}
    assert (await asks.ok("POST", "/keys/query", json=nobody))["device_keys"] == {user: {}}
    wrong = {"device_keys": identity(people.anna, "PHONE")}
    assert await phone.fails("POST", "/keys/upload", json=wrong) == (400, "M_INVALID_PARAM")


async def test_messages_to_a_device_stay_until_they_have_arrived(raw, people, device):
    phone, tablet = await device(people.ben, "PHONE"), await device(people.ben, "TABLET")
    anna = await device(people.anna, "DESK")
    since = (await phone.sync())["next_batch"]
    waiting = asyncio.create_task(phone.sync(since, timeout=20000))
    await asyncio.sleep(0.1)
    body = {"messages": {people.ben.user_id: {"PHONE": {"n": 1}}}}
    await anna.ok("PUT", "/sendToDevice/org.tongzhou.x/t1", json=body)
    await anna.ok("PUT", "/sendToDevice/org.tongzhou.x/t1", json=body)
    got = await waiting
    event = {"type": "org.tongzhou.x", "sender": people.anna.user_id, "content": {"n": 1}}
    assert got["to_device"]["events"] == [event]
    # The answer was lost on the way: the same token again brings it again.
    assert (await phone.sync(since))["to_device"]["events"] == [event]
    everywhere = {"messages": {people.ben.user_id: {"*": {"n": 2}}}}
    await anna.ok("PUT", "/sendToDevice/org.tongzhou.x/t2", json=everywhere)
    later = await phone.sync(got["next_batch"])
    assert [one["content"]["n"] for one in later["to_device"]["events"]] == [2]
    assert (await phone.sync(later["next_batch"]))["to_device"]["events"] == []
    assert (await phone.sync())["to_device"]["events"] == []  # arrived, so it is gone
    assert [one["content"]["n"] for one in (await tablet.sync())["to_device"]["events"]] == [2]
    bad = {"messages": {people.ben.user_id: {"PHONE": 7}}}
    assert await anna.fails("PUT", "/sendToDevice/x/t3", json=bad) == (400, "M_BAD_JSON")
    assert await anna.fails("PUT", "/sendToDevice/x/t3", json={}) == (400, "M_MISSING_PARAM")


async def test_keys_go_with_their_device(raw, people, device):
    phone = await device(people.ben, "PHONE")
    body = {
        "one_time_keys": {"signed_curve25519:K": {"key": "k"}},
        "device_keys": identity(people.ben, "PHONE"),
    }
    await phone.ok("POST", "/keys/upload", json=body)
    again = await device(people.ben, "PHONE")
    assert (await again.sync())["device_one_time_keys_count"] == {}
    user = people.ben.user_id
    found = await raw(people.anna).ok("POST", "/keys/query", json={"device_keys": {user: []}})
    assert found["device_keys"] == {user: {}}


async def test_rooms_are_not_encrypted_unless_the_site_says_so(raw, people, together, device):
    anna, phone = raw(people.anna), await device(people.ben, "PHONE")
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    path = f"/rooms/{together}/state/m.room.encryption"
    assert await anna.fails("PUT", path, json=content) == (403, "M_FORBIDDEN")
    secret = f"/rooms/{together}/send/m.room.encrypted/t1"
    assert await anna.fails("PUT", secret, json={"ciphertext": "x"}) == (403, "M_FORBIDDEN")
    with override_settings(MATRIX_ENCRYPTION=True):
        desk = await device(people.anna, "DESK")
        await anna.ok("PUT", path, json=content)
        await anna.ok("PUT", secret, json={"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"})
        since = (await phone.sync())["next_batch"]
        await desk.ok("POST", "/keys/upload", json={"device_keys": identity(people.anna, "DESK")})
        told = await phone.sync(since, timeout=5000)
        assert told["device_lists"] == {"changed": [people.anna.user_id], "left": []}
        span = {"from": since, "to": told["next_batch"]}
        assert (await phone.ok("GET", "/keys/changes", params=span))["changed"] == [people.anna.user_id]
        await anna.ok("POST", f"/rooms/{together}/kick", json={"user_id": people.bot.user_id})
        left = await phone.sync(told["next_batch"], timeout=5000)
        assert left["device_lists"]["left"] == [people.bot.user_id]


class Signer:
    """An ed25519 key as a client has it."""

    def __init__(self):
        self._secret = Ed25519PrivateKey.generate()
        raw = self._secret.public_key().public_bytes_raw()
        self.name = base64.b64encode(raw).decode().rstrip("=")

    def key(self, person, usage, *by):
        body = {"user_id": person.user_id, "usage": [usage], "keys": {f"ed25519:{self.name}": self.name}}
        for other in by:
            body = other.sign(body, person)
        return body

    def sign(self, body, person, name=""):
        said = {name: value for name, value in body.items() if name not in {"signatures", "unsigned"}}
        raw = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        text = base64.b64encode(self._secret.sign(raw)).decode().rstrip("=")
        before = body.get("signatures", {})
        mine = {**before.get(person.user_id, {}), f"ed25519:{name or self.name}": text}
        return {**body, "signatures": {**before, person.user_id: mine}}


async def test_people_vouch_for_their_devices_and_for_each_other(raw, people, device):
    phone, desk = await device(people.ben, "PHONE"), await device(people.anna, "DESK")
    user, other = people.ben.user_id, people.anna.user_id
    master, own, others, wrong, hers = Signer(), Signer(), Signer(), Signer(), Signer()
    await desk.ok("POST", "/keys/device_signing/upload", json={"master_key": hers.key(people.anna, "master")})
    path = "/keys/device_signing/upload"
    keys = {
        "master_key": master.key(people.ben, "master"),
        "self_signing_key": own.key(people.ben, "self_signing", master),
        "user_signing_key": others.key(people.ben, "user_signing", master),
    }
    orphan = {"self_signing_key": keys["self_signing_key"]}
    assert await phone.fails("POST", path, json=orphan) == (400, "M_INVALID_PARAM")
    unsigned = {**keys, "self_signing_key": own.key(people.ben, "self_signing", wrong)}
    assert await phone.fails("POST", path, json=unsigned) == (400, "M_INVALID_SIGNATURE")
    faults: list[dict[str, Any]] = [
        {"keys": {}}, {"usage": ["x"]}, {"user_id": other}, {"keys": {"ed25519:x": "x"}},
    ]  # fmt: skip
    for bad in faults:
        damaged = {"master_key": {**keys["master_key"], **bad}}
        assert await phone.fails("POST", path, json=damaged) == (400, "M_INVALID_PARAM")
    assert await phone.fails("POST", path, json={"master_key": 7}) == (400, "M_BAD_JSON")
    await phone.ok("POST", path, json=keys)
    await phone.ok("POST", path, json=keys)  # the same again needs no password
    fresh = {"master_key": wrong.key(people.ben, "master")}
    assert await phone.fails("POST", path, json=fresh) == (401, "M_UNAUTHORIZED")

    body: dict[str, Any] = {"algorithms": [], "device_id": "PHONE", "keys": {}, "user_id": user}
    await phone.ok("POST", "/keys/upload", json={"device_keys": body})
    signed = own.sign(body, people.ben)
    vouched = others.sign(hers.key(people.anna, "master"), people.ben)
    answer = await phone.ok(
        "POST",
        "/keys/signatures/upload",
        json={user: {"PHONE": signed, "GONE": signed}, other: {hers.name: vouched, "DESK": vouched}},
    )
    assert answer["failures"] == {
        user: {"GONE": answer["failures"][user]["GONE"]},
        other: {"DESK": answer["failures"][other]["DESK"]},
    }
    forged = {user: {"PHONE": wrong.sign(body, people.ben)}}
    told = (await phone.ok("POST", "/keys/signatures/upload", json=forged))["failures"][user]["PHONE"]
    assert told["errcode"] == "M_INVALID_SIGNATURE"
    assert await phone.fails("POST", "/keys/signatures/upload", json={user: 7}) == (400, "M_BAD_JSON")

    asked: dict[str, dict[str, list[str]]] = {"device_keys": {user: [], other: []}}
    mine = await phone.ok("POST", "/keys/query", json=asked)
    theirs = await desk.ok("POST", "/keys/query", json=asked)
    for answer in (mine, theirs):
        assert answer["master_keys"][user] == {**keys["master_key"], "signatures": {}}
        assert answer["self_signing_keys"][user] == keys["self_signing_key"]
        assert answer["device_keys"][user]["PHONE"]["signatures"] == signed["signatures"]
    assert mine["user_signing_keys"] == {user: keys["user_signing_key"]}
    assert mine["master_keys"][other]["signatures"] == {user: vouched["signatures"][user]}
    assert (theirs["user_signing_keys"], theirs["master_keys"][other]["signatures"]) == ({}, {})

    auth = {"type": "m.login.password", "user": user, "password": PASSWORD}
    await phone.ok("POST", path, json={**fresh, "auth": auth})
    after = await phone.ok("POST", "/keys/query", json=asked)
    assert after["master_keys"][other]["signatures"] == {}
    assert after["device_keys"][user]["PHONE"].get("signatures") == {}
    assert after["self_signing_keys"] == {}


async def test_nobody_keeps_backups_of_keys_here(raw, people):
    asks = raw(people.anna)
    assert await asks.fails("GET", "/room_keys/version") == (404, "M_NOT_FOUND")
    assert await asks.fails("POST", "/room_keys/version", json={"algorithm": "x"}) == (403, "M_FORBIDDEN")
    assert await asks.fails("PUT", "/room_keys/keys?version=1", json={}) == (404, "M_NOT_FOUND")
    assert await asks.fails("GET", "/room_keys/keys/!a:b/s?version=1") == (404, "M_NOT_FOUND")
