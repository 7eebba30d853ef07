"""Rows of uploaded files."""

from chatops.store.models import Media


def add(media: Media) -> Media:
    media.save(force_insert=True)
    return media


def find(media_id: str) -> Media | None:
    return Media.objects.filter(media_id=media_id).first()
