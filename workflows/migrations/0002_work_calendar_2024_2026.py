"""The moved days of 2024 to 2026, from the yearly notices; later years are entered or come with a migration of their own."""

import csv
from datetime import date
from pathlib import Path

from django.db import migrations

TABLE = Path(__file__).resolve().parent.parent / "data" / "work_calendar.csv"
YEARS = {2024, 2025, 2026}


def fill(apps, _schema_editor):
    CalendarDay = apps.get_model("workflows", "CalendarDay")
    with TABLE.open(encoding="utf-8", newline="") as lines:
        days = [
            CalendarDay(
                day=date.fromisoformat(row["day"]),
                worked=row["kind"] == "worked",
                name=row["name"],
                source=row["source"],
            )
            for row in csv.DictReader(lines)
        ]
    CalendarDay.objects.bulk_create([day for day in days if day.day.year in YEARS], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_taskforces_and_items")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
