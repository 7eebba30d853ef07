"""发文字号 of documents: code words with their keepers, numbers without gap, void ones explained."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.rules import document_numbers as rules
from workflows.services.deeds import once
from workflows.services.people import living_unit
from workflows.services.shapes import UnitRef
from workflows.services.views import unit_out
from workflows.store import document_numbers as store
from workflows.store import ledgers as ledger_store
from workflows.store.models import FormalNumber, OrganCode

VERB = "document_number.manage"
MAX_TITLE, MAX_REASON = 60, 500
MOST_ASKED = 200


class OrganCodeOut(BaseModel):
    """`manage`: whether the actor gives and voids the numbers of this series."""

    id: UUID
    code: str
    title: str
    unit: UnitRef
    ended_at: datetime | None
    manage: bool


class DocumentNumberOut(BaseModel):
    """A number that was given. A void one stays in its place with the reason."""

    id: UUID
    text: str
    title: str
    case_id: UUID | None
    given_at: datetime
    given_by_name: str
    void_at: datetime | None
    void_by_name: str
    void_reason: str


class DocumentNumbersOut(BaseModel):
    items: list[DocumentNumberOut]
    next: str | None


def list_codes(actor: Actor) -> list[OrganCodeOut]:
    """All code words in use, for choosing; those of the actor's unit first."""
    found = [_code_out(actor, one) for one in store.codes()]
    return sorted(found, key=lambda one: (one.unit.id != actor.unit_id, one.code))


def check_add_code(
    *, actor: Actor, code: str, title: str, unit_id: UUID | None = None, key: str | None = None
) -> OrganCodeOut:
    """Set up a series of documents. `unit_id`: whose office keeps it, by default the actor's own unit.

    Raises: ForbiddenError, SecrecyRefusedError. BadInputError: names the field. ConflictError: the word is in use.
    """
    code, title, owner = code.strip(), title.strip(), unit_id or actor.unit_id
    if owner is None:
        raise BadInputError(field="unit_id", message=_("请选择管理该机关代字的单位。"))
    unit = living_unit(owner, field="unit_id")
    require(actor, VERB, Scope(unit_id=unit.pk))
    if not rules.is_code(code):
        raise BadInputError(field="code", message=_("机关代字须为2至12个汉字，例如“咸政发”，请改正。"))
    if not title or len(title) > MAX_TITLE or "\x00" in title:
        raise BadInputError(field="title", message=_("请填写文件名义，例如“市政府文件”，不超过60个字。"))
    admission.check(f"{code}\n{title}", actor=actor, where="title")

    def deed() -> OrganCodeOut:
        other = ledger_store.everything().filter(organ_code=code).exclude(unit=unit).first()
        if other is not None:
            raise _taken(code, other.unit.name)
        try:
            with transaction.atomic():
                row = OrganCode.objects.create(
                    code=code, title=title, unit=unit, created_at=clock.now(), created_by_name=actor.name
                )
        except IntegrityError as error:
            known = store.find_code(code)
            raise _taken(code, known.unit.name if known else unit.name) from error
        new = {"code": code, "title": title, "unit": unit.name}
        audit.record(actor=actor, verb="organ_code.add", subject="organ_code", subject_id=row.pk, new=new)
        return _code_out(actor, row)

    return once(actor=actor, key=key, verb="add_organ_code", subject_id=code, answer=OrganCodeOut, deed=deed)


def _taken(code: str, unit_name: str) -> ConflictError:
    return ConflictError(
        message=_("机关代字“{code}”已由{unit}使用，请换用本单位的机关代字。").format(
            code=code, unit=unit_name
        )
    )


def _code_out(actor: Actor, row: OrganCode) -> OrganCodeOut:
    return OrganCodeOut(
        id=row.pk,
        code=row.code,
        title=row.title,
        unit=unit_out(row.unit),
        ended_at=row.ended_at,
        manage=may(actor, VERB, Scope(unit_id=row.unit_id)),
    )


