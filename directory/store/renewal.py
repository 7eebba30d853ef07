"""Devices whose secret is replaced while they stay signed in."""

from datetime import datetime

from directory.store.models import Device


def lock_live(device_pk: int) -> Device | None:
    """The device, its row locked; None once it is signed out."""
    return Device.objects.select_for_update(no_key=True).filter(pk=device_pk, revoked_at__isnull=True).first()


def put_secret(device: Device, secret_hash: bytes, expires_at: datetime) -> None:
    device.secret_hash, device.expires_at = secret_hash, expires_at
    device.save(update_fields=["secret_hash", "expires_at"])


def rename(staff_id: int, device_id: str, display_name: str) -> bool:
    """False when the person has no such device."""
    devices = Device.objects.filter(staff_id=staff_id, device_id=device_id, revoked_at__isnull=True)
    return bool(devices.update(display_name=display_name))
