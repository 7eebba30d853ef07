"""`manage.py restore FILE [--force]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from common.ops.backup import restore
from common.ops.postgres_tools import OpsError


class Command(BaseCommand):
    help = "Put a backup back. The target must be empty unless --force is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="replace what is there")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"], force=options["force"])
        except OpsError as err:
            raise CommandError(err.user_message()) from err
        text = _("已恢复 {moment} 的备份：数据库与 {count} 个文件。请运行 manage.py migrate，再启动各进程。")
        self.stdout.write(text.format(moment=manifest.created_at, count=len(manifest.files) - 1))
