from django.db import migrations, models

# A decision is a line of the trail; taking one back is another, of a task that counts no more.
FILL = """
UPDATE workflows_casetask t SET decided_seq = e.seq
FROM (SELECT task_id, max(seq) AS seq FROM workflows_caseentry WHERE deed <> 'withdraw' GROUP BY task_id) e
WHERE e.task_id = t.id AND t.decided_at IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0019_tasks_of_orders'),
    ]

    operations = [
        migrations.AddField(
            model_name='casetask',
            name='decided_seq',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
