"""`manage.py load_demo`: fill an empty database with the demo city; does nothing where it is loaded."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from demo.city.load import NotEmptyError, load


class Command(BaseCommand):
    help = "Load the demo city (invented people, two task forces with four weeks behind them) once"

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            loaded = load()
        except NotEmptyError as err:
            raise CommandError(err.user_message()) from err
        if loaded.made:
            self.stdout.write(
                f"演示数据已载入：{loaded.people} 人，{loaded.events} 条消息，用时 {loaded.seconds:.0f} 秒"
                f" / demo city loaded: {loaded.people} people, {loaded.events} events"
            )
