"""What a bot's own program may say at the Matrix door. The floor of the bots puts its rule here at start."""

from collections.abc import Callable

from directory.actors import Actor

# (bot, its device's name, room id) -> None; raises ForbiddenError or RateLimitedError.
Rule = Callable[[Actor, str, str], None]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Called once at start; the same rule again is one rule."""
    if rule not in _rules:
        _rules.append(rule)


def check(actor: Actor, device: str, room_id: str) -> None:
    """Raises ForbiddenError where the bot may not speak, RateLimitedError when it has said enough for now."""
    for rule in _rules:
        rule(actor, device, room_id)
