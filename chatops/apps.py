from django.apps import AppConfig


class ChatopsConfig(AppConfig):
    name = "chatops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chatops.services import search_index, sessions, standing
        from common import chores

        sessions.watch()
        standing.watch()
        chores.add("chatops.search", search_index.step)