def do_take(
    *, actor: Actor, case_id: UUID, organ_code: str, title: str, style: rules.Style = "document"
) -> str:
    """Give a document its number; the one that it has already stays. Inside the transaction of the deed.

    Raises:
        BadInputError: `organ_code`, a word that nobody has set up or that is in use no more.
        ForbiddenError: another unit keeps this series.
    """
    if known := store.find_of_case(case_id):
        return known.text
    row = store.find_code(organ_code.strip())
    if row is None or row.ended_at is not None:
        raise BadInputError(
            field="organ_code",
            message=_(
                "机关代字“{code}”未登记或已停用，请从已登记的机关代字中选择，或由办公室先行登记。"
            ).format(code=organ_code),
        )
    if actor.staff_id and not may(actor, VERB, Scope(unit_id=row.unit_id)):
        raise ForbiddenError(
            message=_("机关代字“{code}”由{unit}办公室编号，请改由该办公室办理。").format(
                code=row.code, unit=row.unit.name
            )
        )
    now = clock.now()
    (number,) = store.take(
        row.code,
        [title[:200]],
        clock.local(now).year,
        now,
        style=style,
        case_id=case_id,
        given_by_name=actor.name,
    )
    audit.record(
        actor=actor,
        verb="document_number.give",
        subject="document_number",
        subject_id=number.pk,
        new={"number": number.text, "title": number.title, "case": str(case_id)},
    )
    return number.text


def do_void_of_case(*, actor: Actor, case_id: UUID, reason: str) -> str:
    """Void the number of a document that ends without being issued; "" when it has none."""
    known = store.find_of_case(case_id)
    if known is None:
        return ""
    _void(actor, store.lock(known.pk) or known, reason)
    return known.text


def check_void(*, actor: Actor, number_id: UUID, reason: str, key: str | None = None) -> DocumentNumberOut:
    """Void a number with a reason; it stays in the series, and the document may take the next one.

    Raises: NotFoundError, ForbiddenError, SecrecyRefusedError, BadInputError. ConflictError: void already, or of an
        item of a ledger (those are voided with their item).
    """
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInputError(field="reason", message=_("请写明作废原因，不超过500个字。"))
    admission.check(reason, actor=actor, where="text")

    def deed() -> DocumentNumberOut:
        number = store.lock(number_id)
        row = store.find_code(number.organ_code) if number else None
        if number is None or row is None:
            raise NotFoundError
        require(actor, VERB, Scope(unit_id=row.unit_id))
        if number.case_id is None:
            raise ConflictError(message=_("该编号属于督办事项，随事项撤销作废，请在事项页面办理。"))
        if number.void_at is not None:
            raise ConflictError(
                message=_("{number}已由{by}作废，原因：{reason}。").format(
                    number=number.text, by=number.void_by_name, reason=number.void_reason
                )
            )
        _void(actor, number, reason)
        return number_out(number)

    return once(
        actor=actor, key=key, verb="void_number", subject_id=number_id, answer=DocumentNumberOut, deed=deed
    )


def _void(actor: Actor, number: FormalNumber, reason: str) -> None:
    number.void_at, number.void_by_name, number.void_reason = clock.now(), actor.name, reason
    number.save(update_fields=["void_at", "void_by_name", "void_reason"])
    audit.record(
        actor=actor,
        verb="document_number.void",
        subject="document_number",
        subject_id=number.pk,
        old={"number": number.text},
        new={"reason": reason},
    )


def list_numbers(
    actor: Actor, *, organ_code: str, year: int, before: int | None = None, limit: int = 50
) -> DocumentNumbersOut:
    """The register of a series, newest first, for the unit that keeps it. Raises NotFoundError, ForbiddenError."""
    row = store.find_code(organ_code)
    if row is None:
        raise NotFoundError
    require(actor, "document_number.view", Scope(unit_id=row.unit_id))
    if not 1 <= limit <= MOST_ASKED:
        raise BadInputError(field="limit", message=_("每页条数须为1至{most}。").format(most=MOST_ASKED))
    found = store.of_series(row.code, year, before, limit + 1)
    more = str(found[limit - 1].sequence) if len(found) > limit else None
    return DocumentNumbersOut(items=[number_out(one) for one in found[:limit]], next=more)


def number_out(row: FormalNumber) -> DocumentNumberOut:
    return DocumentNumberOut(**{name: getattr(row, name) for name in DocumentNumberOut.model_fields})
