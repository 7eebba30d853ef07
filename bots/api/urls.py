"""The addresses of robots, as the products have them; config/urls.py mounts them at the root."""

from django.urls import re_path

from bots.api import doors

LAST = r"(?P<token>[A-Za-z0-9_-]{1,200})"

urlpatterns = [
    re_path(rf"^hooks/{LAST}/?$", doors.own_door),
    re_path(r"^robot/send/?$", doors.dingtalk_door),
    re_path(r"^cgi-bin/webhook/send/?$", doors.wecom_door),
    re_path(rf"^open-apis/bot/(?:v2/)?hook/{LAST}/?$", doors.feishu_door),
    re_path(rf"^services/(?P<team>[^/]{{1,100}})/(?P<hook>[^/]{{1,100}})/{LAST}/?$", doors.slack_door),
]
