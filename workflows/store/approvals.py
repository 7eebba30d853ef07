"""Queries on processes, cases and their tasks."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Max, Q, QuerySet

from common import clock
from workflows.store.approval_people import of_people
from workflows.store.models import (
    Case,
    CaseCc,
    CaseEntry,
    CaseFile,
    CaseSeries,
    CaseTask,
    Delegation,
    Process,
    ProcessVersion,
)

ACTIVE = ("waiting", "open", "opened")
TO_DO = ("open", "opened")


def get_version(version_id: UUID) -> ProcessVersion:
    return ProcessVersion.objects.select_related("process").get(pk=version_id)


def find_process(key: str) -> Process | None:
    return Process.objects.filter(key=key).first()


def published(key: str) -> ProcessVersion | None:
    return (
        ProcessVersion.objects.select_related("process").filter(process__key=key, state="published").first()
    )


def all_published() -> list[ProcessVersion]:
    rows = (
        ProcessVersion.objects.select_related("process").filter(state="published").defer("bpmn", "decisions")
    )
    return list(rows.order_by("process__rank", "process__key"))


def take_serial(year: int) -> int:
    """The next number of the year, under its row's lock."""
    CaseSeries.objects.bulk_create([CaseSeries(year=year)], ignore_conflicts=True)
    row = CaseSeries.objects.select_for_update().get(pk=year)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last


# What a step changes of a case, and of a task that was there before it.
CASE_CHANGES = (
    "number", "title", "state", "data", "outcomes", "engine_state", "engine_version", "finished_at", "moved_at",
    "shown",
)  # fmt: skip
CHANGES = (
    "state", "due_at", "opened_at", "urged_at", "decided_at", "decided_seq", "decided_by", "decided_by_name",
    "decided_for", "recorded_by", "outcome", "opinion", "file_id", "after", "answer", "back_group",
)  # fmt: skip
# Large, and no list shows it.
_HEAVY = ("data", "outcomes", "engine_state")


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("process", "starter_unit", "starter_post")


def _lines() -> QuerySet[Case]:
    """Cases as lists show them."""
    return Case.objects.select_related("process").defer(*_HEAVY, "process__description")


def find_case(case_id: UUID) -> Case | None:
    return _cases().filter(pk=case_id).first()


def lock_case(case_id: UUID) -> Case | None:
    return _cases().select_for_update(of=("self",)).filter(pk=case_id).first()


def tasks_of(case_id: UUID) -> list[CaseTask]:
    return list(CaseTask.objects.filter(case_id=case_id).order_by("created_at", "position", "id"))


def entries_of(case_id: UUID) -> list[CaseEntry]:
    return list(CaseEntry.objects.filter(case_id=case_id).order_by("seq"))


