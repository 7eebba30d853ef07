"""Random sampling by a recorded seed: who knows seed and pool can draw again, on any machine, and gets the same.

The order of drawing is that of the digests of seed and name, so it depends on no library's generator.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Assigned:
    """`instead_of`: who was drawn first but is related to the subject; None when nobody was passed over."""

    subject: str
    inspector: str
    instead_of: str | None


class NobodyUnrelatedError(Exception):
    """Every inspector is related to this subject."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


def order_by_seed(seed: str, names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=lambda name: (sha256(f"{seed}\n{name}".encode()).digest(), name))


def draw(seed: str, pool: Iterable[str], count: int) -> list[str]:
    """So many of the pool, in the order drawn; each subset is as likely as any other of its size."""
    return order_by_seed(seed, pool)[:count]


def digest_of(pool: Iterable[str]) -> str:
    """Names the pool, whatever the order it came in."""
    return sha256("\n".join(sorted(set(pool))).encode()).hexdigest()


def assign(
    seed: str, subjects: Sequence[str], inspectors: Iterable[str], is_related: Callable[[str, str], bool]
) -> list[Assigned]:
    """One inspector a subject, drawn anew for each. `is_related(inspector, subject)`: then the next one is drawn.

    Raises NobodyUnrelatedError.
    """
    pool = list(inspectors)
    found = []
    for subject in subjects:
        drawn = order_by_seed(f"{seed}\n{subject}", pool)
        fit = next((one for one in drawn if not is_related(one, subject)), None)
        if fit is None:
            raise NobodyUnrelatedError(subject)
        found.append(Assigned(subject, fit, None if fit == drawn[0] else drawn[0]))
    return found
