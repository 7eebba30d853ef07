"""Quiet hours (domain §5): what a bot says then waits in the room without a sound, orders and red alerts excepted."""

from typing import Any

from chatops.cards import card_of
from common import clock
from workflows.services.calendar import work_calendar
from workflows.services.policy import quiet_hours

SILENT = "org.tongzhou.silent"
LOUD_KINDS = frozenset({"order", "alert"})


def hushed(content: dict[str, Any], *, urgent: bool = False) -> dict[str, Any]:
    """The content as it goes out now. `urgent`: heard at any hour."""
    if urgent or _is_loud(content) or not quiet_hours().is_quiet(clock.now(), work_calendar()):
        return content
    return {**content, SILENT: True}


def _is_loud(content: dict[str, Any]) -> bool:
    card = card_of(content) or {}
    return card.get("kind") in LOUD_KINDS and (card.get("state") or {}).get("code") == "red"