def last_seq(case_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(seq) FROM workflows_caseentry WHERE case_id = %s", [case_id])
        return cursor.fetchone()[0] or 0


def files_of(case_id: UUID) -> list[CaseFile]:
    return list(CaseFile.objects.filter(case_id=case_id))


def copies_of(case_id: UUID) -> list[CaseCc]:
    return list(CaseCc.objects.filter(case_id=case_id).order_by("at", "id"))


def has_copy(case_id: UUID, staff_ids: Collection[int]) -> bool:
    """Whether one of these people was sent a copy."""
    return CaseCc.objects.filter(case_id=case_id, staff_id__in=staff_ids).exists()


def find_task(task_id: UUID) -> CaseTask | None:
    return CaseTask.objects.filter(pk=task_id).first()


def waiting_for(own: int, stood_for: Iterable[int]) -> QuerySet[CaseTask]:
    """What waits for a person, and for those in whose place they act; never their own request in another's place."""
    mine = Q(assignee_id=own)
    others = list(stood_for)
    if others:
        mine |= Q(assignee_id__in=others) & ~Q(case__starter_id=own)
    return waiting_where(mine)


def handled_by(staff_id: int) -> QuerySet[Case]:
    done = CaseTask.objects.filter(decided_by_id=staff_id).values("case_id")
    return _lines().filter(pk__in=done)


def copied_to(staff_id: int) -> QuerySet[Case]:
    return _lines().filter(pk__in=CaseCc.objects.filter(staff_id=staff_id).values("case_id"))


def begun_by(staff_id: int) -> QuerySet[Case]:
    return _lines().filter(starter_id=staff_id)


def open_with_posts() -> QuerySet[CaseTask]:
    return CaseTask.objects.filter(state__in=ACTIVE, assignee__isnull=False)


def add_entries(entries: Collection[CaseEntry]) -> None:
    if entries:
        CaseEntry.objects.bulk_create(entries)


def add_tasks(tasks: Collection[CaseTask]) -> None:
    if tasks:
        CaseTask.objects.bulk_create(tasks)


def mark_copy_read(case_id: UUID, staff_id: int) -> None:
    CaseCc.objects.filter(case_id=case_id, staff_id=staff_id, is_read=False).update(is_read=True)


def waiting_where(condition: Q) -> QuerySet[CaseTask]:
    rows = CaseTask.objects.filter(condition, state__in=TO_DO).select_related("case", "case__process")
    return rows.defer(*(f"case__{name}" for name in _HEAVY), "case__process__description")


def caused_by(case_id: UUID) -> list[Case]:
    return list(_lines().filter(source_id=case_id).order_by("started_at", "id"))


def seen_by(staff_id: int, unit_id: UUID | None) -> QuerySet[Case]:
    """Begun, handled or waiting, copied; and what was begun in the unit that the post watches."""
    part = CaseTask.objects.filter(Q(assignee_id=staff_id) | Q(decided_by_id=staff_id)).exclude(
        state="waiting"
    )
    mine = Q(starter_id=staff_id) | Q(pk__in=part.values("case_id"))
    mine |= Q(pk__in=CaseCc.objects.filter(staff_id=staff_id).values("case_id"))
    if unit_id is not None:
        mine |= Q(starter_unit_id=unit_id)
    return _lines().filter(mine)


def open_names(case_ids: list[UUID]) -> list[tuple[UUID, str]]:
    rows = CaseTask.objects.filter(case_id__in=case_ids, state__in=TO_DO)
    return list(rows.order_by("created_at", "position").values_list("case_id", "assignee_name"))


def unread_copies(staff_id: int) -> int:
    return CaseCc.objects.filter(staff_id=staff_id, is_read=False).count()


def last_number(process_id: UUID) -> int:
    return ProcessVersion.objects.filter(process_id=process_id).aggregate(last=Max("number"))["last"] or 0


def hold_tasks(staff_ids: Collection[int]) -> bool:
    return CaseTask.objects.filter(assignee_id__in=list(staff_ids), state__in=ACTIVE).exists()


def _delegations() -> QuerySet[Delegation]:
    return Delegation.objects.select_related("staff", "to")


def find_delegation(delegation_id: UUID) -> Delegation | None:
    return _delegations().filter(pk=delegation_id).first()


def delegations_of(staff_id: int) -> list[Delegation]:
    return list(_delegations().filter(Q(staff_id=staff_id) | Q(to_id=staff_id))[:200])


def delegations_between(staff_id: int, starts_at: datetime, ends_at: datetime) -> list[Delegation]:
    """Those of this person that hold in some part of the span."""
    rows = _delegations().filter(staff_id=staff_id, ended_at__isnull=True)
    return list(rows.filter(starts_at__lt=ends_at, ends_at__gt=starts_at))


def find_version(version_id: UUID) -> ProcessVersion | None:
    return ProcessVersion.objects.select_related("process").filter(pk=version_id).first()


def lock_version(version_id: UUID) -> ProcessVersion:
    return ProcessVersion.objects.select_for_update(of=("self",)).select_related("process").get(pk=version_id)


def unpublished() -> list[ProcessVersion]:
    rows = ProcessVersion.objects.select_related("process").filter(state__in=("draft", "in_review"))
    return list(rows.order_by("-at", "-id"))


def versions_of(key: str) -> list[ProcessVersion]:
    rows = ProcessVersion.objects.select_related("process").filter(process__key=key, number__gt=0)
    return list(rows.order_by("-number"))


def author_unit(version: ProcessVersion) -> UUID | None:
    """The unit of the author's primary post, where nobody keeps the process."""
    seats = of_people([version.by_id], clock.today()) if version.by_id else []
    return seats[0].unit_id if seats else None
