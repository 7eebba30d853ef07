"""Values by month and what was received by week; values that are there already are carried over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"
QUALITIES = [
    ("good", "正常"),
    ("revised", "更正"),
    ("entered", "人工"),
    ("derived", "推算"),
    ("stopped", "停运"),
    ("maintenance", "维护"),
    ("set_by_hand", "手工设定"),
    ("faulty", "设备故障"),
    ("calibration", "校准"),
    ("over_range", "超量程"),
    ("no_contact", "通信中断"),
]
MONTHS_AHEAD = 3


def read(name):
    return (SQL / name).read_text(encoding="utf-8")


def months(first, last):
    at = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at <= last:
        after = (at + timedelta(days=32)).replace(day=1)
        yield f"connectors_statusitem_{at:%Y_%m}", at, after
        at = after


def weeks(first, last):
    at = (first - timedelta(days=first.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= last:
        after = at + timedelta(days=7)
        yield f"connectors_rawintake_{at:%Y_%m_%d}", at, after
        at = after


def carry_over(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        now = datetime.now(UTC)
        ahead = now + timedelta(days=31 * MONTHS_AHEAD)
        cursor.execute("SELECT min(observed_at) FROM connectors_statusitem_before")
        oldest = cursor.fetchone()[0]
        make = "SELECT connectors_make_partition(%s, %s, %s, %s, %s)"
        for part, lower, upper in months(min(oldest or now, now).astimezone(UTC), ahead):
            cursor.execute(make, ["connectors_statusitem", "observed_at", part, lower, upper])
        for part, lower, upper in weeks(now, ahead):
            cursor.execute(make, ["connectors_rawintake", "received_at", part, lower, upper])
        cursor.execute(
            "INSERT INTO connectors_statusitem (metric_id, observed_at, revision, value, received_at, quality, source_ref)"
            " SELECT metric_id, observed_at, revision, value, received_at, quality, source_ref"
            " FROM connectors_statusitem_before"
        )
        cursor.execute("DROP TABLE connectors_statusitem_before")


class Migration(migrations.Migration):
    dependencies = [("connectors", "0002_alerts_rules_and_records")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="StatusItem"),
                migrations.CreateModel(
                    name="StatusItem",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "metric_id",
                                "observed_at",
                                "revision",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("observed_at", models.DateTimeField()),
                        ("revision", models.PositiveSmallIntegerField(default=0)),
                        ("value", models.DecimalField(decimal_places=6, max_digits=18)),
                        ("received_at", models.DateTimeField()),
                        ("quality", models.CharField(choices=QUALITIES, default="good", max_length=14)),
                        ("source_ref", models.CharField(blank=True, default="", max_length=120)),
                        (
                            "metric",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="connectors.metric",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="RawIntake",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "received_at",
                                "id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("id", models.UUIDField(editable=False)),
                        ("received_at", models.DateTimeField()),
                        ("sender", models.CharField(blank=True, default="", max_length=120)),
                        ("payload", models.BinaryField()),
                        ("digest", models.CharField(max_length=64)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("taken", "已取用"), ("partly", "部分取用"), ("refused", "未能取用")],
                                max_length=8,
                            ),
                        ),
                        ("error", models.CharField(blank=True, default="", max_length=500)),
                        ("frames", models.PositiveIntegerField(default=1)),
                        ("items", models.PositiveIntegerField(default=0)),
                        ("rejections", models.JSONField(default=list)),
                        ("replay_of", models.UUIDField(null=True)),
                        (
                            "connector",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="intake",
                                to="connectors.connector",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["connector", "-received_at"], name="raw_intake_newest"),
                            models.Index(
                                condition=models.Q(("outcome", "taken"), _negated=True),
                                fields=["connector", "-received_at"],
                                name="raw_intake_bad",
                            ),
                            models.Index(fields=["id"], name="raw_intake_id"),
                        ],
                    },
                ),
            ],
            database_operations=[
                migrations.RunSQL(read("partitions.sql"), "DROP FUNCTION connectors_make_partition"),
                migrations.RunSQL(read("status_items.sql"), migrations.RunSQL.noop),
                migrations.RunSQL(read("raw_intake.sql"), "DROP TABLE connectors_rawintake"),
                migrations.RunPython(carry_over),
            ],
        ),
    ]
