"""States of an order and of each of its recipients, as tables; the steps of the ladder. Pure.

What is not in a table is not allowed.
"""

from enum import StrEnum


class OrderAct(StrEnum):
    EDIT = "edit"
    APPROVE = "approve"
    ISSUE = "issue"
    CORRECT = "correct"
    RECALL = "recall"
    CLOSE = "close"
    REMIND = "remind"


ORDER_WORDS = {
    "draft": "草稿",
    "approved": "已批准",
    "issued": "已签发",
    "closed": "已办结",
    "recalled": "已撤回",
}
ACT_WORDS = {
    "edit": "修改",
    "approve": "批准",
    "issue": "签发",
    "correct": "更正",
    "recall": "撤回",
    "close": "办结",
    "remind": "催办",
    "read": "阅读",
    "sign_for": "签收",
    "report": "反馈",
    "decline": "退回",
    "substitute": "代签",
}
ORDER_MOVES: dict[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("approved", "edit"): "draft",  # what was approved is no longer what stands there
    ("draft", "approve"): "approved",
    ("approved", "issue"): "issued",
    ("issued", "correct"): "issued",
    ("issued", "remind"): "issued",
    ("issued", "recall"): "recalled",
    ("issued", "close"): "closed",
}


class RecipientAct(StrEnum):
    DELIVER = "deliver"
    LOSE = "lose"
    READ = "read"
    SIGN_FOR = "sign_for"
    REPORT = "report"
    DECLINE = "decline"
    SUBSTITUTE = "substitute"


RECIPIENT_WORDS = {
    "pending": "待送达",
    "delivered": "已送达",
    "read": "已读未签收",
    "signed_for": "已签收",
    "reported": "已反馈",
    "unreachable": "未触达",
    "substituted": "已代签",
    "declined": "已退回",
}
_OPEN = ("pending", "delivered", "read", "unreachable")
RECIPIENT_MOVES: dict[tuple[str, str], str] = {
    ("pending", "deliver"): "delivered",
    ("unreachable", "deliver"): "delivered",
    ("pending", "lose"): "unreachable",
    ("pending", "read"): "read",
    ("delivered", "read"): "read",
    ("unreachable", "read"): "read",
    **{(state, "sign_for"): "signed_for" for state in _OPEN},
    **{(state, "decline"): "declined" for state in _OPEN},
    **{(state, "substitute"): "substituted" for state in _OPEN},
    # Whoever stood in: the person signs for himself or herself once back.
    ("substituted", "sign_for"): "signed_for",
    ("signed_for", "report"): "reported",
    ("reported", "report"): "reported",
    ("substituted", "report"): "reported",
}
OPEN_STATES = _OPEN
SIGNED_STATES = ("signed_for", "reported", "substituted")


class OrderNotAllowedNow(ValueError):  # noqa: N818 - the name says when, not what
    """As moves.NotAllowedNow, for orders and receipts."""

    def __init__(self, state: str, act: str, allowed: tuple[str, ...], sentence: str) -> None:
        self.state, self.act, self.allowed, self.sentence = state, act, allowed, sentence
        super().__init__(f"{act} is not allowed in {state}")


def next_order_state(state: str, act: str) -> str:
    """Raises OrderNotAllowedNow with a sentence that says what is possible now."""
    return _next(ORDER_MOVES, state, act, ORDER_WORDS, "指令")


def next_recipient_state(state: str, act: str) -> str:
    """Raises OrderNotAllowedNow with a sentence that says what is possible now."""
    return _next(RECIPIENT_MOVES, state, act, RECIPIENT_WORDS, "回执")


def _next(moves: dict[tuple[str, str], str], state: str, act: str, words: dict[str, str], noun: str) -> str:
    if after := moves.get((state, act)):
        return after
    allowed = [known for (at, known) in moves if at == state]
    can = "、".join(f"“{ACT_WORDS[known]}”" for known in allowed if known in ACT_WORDS)
    now = f"{noun}当前为“{words[state]}”，不能“{ACT_WORDS.get(act, act)}”"
    sentence = f"{now}，可以{can}。" if can else f"{now}，已是最终状态。"
    raise OrderNotAllowedNow(state, act, tuple(allowed), sentence)


class Step(StrEnum):
    """The ladder, in the order in which its steps follow each other."""

    APP = "app"
    TEXT = "text"
    MAIL = "mail"
    VOICE = "voice"
    DUTY = "duty"
    LEADER = "leader"


STEP_WORDS = {
    "app": "应用内提醒",
    "text": "短信",
    "mail": "电子邮件",
    "voice": "语音电话",
    "duty": "通知单位值班员",
    "leader": "通知分管领导",
}
# What leaves the house carries this and nothing else.
OUTSIDE_WORDS = {
    "top": "您有一条特急指令待签收",
    "urgent": "您有一条加急指令待签收",
    "normal": "您有一条指令待签收",
}
DRILL_MARK = "【演练】"
