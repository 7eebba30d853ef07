"""Accounts that an application service speaks for: marked as robots, without a password, named by the bridge."""

from django.db import transaction

from common.errors import ConflictError
from common.names import visible
from directory.services import devices
from directory.services.accounts import new_staff
from directory.store import ghosts as store
from directory.store.models import DeviceKind, Staff, StaffKind

MOST_NAME = 60


@transaction.atomic
def make(*, number: str, name: str, device_id: str) -> Staff:
    """A ghost with one device, the scope of its transaction ids.

    Raises:
        ConflictError: the number is taken. BadInputError: it cannot be a number, see `new_staff`.
    """
    if store.exists(number):
        raise ConflictError
    staff = new_staff(staff_number=number, name=visible(name)[:MOST_NAME] or number, kind=StaffKind.BOT)
    devices.open_device(staff, kind=DeviceKind.BOT, device_id=device_id, display_name=staff.name)
    return staff


def rename(*, staff_id: int, name: str) -> str:
    """The new name as it is kept: at most 60 characters, the number when nothing is left."""
    return store.rename(staff_id, visible(name)[:MOST_NAME])
