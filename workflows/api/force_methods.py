"""Goals and rankings of a task force."""

import csv
import io
from datetime import date
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from workflows.api.requests import Body, Key, Page, ReasonIn, actor_of
from workflows.services.wall import harmless
from workflows.taskforces import goals, ranking_switch, rankings, weekly
from workflows.taskforces.goals import GoalSheetOut
from workflows.taskforces.ranking_switch import SwitchOut
from workflows.taskforces.rankings import EditionAnswer, EditionOut

router = Router()


class NewGoalIn(Body):
    title: str
    due_on: date | None = None


class NewIndicatorIn(Body):
    name: str
    target: str
    measure: str = ""
    source: str = ""


class ValueIn(Body):
    value: str
    as_of: date


class NewPolicyIn(Body):
    title: str
    document_number: str = ""
    goal_ids: list[UUID] = []


class LinkIn(Body):
    """`goal_id` None takes the items off their goal."""

    item_ids: list[UUID]
    goal_id: UUID | None = None


class SwitchIn(Body):
    is_on: bool
    basis: str = ""
    every_days: int | None = None
    points: dict[str, int] | None = None


class NewEditionIn(Body):
    period_from: date
    period_to: date
    corrects: UUID | None = None
    reason: str = ""


@router.get("/taskforces/{uuid:taskforce_id}/goals", response=GoalSheetOut)
def show_goals(request: HttpRequest, taskforce_id: UUID) -> GoalSheetOut:
    return goals.describe_goals(actor_of(request), taskforce_id)


@router.post("/taskforces/{uuid:taskforce_id}/goals", response={201: GoalSheetOut})
def add_goal(
    request: HttpRequest, taskforce_id: UUID, body: NewGoalIn, key: Key = None
) -> Status[GoalSheetOut]:
    done = goals.check_add_goal(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )
    return Status(201, done)


@router.post("/goals/{uuid:goal_id}/indicators", response={201: GoalSheetOut})
def add_indicator(
    request: HttpRequest, goal_id: UUID, body: NewIndicatorIn, key: Key = None
) -> Status[GoalSheetOut]:
    done = goals.check_add_indicator(actor=actor_of(request), goal_id=goal_id, key=key, **body.model_dump())
    return Status(201, done)


@router.post("/indicators/{uuid:indicator_id}/value", response=GoalSheetOut)
def set_value(request: HttpRequest, indicator_id: UUID, body: ValueIn, key: Key = None) -> GoalSheetOut:
    return goals.check_set_value(
        actor=actor_of(request), indicator_id=indicator_id, value=body.value, as_of=body.as_of, key=key
    )


@router.post("/taskforces/{uuid:taskforce_id}/policies", response={201: GoalSheetOut})
def add_policy(
    request: HttpRequest, taskforce_id: UUID, body: NewPolicyIn, key: Key = None
) -> Status[GoalSheetOut]:
    done = goals.check_add_policy(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )
    return Status(201, done)


@router.post("/taskforces/{uuid:taskforce_id}/goal-links", response=GoalSheetOut)
def link_works(request: HttpRequest, taskforce_id: UUID, body: LinkIn, key: Key = None) -> GoalSheetOut:
    return goals.check_link_works(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )


@router.post("/goal-lists/{kind}/{uuid:pk}/strike", response=GoalSheetOut)
def strike(
    request: HttpRequest, kind: Literal["goal", "indicator", "policy"], pk: UUID, key: Key = None
) -> GoalSheetOut:
    return goals.check_strike(actor=actor_of(request), kind=kind, pk=pk, key=key)


@router.get("/taskforces/{uuid:taskforce_id}/ranking-switch", response=SwitchOut)
def show_switch(request: HttpRequest, taskforce_id: UUID) -> SwitchOut:
    return ranking_switch.describe_switch(actor_of(request), taskforce_id)


