"""The table of paths. A path without a prefix answers under both v3 and r0."""

import functools
from typing import Any

from chatops.matrix.endpoints import (
    account,
    devices,
    directory,
    keys,
    marks,
    media,
    push,
    reading,
    relations,
    rooms,
    search,
    sending,
    server,
    services,
    session,
    settings,
    signing,
    spaces,
)
from chatops.matrix.endpoints.sync import Syncs
from chatops.matrix.identity import identify
from chatops.matrix.requests import Request
from chatops.matrix.router import Handler, Router

OPEN: list[tuple[str, str, Handler]] = [
    ("GET", "/_matrix/client/versions", server.versions),
    ("GET", "/.well-known/matrix/client", server.well_known),
    ("GET", "/login", session.flows),
    ("POST", "/login", session.login),
    ("POST", "/register", session.register),
    ("GET", "/register/available", session.available),
    ("POST", "/refresh", devices.refresh),
    ("GET", "/_matrix/federation/v1/openid/userinfo", devices.openid_userinfo),
]

RULE = "/pushrules/global/{kind}/{rule_id}"
BACKUPS = ("/room_keys/keys", "/room_keys/keys/{room_id}", "/room_keys/keys/{room_id}/{session}")
RELATIONS = "/_matrix/client/v1/rooms/{room_id}/relations/{event_id}"

