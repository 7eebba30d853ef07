"""`manage.py doctor`: look the set-up over and say what to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation
from django.utils.translation import gettext as _

from common.ops.checks import Level
from common.ops.doctor import examine


class Command(BaseCommand):
    help = "Check database, Redis, files, secrets, addresses and clock; exit code 1 if something is wrong."
    requires_system_checks: list[str] = []  # it must run where all is broken

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--english", action="store_true", help="answer in English")

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override("en" if options["english"] else "zh-hans"):
            if not self._report():
                raise SystemExit(1)

    def _report(self) -> bool:
        """Print all findings; whether none is wrong."""
        marks = {Level.OK: _("正常"), Level.ATTENTION: _("注意"), Level.WRONG: _("错误")}
        counts = dict.fromkeys(Level, 0)
        for finding in examine():
            counts[finding.level] += 1
            text = finding.text if finding.text.endswith(("。", ".", "?")) else f"{finding.text}。"
            self.stdout.write(f"[{marks[finding.level]}] {finding.subject}：{text}{finding.advice}")
        summary = _("共 {ok} 项正常，{attention} 项注意，{wrong} 项错误。")
        self.stdout.write(summary.format(**{level.value: count for level, count in counts.items()}))
        return not counts[Level.WRONG]
