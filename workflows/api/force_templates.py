from datetime import date
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, actor_of
from workflows.services.shapes import TaskForceOut
from workflows.taskforces import templates
from workflows.taskforces.templates import SetupOut, TemplateOut

router = Router()


class FromTemplateIn(Body):
    """`goal` empty: the template's."""

    template: str
    name: str
    unit_ids: list[UUID]
    ends_on: date
    starts_on: date | None = None
    goal: str = ""
    basis: str = ""
    lead_post_id: UUID | None = None
    office_unit_id: UUID | None = None
    with_group_rooms: bool = True


@router.get("/force-templates", response=Page[TemplateOut])
def list_templates(request: HttpRequest) -> Page[TemplateOut]:  # noqa: ARG001 - the same for all
    return Page(items=list(templates.list_templates()))


@router.post("/taskforces/from-template", response={201: TaskForceOut})
def found_from_template(request: HttpRequest, body: FromTemplateIn, key: Key = None) -> Status[TaskForceOut]:
    done = templates.check_found_from_template(actor=actor_of(request), key=key, **body.model_dump())
    return Status(201, done)


@router.get("/taskforces/{uuid:taskforce_id}/setup", response=SetupOut)
def show_setup(request: HttpRequest, taskforce_id: UUID) -> SetupOut:
    return templates.describe_setup(actor_of(request), taskforce_id)
