"""Power levels as pure rules (room version 11, authorization rules)."""

from typing import Any

import pytest

from chatops.services import levels
from common.errors import BadInputError, ForbiddenError

ME, PEER, BOSS = "@me:x", "@peer:x", "@boss:x"
OLD: dict[str, Any] = {
    "users": {ME: 50, PEER: 50, BOSS: 100},
    "events": {"m.room.name": 50, "m.room.topic": 80},
    "kick": 50,
}


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        OLD | {"users": {PEER: 50, BOSS: 100}},  # steps down
        OLD | {"users": {**OLD["users"], "@new:x": 50}},
        OLD | {"kick": 40},
        OLD | {"events": {"m.room.topic": 80}},
        OLD | {"notifications": {"room": 50}},
    ],
)
def test_may_change(new):
    levels.check_change(OLD, new, user=ME, level=50)


@pytest.mark.parametrize(
    "new",
    [
        OLD | {"users": {**OLD["users"], ME: 51}},
        OLD | {"users": {**OLD["users"], PEER: 0}},
        OLD | {"users": {**OLD["users"], BOSS: 0}},
        OLD | {"users": {**OLD["users"], "@new:x": 51}},
        OLD | {"kick": 51},
        OLD | {"events": {"m.room.name": 50}},  # removes an entry above the own level
        OLD | {"events": {**OLD["events"], "m.room.topic": 10}},
        OLD | {"users_default": 60},
    ],
)
def test_may_not_change(new):
    with pytest.raises(ForbiddenError):
        levels.check_change(OLD, new, user=ME, level=50)


@pytest.mark.parametrize(
    "bad", [{"ban": "50"}, {"users": []}, {"users": {ME: True}}, {"events": {"x": 2**31}}]
)
def test_shapes_that_no_row_could_hold(bad):
    with pytest.raises(BadInputError):
        levels.check_shape(bad)


def test_needed_and_own_level():
    assert levels.needed({}, "m.room.name", state=True) == 50
    assert levels.needed({}, "m.room.message", state=False) == 0
    assert levels.needed({"events": {"m.room.message": 7}}, "m.room.message", state=False) == 7
    assert levels.level_of({"users_default": 5, "users": {ME: 9}}, ME) == 9
    assert levels.level_of({"users_default": 5}, PEER) == 5
    assert levels.level_of(None, PEER) == 0
