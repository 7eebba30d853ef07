"""Rows of files on their way in."""

from datetime import datetime

from chatops.store.models import Upload


def add(upload: Upload) -> Upload:
    upload.save(force_insert=True)
    return upload


def find(upload_id: str, owner_id: int) -> Upload | None:
    return Upload.objects.filter(upload_id=upload_id, owner_id=owner_id).first()


def moved(upload_id: str, received: int, now: datetime) -> None:
    Upload.objects.filter(upload_id=upload_id).update(received=received, touched_at=now)


def finished(upload_id: str, media_id: str, now: datetime) -> None:
    Upload.objects.filter(upload_id=upload_id).update(media_id=media_id, touched_at=now)


def remove(upload_id: str) -> None:
    Upload.objects.filter(upload_id=upload_id).delete()


def count_open(owner_id: int) -> int:
    return Upload.objects.filter(owner_id=owner_id, media_id="").count()


def untouched_since(moment: datetime, limit: int) -> list[Upload]:
    return list(Upload.objects.filter(touched_at__lt=moment).order_by("touched_at")[:limit])
