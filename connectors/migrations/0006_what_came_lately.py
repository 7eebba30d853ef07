"""What came late is looked for each hour: of all that is stored, the few pages of these hours."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("connectors", "0005_replays_and_removal")]

    operations = [
        migrations.AddIndex(
            model_name="statusitem",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["received_at"], name="status_item_received"
            ),
        ),
    ]