@router.post("/taskforces/{uuid:taskforce_id}/ranking-switch", response=SwitchOut)
def switch_ranking(request: HttpRequest, taskforce_id: UUID, body: SwitchIn, key: Key = None) -> SwitchOut:
    """晾晒 on (with its basis document) or off, by the lead."""
    return ranking_switch.check_switch(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )


@router.get("/taskforces/{uuid:taskforce_id}/rankings", response=Page[EditionOut])
def list_editions(request: HttpRequest, taskforce_id: UUID, cursor: str | None = None) -> Page[EditionOut]:
    found, following = rankings.list_editions(actor_of(request), taskforce_id, cursor)
    return Page(items=found, next=following)


@router.post("/taskforces/{uuid:taskforce_id}/rankings", response={201: EditionAnswer})
def open_edition(
    request: HttpRequest, taskforce_id: UUID, body: NewEditionIn, key: Key = None
) -> Status[EditionAnswer]:
    done = rankings.check_open(
        actor=actor_of(request), taskforce_id=taskforce_id, key=key, **body.model_dump()
    )
    return Status(201, done)


@router.get("/rankings/{uuid:edition_id}", response=EditionOut)
def describe_edition(request: HttpRequest, edition_id: UUID) -> EditionOut:
    return rankings.describe_edition(actor_of(request), edition_id)


@router.post("/rankings/{uuid:edition_id}/freeze", response=EditionAnswer)
def freeze_edition(request: HttpRequest, edition_id: UUID, key: Key = None) -> EditionAnswer:
    return rankings.check_freeze(actor=actor_of(request), edition_id=edition_id, key=key)


@router.post("/rankings/{uuid:edition_id}/compute", response=EditionAnswer)
def compute_edition(request: HttpRequest, edition_id: UUID, key: Key = None) -> EditionAnswer:
    return rankings.check_compute(actor=actor_of(request), edition_id=edition_id, key=key)


@router.post("/rankings/{uuid:edition_id}/release", response=EditionAnswer)
def release_edition(request: HttpRequest, edition_id: UUID, key: Key = None) -> EditionAnswer:
    return rankings.check_release(actor=actor_of(request), edition_id=edition_id, key=key)


@router.post("/rankings/{uuid:edition_id}/drop", response=EditionAnswer)
def drop_edition(request: HttpRequest, edition_id: UUID, body: ReasonIn, key: Key = None) -> EditionAnswer:
    return rankings.check_drop(actor=actor_of(request), edition_id=edition_id, reason=body.reason, key=key)


@router.get("/rankings/{uuid:edition_id}.csv")
def export_edition(request: HttpRequest, edition_id: UUID) -> HttpResponse:
    """The edition with its formula, basis and data time, as UTF-8 with BOM."""
    edition = rankings.describe_edition(actor_of(request), edition_id)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([_("晾晒第{number}期").format(number=edition.number), edition.state_words])
    writer.writerow([f"{edition.period_from.isoformat()}—{edition.period_to.isoformat()}", edition.basis])
    writer.writerow([edition.formula.sentence])
    writer.writerow(_("分组,名次,单位,得分,说明").split(","))
    for line in edition.lines:
        score = "" if line.score is None else f"{line.score:.1f}"
        writer.writerow(
            [harmless(cell) for cell in (line.group_words, line.rank or "", line.name, score, line.because)]
        )
    response = HttpResponse(buffer.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    name = quote(f"{_('晾晒')}-{edition.number}.csv")
    response["Content-Disposition"] = f"attachment; filename=\"ranking.csv\"; filename*=UTF-8''{name}"
    return response


@router.get("/taskforces/{uuid:taskforce_id}/weekly.docx")
def download_weekly(request: HttpRequest, taskforce_id: UUID) -> HttpResponse:
    """专班周报 in the layout of official documents, from the ledger as it is now."""
    name, body = weekly.check_weekly(actor_of(request), taskforce_id)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename=\"weekly.docx\"; filename*=UTF-8''{quote(name)}"
    return response
