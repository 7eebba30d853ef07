"""Queries of the first administrator's link."""

from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext as _

from directory.store.models import (
    Appointment,
    FirstAdminLink,
    Level,
    Post,
    PostRole,
    Region,
    Staff,
    Unit,
)

_LOCK = 0x745A_0011


def lock() -> None:
    """Two links, or two clicks on one, wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def replace_link(token_hash: bytes, now: datetime, until: datetime) -> None:
    FirstAdminLink.objects.filter(used_at__isnull=True).delete()
    FirstAdminLink.objects.create(token_hash=token_hash, created_at=now, expires_at=until)


def find_link(token_hash: bytes, now: datetime) -> FirstAdminLink | None:
    return FirstAdminLink.objects.filter(
        token_hash=token_hash, used_at__isnull=True, expires_at__gt=now
    ).first()


def spend(link: FirstAdminLink, now: datetime) -> None:
    link.used_at = now
    link.save(update_fields=["used_at"])


def appoint(staff: Staff, day: date) -> Appointment:
    """Appoint to the system administrator's post; in an empty directory its unit and region are made."""
    post = Post.objects.filter(role=PostRole.SYSTEM_ADMIN).order_by("rank", "code").first()
    if post is None:
        unit = Unit.objects.order_by("rank", "code").first() or _first_unit()
        post = Post.objects.create(
            code="system-admin", unit=unit, title=_("系统管理员"), role=PostRole.SYSTEM_ADMIN
        )
    appointment, _made = Appointment.objects.get_or_create(
        staff=staff, post=post, valid_from=day, defaults={"is_primary": True}
    )
    return appointment


def _first_unit() -> Unit:
    region = Region.objects.order_by("code").first()
    region = region or Region.objects.create(code="000000", name=_("本地"), level=Level.PREFECTURE)
    return Unit.objects.create(code="operations", name=_("系统运维"), level=region.level, region=region)
