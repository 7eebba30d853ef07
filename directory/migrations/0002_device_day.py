"""A device remembers the day on which it was used, no longer the hour: online time is not stored."""

from django.db import migrations, models

import common.clock


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_people_units_posts_and_devices")]

    operations = [
        migrations.RenameField("device", "last_seen_at", "last_seen_on"),
        migrations.AlterField("device", "last_seen_on", models.DateField(default=common.clock.today)),
    ]
