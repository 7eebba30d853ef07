"""What `manage.py doctor` asks of this floor: who can come in, and with which passwords."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common import clock
from common.ops import checks
from common.ops.checks import Finding, attention, ok, wrong
from directory.services import demo_accounts
from directory.store import people

ADMINISTRATORS, PASSWORDS = gettext_noop("管理员"), gettext_noop("演示口令")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def register() -> None:
    checks.register(ADMINISTRATORS, check_administrators)
    checks.register(PASSWORDS, check_demo_passwords)


def check_administrators() -> Iterable[Finding]:
    subject = _(ADMINISTRATORS)
    if people.has_active_admin(clock.today()):
        yield ok(subject, _("有可登录的系统管理员。"))
    else:
        yield attention(subject, _("尚无系统管理员。"), _("请运行 manage.py first-admin，用所给链接建立。"))


def check_demo_passwords() -> Iterable[Finding]:
    subject = _(PASSWORDS)
    if not demo_accounts.demo_passwords_in_use():
        yield ok(subject, _("无人使用公开的演示口令。"))
    elif urlsplit(settings.PUBLIC_URL).hostname in LOOPBACK:
        yield ok(subject, _("演示账号使用公开口令，仅限本机访问。"))
    else:
        yield wrong(
            subject,
            _("任何人都能用公开的演示口令登录。"),
            _("请停用演示账号或更改其口令，或换用空数据库并设 DEMO=0。"),
        )
