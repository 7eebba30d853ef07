"""Publish the shipped processes that are new or have changed."""

from django.core.management.base import BaseCommand, CommandError

from workflows.approvals.shipped import FolderWrong, publish_all


class Command(BaseCommand):
    help = "Publish the shipped processes that are new or have changed."

    def handle(self, *_args: object, verbosity: int = 1, **_options: object) -> None:
        try:
            published = publish_all()
        except FolderWrong as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"published: {', '.join(published) or 'nothing new'}")
