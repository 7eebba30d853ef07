"""回执: which units have the document, who signed for it, who misses it; and what else the case has left behind."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.approvals.cases import access
from workflows.items.card import item_link, state_words
from workflows.processes.archiving import is_intact
from workflows.services.views import colour_code
from workflows.store import approvals
from workflows.store import case_results as store
from workflows.store import document_numbers as numbers
from workflows.store.models import Case, CaseItem, CaseTask, DocumentDelivery, FormalNumber

WORDS = {
    "sending": "送达中",
    "unreachable": "未送达",
    "waiting": "待签收",
    "returned": "退文",
    "signed": "已签收",
    "closed": "已办结",
}
MISSING = frozenset({"unreachable", "returned"})


class UnitReceiptOut(BaseModel):
    """`state`: sending, unreachable, waiting, returned, signed or closed; `serial` of that unit's 收文.

    `case_id`: of that 收文, where the viewer may open it.
    """

    unit_id: UUID
    unit: str
    is_copy: bool
    state: str
    words: str
    serial: str
    signed_by: str
    signed_at: datetime | None
    reason: str
    tries: int
    case_id: UUID | None = None


class ReceiptBranchOut(BaseModel):
    """The units of one level. `received`: signed for; `missing`: to be sent to again."""

    level: str
    words: str
    due: int
    received: int
    missing: int
    units: list[UnitReceiptOut]


class ReceiptTreeOut(BaseModel):
    due: int
    received: int
    missing: int
    branches: list[ReceiptBranchOut]


class CaseItemOut(BaseModel):
    """An item that a row of the form has become. `links`: the suggestions that it goes back to."""

    id: UUID
    row: int
    number: str
    title: str
    lead_unit: str
    state: str
    colour: str
    link: str
    links: list[dict[str, object]]


class CaseArchiveOut(BaseModel):
    """`intact`: the case still holds what was archived."""

    keep: str
    digest: str
    at: datetime
    by: str
    intact: bool


class CaseNumberOut(BaseModel):
    """A number that the document has or had. A void one says who voided it and why."""

    text: str
    given_at: datetime
    given_by: str
    void_at: datetime | None
    void_by: str
    void_reason: str


class CaseResultsOut(BaseModel):
    """`may_send_again`: whether the viewer may send to the missing. `numbers`: the void ones too, newest first."""

    number: str | None
    numbers: list[CaseNumberOut]
    receipts: ReceiptTreeOut
    items: list[CaseItemOut]
    archive: CaseArchiveOut | None
    may_send_again: bool


class DeliveryAnswer(BaseModel):
    message: str
    receipts: ReceiptTreeOut


def describe(actor: Actor, case_id: UUID) -> CaseResultsOut:
    """For whoever sees the case. Raises NotFoundError."""
    case = access(actor, case_id)
    archive = store.archive_of(case_id)
    return CaseResultsOut(
        number=case.number,
        numbers=[_number(one) for one in numbers.of_case(case_id)],
        receipts=_openable(actor, tree_of(case), store.deliveries_of(case_id)),
        items=[_item(one) for one in store.items_of(case_id)],
        archive=CaseArchiveOut(
            keep=archive.keep,
            digest=archive.digest,
            at=archive.at,
            by=archive.by_name,
            intact=is_intact(archive),
        )
        if archive
        else None,
        may_send_again=may_send_again(actor, case),
    )


def tree_of(case: Case) -> ReceiptTreeOut:
    """By level, in the order of protocol; three queries whatever the number of units."""
    rows = store.deliveries_of(case.pk)
    signed = store.signed_of([row.received_id for row in rows if row.received_id])
    levels: dict[str, ReceiptBranchOut] = {}
    for row in rows:
        level = row.unit.level
        branch = levels.setdefault(
            level,
            ReceiptBranchOut(
                level=level, words=row.unit.get_level_display(), due=0, received=0, missing=0, units=[]
            ),
        )
        branch.units.append(_unit(row, signed.get(row.received_id) if row.received_id else None))
    for branch in levels.values():
        states = Counter(one.state for one in branch.units)
        branch.due = len(branch.units)
        branch.received = states["signed"] + states["closed"]
        branch.missing = sum(states[one] for one in MISSING)
    found = list(levels.values())
    return ReceiptTreeOut(
        due=sum(one.due for one in found),
        received=sum(one.received for one in found),
        missing=sum(one.missing for one in found),
        branches=found,
    )


def _openable(actor: Actor, tree: ReceiptTreeOut, rows: list[DocumentDelivery]) -> ReceiptTreeOut:
    """With the 收文 of those units where the actor may see it: that of another unit is its own affair."""
    watched = actor.unit_id if may(actor, "case.view", Scope(unit_id=actor.unit_id)) else None
    received = {row.unit_id: row.received_id for row in rows if row.received_id}
    own = approvals.seen_by(actor.staff_id, watched).filter(pk__in=received.values())
    mine = set(own.values_list("pk", flat=True))
    for branch in tree.branches:
        for unit in branch.units:
            case_id = received.get(unit.unit_id)
            unit.case_id = case_id if case_id in mine else None
    return tree


def _number(row: FormalNumber) -> CaseNumberOut:
    return CaseNumberOut(
        text=row.text,
        given_at=row.given_at,
        given_by=row.given_by_name,
        void_at=row.void_at,
        void_by=row.void_by_name,
        void_reason=row.void_reason,
    )


def is_missing(row: DocumentDelivery) -> bool:
    """Nobody has it: it could not be sent, or it came back."""
    return (row.received is None and bool(row.reason)) or (
        row.received is not None and row.received.state in {"refused", "withdrawn"}
    )


def may_send_again(actor: Actor, case: Case) -> bool:
    """Who began the case, and the offices that handled its numbers and distribution."""
    if actor.staff_id == case.starter_id:
        return True
    senders = {
        task.unit_id
        for task in approvals.tasks_of(case.pk)
        if task.kind in {"distribute", "number"} and task.state == "done"
    }
    return actor.post_role in {"office", "head", "deputy_head"} and actor.unit_id in senders


def state_of(row: DocumentDelivery, signed: CaseTask | None) -> str:
    if row.received is None:
        return "unreachable" if row.reason else "sending"
    if row.received.state in {"refused", "withdrawn"}:
        return "returned"
    if row.received.state == "finished":
        return "closed"
    return "signed" if signed else "waiting"


def _unit(row: DocumentDelivery, signed: CaseTask | None) -> UnitReceiptOut:
    state = state_of(row, signed)
    returned = signed is not None and state == "returned"
    return UnitReceiptOut(
        unit_id=row.unit_id,
        unit=row.unit_name,
        is_copy=row.is_copy,
        state=state,
        words=WORDS[state],
        serial=row.received.serial if row.received else "",
        signed_by=signed.decided_by_name if signed else "",
        signed_at=signed.decided_at if signed else None,
        reason=signed.opinion if signed and returned else row.reason,
        tries=row.tries,
    )


def _item(one: CaseItem) -> CaseItemOut:
    item = one.item
    return CaseItemOut(
        id=item.pk,
        row=one.row,
        number=item.formal_number or str(item.number),
        title=item.title,
        lead_unit=item.lead_unit.display_name,
        state=state_words(item),
        colour=colour_code(item),
        link=item_link(item),
        links=one.links,
    )
