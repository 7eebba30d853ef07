"""States and moves as tables (domain §8, §10, §11). What is not in a table is refused with what would be
allowed. Items of task forces and units' own ledgers follow TASK_MOVES, those of supervision ledgers SUPERVISED_MOVES.
"""

from collections.abc import Mapping
from enum import StrEnum


class ItemState(StrEnum):
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    SIGNED_FOR = "signed_for"
    IN_PROGRESS = "in_progress"
    REPORTED = "reported"
    CLOSED = "closed"
    RETURNED = "returned"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    CHECKED = "checked"
    RECTIFYING = "rectifying"
    STRUCK_OFF = "struck_off"
    ARCHIVED = "archived"


class ItemAct(StrEnum):
    DISPATCH = "dispatch"
    SIGN_FOR = "sign_for"
    SEND_BACK = "send_back"
    REPORT = "report"
    REPORT_DONE = "report_done"
    REJECT = "reject"
    CLOSE = "close"
    ASK_EXTENSION = "ask_extension"
    TRANSFER = "transfer"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    ACCEPT = "accept"
    CHECK = "check"
    STRIKE_OFF = "strike_off"
    ARCHIVE = "archive"
    RECTIFY = "rectify"
    RECHECK_GOOD = "recheck_good"
    RECHECK_GOOD_DONE = "recheck_good_done"
    RECHECK_BAD = "recheck_bad"
    REOPEN = "reopen"


class ExtensionState(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    RETURNED = "returned"


class ExtensionAct(StrEnum):
    AGREE = "agree"
    RETURN = "return"


class ForceState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    CLOSING = "closing"
    DISSOLVED = "dissolved"


class ForceAct(StrEnum):
    APPROVE = "approve"
    START = "start"
    WIND_UP = "wind_up"
    DISSOLVE = "dissolve"


_S, _A = ItemState, ItemAct
Moves = Mapping[tuple[ItemState, ItemAct], ItemState]
# What both kinds share: from registration to the report of the whole, pauses, rectification, reopening.
_COMMON: Moves = {
    (_S.REGISTERED, _A.DISPATCH): _S.DISPATCHED,
    (_S.REGISTERED, _A.TRANSFER): _S.REGISTERED,
    (_S.REGISTERED, _A.CANCEL): _S.CANCELLED,
    (_S.DISPATCHED, _A.SIGN_FOR): _S.SIGNED_FOR,
    (_S.DISPATCHED, _A.SEND_BACK): _S.RETURNED,
    (_S.DISPATCHED, _A.TRANSFER): _S.DISPATCHED,
    (_S.DISPATCHED, _A.CANCEL): _S.CANCELLED,
    (_S.RETURNED, _A.DISPATCH): _S.DISPATCHED,
    (_S.RETURNED, _A.TRANSFER): _S.DISPATCHED,
    (_S.RETURNED, _A.CANCEL): _S.CANCELLED,
    (_S.SIGNED_FOR, _A.REPORT): _S.IN_PROGRESS,
    (_S.SIGNED_FOR, _A.REPORT_DONE): _S.REPORTED,
    (_S.SIGNED_FOR, _A.SEND_BACK): _S.RETURNED,
    (_S.SIGNED_FOR, _A.ASK_EXTENSION): _S.SIGNED_FOR,
    (_S.SIGNED_FOR, _A.SUSPEND): _S.SUSPENDED,
    (_S.SIGNED_FOR, _A.TRANSFER): _S.DISPATCHED,
    (_S.SIGNED_FOR, _A.CANCEL): _S.CANCELLED,
    (_S.IN_PROGRESS, _A.REPORT): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _A.REPORT_DONE): _S.REPORTED,
    (_S.IN_PROGRESS, _A.ASK_EXTENSION): _S.IN_PROGRESS,
    (_S.IN_PROGRESS, _A.SUSPEND): _S.SUSPENDED,
    (_S.IN_PROGRESS, _A.TRANSFER): _S.DISPATCHED,
    (_S.IN_PROGRESS, _A.CANCEL): _S.CANCELLED,
    (_S.REPORTED, _A.REJECT): _S.IN_PROGRESS,
    (_S.SUSPENDED, _A.RESUME): _S.IN_PROGRESS,
    (_S.SUSPENDED, _A.CANCEL): _S.CANCELLED,
    (_S.SIGNED_FOR, _A.RECTIFY): _S.RECTIFYING,
    (_S.IN_PROGRESS, _A.RECTIFY): _S.RECTIFYING,
    (_S.REPORTED, _A.RECTIFY): _S.RECTIFYING,
    (_S.RECTIFYING, _A.REPORT): _S.RECTIFYING,
    (_S.RECTIFYING, _A.ASK_EXTENSION): _S.RECTIFYING,
    (_S.RECTIFYING, _A.RECHECK_GOOD): _S.IN_PROGRESS,
    (_S.RECTIFYING, _A.RECHECK_BAD): _S.RECTIFYING,
    (_S.RECTIFYING, _A.CANCEL): _S.CANCELLED,
    (_S.CLOSED, _A.REOPEN): _S.IN_PROGRESS,
}
# §8: the assigner accepts the whole and closes it, or closes it in one.
TASK_MOVES: Moves = {
    **_COMMON,
    (_S.REPORTED, _A.ACCEPT): _S.ACCEPTED,
    (_S.REPORTED, _A.CLOSE): _S.CLOSED,
    (_S.ACCEPTED, _A.CLOSE): _S.CLOSED,
    (_S.ACCEPTED, _A.REJECT): _S.IN_PROGRESS,
    (_S.ACCEPTED, _A.RECTIFY): _S.RECTIFYING,
    (_S.RECTIFYING, _A.RECHECK_GOOD_DONE): _S.ACCEPTED,
}
# §11: nothing is closed before it has been checked; closed items are struck off and archived.
SUPERVISED_MOVES: Moves = {
    **_COMMON,
    (_S.REPORTED, _A.CHECK): _S.CHECKED,
    (_S.CHECKED, _A.CLOSE): _S.CLOSED,
    (_S.CHECKED, _A.REJECT): _S.IN_PROGRESS,
    (_S.CHECKED, _A.RECTIFY): _S.RECTIFYING,
    (_S.RECTIFYING, _A.RECHECK_GOOD_DONE): _S.CHECKED,
    (_S.CLOSED, _A.STRIKE_OFF): _S.STRUCK_OFF,
    (_S.STRUCK_OFF, _A.ARCHIVE): _S.ARCHIVED,
    (_S.STRUCK_OFF, _A.REOPEN): _S.IN_PROGRESS,
}
ITEM_MOVES = TASK_MOVES
EXTENSION_MOVES: Mapping[tuple[ExtensionState, ExtensionAct], ExtensionState] = {
    (ExtensionState.ASKED, ExtensionAct.AGREE): ExtensionState.AGREED,
    (ExtensionState.ASKED, ExtensionAct.RETURN): ExtensionState.RETURNED,
}
FORCE_MOVES: Mapping[tuple[ForceState, ForceAct], ForceState] = {
    (ForceState.PROPOSED, ForceAct.APPROVE): ForceState.APPROVED,
    (ForceState.APPROVED, ForceAct.START): ForceState.RUNNING,
    (ForceState.RUNNING, ForceAct.WIND_UP): ForceState.CLOSING,
    (ForceState.CLOSING, ForceAct.DISSOLVE): ForceState.DISSOLVED,
}

