"""`manage.py appservice add FILE | list | stop ID | start ID`: bridges and other application services."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from chatops.services import appservices
from common.errors import DomainError
from directory.actors import system_actor


class Command(BaseCommand):
    help = "Register application services (Matrix bridges) by their registration files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        deeds.add_parser(
            "add", help="take up a registration file; the same id again replaces it"
        ).add_argument("file")
        deeds.add_parser("list", help="what is registered, and how far it has been told")
        for deed, text in (("stop", "its token opens nothing any more"), ("start", "take up a stopped one")):
            deeds.add_parser(deed, help=text).add_argument("id")

    def handle(self, *_args: Any, deed: str, **options: Any) -> None:
        actor = system_actor("manage.py appservice")
        try:
            match deed:
                case "add":
                    row = appservices.register(_read(Path(options["file"])), actor=actor)
                    self.stdout.write(f"{row.id}: registered, from position {row.pos} on")
                case "list":
                    for row in appservices.list_services():
                        state = "active" if row.is_active else "stopped"
                        self.stdout.write(
                            f"{row.id}\t{state}\t{row.url}\tpos {row.pos}\tfailures {row.failures}"
                        )
                case "stop" | "start":
                    appservices.set_active(options["id"], active=deed == "start", actor=actor)
        except DomainError as error:
            raise CommandError(error.user_message()) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{file}: {error}") from None
    if not isinstance(found, dict):
        raise CommandError(f"{file}: not a registration file")
    return found
