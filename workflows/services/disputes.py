"""牵头异议: a unit says that another one should lead. Unsettled after two working days it goes to the lowest common
superior, in whose pending list it waits.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, timers
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.services.tree import read_branches
from directory.store.tree import Tree
from workflows.errors import NotAllowedNowError
from workflows.rules.clocks import due_of
from workflows.rules.limits import limits
from workflows.rules.moves import ItemState
from workflows.services import acts
from workflows.services.acts import checked_reason
from workflows.services.calendar import work_calendar
from workflows.services.changes import change_item
from workflows.services.gates import access_item, item_scope
from workflows.services.knocks import pending_changed
from workflows.services.people import living_unit
from workflows.services.shapes import ItemAnswer
from workflows.services.stamps import stamp
from workflows.store import items as item_store
from workflows.store import parts as store
from workflows.store.models import Item, LeadDispute

TASK = "workflows.escalate_dispute"


def check_dispute(
    *, actor: Actor, item_id: UUID, claimed_unit_id: UUID, reason: str, key: str | None = None
) -> ItemAnswer:
    """Say who should lead instead, by the lead unit or a supporting one.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError. BadInputError: claimed_unit_id, reason.
        NotAllowedNowError: not dispatched, over, or a dispute is open.
    """
    reason = checked_reason(actor, reason)
    claimed = living_unit(claimed_unit_id, field="claimed_unit_id")
    seen = access_item(actor, item_id)
    takes_part = actor.unit_id in {unit.pk for unit in seen.supporting_units.all()}
    require(actor, "item.dispute_lead", Scope(unit_id=actor.unit_id) if takes_part else item_scope(seen))

    def change(item: Item, now: datetime) -> str:
        if item.state in item_store.FINAL or item.state == ItemState.REGISTERED:
            raise NotAllowedNowError(message=_("事项未在办理中，不能提出牵头异议。"))
        if claimed.pk == item.lead_unit_id:
            raise BadInputError(
                field="claimed_unit_id", message=_("该单位已是牵头单位，请选择应当牵头的其他单位。")
            )
        if known := store.open_dispute(item.pk):
            words = _("{name}已于{at}提出牵头异议，正在协商，请等待结果。")
            raise NotAllowedNowError(
                message=words.format(name=known.by_name, at=f"{clock.local(known.at):%m月%d日 %H:%M}")
            )
        due = due_of(limits()["lead_dispute"], now, work_calendar())
        made = LeadDispute.objects.create(
            item=item, claimed_unit=claimed, reason=reason, escalates_at=due.at, **stamp(actor, now)
        )
        timers.set_timer(_timer(made.pk), due.at, TASK, dispute_id=str(made.pk))
        return f"提出牵头异议，认为应由{claimed.name}牵头：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.view", act="dispute_lead", key=key, change=change
    )


def _timer(dispute_id: UUID) -> str:
    return f"dispute:{dispute_id}"


def escalate(dispute_id: UUID) -> None:
    """The timer's deed: hand the dispute up. Once; one that was settled meanwhile stays as it is."""
    found = LeadDispute.objects.filter(pk=dispute_id).first()
    if found is None:
        return
    with transaction.atomic():
        item = item_store.lock(found.item_id)
        dispute = store.open_dispute(item.pk)
        if dispute is None or dispute.pk != dispute_id or dispute.escalated_at is not None:
            return
        tree = read_branches((item.lead_unit_id, dispute.claimed_unit_id))
        common = lowest_common(item.lead_unit_id, dispute.claimed_unit_id, tree)
        dispute.superior_id = common or _assigning_unit(item)
        dispute.escalated_at = clock.now()
        dispute.save(update_fields=["superior", "escalated_at"])
        audit.record(
            actor=None,
            verb="item.escalate_dispute",
            subject="item",
            subject_id=item.pk,
            new={"dispute": str(dispute.pk), "superior": str(dispute.superior_id)},
        )
        pending_changed([item], also={dispute.superior_id} if dispute.superior_id else ())


def _assigning_unit(item: Item) -> UUID | None:
    """Where nobody stands above both: the unit of the ledger, or the office of the task force."""
    if item.ledger:
        return item.ledger.unit_id
    return item.taskforce.office_unit_id if item.taskforce else None


def lowest_common(one: UUID, other: UUID, tree: Tree) -> UUID | None:
    """The nearest unit above both along the blocks; a unit that stands above the other counts itself."""
    above: list[UUID] = []
    at: UUID | None = one
    while at is not None and at not in above:
        above.append(at)
        at = tree.block.get(at)
    seen: set[UUID] = set()
    at = other
    while at is not None and at not in seen:
        if at in above and at not in {one, other}:
            return at
        seen.add(at)
        at = tree.block.get(at)
    common = [unit for unit in above if unit in seen]
    return common[0] if common else None


def check_settle(
    *,
    actor: Actor,
    item_id: UUID,
    lead_unit_id: UUID,
    reason: str,
    key: str | None = None,
) -> ItemAnswer:
    """Say who leads: who assigned the item, or the superior that it has gone up to. Another unit signs for it anew.

    Raises:
        NotFoundError, ForbiddenError, SecrecyRefusedError, BadInputError.
        NotAllowedNowError: nothing is open; it says who settled it and when.
    """
    reason = checked_reason(actor, reason)
    unit = living_unit(lead_unit_id, field="lead_unit_id")
    _access_dispute(actor, item_id)

    def change(item: Item, now: datetime) -> str:
        dispute = store.open_dispute(item.pk)
        if dispute is None:
            raise NotAllowedNowError(message=_nothing_open(item))
        _require_settle(actor, item, dispute)
        if unit.pk not in {item.lead_unit_id, dispute.claimed_unit_id}:
            raise BadInputError(field="lead_unit_id", message=_("请在现牵头单位与异议提出的单位中裁定其一。"))
        dispute.settled_at, dispute.settled_unit, dispute.settled_reason = now, unit, reason
        dispute.settled_by_name, dispute.settled_by_post = actor.name, actor.post_title
        dispute.save()
        timers.cancel_timer(_timer(dispute.pk))
        if unit.pk != item.lead_unit_id:
            acts.transfer(actor, item, unit.pk, now)
            item.lead_unit = unit
        return f"裁定由{unit.name}牵头：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.view", act="settle_lead", key=key, change=change
    )


def _access_dispute(actor: Actor, item_id: UUID) -> None:
    item = access_item(actor, item_id)
    found = next((one for one in store.disputes(item.pk) if one.settled_at is None), None)
    if found is not None:
        _require_settle(actor, item, found)


def _require_settle(actor: Actor, item: Item, dispute: LeadDispute) -> None:
    if may(actor, "item.dispatch", item_scope(item)):
        return
    if dispute.superior_id is None:
        require(actor, "item.dispatch", item_scope(item))
    require(actor, "item.settle_lead", Scope(unit_id=dispute.superior_id))


def _nothing_open(item: Item) -> str:
    settled = [one for one in store.disputes(item.pk) if one.settled_at]
    if not settled or settled[-1].settled_at is None:
        return _("本项没有待裁定的牵头异议，请刷新后查看。")
    return _("{name}已于{at}裁定，无需再次处理。请刷新后查看。").format(
        name=settled[-1].settled_by_name, at=f"{clock.local(settled[-1].settled_at):%m月%d日 %H:%M}"
    )
