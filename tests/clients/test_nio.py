"""matrix-nio, unmodified, through all that its API asks for: every answer is of the class that nio expects, and nio
says not one word of warning."""

import asyncio
import io
import logging

import nio
import pytest

from tests.support.world import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


class Script:
    """Calls nio's methods and keeps which kinds were asked."""

    def __init__(self, client: nio.AsyncClient) -> None:
        self.client = client
        self.kinds: set[str] = set()

    async def __call__(self, method: str, wanted: type, *arguments, **named):
        answer = await getattr(self.client, method)(*arguments, **named)
        assert isinstance(answer, wanted), (method, answer)
        self.kinds.add(method if method != "sync" else f"sync {sorted(named)}")
        return answer


async def sign_in(url, person, device=""):
    client = nio.AsyncClient(url, person.user_id, device_id=device, store_path="")
    answer = await client.login(PASSWORD, device_name="测试")
    assert isinstance(answer, nio.LoginResponse), answer
    return client


def text(body, **more):
    return {"msgtype": "m.text", "body": body, **more}


async def test_nio_finds_nothing_to_complain_of(app, people, caplog):
    caplog.set_level(logging.WARNING, logger="nio")
    client = await sign_in(app.url, people.anna, "NIO")
    ben = await sign_in(app.url, people.ben)
    ask = Script(client)
    try:
        room = await found_a_room(ask, ben, people)
        await talk(ask, ben, room, people)
        await look_back(ask, room, people)
        await keep(ask, room, people)
        await manage(ask, ben, room, people)
        # nio holds an error against the shape of success first and warns of each: so before the refusals.
        said = [record.getMessage() for record in caplog.records if record.name.startswith("nio")]
        await refusals(ask, people)
        await ask("logout", nio.LogoutResponse)
    finally:
        await client.close()
        await ben.close()
    assert said == []
    assert len(ask.kinds) >= 60, sorted(ask.kinds)


async def found_a_room(ask, ben, people):
    await ask("login_info", nio.LoginInfoResponse)
    await ask("discovery_info", nio.DiscoveryInfoResponse)
    await ask("whoami", nio.WhoamiResponse)
    await ask("sync", nio.SyncResponse, full_state=True)
    made = await ask(
        "room_create",
        nio.RoomCreateResponse,
        name="汛情会商",
        topic="防汛",
        alias="fangxun",
        invite=[people.ben.user_id],
    )
    await ask("sync", nio.SyncResponse, timeout=1000)
    await ask("room_resolve_alias", nio.RoomResolveAliasResponse, "#fangxun:tongzhou.localhost")
    assert isinstance(await ben.join(made.room_id), nio.JoinResponse)
    assert isinstance(await ben.sync(full_state=True), nio.SyncResponse)
    await ask("sync", nio.SyncResponse, timeout=1000, sync_filter={"room": {"timeline": {"limit": 5}}})
    await ask("sync", nio.SyncResponse, timeout=10, set_presence="unavailable")
    await ask("joined_rooms", nio.JoinedRoomsResponse)
    await ask("joined_members", nio.JoinedMembersResponse, made.room_id)
    room = ask.client.rooms[made.room_id]
    assert (room.display_name, room.topic, room.member_count) == ("汛情会商", "防汛", 2)
    return made.room_id


async def talk(ask, ben, room, people):
    client = ask.client
    heard = []
    ben.add_event_callback(lambda _room, event: heard.append(event), nio.Event)
    sent = await ask(
        "room_send", nio.RoomSendResponse, room, "m.room.message", text("水位 28.4 米"), tx_id="t1"
    )
    again = await client.room_send(room, "m.room.message", text("水位 28.4 米"), tx_id="t1")
    assert again.event_id == sent.event_id
    relation = {"rel_type": "m.replace", "event_id": sent.event_id}
    edit = text("* 28.5", **{"m.new_content": text("28.5"), "m.relates_to": relation})
    await client.room_send(room, "m.room.message", edit)
    reaction = {"m.relates_to": {"rel_type": "m.annotation", "event_id": sent.event_id, "key": "收到"}}
    await client.room_send(room, "m.reaction", reaction)
    thread = text("核实", **{"m.relates_to": {"rel_type": "m.thread", "event_id": sent.event_id}})
    await client.room_send(room, "m.room.message", thread)
    gone = await client.room_send(room, "m.room.message", text("发错了"))
    await ask("room_redact", nio.RoomRedactResponse, room, gone.event_id, reason="发错")
    await ask("room_typing", nio.RoomTypingResponse, room, typing_state=True, timeout=5000)
    await ask("room_read_markers", nio.RoomReadMarkersResponse, room, sent.event_id, sent.event_id)
    await ask("update_receipt_marker", nio.UpdateReceiptMarkerResponse, room, sent.event_id)
    assert isinstance(await ben.sync(timeout=2000), nio.SyncResponse)
    kinds = {type(event).__name__ for event in heard}
    assert {"RoomMessageText", "ReactionEvent", "RedactedEvent"} <= kinds
    assert not any(isinstance(event, nio.BadEvent | nio.UnknownBadEvent) for event in heard)
    await ask("room_get_event", nio.RoomGetEventResponse, room, sent.event_id)
    found = [event async for event in client.room_get_event_relations(room, sent.event_id)]
    assert len(found) >= 3
    ask.kinds.add("room_get_event_relations")
    roots = [event async for event in client.room_get_threads(room)]
    assert [event.event_id for event in roots] == [sent.event_id]
    ask.kinds.add("room_get_threads")


