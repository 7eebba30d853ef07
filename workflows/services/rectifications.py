"""整改: ordered by who supervises, planned within three working days, done, checked again by somebody else."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common import clock
from common.errors import BadInputError
from directory.actors import Actor
from workflows.errors import NotAllowedNowError
from workflows.rules.clocks import due_of
from workflows.rules.limits import limits
from workflows.rules.moves import ItemAct, NotAllowedNow
from workflows.rules.part_moves import RECTIFY_WORDS, RectifyAct, RectifyState, next_rectify_state
from workflows.rules.working_days import chinese_day
from workflows.services.acts import checked_reason
from workflows.services.calendar import work_calendar
from workflows.services.changes import change_item, moved
from workflows.services.guards import require_other
from workflows.services.shapes import ItemAnswer
from workflows.services.stamps import stamp
from workflows.store import parts as store
from workflows.store.models import Item, Rectification

MAX_TEXT = 2000
WHOLE = 100


def check_order(*, actor: Actor, item_id: UUID, order: str, key: str | None = None) -> ItemAnswer:
    """责令整改, of any running item: a quality finding, open until the re-check is passed.

    Raises: NotFoundError, ForbiddenError (also for one's own work), NotAllowedNowError, BadInputError.
    """
    order = checked_reason(actor, order)

    def change(item: Item, now: datetime) -> str:
        moved(item, ItemAct.RECTIFY)
        require_other(actor, item)
        made = _open(item, order, actor, now)
        item.quality_finding = True
        return f"责令第{item.number}项整改：{order}。整改方案于{chinese_day(made.plan_due_on)}前报送"

    return change_item(
        actor=actor, item_id=item_id, verb="item.rectify", act=ItemAct.RECTIFY, key=key, change=change
    )


def _open(item: Item, order: str, actor: Actor, now: datetime) -> Rectification:
    due = due_of(limits()["rectification_plan"], now, work_calendar())
    return Rectification.objects.create(item=item, order=order, plan_due_on=due.day, **stamp(actor, now))


def check_plan(*, actor: Actor, item_id: UUID, plan: str, due_on: date, key: str | None = None) -> ItemAnswer:
    """整改方案, with the day by which it is done. Raises as `check_order`; BadInputError: plan, due_on."""
    plan = _text(actor, plan, "plan", _("请填写整改方案，不超过2000个字。"))

    def write(found: Rectification, item: Item, now: datetime) -> str:
        if due_on < clock.local(now).date():
            raise BadInputError(field="due_on", message=_("整改完成日期早于今天，请改为今天或之后。"))
        found.plan, found.planned_at, found.due_on = plan, now, due_on
        return f"报送第{item.number}项整改方案，{chinese_day(due_on)}前完成"

    return _step(actor, item_id, RectifyAct.PLAN, "item.report", key, write)


def check_result(*, actor: Actor, item_id: UUID, result: str, key: str | None = None) -> ItemAnswer:
    """整改结果, for the re-check. Raises as `check_plan`."""
    result = _text(actor, result, "result", _("请填写整改结果，不超过2000个字。"))

    def write(found: Rectification, item: Item, now: datetime) -> str:
        found.result, found.done_at, found.done_by_id = result, now, actor.staff_id or None
        return f"报送第{item.number}项整改结果，待复核"

    return _step(actor, item_id, RectifyAct.FINISH, "item.report", key, write)


def check_recheck(
    *, actor: Actor, item_id: UUID, passed: bool, reason: str = "", key: str | None = None
) -> ItemAnswer:
    """复核. One that fails is followed by a new order of the same kind; the reason says what is missing.

    Raises as `check_order`; a pass brings the item back to where it was: to be checked when it was reported whole.
    """
    words = checked_reason(actor, reason) if reason.strip() or not passed else ""

    def write(found: Rectification, item: Item, now: datetime) -> str:
        require_other(actor, item)
        found.checked_at, found.check_words = now, words
        found.checked_by_name, found.checked_by_post = actor.name, actor.post_title
        if passed:
            moved(item, ItemAct.RECHECK_GOOD_DONE if item.percent >= WHOLE else ItemAct.RECHECK_GOOD)
            item.serious_fact = item.quality_finding = False
            return f"第{item.number}项整改复核通过"
        moved(item, ItemAct.RECHECK_BAD)
        found.state = RectifyState.FAILED.value
        found.save()  # before the new one: only one is open
        made = _open(item, f"复核未通过：{words}"[:500], actor, now)
        return f"第{item.number}项整改复核未通过：{words}。整改方案于{chinese_day(made.plan_due_on)}前重报"

    act = RectifyAct.GOOD if passed else RectifyAct.BAD
    return _step(actor, item_id, act, "item.rectify", key, write)


Write = Callable[[Rectification, Item, datetime], str]


def _step(
    actor: Actor, item_id: UUID, act: RectifyAct, verb: str, key: str | None, write: Write
) -> ItemAnswer:
    def change(item: Item, now: datetime) -> str:
        found = store.open_rectification(item.pk)
        if found is None:
            raise NotAllowedNowError(message=_nothing_open(item))
        try:
            after = next_rectify_state(RectifyState(found.state), act)
        except NotAllowedNow as refusal:
            raise NotAllowedNowError.of(refusal) from refusal
        message = write(found, item, now)
        found.state = after.value
        found.save()
        return message

    return change_item(
        actor=actor, item_id=item_id, verb=verb, act=f"rectify_{act.value}", key=key, change=change
    )


def _nothing_open(item: Item) -> str:
    last = store.last_rectification(item.pk)
    if last is None or last.checked_at is None:
        return _("本事项没有待办的整改，请刷新后查看。")
    return _("{name}已于{at}作出“{verdict}”，无需再次处理。请刷新后查看。").format(
        name=last.checked_by_name,
        at=f"{clock.local(last.checked_at):%m月%d日 %H:%M}",
        verdict=RECTIFY_WORDS[last.state],
    )


def _text(actor: Actor, text: str, field: str, message: str) -> str:
    text = text.strip()
    if not text or len(text) > MAX_TEXT or "\x00" in text:
        raise BadInputError(field=field, message=message)
    admission.check(text, actor=actor, where="report")
    return text
