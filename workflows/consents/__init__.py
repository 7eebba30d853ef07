"""Small consents: one model, one table of moves; who asks registers what a yes does (decisions 18)."""

from workflows.consents.registry import ConsentKind, register
from workflows.consents.services import ApproverRule, ask, check_decide, check_withdraw, end_open, settle

__all__ = [
    "ApproverRule",
    "ConsentKind",
    "ask",
    "check_decide",
    "check_withdraw",
    "end_open",
    "register",
    "settle",
]
