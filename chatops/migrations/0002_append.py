"""Partitions of events, the append and drain functions, and the stream's first head."""

import secrets
from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def read(name):
    return (SQL / name).read_text(encoding="utf-8")


def first_head(apps, schema_editor):
    apps.get_model("chatops", "StreamHead").objects.get_or_create(pk=1, defaults={"epoch": secrets.token_hex(4)})


class Migration(migrations.Migration):
    dependencies = [("chatops", "0001_initial")]

    operations = [
        migrations.RunSQL(read("events.sql"), "DROP TABLE chatops_event"),
        migrations.RunSQL(read("append.sql"), "DROP FUNCTION chatops_append"),
        migrations.RunSQL(read("drain.sql"), "DROP FUNCTION chatops_drain"),
        migrations.RunPython(first_head, migrations.RunPython.noop),
    ]
