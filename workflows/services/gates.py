"""One gate per noun: who may see it, and where it belongs for the table of rights."""

from uuid import UUID

from common.errors import NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.store import items as item_store
from workflows.store import ledgers as ledger_store
from workflows.store import taskforces as force_store
from workflows.store.models import Item, Ledger, TaskForce


def force_scope(force: TaskForce) -> Scope:
    """Of a force read by the store's `find` or a list of it (member units are prefetched)."""
    return Scope(
        unit_id=force.lead_unit_id,
        member_unit_ids=tuple(unit.pk for unit in force.units.all()),
        taskforce_id=force.pk,
        taskforce_unit_id=force.office_unit_id,
        taskforce_lead_post_id=force.lead_post_id,
    )


def item_scope(item: Item) -> Scope:
    """The lead unit owns the item; supporting units take part. Rights follow the posts, so no person is
    named.

    Without a task force the unit of its ledger is who assigns; so is the unit that split a larger item up.
    """
    force = item.taskforce
    supporting = tuple(unit.pk for unit in item.supporting_units.all())
    pressing = (item.supervisor_unit_id,) if item.supervisor_unit_id else ()
    if force is None:
        of_ledger = (item.ledger.unit_id,) if item.ledger else ()
        return Scope(
            unit_id=item.lead_unit_id,
            lead_unit_ids=(item.lead_unit_id,),
            member_unit_ids=supporting,
            assigner_unit_ids=tuple(dict.fromkeys((*of_ledger, *pressing))),
        )
    return Scope(
        unit_id=item.lead_unit_id,
        lead_unit_ids=(item.lead_unit_id,),
        member_unit_ids=(*(unit.pk for unit in force.units.all()), *supporting),
        taskforce_id=force.pk,
        taskforce_unit_id=force.office_unit_id,
        taskforce_lead_post_id=force.lead_post_id,
        assigner_unit_ids=pressing,
    )


def ledger_scope(ledger: Ledger) -> Scope:
    return Scope(unit_id=ledger.unit_id, assigner_unit_ids=(ledger.unit_id,))


def access_ledger(actor: Actor, ledger_id: UUID) -> Ledger:
    """Raises NotFoundError also when it exists but is not the actor's to see."""
    ledger = ledger_store.find(ledger_id)
    if ledger is None or not may(actor, "item.view", ledger_scope(ledger)):
        raise NotFoundError
    return ledger


def access_taskforce(actor: Actor, taskforce_id: UUID) -> TaskForce:
    """Raises NotFoundError also when it exists but is not the actor's to see."""
    force = force_store.find(taskforce_id)
    if force is None or not (
        may(actor, "item.view", force_scope(force)) or force_store.is_expert(force.pk, actor.staff_id)
    ):
        raise NotFoundError
    return force


def access_item(actor: Actor, item_id: UUID) -> Item:
    """Raises NotFoundError also when it exists but is not the actor's to see."""
    item = item_store.find(item_id)
    if item is None or not (
        may(actor, "item.view", item_scope(item)) or force_store.is_expert(item.taskforce_id, actor.staff_id)
    ):
        raise NotFoundError
    return item