STATE_WORDS: Mapping[str, str] = {
    "registered": "待交办",
    "dispatched": "待签收",
    "signed_for": "已签收",
    "in_progress": "办理中",
    "reported": "已报完成，待核查",
    "closed": "已办结",
    "returned": "已退回，待重新交办",
    "suspended": "已暂停",
    "cancelled": "已取消",
    "accepted": "已验收，待办结",
    "checked": "已核查，待办结",
    "rectifying": "整改中",
    "struck_off": "已销号",
    "archived": "已归档",
    "asked": "待审批",
    "agreed": "已同意",
    "proposed": "筹建中",
    "approved": "已批准",
    "running": "运行中",
    "closing": "收尾中",
    "dissolved": "已撤销",
}
ACT_WORDS: Mapping[str, str] = {
    "dispatch": "交办",
    "sign_for": "签收",
    "send_back": "退回（不属我办）",
    "report": "反馈进展",
    "report_done": "报完成",
    "reject": "退回报告",
    "close": "办结",
    "ask_extension": "申请延期",
    "transfer": "转办",
    "suspend": "暂停",
    "resume": "恢复",
    "cancel": "取消",
    "accept": "验收",
    "check": "核查通过",
    "strike_off": "销号",
    "archive": "归档",
    "rectify": "责令整改",
    "recheck_good": "复核通过",
    "recheck_good_done": "复核通过",
    "recheck_bad": "复核不通过",
    "reopen": "重新打开",
    "agree": "同意延期",
    "return": "退回申请",
    "approve": "批准",
    "start": "启动",
    "wind_up": "收尾",
    "dissolve": "撤销",
}
# What people most often try, with the way out; anything else is told what is possible now.
_WAYS_OUT: Mapping[tuple[str, str], str] = {
    ("registered", "sign_for"): "事项尚未交办，请等专班交办后再签收",
    ("dispatched", "report"): "请先签收，再反馈进展",
    ("dispatched", "report_done"): "请先签收，再反馈进展",
    ("dispatched", "ask_extension"): "请先签收，再申请延期",
    ("signed_for", "sign_for"): "事项已经签收，可直接反馈进展",
    ("in_progress", "sign_for"): "事项已经签收，可直接反馈进展",
    ("reported", "report"): "已报完成，正在核查；如需更正，请专班牵头人退回报告后再反馈",
    ("reported", "report_done"): "已报完成，正在核查，无需重复报送",
    ("closed", "report"): "事项已办结，不能再反馈进展；如有新情况，请在专班群说明，由专班牵头人另立事项",
    ("closed", "report_done"): "事项已办结，不能再反馈进展；如有新情况，请在专班群说明，由专班牵头人另立事项",
    ("signed_for", "close"): "承办单位尚未报完成，请等其反馈100%后再办结",
    ("in_progress", "close"): "承办单位尚未报完成，请等其反馈100%后再办结",
    ("rectifying", "report_done"): "正在整改，请先报送整改结果，复核通过后再报完成",
    ("rectifying", "close"): "正在整改，请等整改结果复核通过后再办结",
    ("struck_off", "report"): "事项已销号，不能再反馈进展；如有新情况，请由交办单位重新打开",
    ("archived", "reopen"): "事项已归档，不能重新打开；如有新情况，请另立事项",
}


