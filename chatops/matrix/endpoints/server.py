"""What the server is and can do: versions, .well-known, capabilities."""

from typing import Any

from django.conf import settings

from chatops.matrix.requests import Request

# Claimed only as far as it holds: docs/matrix.md has the list of what is left out.
VERSIONS = ["r0.6.1", *(f"v1.{minor}" for minor in range(1, 12))]


async def versions(_request: Request) -> dict[str, Any]:
    return {"versions": VERSIONS, "unstable_features": {}}


async def well_known(_request: Request) -> dict[str, Any]:
    return {"m.homeserver": {"base_url": settings.PUBLIC_URL}}


async def capabilities(_request: Request) -> dict[str, Any]:
    return {
        "capabilities": {
            "m.room_versions": {"default": "11", "available": {"10": "stable", "11": "stable"}},
            "m.change_password": {"enabled": False},
            "m.set_displayname": {"enabled": False},
            "m.set_avatar_url": {"enabled": False},
            "m.3pid_changes": {"enabled": False},
            "m.get_login_token": {"enabled": False},
        }
    }
