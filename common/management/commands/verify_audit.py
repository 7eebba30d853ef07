"""`manage.py verify_audit`: prove that the audit trail is whole."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.audit import find_breaks


class Command(BaseCommand):
    help = "Walk the hash chain of the audit trail and name every entry that does not fit."

    def handle(self, *_args: Any, **_options: Any) -> None:
        breaks = list(find_breaks())
        for sentence in breaks:
            self.stdout.write(sentence)
        if breaks:
            raise CommandError(f"the audit trail has {len(breaks)} break(s)")
        self.stdout.write("the audit trail is whole")
