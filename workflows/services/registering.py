"""立项: one new item in a task force or a ledger, typed by hand or taken from a message."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common import clock
from common.errors import BadInputError, ConflictError
from common.events import publish
from directory.actors import Actor
from directory.services.rights import Scope, require
from workflows.events import ItemFromMessage
from workflows.rules.clocks import due_of
from workflows.rules.item_types import FieldError, check_details, item_types
from workflows.rules.recurrence import Recurrence, RecurrenceError
from workflows.rules.working_days import chinese_day, provisional_words
from workflows.services import ledgers, series
from workflows.services.calendar import work_calendar
from workflows.services.deeds import once
from workflows.services.gates import access_ledger, access_taskforce, force_scope, ledger_scope
from workflows.services.items import NewItem, add_items, do_dispatch, lock_home, require_open
from workflows.services.knocks import pending_changed
from workflows.services.members import join_units_of
from workflows.services.origins import Origin, find_origin
from workflows.services.people import active_person, living_unit
from workflows.services.shapes import ItemAnswer
from workflows.services.views import item_out
from workflows.store import items as store

MAX_TITLE, MAX_CATEGORY, MAX_WEIGHT, LONGEST_PERIOD = 200, 50, 1000, 366
FARTHEST = timedelta(days=3660)


class TakenAlreadyError(ConflictError):
    """The message has become an item before. facts: item_id, number, by, at."""

    code = "message_taken"

    def default_message(self) -> str:
        return _(
            "该消息已由{by}于{at}转为第{number}项。请打开该事项；确需另立一项的，请选择“仍然新建”。"
        ).format(**self.facts)


@dataclass(frozen=True)
class Home:
    """Where a new item goes. Neither: the actor's unit's own ledger."""

    taskforce_id: UUID | None = None
    ledger_id: UUID | None = None


def check_register(
    *,
    actor: Actor,
    home: Home,
    new: NewItem,
    dispatch: bool = False,
    origin: Origin | None = None,
    again: bool = False,
    key: str | None = None,
) -> ItemAnswer:
    """Add one item, and with `dispatch` hand it out at once.

    Args:
        origin: the message that it comes from; its card stays in that room as a reply.
        again: although the message has become an item before.
    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError, NotAllowedNowError (the home is closed).
        BadInputError: names the field. TakenAlreadyError.
    """
    scope = home_scope(actor, home)
    require(actor, "item.create", scope)
    if dispatch:
        require(actor, "item.dispatch", scope)
    new = checked_new(actor, new, in_ledger=home.taskforce_id is None)
    if origin:
        new = replace(new, source="message", more={**new.more, **find_origin(actor, origin)})

    def deed() -> ItemAnswer:
        ledger_id = home.ledger_id
        if home.taskforce_id is None and ledger_id is None:
            ledger_id = ledgers.own_ledger(actor).pk
        locked = lock_home(home.taskforce_id, ledger_id)
        require_open(locked)
        if origin and not again:
            _require_first(origin)
        (item,) = add_items(actor, locked, [new])
        if dispatch:
            item = store.lock(item.pk)
            do_dispatch(actor, item)
        series.set_timer(item)
        if origin:
            publish(ItemFromMessage(item.pk, item.origin_room_id, item.origin_event_id))
        pending_changed([item])
        if dispatch:
            join_units_of(actor, locked, [item])
        return ItemAnswer(
            message=_created_words(item, dispatched=dispatch),
            item=item_out(actor, store.shown().get(pk=item.pk)),
        )

    subject = home.taskforce_id or home.ledger_id or actor.unit_id
    return once(actor=actor, key=key, verb="create", subject_id=subject, answer=ItemAnswer, deed=deed)


def check_create_item(
    *, actor: Actor, taskforce_id: UUID, new: NewItem, key: str | None = None
) -> ItemAnswer:
    """Add one item to a task force. Raises as `check_register`."""
    return check_register(actor=actor, home=Home(taskforce_id=taskforce_id), new=new, key=key)


def home_scope(actor: Actor, home: Home) -> Scope:
    """Raises NotFoundError. BadInputError: both homes are named."""
    if home.taskforce_id and home.ledger_id:
        raise BadInputError(field="ledger_id", message=_("事项只能属于一个专班或一个台账，请保留其一。"))
    if home.taskforce_id:
        return force_scope(access_taskforce(actor, home.taskforce_id))
    if home.ledger_id:
        return ledger_scope(access_ledger(actor, home.ledger_id))
    return Scope(unit_id=actor.unit_id, assigner_unit_ids=(actor.unit_id,) if actor.unit_id else ())


def _require_first(origin: Origin) -> None:
    known = store.of_message(origin.room_id, origin.event_id)
    if known is None:
        return
    first = store.history(known)[0]
    raise TakenAlreadyError(
        item_id=str(known.pk),
        number=known.number,
        by=first.by_name,
        at=f"{clock.local(known.created_at):%m月%d日 %H:%M}",
    )


def _created_words(item: Any, *, dispatched: bool) -> str:
    number = item.formal_number or _("第{number}项").format(number=item.number)
    words = _("已新增{number}“{title}”，时限{due}").format(
        number=number, title=item.title, due=chinese_day(item.due_on)
    )
    if missing := work_calendar().missing_years(item.starts_on, item.due_on):
        words += _("（暂定）；{why}").format(why=provisional_words(missing))
    if dispatched:
        words += _("，已交办{unit}").format(unit=item.lead_unit.name)
    return f"{words}。"


def checked_new(actor: Actor, new: NewItem, *, in_ledger: bool) -> NewItem:
    """The same with its due date, details and people settled. Raises BadInputError, SecrecyRefusedError."""
    title = new.title.strip()
    if not title or len(title) > MAX_TITLE:
        raise BadInputError(field="title", message=_("请填写事项名称，不超过200个字。"))
    if "\x00" in title + new.category:
        raise BadInputError(field="title", message=_("事项名称含有不可见字符，请删除后重填。"))
    if len(new.category) > MAX_CATEGORY:
        raise BadInputError(field="category", message=_("类别不超过50个字，请压缩。"))
    if not 1 <= new.weight <= MAX_WEIGHT:
        raise BadInputError(field="weight", message=_("权重须为1至1000的整数，请改正。"))
    if new.report_every_days is not None and not 1 <= new.report_every_days <= LONGEST_PERIOD:
        raise BadInputError(
            field="report_every_days", message=_("反馈频次须为1至366天的整数；不填即按颜色规则的周期。")
        )
    words = [title, new.category, *map(str, new.details.values())]
    admission.check("\n".join(words), actor=actor, where="title")
    new = _typed(_dated(new, in_ledger=in_ledger))
    living_unit(new.lead_unit_id, field="lead_unit_id")
    supporting = tuple(dict.fromkeys(new.supporting_unit_ids))
    if new.lead_unit_id in supporting:
        raise BadInputError(
            field="supporting_unit_ids",
            message=_("牵头单位只能有一个，且不能同时为配合单位，请从配合单位中去掉。"),
        )
    for unit_id in supporting:
        living_unit(unit_id, field="supporting_unit_ids")
    if new.supervisor_unit_id:
        living_unit(new.supervisor_unit_id, field="supervisor_unit_id")
    more = dict(new.more)
    if new.supervisor:
        more["supervisor_id"] = active_person(new.supervisor, field="supervisor").staff_id
    return replace(new, title=title, supporting_unit_ids=supporting, more=more)


def _dated(new: NewItem, *, in_ledger: bool) -> NewItem:
    today, due_on = clock.today(), new.due_on
    if due_on is None:
        known = item_types().get(new.kind)
        if known is None or known.limit is None:
            raise BadInputError(field="due_on", message=_("请填写时限。"))
        due_on = due_of(known.limit, clock.now(), work_calendar()).day
    if due_on < new.starts_on:
        raise BadInputError(field="due_on", message=_("时限早于开始日期，请改为开始日期当天或之后。"))
    if in_ledger and due_on < today:
        raise BadInputError(field="due_on", message=_("时限早于今天，请改为今天或之后。"))
    if due_on - today > FARTHEST:
        raise BadInputError(field="due_on", message=_("时限超出十年，请核对年份。"))
    return replace(new, due_on=due_on)


def _typed(new: NewItem) -> NewItem:
    known = item_types().get(new.kind)
    if known is None:
        raise BadInputError(field="kind", message=_("事项类型无效，请从列表中选择。"))
    try:
        details = check_details(known, new.details)
        rule = Recurrence.of(new.recurrence).as_json() if new.recurrence else None
    except (FieldError, RecurrenceError) as error:
        name = f"recurrence.{error.field}" if isinstance(error, RecurrenceError) else error.field
        raise BadInputError(field=name, message=error.sentence) from error
    evidence = known.evidence_required if new.evidence_required is None else new.evidence_required
    return replace(new, details=details, recurrence=rule, evidence_required=evidence)