SIGNED_IN: list[tuple[str, str, Handler]] = [
    ("POST", "/logout", session.logout),
    ("POST", "/logout/all", session.logout_all),
    ("GET", "/account/whoami", session.whoami),
    ("GET", "/capabilities", server.capabilities),
    ("GET", "/profile/{user}", account.profile),
    ("GET", "/profile/{user}/avatar_url", account.avatar),
    ("GET", "/profile/{user}/{name}", account.field),
    ("PUT", "/profile/{user}/displayname", account.put_displayname),
    ("PUT", "/profile/{user}/avatar_url", account.put_profile),
    ("POST", "/user/{user}/filter", account.put_filter),
    ("GET", "/user/{user}/filter/{filter_id}", account.get_filter),
    ("GET", "/user/{user}/account_data/{data_type}", account.get_data),
    ("PUT", "/user/{user}/account_data/{data_type}", account.put_data),
    ("GET", "/user/{user}/rooms/{room_id}/account_data/{data_type}", account.get_room_data),
    ("PUT", "/user/{user}/rooms/{room_id}/account_data/{data_type}", account.put_room_data),
    ("GET", "/user/{user}/rooms/{room_id}/tags", settings.get_tags),
    ("PUT", "/user/{user}/rooms/{room_id}/tags/{tag}", settings.put_tag),
    ("DELETE", "/user/{user}/rooms/{room_id}/tags/{tag}", settings.delete_tag),
    ("POST", "/user/{user}/openid/request_token", devices.openid_token),
    ("GET", "/presence/{user}/status", settings.get_presence),
    ("PUT", "/presence/{user}/status", settings.put_presence),
    ("GET", "/devices", devices.list_devices),
    ("GET", "/devices/{device}", devices.get_device),
    ("PUT", "/devices/{device}", devices.put_device),
    ("DELETE", "/devices/{device}", devices.delete_device),
    ("POST", "/delete_devices", devices.delete_devices),
    ("POST", "/account/password", devices.change_password),
    ("POST", "/account/deactivate", devices.deactivate),
    ("GET", "/account/3pid", settings.third_party_ids),
    ("GET", "/voip/turnServer", settings.turn_server),
    ("GET", "/thirdparty/protocols", directory.protocols),
    ("GET", "/pushrules", push.all_rules),
    ("GET", "/pushrules/global", push.global_rules),
    ("GET", RULE, push.one_rule),
    ("PUT", RULE, push.put_rule),
    ("DELETE", RULE, push.delete_rule),
    ("GET", f"{RULE}/enabled", push.get_enabled),
    ("PUT", f"{RULE}/enabled", push.put_enabled),
    ("GET", f"{RULE}/actions", push.get_actions),
    ("PUT", f"{RULE}/actions", push.put_actions),
    ("GET", "/pushers", push.pushers),
    ("POST", "/pushers/set", push.set_pusher),
    ("GET", "/notifications", push.notifications),
    ("POST", "/keys/upload", keys.upload),
    ("POST", "/keys/query", keys.query),
    ("POST", "/keys/claim", keys.claim),
    ("GET", "/keys/changes", keys.changes),
    ("GET", "/room_keys/version", keys.no_backup),
    ("GET", "/room_keys/version/{version}", keys.no_backup),
    ("POST", "/room_keys/version", keys.refuse_backup),
    ("PUT", "/room_keys/version/{version}", keys.no_backup),
    ("DELETE", "/room_keys/version/{version}", keys.no_backup),
    *((method, path, keys.no_backup) for method in ("GET", "PUT", "DELETE") for path in BACKUPS),
    ("POST", "/keys/signatures/upload", signing.upload_signatures),
    ("POST", "/keys/device_signing/upload", signing.upload),
    ("PUT", "/sendToDevice/{event_type}/{txn}", keys.send_to_device),
    ("GET", "/directory/room/{alias}", directory.get_alias),
    ("PUT", "/directory/room/{alias}", directory.put_alias),
    ("DELETE", "/directory/room/{alias}", directory.delete_alias),
    ("GET", "/directory/list/room/{room_id}", directory.get_visibility),
    ("PUT", "/directory/list/room/{room_id}", directory.put_visibility),
    ("GET", "/publicRooms", directory.public_rooms),
    ("POST", "/publicRooms", directory.public_rooms),
    ("POST", "/user_directory/search", directory.search_users),
    ("POST", "/search", search.search),
    ("POST", "/knock/{room_id}", rooms.knock),
    ("GET", "/rooms/{room_id}/aliases", directory.room_aliases),
    ("POST", "/rooms/{room_id}/upgrade", settings.upgrade),
    ("POST", "/rooms/{room_id}/report", settings.report),
    ("POST", "/rooms/{room_id}/report/{event_id}", settings.report),
    ("GET", "/_matrix/client/v1/rooms/{room_id}/hierarchy", spaces.hierarchy),
    ("GET", "/_matrix/client/v1/rooms/{room_id}/threads", relations.threads),
    ("GET", "/_matrix/client/v1/rooms/{room_id}/timestamp_to_event", relations.at_time),
    ("GET", "/_matrix/client/v1/room_summary/{room_id}", directory.summary),
    ("GET", RELATIONS, relations.relations),
    ("GET", f"{RELATIONS}/{{rel_type}}", relations.relations),
    ("GET", f"{RELATIONS}/{{rel_type}}/{{event_type}}", relations.relations),
    ("POST", "/_matrix/client/v1/appservice/{service}/ping", services.ping),
    ("POST", "/createRoom", rooms.create),
    ("POST", "/join/{room_id}", rooms.join),
    ("POST", "/rooms/{room_id}/join", rooms.join),
    ("POST", "/rooms/{room_id}/leave", rooms.leave),
    ("POST", "/rooms/{room_id}/forget", rooms.forget),
    ("POST", "/rooms/{room_id}/invite", rooms.invite),
    ("POST", "/rooms/{room_id}/kick", rooms.kick),
    ("POST", "/rooms/{room_id}/ban", rooms.ban),
    ("POST", "/rooms/{room_id}/unban", rooms.unban),
    ("GET", "/joined_rooms", rooms.joined_rooms),
    ("GET", "/rooms/{room_id}/joined_members", reading.joined_members),
    ("GET", "/rooms/{room_id}/members", reading.members),
    ("PUT", "/rooms/{room_id}/send/{event_type}/{txn}", sending.send),
    ("PUT", "/rooms/{room_id}/redact/{event_id}/{txn}", sending.redact),
    ("PUT", "/rooms/{room_id}/state/{event_type}", sending.put_state),
    ("PUT", "/rooms/{room_id}/state/{event_type}/{state_key}", sending.put_state),
    ("GET", "/rooms/{room_id}/state", reading.get_state),
    ("GET", "/rooms/{room_id}/state/{event_type}", reading.get_state_event),
    ("GET", "/rooms/{room_id}/state/{event_type}/{state_key}", reading.get_state_event),
    ("GET", "/rooms/{room_id}/messages", reading.messages),
    ("GET", "/rooms/{room_id}/context/{event_id}", reading.context),
    ("GET", "/rooms/{room_id}/event/{event_id}", reading.event),
    ("PUT", "/rooms/{room_id}/typing/{user}", marks.typing),
    ("POST", "/rooms/{room_id}/receipt/{kind}/{event_id}", marks.receipt),
    ("POST", "/rooms/{room_id}/read_markers", marks.read_markers),
    ("POST", "/_matrix/media/v3/upload", media.upload),
    ("POST", "/_matrix/media/r0/upload", media.upload),
    ("GET", "/_matrix/media/v3/config", media.config),
    ("GET", "/_matrix/client/v1/media/config", media.config),
    ("GET", "/_matrix/client/v1/media/download/{server}/{media_id}", media.download),
    ("GET", "/_matrix/client/v1/media/thumbnail/{server}/{media_id}", media.thumbnail),
    ("GET", "/_matrix/client/v1/media/download/{server}/{media_id}/{name}", media.download),
]


def add_all(router: Router) -> None:
    for method, path, handler in OPEN:
        router.add(method, path, handler)
    for method, path, handler in SIGNED_IN:
        router.add(method, path, _signed_in(handler))
    router.add("GET", "/sync", Syncs().sync)  # knows who asks by itself


def _signed_in(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def handle(request: Request, **parameters: str) -> Any:
        await identify(request)
        return await handler(request, **parameters)

    return handle
