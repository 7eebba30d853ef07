from django.http import HttpRequest
from ninja import Router

from workflows.api.requests import actor_of
from workflows.services.day import DayOut, describe_day

router = Router()


@router.get("/day", response=DayOut)
def day(request: HttpRequest) -> DayOut:
    """Today's meetings, who is on duty, and what wants a look: the side of the workbench."""
    return describe_day(actor_of(request))
