"""Indexes of the few events that a long day is filtered for: cards, files, polls, and what asks for confirmation.

Made for each partition without holding up writers, then attached (decisions 16).
"""

from django.db import migrations

PARTITIONS = range(16)
INDEXES = {
    "chatops_event_marked": (
        "display AND (content ? 'org.tongzhou.card' OR content ? 'org.tongzhou.confirm' OR content ? 'url'"
        " OR type = 'm.poll.start')"
    ),
    "chatops_event_confirm": "content ? 'org.tongzhou.confirm'",
}


def make(apps, schema_editor):
    for name, condition in INDEXES.items():
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")  # of a migration that was broken off
        schema_editor.execute(f"CREATE INDEX {name} ON ONLY chatops_event (room_id, seq) WHERE {condition}")
        for part in PARTITIONS:
            table = f"chatops_event_{part}"
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}_{part}")
            schema_editor.execute(
                f"CREATE INDEX CONCURRENTLY {name}_{part} ON {table} (room_id, seq) WHERE {condition}"
            )
            schema_editor.execute(f"ALTER INDEX {name} ATTACH PARTITION {name}_{part}")


def drop(apps, schema_editor):
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chatops", "0003_messaging_core")]
    operations = [migrations.RunPython(make, drop)]