async def look_back(ask, room, people):
    page = await ask("room_messages", nio.RoomMessagesResponse, room, limit=5)
    await ask("room_messages", nio.RoomMessagesResponse, room, start=page.end, limit=50)
    assert isinstance(page.chunk[0], nio.Event)
    context = await ask("room_context", nio.RoomContextResponse, room, page.chunk[-1].event_id, limit=4)
    assert context.event.event_id == page.chunk[-1].event_id
    await ask("room_get_state", nio.RoomGetStateResponse, room)
    await ask("room_get_state_event", nio.RoomGetStateEventResponse, room, "m.room.name")
    await ask("room_put_state", nio.RoomPutStateResponse, room, "m.room.topic", {"topic": "汛情"})
    await ask("room_get_visibility", nio.RoomGetVisibilityResponse, room)
    await ask("get_profile", nio.ProfileGetResponse, people.ben.user_id)
    await ask("get_displayname", nio.ProfileGetDisplayNameResponse, people.ben.user_id)
    assert await ask.client.has_event_permission(room, "m.room.message")
    assert await ask.client.has_permission(room, "invite")
    ask.kinds |= {"has_event_permission", "has_permission"}


async def keep(ask, room, people):
    body = b"unit,level\n" * 100
    sent, _keys = await ask.client.upload(
        lambda *_: io.BytesIO(body), content_type="text/csv", filename="水位.csv", filesize=len(body)
    )
    assert isinstance(sent, nio.UploadResponse), sent
    ask.kinds.add("upload")
    # Who sent a file may read it before and after it stands in a room.
    file = {"msgtype": "m.file", "body": "水位.csv", "url": sent.content_uri}
    await ask.client.room_send(room, "m.room.message", file)
    got = await ask("download", nio.MemoryDownloadResponse, mxc=sent.content_uri)
    assert (got.body, got.filename) == (body, "水位.csv")
    await ask("content_repository_config", nio.ContentRepositoryConfigResponse)
    await ask("upload_filter", nio.UploadFilterResponse, room={"timeline": {"limit": 20}})
    await ask("set_presence", nio.PresenceSetResponse, "online", "在岗")
    await ask("get_presence", nio.PresenceGetResponse, people.anna.user_id)
    await ask("get_openid_token", nio.GetOpenIDTokenResponse, people.anna.user_id)
    action, word = [nio.PushNotify()], (nio.PushRuleKind.content, "word")
    await ask(
        "set_pushrule",
        nio.SetPushRuleResponse,
        "global",
        nio.PushRuleKind.content,
        "word",
        pattern="汛",
        actions=action,
    )
    await ask(
        "enable_pushrule",
        nio.EnablePushRuleResponse,
        "global",
        nio.PushRuleKind.content,
        "word",
        enable=False,
    )
    await ask(
        "set_pushrule_actions",
        nio.SetPushRuleActionsResponse,
        "global",
        nio.PushRuleKind.content,
        "word",
        actions=action,
    )
    synced = await ask("sync", nio.SyncResponse, timeout=10, full_state=True)
    assert any(isinstance(event, nio.PushRulesEvent) for event in synced.account_data_events)
    await ask("delete_pushrule", nio.DeletePushRuleResponse, "global", *word)
    message = nio.ToDeviceMessage("org.tongzhou.x", people.anna.user_id, "NIO", {"n": 1})
    await ask("to_device", nio.ToDeviceResponse, message)
    came = []
    for _ in range(3):  # the deleted rule may come alone before it
        got = await ask("sync", nio.SyncResponse, timeout=2000, since=ask.client.next_batch)
        came += got.to_device_events
        if came:
            break
    assert len(came) == 1