class NotAllowedNow(ValueError):  # noqa: N818 - the name says when, not what
    """An act that the present state does not allow.

    Attributes:
        state, act: as in the tables.
        allowed: acts that are possible now, in table order.
        sentence: plain Chinese for the person who tried.
    """

    def __init__(
        self, state: StrEnum, act: StrEnum, allowed: tuple[StrEnum, ...], sentence: str = ""
    ) -> None:
        self.state, self.act, self.allowed = state, act, allowed
        self.sentence = sentence or _sentence(state, act, allowed)
        super().__init__(f"{act} is not allowed in {state}")


def _sentence(state: StrEnum, act: StrEnum, allowed: tuple[StrEnum, ...]) -> str:
    if way_out := _WAYS_OUT.get((state, act)):
        return f"{way_out}。"
    words = f"当前为“{STATE_WORDS[state]}”，不能{ACT_WORDS[act]}"
    # Two acts may read alike to a person (a report of 100 % is a report), so the words are made unique.
    can = "、".join(dict.fromkeys(ACT_WORDS[one] for one in allowed))
    return f"{words}；现在可以：{can}。" if can else f"{words}，也没有其他可办的操作。"


def moves_of(*, supervised: bool) -> Moves:
    return SUPERVISED_MOVES if supervised else TASK_MOVES


def allowed_acts(state: ItemState, *, supervised: bool = False) -> tuple[ItemAct, ...]:
    return tuple(act for (at, act) in moves_of(supervised=supervised) if at == state)


def next_state(state: ItemState, act: ItemAct, *, supervised: bool = False) -> ItemState:
    """Raises NotAllowedNow."""
    try:
        return moves_of(supervised=supervised)[state, act]
    except KeyError:
        if supervised and (state, act) == (ItemState.REPORTED, ItemAct.CLOSE):
            raise NotAllowedNow(state, act, allowed_acts(state, supervised=True), _CHECK_FIRST) from None
        raise NotAllowedNow(state, act, allowed_acts(state, supervised=supervised)) from None


_CHECK_FIRST = "督办事项须先核查通过，再办结，请由未经办该事项的督查专员核查。"


def next_extension_state(state: ExtensionState, act: ExtensionAct) -> ExtensionState:
    """Raises NotAllowedNow."""
    try:
        return EXTENSION_MOVES[state, act]
    except KeyError:
        raise NotAllowedNow(state, act, ()) from None


def next_force_state(state: ForceState, act: ForceAct) -> ForceState:
    """Raises NotAllowedNow."""
    try:
        return FORCE_MOVES[state, act]
    except KeyError:
        allowed = tuple(one for (at, one) in FORCE_MOVES if at == state)
        raise NotAllowedNow(state, act, allowed) from None


def report_act(percent: int) -> ItemAct:
    """A report of the whole is another act than a report on the way."""
    return ItemAct.REPORT_DONE if percent >= 100 else ItemAct.REPORT  # noqa: PLR2004
