"""One way to change an item: lock, move, colour, history, audit, events and reminders, in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from common import audit, clock
from common.events import publish
from directory.actors import Actor
from directory.services.rights import require
from workflows.errors import NotAllowedNowError
from workflows.events import ItemChanged
from workflows.rules.moves import ACT_WORDS, ItemAct, ItemState, NotAllowedNow, next_state
from workflows.rules.trees import Share, rolled_up
from workflows.services import colours, reminders
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.knocks import pending_changed
from workflows.services.members import join_units_of
from workflows.services.shapes import ItemAnswer
from workflows.services.stamps import stamp
from workflows.services.views import item_out
from workflows.store import items as store
from workflows.store.models import Item, ItemHistory

Change = Callable[[Item, datetime], str]
__all__ = ["Change", "apply_change", "change_item", "finish", "item_facts", "moved", "stamp"]


def moved(item: Item, act: ItemAct) -> None:
    """Set the state after `act`. Raises NotAllowedNowError; whoever comes second is told who was first and when."""
    try:
        item.state = next_state(ItemState(item.state), act, supervised=item.is_supervised)
    except NotAllowedNow as refusal:
        error = NotAllowedNowError.of(refusal)
        if first := store.first_of(item, act):
            at = f"{clock.local(first.at):%m月%d日 %H:%M}"
            words = f"{first.by_name}已于{at}{ACT_WORDS[act]}。{refusal.sentence}"
            error = NotAllowedNowError(
                message=words, **error.facts, by=first.by_name, at=first.at.isoformat()
            )
        raise error from refusal


def change_item(
    *, actor: Actor, item_id: UUID, verb: str, act: str, key: str | None, change: Change
) -> ItemAnswer:
    """Let `change` work on the locked item and record what came of it.

    Args:
        verb: of the table of rights; checked against the row as it stands under the lock.
        act: word of the history and the event.
        change: edits the item unsaved, writes its own rows, and returns the sentence for the person. History keeps it,
            so it is Chinese whoever reads it, and is not translated.
    """
    access_item(actor, item_id)

    def deed() -> ItemAnswer:
        item = store.lock_with_parents(item_id)
        require(actor, verb, item_scope(item))
        was_with = item.lead_unit_id
        message = apply_change(actor, item, act, change)
        pending_changed([item], also={was_with})
        if item.lead_unit_id != was_with and item.state != ItemState.REGISTERED:
            join_units_of(actor, item.home, [item])
        return ItemAnswer(message=message, item=item_out(actor, store.shown().get(pk=item_id)))

    return once(actor=actor, key=key, verb=act, subject_id=item_id, answer=ItemAnswer, deed=deed)


def apply_change(actor: Actor, item: Item, act: str, change: Change) -> str:
    """The part of a deed that several doors share. The item must be locked."""
    now = clock.now()
    before = item_facts(item)
    message = change(item, now)
    finish(actor, item, act, before=before, message=message, now=now)
    return message


def finish(
    actor: Actor, item: Item, act: str, *, before: dict[str, Any], message: str, now: datetime
) -> None:
    """Colour, save, history, audit, events, reminders."""
    recoloured = colours.set_colour(item, store.milestones(item), now)
    item.version += 1
    item.save()
    after = item_facts(item)
    facts = {
        name: [before[name], after[name]] for name in after if before[name] != after[name] and name != "state"
    }
    ItemHistory.objects.create(
        item=item,
        act=act,
        from_state=before["state"],
        to_state=item.state,
        text=message[:500],
        facts=facts,
        **stamp(actor, now),
    )
    audit.record(actor=actor, verb=f"item.{act}", subject="item", subject_id=item.pk, old=before, new=after)
    reminders.replan(item, now)
    publish(
        ItemChanged(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            version=item.version,
            act=act,
            origin_room_id=item.origin_room_id,
        )
    )
    colours.tell(item, recoloured, now)
    if item.parent_id and (before["percent"], before["state"]) != (after["percent"], after["state"]):
        roll_up(actor, item.parent_id, now)


def roll_up(actor: Actor, parent_id: UUID, now: datetime) -> None:
    """The parent's progress as its children make it, and so on upwards. The parents are locked already or are now."""
    parent = store.lock(parent_id)
    percent = rolled_up(Share(*row) for row in store.shares(parent_id))
    if percent is None or percent == parent.percent or parent.state in store.FINAL:
        return
    before = item_facts(parent)
    if percent > parent.percent:
        parent.last_change_on = clock.local(now).date()
    parent.percent, parent.last_report_at = percent, now
    mark_nodes(parent, now)
    message = f"分项汇总进度{percent}%"
    finish(actor, parent, "roll_up", before=before, message=message, now=now)


def mark_nodes(item: Item, now: datetime) -> None:
    """A node is reached when the whole has reached its percentage, and open again when the figure falls."""
    nodes = store.milestones(item)
    today = clock.local(now).date()
    for node in nodes:
        reached = node.percent <= item.percent
        if reached != (node.done_on is not None):
            node.done_on = today if reached else None
    store.save_milestones(nodes)


def item_facts(item: Item) -> dict[str, Any]:
    """What history and audit compare. Dates as YYYY-MM-DD."""
    return {
        "state": str(item.state),
        "percent": item.percent,
        "title": item.title,
        "due_on": item.due_on.isoformat(),
        "lead_unit": item.lead_unit.name,
        "handler": item.handler.name if item.handler_id and item.handler else None,
        "budget_wan": None if item.budget_wan is None else str(item.budget_wan),
    }
