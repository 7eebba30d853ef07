"""Due moments of this floor that follow from a limit in working days."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from workflows.rules.working_days import SHANGHAI
from workflows.services.calendar import work_calendar
from workflows.services.calendar_effects import Computed, DueSource, register
from workflows.store import calendar_effects as store
from workflows.store.models import LeadDispute, Rectification


def connect() -> None:
    register(DueSource("rectification", _plans, _save_plan))
    register(DueSource("lead_dispute", _disputes, _save_dispute))


def _plans() -> Iterator[Computed]:
    calendar = work_calendar()
    for row in store.open_plans():
        title = _("整改方案：{title}").format(title=row.item.title)
        yield Computed(
            row.pk, title, f"/supervision/{row.item_id}", row.at, calendar.closing(row.plan_due_on)
        )


def _save_plan(key: UUID, due: datetime) -> None:
    Rectification.objects.filter(pk=key).update(plan_due_on=due.astimezone(SHANGHAI).date())


def _disputes() -> Iterator[Computed]:
    for row in store.open_disputes():
        title = _("牵头单位争议：{title}").format(title=row.item.title)
        yield Computed(row.pk, title, f"/supervision/{row.item_id}", row.at, row.escalates_at)


def _save_dispute(key: UUID, due: datetime) -> None:
    LeadDispute.objects.filter(pk=key).update(escalates_at=due)
