"""`manage.py backup FILE`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from common.ops.backup import back_up
from common.ops.postgres_tools import OpsError


class Command(BaseCommand):
    help = "Write the database and the uploaded files into one archive."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        target: Path = options["file"]
        try:
            manifest = back_up(target)
        except OpsError as err:
            raise CommandError(err.user_message()) from err
        size = sum(size for size, _digest in manifest.files.values())
        text = _(
            "已备份到 {path}：数据库与 {count} 个文件，共 {size:.1f} MB。密钥（var/secrets）请另行保管。"
        )
        self.stdout.write(text.format(path=target, count=len(manifest.files) - 1, size=size / 1e6))
