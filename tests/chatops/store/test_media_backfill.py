"""The migration that finds the files of messages stored before uses were written."""

import importlib

import pytest
from django.db import connection

from chatops.models import Event, Media, MediaUse
from chatops.services import messages, rooms
from common import clock
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


def test_files_of_older_messages_are_found():
    person = make_person("周牧远", unit=make_unit())
    made = rooms.create_room(actor=person.actor(), kind="work", name="会商")
    names = ["plain", "thumb", "sealed", "edited", "unused"]
    for name in names:
        Media.objects.create(
            media_id=name, owner_id=person.staff.pk, mime="image/png", size=1, sha256="", storage_key=name,
            created_at=clock.now(),
        )  # fmt: skip
    uri = "mxc://tongzhou.localhost/{}".format

    def send(content):
        base = {"msgtype": "m.file", "body": "a", **content}
        return messages.send(
            actor=person.actor(), room_id=made.room_id, type="m.room.message", content=base
        ).seq

    expected = {
        ("plain", send({"url": uri("plain")})),
        ("thumb", send({"info": {"thumbnail_url": uri("thumb")}})),
        ("sealed", send({"file": {"url": uri("sealed")}})),
        ("edited", send({"m.new_content": {"url": uri("edited")}})),
    }
    send({"url": uri("unknown")})
    send({"body": uri("unused")})
    MediaUse.objects.all().delete()
    migration = importlib.import_module("chatops.migrations.0008_media_uses")
    for _ in range(2):
        with connection.schema_editor() as editor:
            migration.fill(None, editor)
    assert set(MediaUse.objects.values_list("media_id", "seq")) == expected
    assert set(MediaUse.objects.values_list("room_id", flat=True)) == {made.pk}
    assert Event.objects.filter(room_id=made.pk, content__body=uri("unused")).exists()
