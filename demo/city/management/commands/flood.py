"""`manage.py flood`: play a flood in the running demo city, with its progress told line by line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.errors import DomainError
from demo.city.flood import Flood


class Command(BaseCommand):
    help = (
        "Play a flood in the running demo city: rising water, alert, order, receipts, recovery (some minutes)"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pace", type=float, default=3.0, help="seconds between two receipts")

    def handle(self, *_args: Any, **options: Any) -> None:
        flood = Flood(self._say, pace_s=max(0.0, options["pace"]))
        try:
            flood.play()
        except DomainError as err:
            raise CommandError(err.user_message()) from err
        except KeyboardInterrupt:
            self._say("已停下；再次运行会接着演。")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{clock.local(clock.now()):%H:%M:%S} {line}")
        self.stdout.flush()
