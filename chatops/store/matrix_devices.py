"""What the Matrix door keeps of a device, on Django's connection."""

from typing import Any

from chatops.store.matrix_models import DeviceKeys, OneTimeKey, RefreshToken, ToDevice, ToDeviceTxn
from chatops.store.models import Txn


def put_refresh(device_pk: int, token_hash: bytes) -> None:
    RefreshToken.objects.update_or_create(device_id=device_pk, defaults={"token_hash": token_hash})


def take_refresh(token_hash: bytes) -> int | None:
    """The device of a refresh token, which is used up; None for an unknown one."""
    found = RefreshToken.objects.select_for_update().filter(token_hash=token_hash).first()
    if found is None:
        return None
    device_pk = found.device_id
    found.delete()
    return device_pk


def forget(devices: list[int], *, txns: bool) -> None:
    kept: list[Any] = [DeviceKeys, OneTimeKey, RefreshToken, ToDevice, ToDeviceTxn, *([Txn] if txns else [])]
    for model in kept:
        model.objects.filter(device_id__in=devices).delete()
