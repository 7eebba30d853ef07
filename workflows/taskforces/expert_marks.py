"""Outside experts are marked in the room of their task force, beside each name, as long as they take part."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from chatops.services import marks
from common import clock
from workflows.store.models import ForceExpert
from workflows.taskforces.experts import mark_of


def look(room_id: str, staff_ids: Sequence[int]) -> dict[int, marks.Mark]:
    rows = ForceExpert.objects.filter(
        taskforce__room_id=room_id, staff_id__in=staff_ids, left_at=None, expires_on__gte=clock.today()
    )
    return {one.staff_id: marks.Mark(_("外部专家"), mark_of(one)) for one in rows}


def connect() -> None:
    """Called once at start."""
    marks.register(look)
