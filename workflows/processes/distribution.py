"""分发: a document goes to each unit as that unit's own 收文; the sender sees who misses it and sends again.

A row per unit is written with the step; a job per row begins the unit's case. The row is locked while it does, so a job
that runs twice sends once.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services.tell import tell_people
from common import audit, clock, jobs
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor
from directory.store.models import Appointment, Unit
from workflows.approvals import cases, files
from workflows.approvals.definitions import Definition, definition_of
from workflows.approvals.registry import ServiceCall
from workflows.events import CaseMoved
from workflows.processes.common import settings_of, units_in
from workflows.processes.receipts import DeliveryAnswer, is_missing, may_send_again, tree_of
from workflows.rules import forms
from workflows.rules.forms import FormRefused
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store import case_results as results
from workflows.store import people
from workflows.store.models import Case, CaseFile, DocumentDelivery

TASK = "workflows.deliver_document"
RECEIVERS = ("office", "liaison", "head")
PROCESS = "incoming"


def send(call: ServiceCall) -> str:
    """`distribute` of process.json: `to`, `cc`: fields with units; `fields`: what is carried over; `process`."""
    case, wanted = call.case, settings_of(call.case, "distribute")
    main = units_in(case.data, [str(wanted.get("to", "main_to"))])
    copies = [one for one in units_in(case.data, [str(wanted.get("cc", "copy_to"))]) if one not in main]
    rows = [_row(call, unit, is_copy=False) for unit in main]
    rows += [_row(call, unit, is_copy=True) for unit in copies]
    known = results.units_sent(case.pk)
    fresh = [row for row in rows if row.unit_id not in known]
    DocumentDelivery.objects.bulk_create(fresh)
    _defer(fresh)
    return f"分发主送{len(main)}个单位、抄送{len(copies)}个单位"


def _row(call: ServiceCall, unit: Unit, *, is_copy: bool) -> DocumentDelivery:
    return DocumentDelivery(
        case=call.case, unit=unit, unit_name=unit.name, is_copy=is_copy, **stamp(call.actor, call.now)
    )


def _defer(rows: Iterable[DocumentDelivery]) -> None:
    for row in rows:
        jobs.defer(TASK, delivery_id=row.pk)


def deliver(delivery_id: int) -> None:
    """Begin the unit's 收文, unless it is there; why it cannot be is written on the row."""
    with transaction.atomic():
        row = results.lock_delivery(delivery_id)
        if row is None or row.received_id is not None:
            return
        sender = row.case
        receiver = _receiver(row.unit)
        process = str(settings_of(sender, "distribute").get("process") or PROCESS)
        version = store.published(process)
        if receiver is None:
            row.reason = f"{row.unit_name}没有办公室、联络员或负责人在任，无人签收"
        elif version is None:
            row.reason = "收文流程尚未发布"
        else:
            definition = definition_of(version.pk)
            data = carried(sender, definition)
            try:
                forms.check(definition.form, data)
            except FormRefused as refused:
                row.reason = refused.message[:300]
            else:
                row.received = cases.begin_in(
                    receiver, version, definition, data, source=sender, attached=_attached(sender, definition)
                )
                row.reason = ""
        row.save(update_fields=["received", "reason"])
        _show(row)  # the case that has just begun did not know its row yet


def carried(sender: Case, definition: Definition) -> dict[str, Any]:
    """What the receiving form takes over: nobody types it again."""
    wanted, known = settings_of(sender, "distribute"), forms.fields_of(definition.form)
    issuing = units_in(sender.data, [str(wanted.get("unit", "issuing_unit"))])
    data = {name: sender.data[name] for name in wanted.get("fields", []) if name in sender.data}
    data |= {
        "from_unit": issuing[0].name if issuing else sender.starter_unit_name,
        "number": sender.number or "",
        "title": sender.data.get("title") or sender.title,
        "received_on": clock.today().isoformat(),
        "is_platform": True,
    }
    return {name: value for name, value in data.items() if name in known}


