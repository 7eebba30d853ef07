"""What an actor may do with an item and its parts now: the table of rights and the state together."""

from collections.abc import Sequence
from dataclasses import dataclass

from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.rules.moves import ForceState, ItemAct, ItemState, allowed_acts
from workflows.rules.part_moves import PartAct, PartState, allowed_part_acts
from workflows.services.gates import item_scope
from workflows.store.items import FINAL
from workflows.store.models import Evidence, Extension, Item, ItemPart, LeadDispute, Rectification

# Ability → verb of the table of rights and the act of the state table (None: any state).
_ABILITIES: dict[str, tuple[str, ItemAct | None]] = {
    "dispatch": ("item.dispatch", ItemAct.DISPATCH),
    "sign_for": ("item.sign_for", ItemAct.SIGN_FOR),
    "send_back": ("item.return", ItemAct.SEND_BACK),
    "report": ("item.report", ItemAct.REPORT),
    "ask_extension": ("item.ask_extension", ItemAct.ASK_EXTENSION),
    "reject_report": ("item.reject_report", ItemAct.REJECT),
    "close": ("item.close", ItemAct.CLOSE),
    "transfer": ("item.dispatch", ItemAct.TRANSFER),
    "suspend": ("item.close", ItemAct.SUSPEND),
    "resume": ("item.close", ItemAct.RESUME),
    "cancel": ("item.close", ItemAct.CANCEL),
    "check": ("item.check", ItemAct.CHECK),
    "accept": ("item.check", ItemAct.ACCEPT),
    "strike_off": ("item.close", ItemAct.STRIKE_OFF),
    "archive": ("item.close", ItemAct.ARCHIVE),
    "rectify": ("item.rectify", ItemAct.RECTIFY),
    "reopen": ("item.close", ItemAct.REOPEN),
}
# What the lead unit's or the office's work brings to an end is not done by who did it (doer ≠ verifier).
_VERIFIES = ("check", "accept", "close", "rectify")


# Where an item may be split up: while somebody works on it, or has just got it.
SPLIT = frozenset({ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS})


def item_abilities(actor: Actor, item: Item) -> dict[str, bool]:
    """From one item that the store has read with `shown()`."""
    scope, possible = item_scope(item), allowed_acts(ItemState(item.state), supervised=item.is_supervised)
    found = {
        name: (act is None or act in possible) and may(actor, verb, scope)
        for name, (verb, act) in _ABILITIES.items()
    }
    waiting: list[Extension] = getattr(item, "open_extensions", [])
    found["ask_extension"] = found["ask_extension"] and not waiting
    found["decide_extension"] = bool(waiting) and may(actor, "item.decide_extension", scope)
    chased = item.state in {ItemState.DISPATCHED, ItemState.SIGNED_FOR, ItemState.IN_PROGRESS}
    judged = item.computed_colour != "grey"
    found["raise_colour"] = judged and may(actor, "item.raise_colour", scope)
    found["lower_colour"] = judged and may(actor, "item.override_colour", scope)
    found["decompose"] = item.state in SPLIT and (
        may(actor, "item.decompose", scope) or may(actor, "item.dispatch", scope)
    )
    if not home_is_open(item):
        found |= {"dispatch": False, "decompose": False}
    if item.handler_id is not None and item.handler_id == actor.staff_id:
        found |= dict.fromkeys(_VERIFIES, False)
    found["remind"] = chased and may(actor, "item.dispatch", scope)
    return found


def home_is_open(item: Item) -> bool:
    """Whether the item's home still takes and hands out items."""
    if item.taskforce is not None:
        return item.taskforce.state != ForceState.DISSOLVED
    return item.ledger is not None and item.ledger.closed_at is None


@dataclass(frozen=True)
class Hung:
    """What hangs on an item, as the store reads it."""

    parts: Sequence[ItemPart]
    evidence: Sequence[Evidence]
    rectifications: Sequence[Rectification]
    disputes: Sequence[LeadDispute]
    children: Sequence[Item]


def detail_abilities(actor: Actor, item: Item, hung: Hung) -> dict[str, bool]:
    """What depends on more than the item's row."""
    scope, runs = item_scope(item), item.state not in FINAL
    reports = may(actor, "item.report", scope)
    last = hung.rectifications[-1].state if hung.rectifications else ""
    rechecks = item.state == ItemState.RECTIFYING and last == "done" and may(actor, "item.rectify", scope)
    open_dispute = next((one for one in hung.disputes if one.settled_at is None), None)
    superior = open_dispute.superior_id if open_dispute and open_dispute.escalated_at else None
    disputes = may(actor, "item.dispute_lead", scope) or any(
        may(actor, "item.dispute_lead", Scope(unit_id=one.unit_id)) for one in hung.parts
    )
    settles = bool(superior) and may(actor, "item.settle_lead", Scope(unit_id=superior))
    settles = settles or (open_dispute is not None and may(actor, "item.dispatch", scope))
    return {
        "add_part": runs and (reports or may(actor, "item.dispatch", scope)),
        "rectify_plan": item.state == ItemState.RECTIFYING and last in {"ordered", "planned"} and reports,
        "rectify_result": item.state == ItemState.RECTIFYING and last == "planned" and reports,
        "recheck": rechecks,
        "dispute_lead": runs and item.state != ItemState.REGISTERED and open_dispute is None and disputes,
        "settle_lead": runs and settles,
    }


def part_abilities(actor: Actor, item: Item, part: ItemPart) -> dict[str, bool]:
    runs = item.state not in FINAL
    own = runs and may(actor, "item.answer_part", Scope(unit_id=part.unit_id))
    possible = allowed_part_acts(PartState(part.state))
    found = {act.value: own and act in possible for act in PartAct if act != PartAct.ASK_AGAIN}
    scope = item_scope(item)
    leads = runs and may(actor, "item.report", scope)
    found["answer_dissent"] = leads and bool(part.dissent) and not part.dissent_answer
    found["ask_again"] = (
        PartAct.ASK_AGAIN in possible and runs and (leads or may(actor, "item.dispatch", scope))
    )
    return found
