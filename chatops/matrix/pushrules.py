"""Push rules (C-S API, "Push Rules"): the whole default set, and what a person changed of it.

Kept as `{"rules": {kind: [own rules, first wins]}, "enabled": {"kind/id": bool}, "actions": {"kind/id": [...]}}`. They
are for the client: what counts as unread here does not depend on them (decisions 24).
"""

from collections.abc import Sequence
from typing import Any

from chatops.matrix.errors import MatrixError, bad_json, invalid_param, not_found

Json = dict[str, Any]

DATA = "m.push_rules"
KINDS = ("override", "content", "room", "sender", "underride")
MOST_RULES = 500
SOUND = {"set_tweak": "sound", "value": "default"}
LOUD = {"set_tweak": "highlight"}
QUIET = {"set_tweak": "highlight", "value": False}


def _match(key: str, pattern: str) -> Json:
    return {"kind": "event_match", "key": key, "pattern": pattern}


def _is(key: str, value: Any) -> Json:
    return {"kind": "event_property_is", "key": key, "value": value}


_ROOM_LEVEL = {"kind": "sender_notification_permission", "key": "room"}
_TWO = {"kind": "room_member_count", "is": "2"}


def _defaults(user: str) -> dict[str, list[tuple[str, list[Json], list[Any], bool]]]:
    """(id, conditions, actions, enabled) by kind, in the specification's order."""
    return {
        "override": [
            (".m.rule.master", [], [], False),
            (".m.rule.suppress_notices", [_match("content.msgtype", "m.notice")], [], True),
            (
                ".m.rule.invite_for_me",
                [
                    _match("type", "m.room.member"),
                    _match("content.membership", "invite"),
                    _match("state_key", user),
                ],
                ["notify", SOUND],
                True,
            ),
            (".m.rule.member_event", [_match("type", "m.room.member")], [], True),
            (
                ".m.rule.is_user_mention",
                [{"kind": "event_property_contains", "key": r"content.m\.mentions.user_ids", "value": user}],
                ["notify", SOUND, LOUD],
                True,
            ),
            (
                ".m.rule.contains_display_name",
                [{"kind": "contains_display_name"}],
                ["notify", SOUND, LOUD],
                True,
            ),
            (
                ".m.rule.is_room_mention",
                [_is(r"content.m\.mentions.room", value=True), _ROOM_LEVEL],
                ["notify", LOUD],
                True,
            ),
            (".m.rule.roomnotif", [_match("content.body", "@room"), _ROOM_LEVEL], ["notify", LOUD], True),
            (
                ".m.rule.tombstone",
                [_match("type", "m.room.tombstone"), _match("state_key", "")],
                ["notify", LOUD],
                True,
            ),
            (".m.rule.reaction", [_match("type", "m.reaction")], [], True),
            (
                ".m.rule.room.server_acl",
                [_match("type", "m.room.server_acl"), _match("state_key", "")],
                [],
                True,
            ),
            (".m.rule.suppress_edits", [_is(r"content.m\.relates_to.rel_type", "m.replace")], [], True),
        ],
        "underride": [
            (
                ".m.rule.call",
                [_match("type", "m.call.invite")],
                ["notify", {"set_tweak": "sound", "value": "ring"}, QUIET],
                True,
            ),
            (
                ".m.rule.encrypted_room_one_to_one",
                [_TWO, _match("type", "m.room.encrypted")],
                ["notify", SOUND, QUIET],
                True,
            ),
            (
                ".m.rule.room_one_to_one",
                [_TWO, _match("type", "m.room.message")],
                ["notify", SOUND, QUIET],
                True,
            ),
            (".m.rule.message", [_match("type", "m.room.message")], ["notify", QUIET], True),
            (".m.rule.encrypted", [_match("type", "m.room.encrypted")], ["notify", QUIET], True),
        ],
    }


