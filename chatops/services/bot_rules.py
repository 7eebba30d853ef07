"""What a bot's own program may say at the Matrix door. The floor of the bots puts its rule here at start."""

from collections.abc import Callable

from directory.actors import Actor

# (bot, its device's name, room id) -> None; raises ForbiddenError or RateLimitedError.
Rule = Callable[[Actor, str, str], None]
# (bot, its device's name) -> whether a rule is for it; asks nobody.
Binds = Callable[[Actor, str], bool]

_rules: dict[Rule, Binds] = {}


def register(rule: Rule, *, binds: Binds = lambda _bot, _device: True) -> None:
    """Called once at start; the same rule again is one rule."""
    _rules[rule] = binds


def bind(actor: Actor, device: str) -> bool:
    """Whether any rule is for this device of the bot."""
    return any(binds(actor, device) for binds in _rules.values())


def check(actor: Actor, device: str, room_id: str) -> None:
    """Raises ForbiddenError where the bot may not speak, RateLimitedError when it has said enough for now."""
    for rule, binds in _rules.items():
        if binds(actor, device):
            rule(actor, device, room_id)
