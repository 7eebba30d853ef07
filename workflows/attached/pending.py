"""What attached apps put before a person, in the pending list like everything else."""

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from workflows.pending.registry import PendingEntry, PendingSource, Rows, register
from workflows.store.models import AppPending


def find(actor: Actor) -> Rows | None:
    mine = AppPending.objects.filter(
        person=actor.staff_id, state=AppPending.State.OPEN, app__is_enabled=True
    ).select_related("app")
    return Rows(mine, _entry, search=("title", "app__name"), due="due_at", dated=False)


def _entry(row: AppPending) -> PendingEntry:
    return PendingEntry(
        subject=row.pk,
        title=row.title,
        detail=row.app.name,
        due_on=clock.local(row.due_at).date(),
        due_at=row.due_at,
        code="none",
        link=row.link,
    )


def connect() -> None:
    register(PendingSource("attached_apps", lambda: _("接入应用的待办"), find=find))
