"""The search index; messages from before are left to the worker's back-fill."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent / "sql" / "search.sql"


def first_position(apps, schema_editor):
    head = apps.get_model("chatops", "StreamHead").objects.values_list("pos", flat=True).first()
    last = apps.get_model("chatops", "Room").objects.order_by("-pk").values_list("pk", flat=True).first()
    apps.get_model("chatops", "SearchPosition").objects.create(pk=1, pos=head or 0, fill_until=last or 0)


class Migration(migrations.Migration):
    dependencies = [("chatops", "0004_marked_events")]

    operations = [
        migrations.CreateModel(
            name="SearchDoc",
            fields=[
                ("pk", models.CompositePrimaryKey("room_id", "seq", blank=True, editable=False, primary_key=True, serialize=False)),
                ("room_id", models.BigIntegerField()),
                ("seq", models.BigIntegerField()),
                ("ts", models.BigIntegerField()),
                ("sender_id", models.BigIntegerField()),
                ("kind", models.SmallIntegerField(choices=[(1, "Message"), (2, "File")])),
                ("body", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="SearchGram",
            fields=[
                ("gram", models.TextField(primary_key=True, serialize=False)),
                ("docs", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="SearchPosition",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("pos", models.BigIntegerField(default=0)),
                ("fill_room", models.BigIntegerField(default=0)),
                ("fill_seq", models.BigIntegerField(default=0)),
                ("fill_until", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), "DROP FUNCTION chatops_grams CASCADE"),
        migrations.RunPython(first_position, migrations.RunPython.noop),
    ]
