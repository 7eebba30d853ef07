"""What `manage.py doctor` asks of this floor: the bots' accounts and their tokens' files."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bots.desk import DESK
from bots.services.accounts import bot_actor, token_path
from common.ops import checks
from common.ops.checks import Finding, attention, ok, wrong

BOTS = gettext_noop("机器人")


def register() -> None:
    checks.register(BOTS, check_bots)


def check_bots() -> Iterable[Finding]:
    subject = _(BOTS)
    for bot in DESK:
        try:
            bot_actor(bot)
        except LookupError:
            yield attention(
                subject,
                _("{name}（{number}）没有可用的账号。").format(name=bot.name, number=bot.number),
                _("请启动 bots 进程建立账号；如已被锁定，请由管理员解锁。"),
            )
            continue
        path = token_path(bot)
        if path.exists() and path.stat().st_mode & 0o077:
            yield wrong(
                subject,
                _("其他用户可以读取 {path}。").format(path=path),
                _("请运行 chmod 600 {files}").format(files=path),
            )
        else:
            yield ok(subject, _("{name}（{number}）的账号正常。").format(name=bot.name, number=bot.number))
