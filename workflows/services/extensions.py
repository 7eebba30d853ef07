"""延期: asked by the unit before the due time, a few times at most, decided by lead or office as a consent.

The first due date stays. The request is an `Extension`, the question about it a `Consent` of the item: who decides by
the item's page, its card or the consent's card does the same deed.
"""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError
from common.events import publish
from directory.actors import Actor
from workflows.consents import ApproverRule, ConsentKind, ask, register, settle
from workflows.errors import NotAllowedNowError
from workflows.events import ExtensionAsked, ExtensionDecided
from workflows.rules.limits import counts
from workflows.rules.moves import ExtensionAct, ExtensionState, ItemAct, NotAllowedNow, next_extension_state
from workflows.rules.working_days import chinese_day
from workflows.services.acts import checked_reason
from workflows.services.calendar import work_calendar
from workflows.services.changes import apply_change, change_item, moved, stamp
from workflows.services.gates import item_scope
from workflows.services.knocks import pending_changed
from workflows.services.plans import move_plan
from workflows.services.shapes import ItemAnswer
from workflows.store import items as store
from workflows.store.models import Consent, Extension, Item

KIND, SUBJECT, DECIDE = "extension", "item", "item.decide_extension"
LONGEST_DAYS = 3660


def check_ask_extension(
    *, actor: Actor, item_id: UUID, due_on: date, reason: str, key: str | None = None
) -> ItemAnswer:
    """申请延期, by head, handler or liaison of the lead unit.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError.
        BadInputError: due_on is not later than the present one, or no reason.
        NotAllowedNowError: the due time has passed, one request is open, or two were agreed.
    """
    reason = checked_reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.ASK_EXTENSION)
        _check_asked(item, due_on, now)
        extension = Extension.objects.create(
            item=item, old_due_on=item.due_on, new_due_on=due_on, reason=reason, **stamp(actor, now)
        )
        ask(
            actor=actor,
            kind=KIND,
            subject_kind=SUBJECT,
            subject_id=item.pk,
            title=f"第{item.number}项“{item.title}”由{chinese_day(item.due_on)}延期至{chinese_day(due_on)}",
            reason=reason,
            link=_link(item),
            params={"extension": str(extension.pk)},
            approver=ApproverRule(DECIDE, item_scope(item)),
        )
        publish(ExtensionAsked(extension.pk, item.pk, item.taskforce_id, item.home_room_id))
        return f"第{item.number}项申请延期至{chinese_day(due_on)}：{reason}"

    return change_item(
        actor=actor,
        item_id=item_id,
        verb="item.ask_extension",
        act=ItemAct.ASK_EXTENSION,
        key=key,
        change=change,
    )


def _check_asked(item: Item, due_on: date, now: datetime) -> None:
    if now > work_calendar().closing(item.due_on):
        raise NotAllowedNowError(
            message=_("时限{day}已过，不能再申请延期。请尽快反馈进展，并与专班牵头人商定后续安排。").format(
                day=chinese_day(item.due_on)
            )
        )
    if store.open_extension(item):
        raise NotAllowedNowError(message=_("已有一次延期申请待审批，请等待专班牵头人决定。"))
    most = counts()["extensions"]
    if store.count_extensions(item) >= most:
        raise NotAllowedNowError(
            message=_("已延期{most}次，不能再申请。请与专班牵头人商定调整事项。").format(most=most)
        )
    if due_on <= item.due_on:
        raise BadInputError(
            field="due_on",
            message=_("新时限须晚于现时限{day}，请改选更晚的日期。").format(day=chinese_day(item.due_on)),
        )
    if (due_on - item.due_on).days > LONGEST_DAYS:
        raise BadInputError(field="due_on", message=_("新时限超出十年，请核对年份。"))
    if item.parent_id and due_on > (whole := store.due_on_of(item.parent_id)):
        raise BadInputError(
            field="due_on",
            message=_(
                "分项的新时限不能晚于上级事项的时限{day}，请改选当天或之前的日期，或先申请上级事项延期。"
            ).format(day=chinese_day(whole)),
        )


