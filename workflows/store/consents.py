"""Queries on consents."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from directory.store.models import Appointment
from workflows.store.models import Consent, Reminder

OPEN = Q(state="asked")


def _shown() -> QuerySet[Consent]:
    return Consent.objects.select_related("approver_post", "approver_post__unit", "by")


def find(consent_id: UUID) -> Consent | None:
    return _shown().filter(pk=consent_id).first()


def lock(consent_id: UUID) -> Consent | None:
    found = Consent.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "approver_post", "approver_post__unit", "by"
    )
    return found.filter(pk=consent_id).first()


def open_of(kind: str, subject_kind: str, subject_id: UUID) -> Consent | None:
    return _shown().filter(OPEN, kind=kind, subject_kind=subject_kind, subject_id=subject_id).first()


def of_subject(subject_kind: str, subject_id: UUID) -> list[Consent]:
    return list(_shown().filter(subject_kind=subject_kind, subject_id=subject_id).order_by("at", "id"))


def many(consent_ids: Iterable[UUID]) -> list[Consent]:
    return list(_shown().filter(pk__in=list(consent_ids)))


def without_reminder() -> list[Consent]:
    """Open ones of which no reminder is planned."""
    planned = Reminder.objects.filter(consent=OuterRef("pk"), state="planned")
    return list(Consent.objects.filter(OPEN).exclude(Exists(planned)).order_by("at", "id"))


def candidates(
    *, staff_id: int, post_ids: Iterable[UUID], near: Q, far_verbs: Iterable[str]
) -> QuerySet[Consent]:
    """Open ones that this person may have to decide: named post, nearness in SQL, and verbs that need the tree."""
    fits = (
        Q(approver_post_id__in=list(post_ids))
        | near
        | Q(approver_post__isnull=True, verb__in=list(far_verbs))
    )
    return _shown().filter(OPEN, fits).exclude(by_id=staff_id).order_by("at", "id")


def asked_by(staff_id: int) -> QuerySet[Consent]:
    return _shown().filter(by_id=staff_id)


def posts_held(staff_ids: Iterable[int], today: date) -> dict[UUID, int]:
    """Post → one of these people who holds it today."""
    rows = Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today), valid_from__lte=today, staff_id__in=list(staff_ids)
    )
    return dict(rows.values_list("post_id", "staff_id"))


def decided_by(staff_id: int) -> QuerySet[Consent]:
    return _shown().filter(decided_by_id=staff_id).order_by("-decided_at", "-id")
