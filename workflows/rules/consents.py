"""Small consents (extension, override, release, second approver, rung): one table of moves for all of them."""

from collections.abc import Mapping
from enum import StrEnum


class ConsentState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class ConsentAct(StrEnum):
    AGREE = "agree"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


CONSENT_MOVES: Mapping[tuple[ConsentState, ConsentAct], ConsentState] = {
    (ConsentState.ASKED, ConsentAct.AGREE): ConsentState.AGREED,
    (ConsentState.ASKED, ConsentAct.REFUSE): ConsentState.REFUSED,
    (ConsentState.ASKED, ConsentAct.WITHDRAW): ConsentState.WITHDRAWN,
    (ConsentState.ASKED, ConsentAct.LAPSE): ConsentState.LAPSED,
}
CONSENT_WORDS: Mapping[str, str] = {
    "asked": "待审批",
    "agreed": "已同意",
    "refused": "未同意",
    "withdrawn": "已撤回",
    "lapsed": "逾期失效",
}


class ConsentEnded(ValueError):  # noqa: N818 - it says what is so, not what went wrong
    """An act on a consent that is open no more. `state` says how it ended."""

    def __init__(self, state: ConsentState, act: ConsentAct) -> None:
        self.state, self.act = state, act
        super().__init__(f"{act} is not possible in {state}")


def next_consent_state(state: ConsentState, act: ConsentAct) -> ConsentState:
    """Raises ConsentEnded."""
    try:
        return CONSENT_MOVES[state, act]
    except KeyError:
        raise ConsentEnded(state, act) from None
