"""`manage.py first-admin`: print a one-time link that makes the first system administrator."""  # noqa: N999 - its name

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common import clock
from directory.services import first_admin


class Command(BaseCommand):
    help = (
        "Print a one-time link for the first system administrator; refused once somebody can sign in as one"
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            link, until = first_admin.make_link()
        except first_admin.AdminExistsError as err:
            raise CommandError(err.user_message()) from err
        self.stdout.write(link)
        self.stdout.write(f"链接只能使用一次，{clock.local(until):%Y-%m-%d %H:%M} 前有效。")
        self.stdout.write(f"It works once, until {until:%Y-%m-%d %H:%M} UTC.")
