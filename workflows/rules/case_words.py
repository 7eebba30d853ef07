"""What deeds and states of approvals are called."""

from collections.abc import Mapping

CASE_WORDS: Mapping[str, str] = {
    "running": "办理中",
    "finished": "已办结",
    "refused": "未同意",
    "withdrawn": "已撤回",
}
TASK_WORDS: Mapping[str, str] = {
    "waiting": "未到",
    "open": "待办",
    "opened": "已打开",
    "done": "已办",
    "returned": "已退回",
    "cancelled": "已取消",
}
# What an agreement is called at a node of this kind.
AGREE_WORDS: Mapping[str, str] = {
    "approve": "同意",
    "read": "已阅",
    "fill": "已提交",
    "number": "已编号",
    "seal": "已用印",
    "distribute": "已分发",
    "register": "已登记",
    "answer": "已答复",
}
DEED_WORDS: Mapping[str, str] = {
    "start": "提交",
    "agree": "同意",
    "read_mark": "圈阅",
    "refuse": "不同意",
    "dissent": "提出不同意见",
    "answer": "答复不同意见",
    "return": "退回",
    "resubmit": "重新提交",
    "withdraw": "撤回",
    "transfer": "转办",
    "add_sign": "加签",
    "comment": "评论",
    "cc": "抄送",
    "urge": "催办",
    "record": "代录批示",
    "reroute": "改派",
    "remind": "到期提醒",
    "escalate": "超时上报",
    "service": "自动办理",
    "skip": "系统处理",
    "finish": "办结",
    "end_refused": "未同意，流程结束",
}
FINAL_DEEDS = frozenset({"finish", "end_refused", "withdraw"})


def agree_word(kind: str) -> str:
    return AGREE_WORDS.get(kind, "同意")
