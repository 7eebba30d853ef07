from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "directory"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from directory.services import health, lookup, seats, tree

        health.register()
        tree.watch()
        lookup.watch()
        seats.watch()
