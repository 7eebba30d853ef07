"""Kind → what a yes, a no and an end without an answer do. Filled when the app starts."""

from collections.abc import Callable
from dataclasses import dataclass

from directory.actors import Actor
from workflows.store.models import Consent

Then = Callable[[Actor, Consent], str]


def _nothing(_actor: Actor, _consent: Consent) -> str:
    return ""


@dataclass(frozen=True)
class ConsentKind:
    """What happens with the answer, in its transaction. Each returns a sentence for the decider, "" for the usual one.

    Attributes:
        on_agree, on_refuse: may raise a refusal; the consent then stays open and nothing was done.
        on_end: withdrawn or lapsed (`consent.state` says which).
        lock: called before the consent's row is locked, where a deed on the subject locks the subject first and ends
            its consents afterwards; the order is then the same everywhere.
        needs_reason: whether a yes needs a reason too; a no always does.
    """

    name: str
    title: Callable[[], str]
    on_agree: Then
    on_refuse: Then = _nothing
    on_end: Then = _nothing
    lock: Callable[[Consent], object] = lambda _consent: None
    needs_reason: bool = False


_kinds: dict[str, ConsentKind] = {}


def register(kind: ConsentKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> ConsentKind:
    """Raises KeyError: nobody has registered this kind."""
    return _kinds[name]