def check_decide_extension(
    *, actor: Actor, item_id: UUID, agree: bool, reason: str = "", key: str | None = None
) -> ItemAnswer:
    """Agree to the open request or return it (with a reason). Open milestones move along with the due date.

    Raises:
        NotFoundError, ForbiddenError, BadInputError.
        NotAllowedNowError: nothing is open; when somebody was faster it says who and when.
    """
    reason = checked_reason(actor, reason) if reason.strip() or not agree else ""

    def change(item: Item, now: datetime) -> str:
        if store.open_extension(item) is None:
            raise NotAllowedNowError(message=_nothing_open(item))
        settle(actor=actor, kind=KIND, subject_kind=SUBJECT, subject_id=item.pk, agree=agree, reason=reason)
        return _end(actor, item, now, agree=agree, reason=reason)

    return change_item(
        actor=actor, item_id=item_id, verb=DECIDE, act=_act(agree=agree), key=key, change=change
    )


def _act(*, agree: bool) -> str:
    return "agree_extension" if agree else "return_extension"


def _end(actor: Actor, item: Item, now: datetime, *, agree: bool, reason: str) -> str:
    """The open request is over; an agreed one moves the due date and the open milestones."""
    extension = store.open_extension(item)
    if extension is None:
        raise NotAllowedNowError(message=_nothing_open(item))
    try:
        extension.state = next_extension_state(
            ExtensionState(extension.state), ExtensionAct.AGREE if agree else ExtensionAct.RETURN
        )
    except NotAllowedNow as refusal:
        raise NotAllowedNowError.of(refusal) from refusal
    extension.decided_at, extension.decision_reason = now, reason
    extension.decided_by_name, extension.decided_by_post = actor.name, actor.post_title
    extension.decided_by_unit = actor.unit_name
    extension.save()
    if agree:
        move_plan(item, extension.new_due_on)
    publish(ExtensionDecided(extension.pk, item.pk, item.taskforce_id, item.home_room_id, agree))
    return _decision_words(item, extension, agree=agree)


def _decision_words(item: Item, extension: Extension, *, agree: bool) -> str:
    if agree:
        first, new = chinese_day(item.first_due_on), chinese_day(extension.new_due_on)
        return f"同意第{item.number}项延期至{new}，原时限{first}保留在记录中"
    return f"退回第{item.number}项的延期申请：{extension.decision_reason}"


def _nothing_open(item: Item) -> str:
    decided = [one for one in store.extensions(item) if one.decided_at]
    if not decided:
        return _("没有待审批的延期申请。")
    last = decided[-1]
    verdict = _("同意") if last.state == ExtensionState.AGREED else _("退回")
    return _("{name}已于{at}{verdict}该申请，无需再次处理。").format(
        name=last.decided_by_name,
        at=f"{clock.local(last.decided_at or last.at):%m月%d日 %H:%M}",
        verdict=verdict,
    )


def _link(item: Item) -> str:
    from workflows.items.card import item_link

    return item_link(item)


def _by_consent(*, agree: bool) -> Callable[[Actor, Consent], str]:
    """What follows when somebody decided at the consent: the deed of the item's own page."""

    def then(actor: Actor, consent: Consent) -> str:
        return _apply(actor, consent, agree=agree, reason=consent.decision_reason)

    return then


def _apply(actor: Actor, consent: Consent, *, agree: bool, reason: str) -> str:
    item = store.lock_with_parents(consent.subject_id)
    message = apply_change(
        actor,
        item,
        _act(agree=agree),
        lambda item, now: _end(actor, item, now, agree=agree, reason=reason),
    )
    pending_changed([item])
    return message


def _withdrawn(actor: Actor, consent: Consent) -> str:
    """By who asked. Where the item's own deed ended the request, nothing is left to do."""
    if store.open_extension(store.lock_with_parents(consent.subject_id)) is None:
        return ""
    return _apply(actor, consent, agree=False, reason=_("申请人已撤回"))


def connect() -> None:
    """Called once at start."""
    register(
        ConsentKind(
            KIND,
            lambda: _("申请延期"),
            on_agree=_by_consent(agree=True),
            on_refuse=_by_consent(agree=False),
            on_end=_withdrawn,
            lock=lambda consent: store.lock_with_parents(consent.subject_id),
        )
    )
