"""Accounts of application services."""

from directory.store.models import Staff, StaffKind


def exists(number: str) -> bool:
    return Staff.objects.filter(staff_number=number).exists()


def rename(staff_id: int, name: str) -> str:
    ghost = Staff.objects.get(pk=staff_id, kind=StaffKind.BOT)
    ghost.name = name or ghost.staff_number
    ghost.version += 1
    ghost.save(update_fields=["name", "version"])
    return ghost.name
