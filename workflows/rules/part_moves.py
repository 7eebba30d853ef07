"""Moves of what hangs on an item: parts of supporting units, orders to rectify. Pure tables, as in rules.moves."""

from collections.abc import Mapping
from enum import StrEnum

from workflows.rules.moves import NotAllowedNow


class PartState(StrEnum):
    DISPATCHED = "dispatched"
    SIGNED_FOR = "signed_for"
    ANSWERED = "answered"
    NO_OPINION = "no_opinion"
    RETURNED = "returned"


class PartAct(StrEnum):
    SIGN_FOR = "sign_for"
    ANSWER = "answer"
    NO_OPINION = "no_opinion"
    DISSENT = "dissent"
    RETURN = "return"
    ASK_AGAIN = "ask_again"


class RectifyState(StrEnum):
    ORDERED = "ordered"
    PLANNED = "planned"
    DONE = "done"
    PASSED = "passed"
    FAILED = "failed"


class RectifyAct(StrEnum):
    PLAN = "plan"
    FINISH = "finish"
    GOOD = "good"
    BAD = "bad"


_P, _A = PartState, PartAct
PART_MOVES: Mapping[tuple[PartState, PartAct], PartState] = {
    (_P.DISPATCHED, _A.SIGN_FOR): _P.SIGNED_FOR,
    (_P.DISPATCHED, _A.RETURN): _P.RETURNED,
    (_P.SIGNED_FOR, _A.ANSWER): _P.ANSWERED,
    (_P.SIGNED_FOR, _A.NO_OPINION): _P.NO_OPINION,
    (_P.SIGNED_FOR, _A.DISSENT): _P.ANSWERED,
    (_P.SIGNED_FOR, _A.RETURN): _P.RETURNED,
    (_P.ANSWERED, _A.ASK_AGAIN): _P.SIGNED_FOR,
    (_P.NO_OPINION, _A.ASK_AGAIN): _P.SIGNED_FOR,
    (_P.RETURNED, _A.ASK_AGAIN): _P.DISPATCHED,
}
OWED = frozenset({PartState.DISPATCHED, PartState.SIGNED_FOR})
ANSWERED = frozenset({PartState.ANSWERED, PartState.NO_OPINION})
_R, _B = RectifyState, RectifyAct
RECTIFY_MOVES: Mapping[tuple[RectifyState, RectifyAct], RectifyState] = {
    (_R.ORDERED, _B.PLAN): _R.PLANNED,
    (_R.PLANNED, _B.PLAN): _R.PLANNED,
    (_R.PLANNED, _B.FINISH): _R.DONE,
    (_R.DONE, _B.GOOD): _R.PASSED,
    (_R.DONE, _B.BAD): _R.FAILED,
}
PART_WORDS: Mapping[str, str] = {
    "dispatched": "待签收",
    "signed_for": "办理中",
    "answered": "已答复",
    "no_opinion": "无意见",
    "returned": "已退回",
}
RECTIFY_WORDS: Mapping[str, str] = {
    "ordered": "待报整改方案",
    "planned": "整改中",
    "done": "待复核",
    "passed": "复核通过",
    "failed": "复核未通过",
}
_PART_ACTS: Mapping[str, str] = {
    "sign_for": "签收",
    "answer": "答复",
    "no_opinion": "答复无意见",
    "dissent": "提出不同意见",
    "return": "退回",
    "ask_again": "再次会办",
}
_RECTIFY_ACTS: Mapping[str, str] = {
    "plan": "报送整改方案",
    "finish": "报送整改结果",
    "good": "复核通过",
    "bad": "复核不通过",
}


def allowed_part_acts(state: PartState) -> tuple[PartAct, ...]:
    return tuple(act for (at, act) in PART_MOVES if at == state)


def next_part_state(state: PartState, act: PartAct) -> PartState:
    """Raises NotAllowedNow."""
    try:
        return PART_MOVES[state, act]
    except KeyError:
        allowed = allowed_part_acts(state)
        words = _sentence(PART_WORDS[state], _PART_ACTS[act], [_PART_ACTS[one] for one in allowed])
        raise NotAllowedNow(state, act, allowed, words) from None


def allowed_rectify_acts(state: RectifyState) -> tuple[RectifyAct, ...]:
    return tuple(act for (at, act) in RECTIFY_MOVES if at == state)


def next_rectify_state(state: RectifyState, act: RectifyAct) -> RectifyState:
    """Raises NotAllowedNow."""
    try:
        return RECTIFY_MOVES[state, act]
    except KeyError:
        allowed = allowed_rectify_acts(state)
        words = _sentence(RECTIFY_WORDS[state], _RECTIFY_ACTS[act], [_RECTIFY_ACTS[one] for one in allowed])
        raise NotAllowedNow(state, act, allowed, words) from None


def _sentence(state: str, act: str, allowed: list[str]) -> str:
    words = f"当前为“{state}”，不能{act}"
    return f"{words}；现在可以：{'、'.join(allowed)}。" if allowed else f"{words}，请刷新后查看结果。"
