"""A move table that can answer for itself: which state follows, and what would be possible instead."""

from collections.abc import Mapping
from dataclasses import dataclass

Moves = Mapping[tuple[str, str], str]


class NotInTable(ValueError):  # noqa: N818 - the name says where, not what
    """An act that the table does not have in this state. `sentence`: plain Chinese for the person who tried."""

    def __init__(self, state: str, act: str, allowed: tuple[str, ...], sentence: str) -> None:
        self.state, self.act, self.allowed, self.sentence = state, act, allowed, sentence
        super().__init__(f"{act} is not allowed in {state}")


@dataclass(frozen=True)
class MoveTable:
    """`states` and `acts` give the words on screen; `ways_out` a better sentence for what people often try."""

    moves: Moves
    states: Mapping[str, str]
    acts: Mapping[str, str]
    ways_out: Mapping[tuple[str, str], str]

    def allowed(self, state: str) -> tuple[str, ...]:
        return tuple(act for (at, act) in self.moves if at == state)

    def next(self, state: str, act: str) -> str:
        """Raises NotInTable."""
        try:
            return self.moves[state, act]
        except KeyError:
            raise NotInTable(state, act, self.allowed(state), self._sentence(state, act)) from None

    def _sentence(self, state: str, act: str) -> str:
        if way_out := self.ways_out.get((state, act)):
            return f"{way_out}。"
        words = f"当前为“{self.states[state]}”，不能{self.acts.get(act, act)}"
        can = "、".join(dict.fromkeys(self.acts[one] for one in self.allowed(state)))
        return f"{words}；现在可以：{can}。" if can else f"{words}，也没有其他可办的操作。"