def _attached(sender: Case, definition: Definition) -> list[files.Attached]:
    """The document's own files; those of opinions stay with the sender."""
    known = forms.fields_of(definition.form)
    own = CaseFile.objects.filter(case=sender, field__in=[name for name in known if name])
    return [files.Attached(one.field, one.media_id, one.name, one.mimetype) for one in own]


def _receiver(unit: Unit) -> Actor | None:
    """Who signs for the unit: its office, else its liaison, else its head."""
    today: date = clock.today()
    for role in RECEIVERS:
        for staff_id in people.in_roles([unit.pk], [role], today)[:1]:
            held = Appointment.objects.filter(
                staff_id=staff_id, post__unit=unit, post__role=role, valid_from__lte=today
            )
            seat = held.select_related("staff", "post").order_by("post__rank", "-valid_from").first()
            if seat is not None:
                return _as_actor(seat, unit)
    return None


def _as_actor(seat: Appointment, unit: Unit) -> Actor:
    return Actor(
        staff_id=seat.staff_id,
        staff_number=seat.staff.staff_number,
        name=seat.staff.name,
        appointment_id=seat.pk,
        post_id=seat.post_id,
        post_title=seat.post.title,
        post_role=seat.post.role,
        unit_id=unit.pk,
        unit_name=unit.name,
        unit_short_name=unit.short_name,
        door="system",
    )


def check_send_again(
    *, actor: Actor, case_id: UUID, unit_ids: list[UUID] | None = None, key: str | None = None
) -> DeliveryAnswer:
    """补发 to units that have not got it or returned it; those that have it are left alone.

    Args:
        unit_ids: of these alone; None for all that miss it.
    Raises:
        NotFoundError. ForbiddenError: neither began the case nor belongs to the office that sent it.
        BadInputError: `unit_ids` names a unit that the document was not sent to.
    """
    cases.access(actor, case_id)

    def deed() -> DeliveryAnswer:
        case = store.lock_case(case_id)
        rows = results.deliveries_of(case_id)
        if case is None or not rows:
            raise BadInputError(field="case", message=_("该文件尚未分发，请先办理分发。"))
        if not may_send_again(actor, case):
            raise ForbiddenError(message=_("补发由拟稿人或发文办公室办理，您可请其补发。"))
        named = {row.unit_id for row in rows}
        if unit_ids is not None and not set(unit_ids) <= named:
            raise BadInputError(
                field="unit_ids", message=_("所选单位不在主送、抄送范围内，请从回执名单中选择。")
            )
        wanted = named if unit_ids is None else set(unit_ids)
        missing = [row for row in rows if row.unit_id in wanted and is_missing(row)]
        for row in missing:
            row.received, row.reason, row.tries = None, "", row.tries + 1
            for name, value in stamp(actor, clock.now()).items():
                setattr(row, name, value)
            row.save()
        _defer(missing)
        names = [row.unit_name for row in missing]
        audit.record(
            actor=actor, verb="case.send_again", subject="case", subject_id=case_id, new={"units": names}
        )
        message = (
            _("已向{count}个单位补发：{units}。").format(count=len(names), units=_("、").join(names[:5]))
            if names
            else _("各单位均已收到，无需补发。")
        )
        return DeliveryAnswer(message=message, receipts=tree_of(case))

    return once(
        actor=actor, key=key, verb="case.send_again", subject_id=case_id, answer=DeliveryAnswer, deed=deed
    )


def show_to_sender(event: CaseMoved) -> None:
    """A receipt that moved is seen by the sender within a second."""
    row = results.sender_of(event.case_id) if event.is_caused else None
    if row is not None:
        _show(row)


def _show(row: DocumentDelivery) -> None:
    senders = {one for one in (row.case.starter_id, row.by_id) if one}
    tell_people(senders, "case", {"id": str(row.case_id), "shown": row.case.shown})
