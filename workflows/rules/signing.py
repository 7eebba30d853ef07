"""When a sign group is decided: one, any (或签), all (会签), percentage, with or without veto.

Added signers (加签) must have finished before an agreement counts. In `all` without veto a refusal is a dissent: it is
recorded, the starter answers it, and the group goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

VoteState = Literal["agree", "refuse", "open", "out"]


class Mode(StrEnum):
    ONE = "one"
    ANY = "any"
    ALL = "all"
    PERCENTAGE = "percentage"


@dataclass(frozen=True)
class SignRule:
    """`order`: one after the other, or at once. `percent`: of those asked, for the mode percentage."""

    mode: Mode = Mode.ONE
    order: Literal["parallel", "sequential"] = "parallel"
    percent: int = 100
    veto: bool = False

    @property
    def records_dissent(self) -> bool:
        return self.mode == Mode.ALL and not self.veto


@dataclass(frozen=True)
class Vote:
    """One task of the group. `state`: agree, refuse, open, or out (cancelled, returned, transferred)."""

    id: UUID
    state: VoteState
    position: int = 0
    added: bool = False
    after: UUID | None = None
    is_answered: bool = True


def outcome(rule: SignRule, votes: Sequence[Vote]) -> Literal["agree", "refuse"] | None:
    """How the group is decided; None while it is open. A group without votes is not decided."""
    counted = [vote for vote in votes if vote.state != "out"]
    own = [vote for vote in counted if not vote.added] or counted
    if not own:
        return None
    refused = [vote for vote in counted if vote.state == "refuse"]
    if refused and not rule.records_dissent and _ends_it(rule, own, refused):
        return "refuse"
    if any(vote.state == "open" for vote in counted if vote.added) or not all(
        vote.is_answered for vote in counted
    ):
        return None
    return "agree" if _is_agreed(rule, own) else None


def _ends_it(rule: SignRule, own: Sequence[Vote], refused: Sequence[Vote]) -> bool:
    if rule.veto or rule.mode != Mode.PERCENTAGE or any(vote.added for vote in refused):
        return True
    still_possible = len(own) - sum(vote.state == "refuse" for vote in own)
    return still_possible * 100 < rule.percent * len(own)


def _is_agreed(rule: SignRule, own: Sequence[Vote]) -> bool:
    agreed = sum(vote.state == "agree" for vote in own)
    match rule.mode:
        case Mode.ONE | Mode.ANY:
            return agreed > 0
        case Mode.ALL:
            return all(vote.state in {"agree", "refuse"} for vote in own)
        case Mode.PERCENTAGE:
            return agreed * 100 >= rule.percent * len(own)


def whose_turn(rule: SignRule, votes: Sequence[Vote]) -> set[UUID]:
    """The open votes that may be cast now: their place in the order has come, and whoever was asked before has."""
    ended: Mapping[UUID, bool] = {vote.id: vote.state != "open" for vote in votes}
    free = [
        vote for vote in votes if vote.state == "open" and (vote.after is None or ended.get(vote.after, True))
    ]
    if rule.order == "parallel" or rule.mode in {Mode.ONE, Mode.ANY}:
        return {vote.id for vote in free}
    first = min((vote.position for vote in votes if vote.state == "open"), default=0)
    return {vote.id for vote in free if vote.position == first}
