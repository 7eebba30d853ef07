from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from bots.services import health, keeping, manners, subscribers

        health.register()
        keeping.register()
        manners.connect()
        subscribers.connect()
