"""Power levels: what `m.room.power_levels` may say and who may change it (matrix.md §2.4; room version 11).

Pure rules. The event keeps everything; `Room.levels` holds it without users, `Membership.level` each member's own.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.errors import BadInputError, ForbiddenError

MOST = 2**31 - 1
NUMBERS = ("users_default", "events_default", "state_default", "ban", "kick", "redact", "invite")
TABLES = ("users", "events", "notifications")

Levels = dict[str, Any]


def check_shape(content: Levels) -> None:
    """Raises BadInputError unless every level is a whole number that the database can hold."""
    for name in NUMBERS:
        if name in content and not _is_level(content[name]):
            raise BadInputError(field=name, message=_("权限值应为整数，请修改“{name}”。").format(name=name))
    for name in TABLES:
        table = content.get(name, {})
        if not isinstance(table, dict) or not all(_is_level(level) for level in table.values()):
            raise BadInputError(field=name, message=_("“{name}”应为名称到整数的对照表。").format(name=name))


def level_of(content: Levels | None, user: str) -> int:
    """A user's level by the event; 0 where it says nothing."""
    if content is None:
        return 0
    return int(content.get("users", {}).get(user, content.get("users_default", 0)))


def needed(levels: Levels, event_type: str, *, state: bool) -> int:
    """The level that sending this type takes: its own entry, else the default."""
    own = levels.get("events", {}).get(event_type)
    if own is not None:
        return int(own)
    return int(levels.get("state_default", 50) if state else levels.get("events_default", 0))


def check_change(old: Levels, new: Levels, *, user: str, level: int) -> None:
    """Nobody grants above the own level, nor touches what is above it, nor an equal but oneself.

    Raises ForbiddenError.
    """
    pairs = [(old.get(name), new.get(name)) for name in NUMBERS]
    for table in ("events", "notifications"):
        before, after = old.get(table, {}), new.get(table, {})
        pairs += [(before.get(key), after.get(key)) for key in {*before, *after}]
    for before, after in pairs:
        if before != after and max(before or 0, after or 0) > level:
            _refuse()
    users_before, users_after = old.get("users", {}), new.get("users", {})
    for name in {*users_before, *users_after}:
        before, after = users_before.get(name), users_after.get(name)
        if before == after:
            continue
        if (after or 0) > level or (name != user and before is not None and before >= level):
            _refuse()


def _is_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST


def _refuse() -> None:
    raise ForbiddenError(message=_("不能授予或更改不低于您本人的群内权限，请联系群主。"))


OWNER, ADMIN = 100, 50


def role_of(level: int) -> str:
    """owner, admin or member: how a power level is called on screen."""
    return "owner" if level >= OWNER else "admin" if level >= ADMIN else "member"


@dataclass(frozen=True)
class Right:
    """A right of rooms as people set it: where it stands in `m.room.power_levels`, and what holds without it."""

    key: str
    default: int
    table: str = ""

    def level(self, levels: Levels) -> int:
        return int((levels.get(self.table, {}) if self.table else levels).get(self.key, self.default))

    def put(self, levels: Levels, value: int) -> Levels:
        if self.table:
            return {**levels, self.table: {**levels.get(self.table, {}), self.key: value}}
        return {**levels, self.key: value}


SETTABLE = {
    "post": Right("events_default", 0),
    "invite": Right("invite", 0),
    "mention_all": Right("room", 50, "notifications"),
}
