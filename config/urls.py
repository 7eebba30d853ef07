"""Where REST and pages are wired together. The live socket and `/_matrix/` never come here (asgi.py)."""

from django.urls import include, path, re_path

from config.api import api
from config.errors import unknown
from config.pages import client

urlpatterns = [
    path("api/v1/", api.urls),
    re_path(r"^api/", unknown),
    path("", include("bots.api.urls")),
    re_path(r"^(?!api/|_matrix/|assets/|static/|\.well-known/).*$", client),
]

handler500 = "config.errors.server_error"
