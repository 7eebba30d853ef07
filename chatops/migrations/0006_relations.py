"""Indexes of reactions and of replies in threads, apart from the edits that a busy card has by the thousand.

Made for each partition without holding up writers, then attached (decisions 16).
"""

from django.db import migrations

PARTITIONS = range(16)
INDEXES = {
    "chatops_event_reaction": "rel_type = 'm.annotation'",
    "chatops_event_thread": "rel_type = 'm.thread'",
}
COLUMNS = "(room_id, relates_to, seq)"


def make(_apps, schema_editor):
    for name, condition in INDEXES.items():
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")  # of a migration that was broken off
        schema_editor.execute(f"CREATE INDEX {name} ON ONLY chatops_event {COLUMNS} WHERE {condition}")
        for part in PARTITIONS:
            table = f"chatops_event_{part}"
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}_{part}")
            schema_editor.execute(
                f"CREATE INDEX CONCURRENTLY {name}_{part} ON {table} {COLUMNS} WHERE {condition}"
            )
            schema_editor.execute(f"ALTER INDEX {name} ATTACH PARTITION {name}_{part}")


def drop(_apps, schema_editor):
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("chatops", "0005_search")]
    operations = [migrations.RunPython(make, drop)]
