"""`manage.py travel MOMENT | +3d | --back`: move the clock of a demonstration, a drill or a test (decisions 15)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from common import audit, clock

STEP = re.compile(r"\+(\d{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = "Move the clock that all processes share. Only with TZ_CLOCK=db."

    def add_arguments(self, parser: CommandParser) -> None:
        words = "2027-01-04T09:00 (Shanghai), or a step from the shared present: +30m, +2h, +3d, +1w"
        parser.add_argument("to", nargs="?", default="", metavar="MOMENT|STEP", help=words)
        parser.add_argument("--back", action="store_true", help="back to the real time")

    def handle(self, *_args: Any, **options: Any) -> None:
        if settings.TZ_CLOCK != "db":
            raise CommandError(
                _("时钟不能移动：只有以 TZ_CLOCK=db 启动的演示、演练或测试可以。正式环境请勿设置该变量。")
            )
        if bool(options["to"]) == options["back"]:
            raise CommandError(_("请给出时刻（2027-01-04T09:00）、步长（+3d）或 --back，三者选一。"))
        clock.refresh()
        old, moment = clock.now(), None if options["back"] else _target(options["to"])
        offset = clock.shift_to(moment)
        new = {"now": clock.now().isoformat(timespec="seconds"), "offset_s": round(offset.total_seconds())}
        audit.record(
            actor=None, verb="clock.travel", subject="clock", subject_id="1",
            old={"now": old.isoformat(timespec="seconds")}, new=new,
        )  # fmt: skip
        text = _("现在是 {moment}（上海）；各进程将在约一秒内跟上。").format(
            moment=f"{clock.local(clock.now()):%Y-%m-%d %H:%M:%S}"
        )
        self.stdout.write(text)


def _target(words: str) -> datetime:
    """A moment (Shanghai unless it names a zone), or the present and a step. Raises CommandError."""
    try:
        if step := STEP.fullmatch(words):
            number, unit = step.groups()
            moment = clock.now() + timedelta(**{UNITS[unit]: int(number)})
        else:
            moment = datetime.fromisoformat(words)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)
    except (ValueError, OverflowError) as err:
        raise CommandError(
            _("“{words}”不是时刻，请写成 2027-01-04T09:00 或 +3d。").format(words=words)
        ) from err
    if not EARLIEST <= moment <= LATEST:
        raise CommandError(_("请选择 2000 年至 2100 年之间的时刻。"))
    return moment
