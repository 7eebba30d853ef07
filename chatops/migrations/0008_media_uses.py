"""Which messages show which files: for the files of a room, and filled in for what was sent before there were rows."""

from django.conf import settings
from django.db import migrations, models

FILL = """
INSERT INTO chatops_mediause (media_id, room_id, seq)
SELECT DISTINCT m.media_id, e.room_id, e.seq
FROM chatops_event e
CROSS JOIN LATERAL (VALUES
    (e.content ->> 'url'), (e.content #>> '{file,url}'),
    (e.content #>> '{info,thumbnail_url}'), (e.content #>> '{info,thumbnail_file,url}'),
    (e.content #>> '{m.new_content,url}'), (e.content #>> '{m.new_content,file,url}'),
    (e.content #>> '{m.new_content,info,thumbnail_url}')
) AS named (uri)
JOIN chatops_media m ON named.uri = 'mxc://' || %s || '/' || m.media_id
WHERE e.content ?| array['url', 'file', 'info', 'm.new_content'] AND e.state_key IS NULL
ON CONFLICT DO NOTHING
"""


def fill(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL, [settings.SERVER_NAME])


class Migration(migrations.Migration):
    dependencies = [("chatops", "0007_matrix")]
    operations = [
        migrations.AddIndex(
            model_name="mediause",
            index=models.Index(fields=["room_id", "seq"], name="chatops_mediause_room"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
