from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from common import chores
        from connectors.services import alert_cards, housekeeping

        chores.add("connectors.housekeeping", housekeeping.ensure_armed, every_s=600)
        alert_cards.connect()
