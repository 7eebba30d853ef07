"""分解: an item split into items, to any depth and down the levels. The parent's progress is theirs by weight."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import audit, clock
from common.errors import BadInputError, ConflictError
from directory.actors import Actor
from directory.services.rights import may, require
from directory.services.tree import Tree, read_branches
from workflows.errors import NotAllowedNowError
from workflows.rules.moves import STATE_WORDS
from workflows.rules.trees import DEEPEST, would_cycle
from workflows.rules.working_days import chinese_day
from workflows.services import changes
from workflows.services.abilities import SPLIT
from workflows.services.changes import roll_up
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.items import NewItem, add_items, do_dispatch, lock_home, require_open
from workflows.services.knocks import pending_changed
from workflows.services.members import join_units_of
from workflows.services.origins import Origin
from workflows.services.registering import Home, check_register, checked_new
from workflows.services.shapes import ItemAnswer
from workflows.services.views import item_out
from workflows.store import items as store
from workflows.store import taskforces as force_store
from workflows.store.models import Item


class CircularParentError(ConflictError):
    code = "circular_parent"

    def default_message(self) -> str:
        return _("上级事项不能是本项或其分项，请另选上级事项。")


def check_split(
    *,
    actor: Actor,
    item_id: UUID,
    title: str,
    lead_unit_id: UUID,
    due_on: date,
    weight: int = 1,
    category: str = "",
    key: str | None = None,
) -> ItemAnswer:
    """Add one child and hand it to its unit, by the parent's lead unit or by who assigned the parent.

    The lead unit gives children to itself and to units below it, along block or line; in a task force also to its
    members. The answer is the child.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError.
        BadInputError: title, lead_unit_id (not below), due_on (later than the parent's), weight.
    """
    parent = access_item(actor, item_id)
    _require_split(actor, parent)
    new = NewItem(
        title=title,
        lead_unit_id=lead_unit_id,
        starts_on=max(clock.today(), parent.starts_on),
        due_on=due_on,
        category=category or parent.category,
        source="parent",
        weight=weight,
    )
    _check_due(due_on, parent)
    new = checked_new(actor, new, in_ledger=True)
    new = replace(new, kind=parent.kind, details=parent.details, evidence_required=parent.evidence_required)

    def deed() -> ItemAnswer:
        home = lock_home(parent.taskforce_id, parent.ledger_id)
        require_open(home)
        chain = {row.pk: row for row in store.lock_many(store.chain(item_id))}
        whole = chain[item_id]
        _require_split(actor, whole)
        if whole.state not in SPLIT:
            raise NotAllowedNowError(
                message=_("当前为“{state}”，不能分解。请在签收后、报完成前分解。").format(
                    state=STATE_WORDS[whole.state]
                )
            )
        if len(chain) >= DEEPEST:
            raise BadInputError(field="parent", message=_("分解层级过深，请在上一级分解。"))
        _check_due(due_on, whole)
        _check_below(actor, whole, lead_unit_id)
        more = {**new.more, "parent_id": whole.pk}
        (made,) = add_items(actor, home, [replace(new, supervisor_unit_id=whole.lead_unit_id, more=more)])
        child = store.lock(made.pk)
        do_dispatch(actor, child)
        roll_up(actor, whole.pk, clock.now())
        pending_changed([child])
        join_units_of(actor, home, [child])
        message = _("已分解第{number}项“{title}”，交办{unit}。").format(
            number=child.number, title=child.title, unit=child.lead_unit.name
        )
        return ItemAnswer(message=message, item=item_out(actor, store.shown().get(pk=child.pk)))

    return once(actor=actor, key=key, verb="split", subject_id=item_id, answer=ItemAnswer, deed=deed)


def _require_split(actor: Actor, item: Item) -> None:
    scope = item_scope(item)
    if not may(actor, "item.dispatch", scope):
        require(actor, "item.decompose", scope)


def _check_due(due_on: date, parent: Item) -> None:
    if due_on > parent.due_on:
        raise BadInputError(
            field="due_on",
            message=_("分项时限不能晚于上级事项的时限{day}，请改选当天或之前的日期。").format(
                day=chinese_day(parent.due_on)
            ),
        )


def _check_below(actor: Actor, parent: Item, unit_id: UUID) -> None:
    """Who assigned the parent may name any unit; the lead unit its own and those below, and fellow members."""
    if may(actor, "item.dispatch", item_scope(parent)) or unit_id == parent.lead_unit_id:
        return
    if parent.taskforce_id and unit_id in force_store.member_ids(parent.taskforce_id):
        return
    tree: Tree = read_branches((unit_id, parent.lead_unit_id))
    lead = parent.lead_unit_id
    if tree.is_under(unit_id, lead, tree.block) or tree.is_under(unit_id, lead, tree.line):
        return
    raise BadInputError(
        field="lead_unit_id",
        message=_("该单位不隶属于牵头单位，不能向其分解任务。请改选下级单位，或请其会办。"),
    )


def check_set_parent(
    *, actor: Actor, item_id: UUID, parent_id: UUID | None, key: str | None = None
) -> ItemAnswer:
    """Put an item under another one of the same home, or take it out, by who assigned both.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError. CircularParentError.
        BadInputError (parent_id): another home, the parent is due sooner or over.
    """
    require(actor, "item.dispatch", item_scope(access_item(actor, item_id)))
    if parent_id:
        require(actor, "item.dispatch", item_scope(access_item(actor, parent_id)))

    def deed() -> ItemAnswer:
        wanted = {*store.chain(item_id), *(store.chain(parent_id) if parent_id else ())}
        rows = {row.pk: row for row in store.lock_many(wanted)}
        item, now = rows[item_id], clock.now()
        before = item.parent_id
        if parent_id:
            _check_parent(item, rows[parent_id])
        item.parent_id = parent_id

        def change(one: Item, _now: datetime) -> str:
            if parent_id is None:
                return f"第{one.number}项移出上级事项"
            whole = rows[parent_id]
            one.supervisor_unit_id = whole.lead_unit_id
            return f"第{one.number}项归入第{whole.number}项"

        message = changes.apply_change(actor, item, "set_parent", change)
        old, new = {"parent": str(before or "")}, {"parent": str(parent_id or "")}
        audit.record(
            actor=actor, verb="item.set_parent", subject="item", subject_id=item.pk, old=old, new=new
        )
        for whole in sorted({one for one in (before, parent_id) if one}):
            roll_up(actor, whole, now)
        return ItemAnswer(message=message, item=item_out(actor, store.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb="set_parent", subject_id=item_id, answer=ItemAnswer, deed=deed)


def check_register_under(
    *,
    actor: Actor,
    home: Home,
    new: NewItem,
    parent_id: UUID | None,
    dispatch: bool = False,
    origin: Origin | None = None,
    again: bool = False,
    key: str | None = None,
) -> ItemAnswer:
    """Register an item, and put it under a larger one of its home where one is named: both or neither.

    Raises: as `registering.check_register`, and with a parent as `check_set_parent`.
    """
    if parent_id is None:
        return check_register(
            actor=actor, home=home, new=new, dispatch=dispatch, origin=origin, again=again, key=key
        )

    def deed() -> ItemAnswer:
        made = check_register(actor=actor, home=home, new=new, dispatch=dispatch, origin=origin, again=again)
        placed = check_set_parent(actor=actor, item_id=made.item.id, parent_id=parent_id)
        return ItemAnswer(message=made.message, item=placed.item)

    return once(actor=actor, key=key, verb="create", subject_id=parent_id, answer=ItemAnswer, deed=deed)


def _check_parent(item: Item, parent: Item) -> None:
    # Afresh, under the locks: the chains may have changed since they were read.
    parents = dict.fromkeys(store.chain(parent.pk))
    chain = list(parents)
    links = dict(zip(chain, [*chain[1:], None], strict=True))
    if would_cycle(item.pk, parent.pk, links):
        raise CircularParentError(field="parent_id")
    if item.home.pk != parent.home.pk:
        raise BadInputError(field="parent_id", message=_("上级事项须在同一专班或台账内，请另选。"))
    if parent.state in store.FINAL:
        raise BadInputError(field="parent_id", message=_("上级事项已终结，请另选或先重新打开。"))
    if item.due_on > parent.due_on:
        raise BadInputError(
            field="parent_id",
            message=_("本项时限晚于上级事项的时限{day}，请先调整时限或另选上级事项。").format(
                day=chinese_day(parent.due_on)
            ),
        )
