"""Tables of the Matrix door alone: relayed keys, aliases, refresh tokens, application services."""

from django.db import models


class ToDevice(models.Model):
    """A message to one device. Its place in the order is its row in `Stream` (kind 4, `ref` this id); it is deleted
    once the device has come back with a token past that place."""

    device_id = models.BigIntegerField()
    sender = models.TextField()
    type = models.TextField()
    content = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["device_id", "id"], name="chatops_todevice_device")]


class ToDeviceTxn(models.Model):
    """That a sendToDevice request has been done."""

    device_id = models.BigIntegerField()
    txn_id = models.TextField()
    ts = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device_id", "txn_id"], name="chatops_todevicetxn_key")
        ]


class DeviceKeys(models.Model):
    """A device's identity keys as the client uploaded them; the server relays and never reads them."""

    device_id = models.BigIntegerField(primary_key=True)
    staff_id = models.BigIntegerField()
    body = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["staff_id"], name="chatops_devicekeys_staff")]


class OneTimeKey(models.Model):
    """A key that is handed out once. A fallback key is handed out when there is none left, and stays."""

    device_id = models.BigIntegerField()
    algorithm = models.TextField()
    key_id = models.TextField()
    body = models.JSONField()
    is_fallback = models.BooleanField(default=False)
    used = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device_id", "algorithm", "key_id", "is_fallback"], name="chatops_onetimekey_key"
            )
        ]


class RoomAlias(models.Model):
    """`#name:server` of a room."""

    alias = models.TextField(primary_key=True)
    room_id = models.BigIntegerField()
    creator_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["room_id"], name="chatops_roomalias_room")]


class ListedRoom(models.Model):
    """A room that the room directory shows to everybody who is signed in."""

    room_id = models.BigIntegerField(primary_key=True)


class RefreshToken(models.Model):
    """Renews the access token of a device; one a device, replaced at each use."""

    device_id = models.BigIntegerField(primary_key=True)
    token_hash = models.BinaryField(max_length=32, unique=True)


class AppService(models.Model):
    """A bridge (Application Service API). `as_hash` is the SHA-256 of its token; `hs_token` is ours to show it.

    `pos`: the place in the stream up to which it has been told. `pending`: the transaction on its way, sent with the
    same body until it is taken; `txn` its number, `through` the place in the stream after it.
    """

    id = models.TextField(primary_key=True)
    url = models.TextField(blank=True)
    as_hash = models.BinaryField(max_length=32, unique=True)
    hs_token = models.TextField()
    sender_id = models.BigIntegerField()
    namespaces = models.JSONField(default=dict)
    rate_limited = models.BooleanField(default=True)
    receive_ephemeral = models.BooleanField(default=False)
    protocols = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    pos = models.BigIntegerField(default=0)
    txn = models.BigIntegerField(default=0)
    pending = models.JSONField(null=True)
    through = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    created_at = models.DateTimeField()
