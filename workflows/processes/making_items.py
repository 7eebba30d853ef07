"""议定事项 and voted projects become supervised items, each with its lead unit and date, linked to the case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.approvals.registry import ServiceCall
from workflows.processes.common import actor_in, settings_of, units_in
from workflows.services import ledgers, registering
from workflows.services.items import NewItem, add_items, do_dispatch, lock_home
from workflows.services.knocks import pending_changed
from workflows.store import items as store
from workflows.store.models import Case, CaseItem, Ledger

LEDGER = "督办台账"


def make(call: ServiceCall) -> str:
    """`create_items` of process.json: which table of the form, and which columns are what.

    Keys: `rows`; `where`: a column that must be true; `title`, `lead_unit`, `due_on`: columns; `kind` of the items;
    `details`: field of the item → field of the form, `row_details`: → column; `number_as`: the field of the item that
    holds the case's number; `links`: `column` with numbers of the rows of the table `of`, by `number`, with `text`.
    Rows that have become items are not made again.

    Raises: BadInputError: the row and column are named.
    """
    wanted, case = settings_of(call.case, "create_items"), call.case
    known = set(CaseItem.objects.filter(case=case).values_list("row", flat=True))
    rows = [
        (place, row)
        for place, row in enumerate(case.data.get(wanted["rows"]) or [])
        if place not in known and (not wanted.get("where") or row.get(wanted["where"]))
    ]
    if not rows:
        return "没有需要转督办的事项"
    actor = actor_in(call)
    news = [_new(actor, case, wanted, place, row) for place, row in rows]
    links = [_links(case, wanted.get("links"), wanted["rows"], place, row) for place, row in rows]
    home = lock_home(None, _ledger(actor, case).pk)
    items = add_items(actor, home, news)
    CaseItem.objects.bulk_create(
        CaseItem(case=case, item=item, row=place, links=found)
        for item, (place, _row), found in zip(items, rows, links, strict=True)
    )
    for item in items:
        do_dispatch(actor, store.lock(item.pk))
    pending_changed(items)
    return f"{len(items)}项转为督办事项"


def _ledger(actor: Actor, case: Case) -> Ledger:
    """The supervision ledger of the unit that began the case; set up with the first item."""
    unit = case.starter_unit
    if unit is None:
        raise BadInputError(field="starter", message=_("发起人没有单位，不能转督办事项，请由单位人员发起。"))
    found = Ledger.objects.filter(unit=unit, kind="supervision", closed_at=None).order_by("created_at", "pk")
    return found.first() or ledgers.do_create_ledger(actor=actor, unit=unit, name=LEDGER, kind="supervision")


def _new(actor: Actor, case: Case, wanted: Mapping[str, Any], place: int, row: Mapping[str, Any]) -> NewItem:
    rows = wanted["rows"]
    units = units_in(row, [wanted["lead_unit"]])
    if not units:
        raise BadInputError(
            field=f"{rows}.{place}.{wanted['lead_unit']}",
            message=_("第{place}项的牵头单位不存在或已撤销，请退回起草环节改正。").format(place=place + 1),
        )
    details = {name: str(case.data.get(field) or "") for name, field in (wanted.get("details") or {}).items()}
    details |= {
        name: str(row.get(column) or "") for name, column in (wanted.get("row_details") or {}).items()
    }
    if wanted.get("number_as") and case.number:
        details[wanted["number_as"]] = case.number
    new = NewItem(
        title=str(row.get(wanted["title"]) or ""),
        lead_unit_id=units[0].pk,
        starts_on=clock.today(),
        due_on=date.fromisoformat(str(row[wanted["due_on"]])),
        kind=str(wanted.get("kind") or "project"),
        details={name: text for name, text in details.items() if text},
        more={
            "origin_room_id": case.room_id,
            "origin_text": f"{case.number or case.serial}《{case.title}》第{place + 1}项",
            "origin_sender": actor.name,
        },
    )
    try:
        checked = registering.checked_new(actor, new, in_ledger=True)
    except BadInputError as error:
        raise BadInputError(
            field=f"{rows}.{place}.{error.field}",
            message=_("第{place}项不能转为督办事项：{why}").format(place=place + 1, why=error.user_message()),
        ) from error
    return replace(checked, more={**checked.more, **new.more})


def _links(
    case: Case, wanted: Mapping[str, str] | None, rows: str, place: int, row: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the row goes back to. Raises BadInputError: a number that nobody has."""
    if not wanted:
        return []
    known = {one.get(wanted["number"]): one for one in case.data.get(wanted["of"]) or []}
    numbers = row.get(wanted["column"]) or []
    if missing := [one for one in numbers if one not in known]:
        raise BadInputError(
            field=f"{rows}.{place}.{wanted['column']}",
            message=_("第{place}项关联的编号{numbers}不存在，请退回改正。").format(
                place=place + 1, numbers=_("、").join(map(str, missing))
            ),
        )
    return [{"no": one, "text": str(known[one].get(wanted["text"]) or "")} for one in numbers]