async def manage(ask, ben, room, people):
    devices = await ask("devices", nio.DevicesResponse)
    assert "NIO" in [one.id for one in devices.devices]
    await ask("update_device", nio.UpdateDeviceResponse, "NIO", {"display_name": "值班机"})
    await ask.client.login(PASSWORD)
    other = nio.AsyncClient(ask.client.homeserver, people.anna.user_id, store_path="")
    assert isinstance(await other.login(PASSWORD), nio.LoginResponse)
    asked = await ask("delete_devices", nio.DeleteDevicesAuthResponse, [other.device_id])
    auth = {"type": "m.login.password", "password": PASSWORD, "session": asked.session}
    auth["identifier"] = {"type": "m.id.user", "user": people.anna.user_id}
    await ask("delete_devices", nio.DeleteDevicesResponse, [other.device_id], auth)
    left = await ask("devices", nio.DevicesResponse)
    assert other.device_id not in [one.id for one in left.devices]
    await other.close()
    await ask("room_put_alias", nio.RoomPutAliasResponse, "#liangshi:tongzhou.localhost", room)
    await ask("room_delete_alias", nio.RoomDeleteAliasResponse, "#liangshi:tongzhou.localhost")
    await ask("room_invite", nio.RoomInviteResponse, room, people.cara.user_id)
    await ask("room_kick", nio.RoomKickResponse, room, people.cara.user_id, reason="误邀")
    await ask("room_ban", nio.RoomBanResponse, room, people.cara.user_id)
    await ask("room_unban", nio.RoomUnbanResponse, room, people.cara.user_id)
    users = {people.anna.user_id: 100, people.ben.user_id: 50}
    levels = (await ask.client.room_get_state_event(room, "m.room.power_levels")).content
    await ask.client.room_put_state(room, "m.room.power_levels", {**levels, "users": users})
    knocked = await ben.room_create(
        initial_state=[{"type": "m.room.join_rules", "content": {"join_rule": "knock"}}]
    )
    await ask("room_knock", nio.RoomKnockResponse, knocked.room_id, reason="参加")
    other_room = await ask.client.room_create(name="另一群")
    await ask("room_leave", nio.RoomLeaveResponse, other_room.room_id)
    await ask("room_forget", nio.RoomForgetResponse, other_room.room_id)
    await ask("sync", nio.SyncResponse, timeout=500)


async def refusals(ask, people):
    """nio knows each of these errors by its class and code."""
    client, here = ask.client, "tongzhou.localhost"
    for method, arguments, code in (
        ("join", [f"!none:{here}"], "M_UNKNOWN"),
        ("room_resolve_alias", [f"#none:{here}"], "M_NOT_FOUND"),
        ("room_get_state", [f"!none:{here}"], "M_FORBIDDEN"),
        ("room_send", [f"!none:{here}", "m.room.message", text("x")], "M_FORBIDDEN"),
        ("get_profile", [f"@none:{here}"], "M_NOT_FOUND"),
        ("set_displayname", ["别名"], "M_FORBIDDEN"),
        ("set_avatar", [f"mxc://{here}/x"], "M_FORBIDDEN"),
        ("get_avatar", [people.ben.user_id], "M_NOT_FOUND"),
        ("download", [f"mxc://{here}/none"], "M_NOT_FOUND"),
        ("thumbnail", [here, "none", 96, 96], None),  # nio reads no code where it wants an image
        ("register", ["nobody", "a-long-password-1"], "M_FORBIDDEN"),
    ):
        answer = await getattr(client, method)(*arguments)
        assert isinstance(answer, nio.ErrorResponse), (method, answer)
        assert answer.status_code == code, (method, answer)
        ask.kinds.add(f"{method} refused")
    stranger = nio.AsyncClient(client.homeserver, people.ben.user_id, store_path="")
    try:
        wrong = await stranger.login("falsch")
        assert isinstance(wrong, nio.LoginError)
        assert wrong.status_code == "M_FORBIDDEN"
        stranger.access_token = "nobody's"
        began = asyncio.get_running_loop().time()
        assert isinstance(await stranger.sync(timeout=0), nio.SyncError)
        assert asyncio.get_running_loop().time() - began > 0.9
    finally:
        await stranger.close()
