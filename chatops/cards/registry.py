"""What buttons do: each kind's handler and abilities, filled by upper floors when the app starts (decisions 5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from directory.actors import Actor


@dataclass(frozen=True)
class CardRef:
    """A card on somebody's screen. `subject` is what it shows."""

    room_id: str
    event_id: str
    kind: str
    subject: str


@dataclass(frozen=True)
class CardResult:
    """The answer to a button: a sentence for the person, and facts for the client."""

    message: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CardState:
    """What one viewer may do with a subject now, and what they have done already (`{action: words}`)."""

    version: int
    abilities: Sequence[str] = ()
    done: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., CardResult]
Abilities = Callable[[Actor, Sequence[str]], Mapping[str, CardState]]

_kinds: dict[str, tuple[Handler, Abilities]] = {}


def register(kind: str, handler: Handler, abilities: Abilities) -> None:
    """Let `handler(*, actor, subject, action, params, key) -> CardResult` act for cards of this kind.

    Args:
        abilities: (actor, subjects) → state per subject, in a fixed number of queries.
    """
    _kinds[kind] = (handler, abilities)


def find_handler(kind: str) -> Handler | None:
    return _kinds[kind][0] if kind in _kinds else None


def states(actor: Actor, kind: str, subjects: Sequence[str]) -> Mapping[str, CardState]:
    return _kinds[kind][1](actor, subjects) if kind in _kinds else {}
