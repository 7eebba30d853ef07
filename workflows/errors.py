"""Refusals of this floor."""

from django.utils.translation import gettext as _

from common.errors import ConflictError, RateLimitedError
from workflows.rules.moves import NotAllowedNow
from workflows.rules.orders import OrderNotAllowedNow


class NotAllowedNowError(ConflictError):
    """The state does not allow the act. facts: state, act, allowed."""

    code = "not_allowed_now"

    @classmethod
    def of(cls, refusal: NotAllowedNow | OrderNotAllowedNow) -> "NotAllowedNowError":
        return cls(
            message=refusal.sentence,
            state=str(refusal.state),
            act=str(refusal.act),
            allowed=[str(act) for act in refusal.allowed],
        )


class KeyReusedError(ConflictError):
    """One key was used for two different acts: the second is refused rather than taken for the first."""

    code = "key_reused"

    def default_message(self) -> str:
        return _("该操作编号已用于另一项操作，请刷新页面后重试。")


class NotDispatchableError(ConflictError):
    """Some of the chosen items cannot be dispatched; none was. facts: numbers."""

    code = "not_dispatchable"

    def default_message(self) -> str:
        numbers = _("、").join(str(number) for number in self.facts["numbers"])
        return _("第{numbers}项不在待交办状态，本次均未交办。请去掉后重试。").format(numbers=numbers)


class AmbiguousNumberError(ConflictError):
    """A short number fits items of several task forces. facts: candidates, as (task force, title)."""

    code = "ambiguous_number"

    def default_message(self) -> str:
        lines = _("；").join(f"{force} {title}" for force, title in self.facts["candidates"])
        return _("有多个专班都有第{number}项：{lines}。请在对应专班群内发送，或写明专班名称。").format(
            number=self.facts["number"], lines=lines
        )


class RemindedLatelyError(RateLimitedError):
    """An item may be pressed by hand once in four hours."""

    code = "reminded_lately"

    def default_message(self) -> str:
        minutes = max(1, -(-self.retry_after_ms // 60_000))
        hours = self.facts.get("hours", 4)
        return _("该事项{hours}小时内已催办过，请在{minutes}分钟后再催办。").format(
            minutes=minutes, hours=hours
        )


class UrgedLatelyError(RateLimitedError):
    """An approval may be urged once in so many minutes."""

    code = "urged_lately"

    def default_message(self) -> str:
        minutes = max(1, -(-self.retry_after_ms // 60_000))
        return _("刚催办过，请在{minutes}分钟后再催办。").format(minutes=minutes)


class ConsentEndedError(ConflictError):
    """The consent is open no more. facts: state, words, by (name), at (local time)."""

    code = "already_decided"

    def default_message(self) -> str:
        if self.facts["state"] in {"agreed", "refused"}:
            return _("{by}已于{at}审批（{words}），无需再次处理。").format(**self.facts)
        return _("该申请{words}（{at}），不能再审批。如仍需要，请重新提出。").format(**self.facts)
