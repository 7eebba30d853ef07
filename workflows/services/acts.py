"""What is done with a dispatched item: signed for, reported, returned, closed, suspended, handed on."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.consents import end_open
from workflows.errors import NotAllowedNowError
from workflows.rules.clocks import due_of
from workflows.rules.limits import limits
from workflows.rules.moves import ItemAct, ItemState, report_act
from workflows.rules.trees import Share, rolled_up
from workflows.services.calendar import work_calendar
from workflows.services.changes import change_item, mark_nodes, moved, stamp
from workflows.services.deeds import known_verb
from workflows.services.evidence import NewEvidence, add_evidence, check_evidence, require_evidence
from workflows.services.gates import access_item
from workflows.services.guards import require_no_open_child, require_other, require_whole
from workflows.services.people import active_person, living_unit, works_in
from workflows.services.plans import move_plan
from workflows.services.shapes import ItemAnswer
from workflows.store import items as store
from workflows.store import ledgers
from workflows.store.models import Item, ProgressReport

MAX_TEXT, MAX_REASON = 2000, 500
WHOLE = 100


def check_sign_for(*, actor: Actor, item_id: UUID, key: str | None = None) -> ItemAnswer:
    """签收, by head, handler or liaison of the lead unit. Who signs is the handler until the unit names
    another.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError.
    """

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.SIGN_FOR)
        item.signed_at = now
        if item.handler_id is None and actor.staff_id:
            item.handler_id = actor.staff_id
        return f"已签收第{item.number}项“{item.title}”"

    return change_item(
        actor=actor, item_id=item_id, verb="item.sign_for", act=ItemAct.SIGN_FOR, key=key, change=change
    )


def check_report(
    *,
    actor: Actor,
    item_id: UUID,
    percent: int,
    text: str = "",
    evidence: Sequence[NewEvidence] = (),
    key: str | None = None,
) -> ItemAnswer:
    """反馈进展. 100 reports the whole as done; a lower figure than before needs a text that says why.

    The whole needs every part answered and every child done, and evidence where the item asks for it. An item with
    children has their progress: its reports say the same figure.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError (a closed item says where to go),
        SecrecyRefusedError.
        BadInputError: percent outside 0–100, text too long or missing.
    """
    text = text.strip()
    if not 0 <= percent <= WHOLE:
        raise BadInputError(field="percent", message=_("进度须为0至100的整数，请改正后重新提交。"))
    if len(text) > MAX_TEXT or "\x00" in text:
        raise BadInputError(field="text", message=_("进展说明不超过2000个字，请压缩或分次反馈。"))
    admission.check(text, actor=actor, where="report")
    files = check_evidence(actor, evidence)

    def change(item: Item, now: datetime) -> str:
        moved(item, report_act(percent))
        _check_rolled_up(item, percent)
        if percent == WHOLE:
            require_whole(item)
            require_evidence(item, files)
        if percent < item.percent and not text:
            raise BadInputError(
                field="text",
                message=_("本次进度{new}%低于上次的{old}%，请在说明中写明原因。").format(
                    new=percent, old=item.percent
                ),
            )
        report = ProgressReport.objects.create(item=item, percent=percent, text=text, **stamp(actor, now))
        add_evidence(actor, item, files, report=report, now=now)
        if percent > item.percent:
            item.last_change_on = clock.local(now).date()
        item.percent, item.last_report_at = percent, now
        mark_nodes(item, now)
        done = "报完成，待核查" if percent == WHOLE else f"进展{percent}%"
        return f"第{item.number}项“{item.title}”{done}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.report", act=report_act(percent), key=key, change=change
    )


def _check_rolled_up(item: Item, percent: int) -> None:
    """Raises BadInputError: the item has children, and they say another figure."""
    whole = rolled_up(Share(*row) for row in store.shares(item.pk))
    if whole is not None and percent != whole:
        raise BadInputError(
            field="percent",
            message=_("本项进度由分项汇总，现为{percent}%，请在分项中反馈进展，或按此数填报。").format(
                percent=whole
            ),
        )


def check_return(*, actor: Actor, item_id: UUID, reason: str, key: str | None = None) -> ItemAnswer:
    """退回: a reported item goes back to the unit, any other back to the lead as not ours.

    A retry does what the first call did, although the state has moved on. Raises as the two below.
    """
    first = known_verb(actor, key)
    reported = access_item(actor, item_id).state == ItemState.REPORTED
    if first == ItemAct.REJECT or (first is None and reported):
        return check_reject_report(actor=actor, item_id=item_id, reason=reason, key=key)
    return check_send_back(actor=actor, item_id=item_id, reason=reason, key=key)


def checked_reason(actor: Actor, reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInputError(field="reason", message=_("请写明理由，不超过500个字。"))
    admission.check(reason, actor=actor, where="reason")
    return reason


def check_reject_report(*, actor: Actor, item_id: UUID, reason: str, key: str | None = None) -> ItemAnswer:
    """The report of the whole goes back to the unit, by lead or office. The percentage falls to the report
    before.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError. BadInputError: no reason.
    """
    reason = checked_reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.REJECT)
        if report := store.last_taken_report(item):
            report.state, report.returned_reason = "returned", reason
            report.save(update_fields=["state", "returned_reason"])
        before = store.last_taken_report(item)
        item.percent = before.percent if before else 0
        item.rejected_in_a_row += 1
        mark_nodes(item, now)
        return f"退回第{item.number}项的报告：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.reject_report", act=ItemAct.REJECT, key=key, change=change
    )


def check_send_back(*, actor: Actor, item_id: UUID, reason: str, key: str | None = None) -> ItemAnswer:
    """不属我办: the unit returns the item to the lead, within one working day of its dispatch.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError. BadInputError: no reason.
    """
    reason = checked_reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.SEND_BACK)
        limit = due_of(limits()["send_back"], item.dispatched_at or now, work_calendar())
        if now > limit.at:
            raise NotAllowedNowError(
                message=_("退回须在收到后{limit}内（{because}）。请联系交办方转办。").format(
                    limit=limits()["send_back"].words, because=limit.because
                )
            )
        item.handler_id = None
        drop_open_extension(actor, item, now, "事项已退回，原申请不再办理")
        return f"退回第{item.number}项（不属我办）：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.return", act=ItemAct.SEND_BACK, key=key, change=change
    )


def check_close(*, actor: Actor, item_id: UUID, key: str | None = None) -> ItemAnswer:
    """办结, after the unit has reported the whole. Raises NotFoundError, ForbiddenError,
    NotAllowedNowError.
    """

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.CLOSE)
        require_other(actor, item)
        require_no_open_child(item)
        item.closed_at, item.rejected_in_a_row = now, 0
        drop_open_extension(actor, item, now)
        return f"第{item.number}项“{item.title}”已办结"

    return change_item(
        actor=actor, item_id=item_id, verb="item.close", act=ItemAct.CLOSE, key=key, change=change
    )


def drop_open_extension(actor: Actor, item: Item, now: datetime, reason: str = "") -> None:
    """A request that nobody needs to decide any more is returned with the reason, and its question withdrawn."""
    if extension := store.open_extension(item):
        extension.state, extension.decided_at = "returned", now
        extension.decided_by_name, extension.decided_by_post = actor.name, actor.post_title
        extension.decided_by_unit = actor.unit_name
        extension.decision_reason = reason or "事项已终结，无需延期"
        extension.save()
        end_open(
            actor=actor,
            subject_kind="item",
            subject_id=item.pk,
            kind="extension",
            reason=extension.decision_reason,
        )


def check_suspend(
    *, actor: Actor, item_id: UUID, act: ItemAct, reason: str, key: str | None = None
) -> ItemAnswer:
    """Suspend, resume or cancel (`act`), by lead or office, with a reason.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, BadInputError.
    """
    reason = checked_reason(actor, reason)
    words = {ItemAct.SUSPEND: "暂停", ItemAct.RESUME: "恢复", ItemAct.CANCEL: "取消"}[act]

    def change(item: Item, now: datetime) -> str:
        moved(item, act)
        if act == ItemAct.CANCEL:
            require_no_open_child(item)
            drop_open_extension(actor, item, now)
            if item.formal_number:
                ledgers.void_formal(item.formal_number, by_name=actor.name, reason=reason, at=now)
        elif act == ItemAct.SUSPEND:
            item.suspended_on = clock.local(now).date()
        else:
            _put_off(item, clock.local(now).date())
        return f"{words}第{item.number}项：{reason}"

    return change_item(actor=actor, item_id=item_id, verb="item.close", act=act, key=key, change=change)


def _put_off(item: Item, today: date) -> None:
    """The plan goes on where it stood: the due date moves by the working days of the pause. The first one stays."""
    since, calendar = item.suspended_on, work_calendar()
    if since is None:
        return
    item.suspended_on = None
    item.suspended_days += (today - since).days
    # Each close of office that has passed counts; today's is still to come.
    day = item.due_on
    for _step in range(calendar.working_days_between(since - timedelta(days=1), today - timedelta(days=1))):
        day = calendar.next_working_day(day)
    if day > item.due_on:
        move_plan(item, day)


def check_transfer(*, actor: Actor, item_id: UUID, lead_unit_id: UUID, key: str | None = None) -> ItemAnswer:
    """转办 to another lead unit, which signs for it anew. By lead or office."""
    unit = living_unit(lead_unit_id, field="lead_unit_id")

    def change(item: Item, now: datetime) -> str:
        was = item.lead_unit.name
        if item.lead_unit_id == unit.pk:
            raise BadInputError(field="lead_unit_id", message=_("该单位已是牵头单位，请选择其他单位。"))
        transfer(actor, item, unit.pk, now)
        item.lead_unit = unit
        return f"第{item.number}项由{was}转{unit.name}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.dispatch", act=ItemAct.TRANSFER, key=key, change=change
    )


def transfer(actor: Actor, item: Item, unit_id: UUID, now: datetime) -> None:
    """The unsaved move to another unit: dispatched afresh where it was dispatched before."""
    was_registered = item.state == ItemState.REGISTERED
    drop_open_extension(actor, item, now, "事项已转出，原申请不再办理")
    moved(item, ItemAct.TRANSFER)
    item.lead_unit_id, item.handler_id, item.signed_at = unit_id, None, None
    item.dispatched_at = None if was_registered else now


def check_name_handler(*, actor: Actor, item_id: UUID, user_id: str, key: str | None = None) -> ItemAnswer:
    """The lead unit names its handler, a person who holds a post in it."""
    person = active_person(user_id, field="handler")

    def change(item: Item, _now: datetime) -> str:
        if item.state in store.FINAL:
            raise NotAllowedNowError(message=_("事项已终结，不能再指定经办人。"))
        if not works_in(person.staff_id, item.lead_unit_id):
            raise BadInputError(
                field="handler",
                message=_("{name}不在牵头单位任职，请选择本单位人员。").format(name=person.name),
            )
        item.handler_id = person.staff_id
        return f"第{item.number}项经办人为{person.name}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.sign_for", act="name_handler", key=key, change=change
    )