def rules_of(user: str, stored: Json) -> dict[str, list[Json]]:
    """The person's rules by kind, own ones before the defaults."""
    enabled, actions = stored.get("enabled", {}), stored.get("actions", {})
    defaults = _defaults(user)
    found: dict[str, list[Json]] = {}
    for kind in KINDS:
        own = [{"default": False, "enabled": True, **rule} for rule in stored.get("rules", {}).get(kind, [])]
        given = [
            {"rule_id": rule_id, "default": True, "enabled": on, "conditions": conditions, "actions": done}
            for rule_id, conditions, done, on in defaults.get(kind, [])
        ]
        if kind == "content":
            name = user[1:].partition(":")[0]
            given = [
                {
                    "rule_id": ".m.rule.contains_user_name",
                    "default": True,
                    "enabled": True,
                    "pattern": name,
                    "actions": ["notify", SOUND, LOUD],
                }
            ]
        master = [rule for rule in given if rule["rule_id"] == ".m.rule.master"]
        found[kind] = [*master, *own, *(rule for rule in given if rule not in master)]
        for rule in found[kind]:
            key = f"{kind}/{rule['rule_id']}"
            rule["enabled"] = enabled.get(key, rule["enabled"])
            rule["actions"] = actions.get(key, rule["actions"])
    return found


def content_of(user: str, stored: Json | None) -> Json:
    """The content of the account data `m.push_rules`."""
    return {"global": rules_of(user, stored or {})}


def find(user: str, stored: Json, kind: str, rule_id: str) -> Json:
    """Raises MatrixError M_INVALID_PARAM for an unknown kind, M_NOT_FOUND for an unknown rule."""
    check_kind(kind)
    for rule in rules_of(user, stored)[kind]:
        if rule["rule_id"] == rule_id:
            return rule
    raise not_found("No such push rule")


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise invalid_param("The kind of push rule is unknown")


def check_actions(actions: Any) -> list[Any]:
    """Raises MatrixError M_BAD_JSON, M_INVALID_PARAM."""
    if not isinstance(actions, list):
        raise bad_json("actions must be a list")
    for action in actions:
        known = action in {"notify", "dont_notify", "coalesce"} if isinstance(action, str) else False
        tweak = isinstance(action, dict) and isinstance(action.get("set_tweak"), str)
        if not (known or tweak):
            raise invalid_param("An action is unknown")
    return actions


def put(stored: Json, kind: str, rule_id: str, body: Json, *, before: str | None, after: str | None) -> Json:
    """The stored form with a new or changed own rule. Raises MatrixError."""
    check_kind(kind)
    if rule_id.startswith(".") or "/" in rule_id or "\\" in rule_id or not rule_id:
        raise invalid_param("This rule id cannot be used")
    rule: Json = {"rule_id": rule_id, "actions": check_actions(body.get("actions"))}
    if kind in {"override", "underride"}:
        conditions = body.get("conditions", [])
        if not isinstance(conditions, list) or not all(isinstance(one, dict) for one in conditions):
            raise bad_json("conditions must be a list of objects")
        rule["conditions"] = conditions
    elif kind == "content":
        if not isinstance(body.get("pattern"), str):
            raise MatrixError(400, "M_MISSING_PARAM", "A content rule needs a pattern")
        rule["pattern"] = body["pattern"]
    rules = {name: list(stored.get("rules", {}).get(name, [])) for name in KINDS}
    own = [one for one in rules[kind] if one["rule_id"] != rule_id]
    own.insert(_place(own, before, after), rule)
    if sum(map(len, rules.values())) >= MOST_RULES:
        raise invalid_param(f"There are {MOST_RULES} rules already")
    rules[kind] = own
    return {**stored, "rules": rules}


def _place(own: Sequence[Json], before: str | None, after: str | None) -> int:
    names = [one["rule_id"] for one in own]
    for name, further in ((before, 0), (after, 1)):
        if name is not None:
            if name not in names:
                raise not_found("The rule to stand beside is not there")
            return names.index(name) + further
    return 0


def remove(stored: Json, kind: str, rule_id: str) -> Json:
    """The stored form without an own rule. Raises MatrixError M_NOT_FOUND."""
    check_kind(kind)
    own = stored.get("rules", {}).get(kind, [])
    if rule_id not in [one["rule_id"] for one in own]:
        raise not_found("No such push rule of your own")
    rules = {**stored.get("rules", {}), kind: [one for one in own if one["rule_id"] != rule_id]}
    key = f"{kind}/{rule_id}"
    return {
        "rules": rules,
        "enabled": {name: on for name, on in stored.get("enabled", {}).items() if name != key},
        "actions": {name: done for name, done in stored.get("actions", {}).items() if name != key},
    }


def change(stored: Json, kind: str, rule_id: str, part: str, value: Any) -> Json:
    """The stored form with `part` ("enabled" or "actions") of a rule changed; `find` the rule first."""
    return {**stored, part: {**stored.get(part, {}), f"{kind}/{rule_id}": value}}
