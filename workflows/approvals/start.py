"""What approvals hook into when the app starts."""

from chatops.services.tell import tell_people
from common import events
from directory.events import DirectoryChanged, RightsChanged
from workflows.approvals import leavings, registry
from workflows.approvals.registry import Service, ServiceCall
from workflows.store import approvals as store


def connect() -> None:
    """Called once."""
    registry.register(Service("notify", "通知参与人", _notify))
    registry.register(Service("archive", "归档", _archive))
    events.subscribe(RightsChanged, leavings.on_rights)
    events.subscribe(DirectoryChanged, leavings.on_directory)


def _notify(call: ServiceCall) -> str:
    """Everybody who took part is told that there is something to see."""
    people = {task.decided_by_id for task in store.tasks_of(call.case.pk) if task.decided_by_id}
    people |= {copy.staff_id for copy in store.copies_of(call.case.pk)} | {call.case.starter_id}
    tell_people(people, "case", {"id": str(call.case.pk), "notify": True})
    return f"已通知{len(people)}名参与人"


def _archive(call: ServiceCall) -> str:
    """The case is kept as it is; the trail says from when."""
    return f"已归档，共{len(store.files_of(call.case.pk))}个附件"
