"""What this floor tells the floors above (common.events). Published inside the transaction of the deed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DirectoryChanged:
    """Units, posts, names or relations changed: caches of the directory are stale."""


@dataclass(frozen=True)
class RightsChanged:
    """The posts or the account of these people changed: open sessions are checked again within seconds."""

    staff_ids: tuple[int, ...]


@dataclass(frozen=True)
class DeviceRevoked:
    """This device is signed out: its sockets and long polls must close within seconds."""

    device_pk: int
    staff_id: int


@dataclass(frozen=True)
class PhoneRevealed:
    """`viewer_name` of `viewer_post` looked at the whole phone number of `staff_id`, who may know it."""

    staff_id: int
    viewer_id: int
    viewer_name: str
    viewer_post: str
