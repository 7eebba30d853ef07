"""The table of paths. A path without a prefix answers under both v3 and r0."""

import functools
from typing import Any

from chatops.matrix.endpoints import account, marks, media, reading, rooms, sending, server, session
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
]

SIGNED_IN: list[tuple[str, str, Handler]] = [
    ("POST", "/logout", session.logout),
    ("POST", "/logout/all", session.logout_all),
    ("GET", "/account/whoami", session.whoami),
    ("GET", "/capabilities", server.capabilities),
    ("GET", "/profile/{user}", account.profile),
    ("GET", "/profile/{user}/displayname", account.profile),
    ("GET", "/profile/{user}/avatar_url", account.avatar),
    ("PUT", "/profile/{user}/displayname", account.put_profile),
    ("PUT", "/profile/{user}/avatar_url", account.put_profile),
    ("POST", "/user/{user}/filter", account.put_filter),
    ("GET", "/user/{user}/filter/{filter_id}", account.get_filter),
    ("GET", "/user/{user}/account_data/{data_type}", account.get_data),
    ("PUT", "/user/{user}/account_data/{data_type}", account.put_data),
    ("GET", "/user/{user}/rooms/{room_id}/account_data/{data_type}", account.get_room_data),
    ("PUT", "/user/{user}/rooms/{room_id}/account_data/{data_type}", account.put_room_data),
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
    ("GET", "/_matrix/client/v1/media/download/{server}/{media_id}/{name}", media.download),
]


def add_all(router: Router) -> None:
    for method, path, handler in OPEN:
        router.add(method, path, handler)
    for method, path, handler in [*SIGNED_IN, ("GET", "/sync", Syncs().sync)]:
        router.add(method, path, _signed_in(handler))


def _signed_in(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def handle(request: Request, **parameters: str) -> Any:
        await identify(request)
        return await handler(request, **parameters)

    return handle
