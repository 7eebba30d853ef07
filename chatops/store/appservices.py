"""Application services, on Django's connection."""

from typing import Any

from chatops.store.matrix_models import AppService
from chatops.store.models import Membership, MembershipState, StreamHead
from directory.store.models import Staff


def find(service_id: str) -> AppService | None:
    return AppService.objects.filter(pk=service_id).first()


def all_services() -> list[AppService]:
    return list(AppService.objects.order_by("id"))


def put(service_id: str, **fields: Any) -> AppService:
    row, _made = AppService.objects.update_or_create(pk=service_id, defaults=fields)
    return row


def sender_number(row: AppService) -> str:
    return str(Staff.objects.values_list("staff_number", flat=True).get(pk=row.sender_id))


def head() -> int:
    """The present end of the stream."""
    return StreamHead.objects.values_list("pos", flat=True).first() or 0


def joined_rooms(staff_id: int) -> list[int]:
    """Keys of the rooms that an account is in."""
    mine = Membership.objects.filter(staff_id=staff_id, membership=MembershipState.JOIN)
    return list(mine.order_by("room_id").values_list("room_id", flat=True))
