"""Tables of the Matrix door: relayed keys, aliases, refresh tokens, application services."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chatops', '0006_relations'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppService',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('url', models.TextField(blank=True)),
                ('as_hash', models.BinaryField(max_length=32, unique=True)),
                ('hs_token', models.TextField()),
                ('sender_id', models.BigIntegerField()),
                ('namespaces', models.JSONField(default=dict)),
                ('rate_limited', models.BooleanField(default=True)),
                ('receive_ephemeral', models.BooleanField(default=False)),
                ('protocols', models.JSONField(default=list)),
                ('is_active', models.BooleanField(default=True)),
                ('pos', models.BigIntegerField(default=0)),
                ('txn', models.BigIntegerField(default=0)),
                ('pending', models.JSONField(null=True)),
                ('through', models.BigIntegerField(default=0)),
                ('failures', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ListedRoom',
            fields=[
                ('room_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='RefreshToken',
            fields=[
                ('device_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='DeviceKeys',
            fields=[
                ('device_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('staff_id', models.BigIntegerField()),
                ('body', models.JSONField()),
            ],
            options={
                'indexes': [models.Index(fields=['staff_id'], name='chatops_devicekeys_staff')],
            },
        ),
        migrations.CreateModel(
            name='OneTimeKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_id', models.BigIntegerField()),
                ('algorithm', models.TextField()),
                ('key_id', models.TextField()),
                ('body', models.JSONField()),
                ('is_fallback', models.BooleanField(default=False)),
                ('used', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device_id', 'algorithm', 'key_id', 'is_fallback'), name='chatops_onetimekey_key')],
            },
        ),
        migrations.CreateModel(
            name='RoomAlias',
            fields=[
                ('alias', models.TextField(primary_key=True, serialize=False)),
                ('room_id', models.BigIntegerField()),
                ('creator_id', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['room_id'], name='chatops_roomalias_room')],
            },
        ),
        migrations.CreateModel(
            name='ToDevice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_id', models.BigIntegerField()),
                ('sender', models.TextField()),
                ('type', models.TextField()),
                ('content', models.JSONField()),
            ],
            options={
                'indexes': [models.Index(fields=['device_id', 'id'], name='chatops_todevice_device')],
            },
        ),
        migrations.CreateModel(
            name='ToDeviceTxn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_id', models.BigIntegerField()),
                ('txn_id', models.TextField()),
                ('ts', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device_id', 'txn_id'), name='chatops_todevicetxn_key')],
            },
        ),
    ]
