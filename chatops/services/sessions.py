"""Changes of rights and revoked devices, carried to open sockets and long polls through the stream."""

from chatops.delivery.wake import wake_on_commit
from chatops.services import matrix_sessions
from chatops.store import rooms
from chatops.store.models import StreamKind
from common.events import subscribe
from directory.events import DeviceRevoked, RightsChanged


def watch() -> None:
    """Subscribe to the directory; called once when the app starts."""
    subscribe(RightsChanged, _rights_changed)
    subscribe(DeviceRevoked, _device_revoked)


def _rights_changed(event: RightsChanged) -> None:
    rooms.put_inbox_for(StreamKind.RIGHTS, event.staff_ids)
    wake_on_commit()


def _device_revoked(event: DeviceRevoked) -> None:
    matrix_sessions.forget([event.device_pk])
    rooms.put_inbox(StreamKind.DEVICE_REVOKED, staff_id=event.staff_id, ref=event.device_pk)
    wake_on_commit()
