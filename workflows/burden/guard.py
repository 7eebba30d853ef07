"""One gate for what is made for others to fill in, report or be measured by: `check` refuses what burdens people.

Called by items, orders and their templates, polls and forms of cards, and indicators. The rules are a table
(workflows/data/burden_rules.csv); each refusal says why and what to do instead.
"""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from chatops.services import guards
from common.errors import DomainError
from workflows.rules.burden import find

# Why it is refused, and the way out.
WORDS = {
    "check_in": (
        _("平台不用于打卡签到"),
        _("需要确认收悉的，请用“收到”或签收；需要确认在岗的，请由值班查岗办理"),
    ),
    "points": (_("平台不对人员记积分"), _("请改为写明要完成的事项和时限")),
    "person_ranking": (
        _("平台不对个人排名"),
        _("确需通报的，请按单位和办理结果，并以依据文件开通晾晒"),
    ),
    "use_ranking": (
        _("平台不对应用的下载、登录、使用情况排名或考核"),
        _("请改为考核办理结果，例如办结率"),
    ),
    "online_time": (_("平台不统计在线时长"), _("请改为写明要完成的事项和时限")),
    "forced_login": (
        _("平台不强制登录、下载、关注或转发"),
        _("请直接下达事项或指令，相关人员会收到待办"),
    ),
    "photo_track": (
        _("要求照片、截图或轨迹须写明依据"),
        _("请在同一句中写明依据的文件或事由，例如“根据《…》”；没有依据的请删去"),
    ),
    "asks_known": (
        _("所问内容通讯录或台账中已有"),
        _("请直接从通讯录或台账导出，只问尚未掌握的内容"),
    ),
}


class BurdenRefusedError(DomainError):
    """Facts: rule, words (what was found), reason, way_out."""

    code: ClassVar[str] = "burden_refused"
    status: ClassVar[int] = 422

    def default_message(self) -> str:
        return str(_("“{words}”：{reason}。{way_out}。")).format(**self.facts)


def check(text: str, *, where: str, field: str | None = None) -> None:
    """Let the text pass, or refuse what must not be asked of people.

    Args:
        where: item, order, poll, form or indicator.
        field: the input field that the text came from.
    Raises:
        BurdenRefusedError
    """
    if broken := find(text, where):
        rule, words = broken
        reason, way_out = WORDS[rule]
        raise BurdenRefusedError(
            field=field, rule=rule, words=words, reason=str(reason), way_out=str(way_out)
        )


def connect() -> None:
    """Polls and forms are made two floors below, which ask whoever registered."""
    guards.register(lambda text, where, field: check(text, where=where, field=field))
