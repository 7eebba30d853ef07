"""Judges from the floors above of what is about to be asked in a room: questions of polls, fields of forms."""

from collections.abc import Callable

Guard = Callable[[str, str, str], None]
_guards: list[Guard] = []


def register(guard: Guard) -> None:
    """`guard(text, where, field)` raises a DomainError to refuse. Called at start."""
    _guards.append(guard)


def check(text: str, *, where: str, field: str) -> None:
    """Raises what a guard raises. `where`: poll or form."""
    for guard in _guards:
        guard(text, where, field)
