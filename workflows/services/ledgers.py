"""台账 of units: setting one up, finding those in sight, their numbers."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from chatops.services.rooms import access_room
from common import audit, clock
from common.errors import BadInputError, ConflictError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.store.models import Unit
from workflows.rules.document_numbers import is_code
from workflows.rules.item_types import item_types
from workflows.services import nightly, people, reminders
from workflows.services.deeds import once
from workflows.services.gates import access_ledger, ledger_scope
from workflows.services.shapes import UnitRef
from workflows.services.views import unit_out
from workflows.store import document_numbers
from workflows.store import ledgers as store
from workflows.store.models import Ledger

MAX_NAME = 60
KINDS = ("unit", "supervision")


class LedgerOut(BaseModel):
    id: UUID
    name: str
    kind: str
    unit: UnitRef
    organ_code: str
    room_id: str
    closed_at: datetime | None
    abilities: dict[str, bool]


class NumberOut(BaseModel):
    """A formal number. A void one stays in its place with the reason."""

    text: str
    title: str
    given_at: datetime
    void_at: datetime | None
    void_by_name: str
    void_reason: str


class TypeFieldOut(BaseModel):
    key: str
    label: str
    type: str
    required: bool


class ItemTypeOut(BaseModel):
    """`limit_words` such as 10个工作日, "" when the due date must be named."""

    kind: str
    name: str
    limit_words: str
    evidence_required: bool
    source: str
    fields: list[TypeFieldOut]


def list_types() -> list[ItemTypeOut]:
    return [
        ItemTypeOut(
            kind=one.kind,
            name=one.name,
            limit_words=one.limit.words if one.limit else "",
            evidence_required=one.evidence_required,
            source=one.source,
            fields=[
                TypeFieldOut(key=f.key, label=f.label, type=f.type, required=f.required) for f in one.fields
            ],
        )
        for one in item_types().values()
    ]


def ledger_out(actor: Actor, ledger: Ledger) -> LedgerOut:
    scope, is_open = ledger_scope(ledger), ledger.closed_at is None
    verbs = {"create_item": "item.create", "import": "item.import", "dispatch": "item.dispatch"}
    able = {name: is_open and may(actor, verb, scope) for name, verb in verbs.items()}
    able["manage"] = may(actor, "ledger.manage", scope)
    plain = ("id", "name", "kind", "organ_code", "room_id", "closed_at")
    return LedgerOut(
        **{name: getattr(ledger, name) for name in plain}, unit=unit_out(ledger.unit), abilities=able
    )


def list_ledgers(actor: Actor, *, unit_id: UUID | None = None) -> list[LedgerOut]:
    """Those in sight, of one unit or of all."""
    found = store.of_units([unit_id]) if unit_id else store.everything()
    return [ledger_out(actor, one) for one in found if may(actor, "item.view", ledger_scope(one))]


def describe_ledger(actor: Actor, ledger_id: UUID) -> LedgerOut:
    return ledger_out(actor, access_ledger(actor, ledger_id))


def check_create_ledger(
    *,
    actor: Actor,
    name: str,
    kind: str = "unit",
    organ_code: str = "",
    unit_id: UUID | None = None,
    room_id: str = "",
    key: str | None = None,
) -> LedgerOut:
    """Set up a ledger, of the actor's unit by default.

    Args:
        organ_code: 机关代字, 2 to 12 Chinese characters; with it items get formal numbers.
        room_id: where the cards of its items go; the actor must be in it.
    Raises:
        ForbiddenError, SecrecyRefusedError, NotFoundError (the room). BadInputError: names the field.
        ConflictError: the unit has one of this name.
    """
    name, organ_code = name.strip(), organ_code.strip()
    owner = unit_id or actor.unit_id
    if owner is None:
        raise BadInputError(field="unit_id", message=_("请选择台账所属的单位。"))
    unit = people.living_unit(owner, field="unit_id")
    require(actor, "ledger.manage", Scope(unit_id=unit.pk))
    if not name or len(name) > MAX_NAME or "\x00" in name:
        raise BadInputError(field="name", message=_("请填写台账名称，不超过60个字。"))
    if kind not in KINDS:
        raise BadInputError(field="kind", message=_("台账种类须为 unit 或 supervision，请改正。"))
    if organ_code and not is_code(organ_code):
        raise BadInputError(field="organ_code", message=_("机关代字须为2至12个汉字，例如“咸政督”，请改正。"))
    kept = document_numbers.find_code(organ_code) if organ_code else None
    if kept is not None and kept.unit_id != unit.pk:
        raise BadInputError(
            field="organ_code",
            message=_("机关代字“{code}”由{unit}管理，请换用本单位的机关代字。").format(
                code=organ_code, unit=kept.unit.name
            ),
        )
    admission.check(name, actor=actor, where="title")
    if room_id:
        access_room(actor, room_id)

    def deed() -> LedgerOut:
        try:
            with transaction.atomic():
                ledger = do_create_ledger(
                    actor=actor, unit=unit, name=name, kind=kind, organ_code=organ_code, room_id=room_id
                )
        except IntegrityError as error:
            raise ConflictError(
                message=_("{unit}已有名为“{name}”的台账，请换一个名称。").format(unit=unit.name, name=name)
            ) from error
        return ledger_out(actor, ledger)

    return once(actor=actor, key=key, verb="create_ledger", subject_id=unit.pk, answer=LedgerOut, deed=deed)


def do_create_ledger(
    *, actor: Actor, unit: Unit, name: str, kind: str = "unit", organ_code: str = "", room_id: str = ""
) -> Ledger:
    now = clock.now()
    ledger = Ledger.objects.create(
        name=name,
        unit=unit,
        kind=kind,
        organ_code=organ_code,
        room_id=room_id,
        created_at=now,
        created_by_id=actor.staff_id,
    )
    new = {"name": name, "unit": unit.name, "kind": kind, "organ_code": organ_code}
    audit.record(actor=actor, verb="ledger.create", subject="ledger", subject_id=ledger.pk, new=new)
    nightly.set_timer(now)
    reminders.set_timers(now)
    return ledger


def own_ledger(actor: Actor) -> Ledger:
    """The ledger that items of the actor's unit go to when none is named; set up with the first of them.

    Raises BadInputError: the actor has no unit.
    """
    if actor.unit_id is None:
        raise BadInputError(field="ledger_id", message=_("请选择事项所在的台账或专班。"))
    unit = people.living_unit(actor.unit_id, field="ledger_id")
    name = "工作台账"
    if known := store.find_named(unit.pk, name):
        return known
    try:
        with transaction.atomic():
            return do_create_ledger(actor=actor, unit=unit, name=name)
    except IntegrityError:  # somebody was faster
        found = store.find_named(unit.pk, name)
        if found is None:
            raise
        return found


def check_close_ledger(*, actor: Actor, ledger_id: UUID, closed: bool, key: str | None = None) -> LedgerOut:
    """Close a ledger to new items, or open it again. Its items go on. Raises NotFoundError, ForbiddenError."""
    require(actor, "ledger.manage", ledger_scope(access_ledger(actor, ledger_id)))

    def deed() -> LedgerOut:
        ledger = store.lock(ledger_id)
        was = ledger.closed_at
        ledger.closed_at = (was or clock.now()) if closed else None
        ledger.save(update_fields=["closed_at"])
        verb = "ledger.close" if closed else "ledger.open"
        audit.record(actor=actor, verb=verb, subject="ledger", subject_id=ledger.pk)
        return ledger_out(actor, ledger)

    act = "close_ledger" if closed else "open_ledger"
    return once(actor=actor, key=key, verb=act, subject_id=ledger_id, answer=LedgerOut, deed=deed)


def list_numbers(actor: Actor, ledger_id: UUID) -> list[NumberOut]:
    """The series without gap, void ones with their reason."""
    access_ledger(actor, ledger_id)
    names = list(NumberOut.model_fields)
    return [NumberOut(**{name: getattr(one, name) for name in names}) for one in store.numbers(ledger_id)]
