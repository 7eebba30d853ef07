"""Queries of one person's day: meetings, who is on duty, what was said to them, and what others still owe them."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce

from directory.store.models import Appointment, Unit
from workflows.store.models import ForceMeeting, Order, SlipLine


def meetings(taskforce_ids: Iterable[UUID], since: datetime, until: datetime) -> list[ForceMeeting]:
    found = ForceMeeting.objects.filter(
        taskforce__in=list(taskforce_ids), meets_at__gte=since, meets_at__lt=until
    )
    return list(found.exclude(state="cancelled").select_related("taskforce").order_by("meets_at", "pk"))


def on_duty(unit_ids: Collection[UUID], beside: UUID | None, day: date) -> list[Appointment]:
    """Who holds a duty post of these units on that day, in protocol order; also of the offices under one of them that
    lie in the region of unit `beside`.
    """
    near = Unit.objects.filter(pk__in=[beside] if beside else []).values("region")
    held = Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day),
        Q(post__unit__in=unit_ids) | Q(post__unit__block_parent__in=unit_ids, post__unit__region__in=near),
        post__role="duty_officer",
        valid_from__lte=day,
        staff__is_active=True,
    )
    return list(held.select_related("staff", "post__unit").order_by("post__rank", "post__code", "staff_id"))


def reminded(staff_id: int, since: datetime, states: Iterable[str], most: int) -> list[SlipLine]:
    """What this person was reminded of since then, of items in these states or parts of them, the sooner due first."""
    lines = SlipLine.objects.filter(slip__staff=staff_id, slip__kind="reminder", slip__slot_at__gte=since)
    lines = lines.exclude(slip__state="stopped").filter(item__state__in=list(states))
    due_on = Coalesce("part__due_on", "item__due_on")
    found = lines.select_related("item", "part").order_by(due_on, "item", "part", "-slip__slot_at")
    return list(found[: 4 * most])


def unanswered_orders(staff_id: int, since: datetime, most: int) -> list[Order]:
    """Orders that this person issued since then and that are still running, the newest first."""
    found = Order.objects.filter(issuer=staff_id, state="issued", issued_at__gte=since)
    return list(found.order_by("-issued_at")[:most])
