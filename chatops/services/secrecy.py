"""Appeals against the secrecy gate: the refused person asks, a security officer decides (domain §7)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services.admission import find_mark
from chatops.services.tell import tell_people
from chatops.store import refusals as store
from chatops.store.models import Decision, SecrecyRefusal
from common import audit, clock
from common.cursors import bad_cursor
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services import refs
from directory.services.rights import require

MAX_TEXT = 500
PAGE = 50
STATES = ("all", "open", "appealed", "granted", "upheld")


def list_refusals(*, actor: Actor, state: str = "all", cursor: str | None = None) -> dict[str, Any]:
    """{items, next, waiting}: newest first, never with content. Raises ForbiddenError, BadInputError."""
    require(actor, "security.read_refusals", None)
    if state not in STATES:
        raise BadInputError(field="state", message=_("请从列表中选择状态。"))
    rows = store.newest(state, _position(cursor), PAGE + 1)
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return {
        "items": [refusal_row(row) for row in rows[:PAGE]],
        "next": f"{more.at.isoformat()}_{more.pk}" if more else None,
        "waiting": store.count_waiting(),
    }


def refusal_row(row: SecrecyRefusal) -> dict[str, Any]:
    return {
        "id": row.pk, "at": row.at, "name": row.name, "staff_number": row.staff_number, "unit_name": row.unit_name,
        "door": row.door, "where": row.where, "mark": row.mark, "state": state_of(row),
        "appeal": row.appeal, "appealed_at": row.appealed_at,
        "decided_by": row.decided_by, "decided_at": row.decided_at, "note": row.note,
    }  # fmt: skip


def state_of(row: SecrecyRefusal) -> str:
    return row.decision or ("appealed" if row.appealed_at else "open")


def appeal(*, actor: Actor, refusal: UUID, text: str) -> SecrecyRefusal:
    """Say why a refusal was wrong; once.

    Raises:
        NotFoundError: not the actor's refusal. ConflictError: appealed or decided already.
        BadInputError: no text, too long, or it bears a mark itself.
    After commit: frame `notice` to the security officers.
    """
    text = _clean(text, "text")
    with transaction.atomic():
        row = store.lock(refusal)
        if row is None or row.staff_number != actor.staff_number:
            raise NotFoundError
        if state_of(row) != "open":
            raise ConflictError(message=_("此项已提出申诉或已有结论，请等候安全管理员答复。"))
        row.appeal, row.appealed_at = text, clock.now()
        row.save(update_fields=["appeal", "appealed_at"])
        audit.record(actor=actor, verb="secrecy.appeal", subject="refusal", subject_id=str(row.pk))
        tell_people(
            store.officers(),
            "notice",
            {"about": "secrecy.appealed", "refusal": str(row.pk), "name": row.name},
        )
    return row


def decide(*, actor: Actor, refusal: UUID, decision: str, note: str) -> SecrecyRefusal:
    """Grant or uphold, with a note; a later decision replaces an earlier one, so that a grant can be taken back.

    Raises:
        ForbiddenError: no security officer, or the officer's own refusal. NotFoundError. BadInputError.
    After commit: frame `notice` to the refused person.
    """
    require(actor, "security.decide_appeal", None)
    note = _clean(note, "note")
    if decision not in Decision.values:
        raise BadInputError(field="decision", message=_("请选择准予放行或维持拦截。"))
    with transaction.atomic():
        row = store.lock(refusal)
        if row is None:
            raise NotFoundError
        if row.staff_number == actor.staff_number:
            raise ForbiddenError(message=_("不能审定本人的拦截记录，请由其他安全管理员办理。"))
        before = {"decision": row.decision, "note": row.note}
        row.decision, row.note, row.decided_by, row.decided_at = decision, note, actor.name, clock.now()
        row.save(update_fields=["decision", "note", "decided_by", "decided_at"])
        audit.record(
            actor=actor, verb="secrecy.decide", subject="refusal", subject_id=str(row.pk),
            old=before, new={"decision": decision, "note": note},
        )  # fmt: skip
        person = refs.find_anyone(row.staff_number)
        if person is not None:
            body = {"about": "secrecy.decided", "refusal": str(row.pk), "decision": decision, "note": note}
            tell_people([person.pk], "notice", body)
    return row


def _clean(text: str, field: str) -> str:
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise BadInputError(field=field, message=_("请填写说明，不超过 {most} 字。").format(most=MAX_TEXT))
    if find_mark(text):
        raise BadInputError(field=field, message=_("说明中请勿抄录密级标志，请改用文字描述。"))
    return text


def _position(cursor: str | None) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    at, _sep, key = cursor.rpartition("_")
    try:
        return datetime.fromisoformat(at), UUID(key)
    except ValueError:
        raise bad_cursor() from None
