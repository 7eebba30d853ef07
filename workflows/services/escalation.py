"""Escalation from 黄牌提醒函 up to 移送问责: each rung needs the one before it and a named approver."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock, timers
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.consents import ApproverRule, ConsentKind, ask, register
from workflows.errors import NotAllowedNowError
from workflows.rules.rungs import LETTER_MARKS, ORDER, RUNG_WORDS, Rung, RungNotNext, check_rung, next_rung
from workflows.services import notices, slips
from workflows.services.addressees import Addressees
from workflows.services.changes import apply_change
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.people import entitled, may_approve
from workflows.services.shapes import ItemAnswer
from workflows.services.slips import Say
from workflows.services.views import item_out
from workflows.store import consents as consent_store
from workflows.store import escalation as store
from workflows.store import items as item_store
from workflows.store import reminders as reminder_store
from workflows.store.models import Consent, EscalationStep, Item

KIND, SUBJECT = "rung", "item"
ASK, APPROVE = "item.ask_rung", "item.approve_rung"
MAX_TEXT = 2000
PLAIN_CODE = "督"


class RungOut(BaseModel):
    """`state`: taken, asked, next or later. Of 提醒 the rung is "reminder", its count in `count`."""

    rung: str
    words: str
    state: str
    count: int
    number: str
    text: str
    at: datetime | None
    by_name: str
    approved_by_name: str
    approved_by_post: str
    consent_id: UUID | None


class RungApproverOut(BaseModel):
    """A post that may approve, and who holds it today."""

    post_id: UUID
    post_title: str
    unit_name: str
    name: str


class EscalationOut(BaseModel):
    """`approvers`: whom the next rung may be put to; empty for who may not ask."""

    rungs: list[RungOut]
    next: str | None
    next_words: str
    reason: str
    approvers: list[RungApproverOut]
    abilities: dict[str, bool]


def describe(actor: Actor, item_id: UUID) -> EscalationOut:
    """The strip of rungs of one item. Raises NotFoundError."""
    item = access_item(actor, item_id)
    cycle = store.cycle_of(item)
    taken = {step.rung: step for step in store.steps(item, cycle)}
    waiting = consent_store.open_of(KIND, SUBJECT, item.pk)
    count, last = reminder_store.counted(item)
    following = next_rung([Rung(rung) for rung in taken])
    rungs = [_plain("reminder", "提醒", "taken" if count else "next", count=count, at=last)]
    for rung in ORDER:
        asked = waiting is not None and waiting.params["rung"] == rung
        if step := taken.get(rung):
            rungs.append(_taken(step))
        elif asked and waiting:
            rungs.append(
                _plain(
                    rung,
                    RUNG_WORDS[rung],
                    "asked",
                    at=waiting.at,
                    by_name=waiting.by_name,
                    consent=waiting.pk,
                )
            )
        else:
            rungs.append(_plain(rung, RUNG_WORDS[rung], "next" if rung == following and count else "later"))
    can = may(actor, ASK, item_scope(item)) and item.state not in item_store.FINAL
    can = can and bool(count) and waiting is None and following is not None
    return EscalationOut(
        rungs=rungs,
        next=following,
        next_words=RUNG_WORDS[following] if following else "",
        reason="" if count else _("尚未提醒过，请先催办"),
        approvers=_approvers(actor, item) if can else [],
        abilities={"ask": can},
    )


def _approvers(actor: Actor, item: Item) -> list[RungApproverOut]:
    """Never who asks."""
    return [
        RungApproverOut(
            post_id=one.post_id,
            post_title=one.post.title,
            unit_name=one.post.unit.display_name,
            name=one.staff.name,
        )
        for one in entitled(APPROVE, item_scope(item))
        if one.staff_id != actor.staff_id
    ]


def _plain(
    rung: str,
    words: str,
    state: str,
    *,
    count: int = 0,
    at: datetime | None = None,
    by_name: str = "",
    consent: UUID | None = None,
) -> RungOut:
    return RungOut(
        rung=rung,
        words=words,
        state=state,
        count=count,
        number="",
        text="",
        at=at,
        by_name=by_name,
        approved_by_name="",
        approved_by_post="",
        consent_id=consent,
    )


def _taken(step: EscalationStep) -> RungOut:
    return RungOut(
        rung=step.rung,
        words=RUNG_WORDS[Rung(step.rung)],
        state="taken",
        count=1,
        number=step.number,
        text=step.text,
        at=step.approved_at,
        by_name=step.by_name,
        approved_by_name=step.approved_by_name,
        approved_by_post=step.approved_by_post,
        consent_id=step.consent_id,
    )


def check_ask_rung(
    *, actor: Actor, item_id: UUID, rung: str, text: str, approver_post_id: UUID, key: str | None = None
) -> ItemAnswer:
    """Put a rung to a named approver, with the text of the letter.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError.
        NotAllowedNowError: not the next rung (it says which), one is being asked, or the item has ended.
        BadInputError: no text, an unknown rung, or a post that may not approve it.
    """
    if rung not in set(Rung):
        raise BadInputError(field="rung", message=_("升级方式无效，请从列表中选择。"))
    text = text.strip()
    if not text or len(text) > MAX_TEXT or "\x00" in text:
        raise BadInputError(field="text", message=_("请写明事由和要求，不超过2000个字。"))
    admission.check(text, actor=actor, where="letter")
    wanted = Rung(rung)
    access_item(actor, item_id)

    def deed() -> ItemAnswer:
        item = item_store.lock(item_id)
        scope = item_scope(item)
        require(actor, ASK, scope)
        _check_next(item, wanted)
        if not may_approve(approver_post_id, APPROVE, scope):
            raise BadInputError(
                field="approver_post_id",
                message=_("所选岗位无权审批升级督办，请选择专班牵头人或分管该事项的领导岗位。"),
            )
        title = f"对第{item.number}项“{item.title}”{RUNG_WORDS[wanted]}"
        ask(
            actor=actor,
            kind=KIND,
            subject_kind=SUBJECT,
            subject_id=item.pk,
            title=title,
            reason=text[:500],
            link=_link(item),
            params={"rung": wanted.value, "text": text},
            approver=ApproverRule(post_id=approver_post_id),
        )
        message = _("已提请审批：{title}").format(title=title)
        return ItemAnswer(message=message, item=item_out(actor, item_store.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="ask_rung", subject_id=item_id, answer=ItemAnswer, deed=deed)


def _check_next(item: Item, wanted: Rung) -> None:
    if item.state in item_store.FINAL:
        raise NotAllowedNowError(message=_("事项已终结，不再升级督办。"))
    taken = [Rung(step.rung) for step in store.steps(item, store.cycle_of(item))]
    try:
        check_rung(wanted, taken, reminded=reminder_store.was_reminded(item))
    except RungNotNext as refusal:
        raise NotAllowedNowError(message=refusal.sentence) from refusal


def _link(item: Item) -> str:
    from workflows.items.card import item_link

    return item_link(item)


def _agreed(actor: Actor, consent: Consent) -> str:
    """Number the letter, put it into the history, and tell those whom it is for."""
    item = item_store.lock(consent.subject_id)
    wanted = Rung(consent.params["rung"])
    _check_next(item, wanted)

    def change(item: Item, now: datetime) -> str:
        year = clock.local(now).year
        code = f"{_code_of(item)}{LETTER_MARKS[wanted]}"
        step = EscalationStep.objects.create(
            item=item,
            cycle=store.cycle_of(item),
            rung=wanted,
            number=f"{code}〔{year}〕{store.take_number(code, year)}号",
            text=consent.params["text"],
            consent_id=consent.pk,
            approved_at=now,
            approved_by_name=actor.name + (f"（代{consent.decided_for}）" if consent.decided_for else ""),
            approved_by_post=actor.post_title,
            approved_by_unit=actor.unit_name,
            at=consent.at,
            by_id=consent.by_id,
            by_name=consent.by_name,
            by_post=consent.by_post,
            by_unit=consent.by_unit,
        )
        audit.record(
            actor=actor,
            verb=f"item.{wanted}",
            subject="item",
            subject_id=item.pk,
            new={"number": step.number},
        )
        words = f"{RUNG_WORDS[wanted]} {step.number}：{step.text}"
        if wanted != Rung.ACCOUNTABILITY:  # the last is a record only
            _tell(item, step, words, now)
        return words

    return apply_change(actor, item, f"rung_{wanted}", change)


def _tell(item: Item, step: EscalationStep, words: str, now: datetime) -> None:
    who = Addressees([item])
    asked = list(dict.fromkeys([*who.handlers(item), *who.heads(item), *who.leaders(item)]))
    who.with_acting(asked)
    said = [
        Say(reader.staff_id, now, item.pk, "letter", step.pk, words, reader.for_name)
        for reader in who.readers(asked)
    ]
    slips.gather(notices.KIND, said)
    timers.set_timer(f"notices:{now.timestamp():.0f}", now, notices.TASK)


def _code_of(item: Item) -> str:
    ledger = item.ledger
    return ledger.organ_code if ledger is not None and ledger.organ_code else PLAIN_CODE


def connect() -> None:
    """Called once at start."""
    register(
        ConsentKind(
            KIND,
            lambda: _("升级督办"),
            on_agree=_agreed,
            lock=lambda consent: item_store.lock(consent.subject_id),
        )
    )
