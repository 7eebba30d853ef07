"""Which items a person sees, as a condition of a query: the same as the gate says one by one."""

from uuid import UUID

from django.db.models import Q

from directory.actors import Actor
from directory.services.rights import role_of, table
from directory.services.tree import Tree, cached_tree


def in_sight(actor: Actor) -> Q:
    """Items that `item.view` allows the actor. Nobody's sight is empty, the system's is whole."""
    if actor.kind == "system":
        return Q()
    scopes = table().get(("item.view", role_of(actor)), frozenset())
    if "any" in scopes:
        return Q()
    unit, found = actor.unit_id, Q(pk__in=[])
    if unit is None:
        return found
    if "own_unit" in scopes:
        found |= Q(lead_unit_id=unit)
    if "lead" in scopes and actor.post_id:
        found |= Q(taskforce__lead_post_id=actor.post_id)
    if "member" in scopes:
        found |= Q(supporting_units=unit) | Q(taskforce__units=unit) | Q(taskforce__office_unit_id=unit)
    if "assigner" in scopes:
        found |= Q(ledger__unit_id=unit) | Q(supervisor_unit_id=unit)
    if far := scopes & {"city", "subtree", "line"}:
        found |= Q(lead_unit_id__in=_far_units(unit, far, cached_tree()))
    return found


def _far_units(unit: UUID, scopes: frozenset[str], tree: Tree) -> list[UUID]:
    return [
        one
        for one in tree.block
        if ("city" in scopes and tree.same_city(one, unit))
        or ("subtree" in scopes and tree.is_under(one, unit, tree.block))
        or ("line" in scopes and tree.is_under(one, unit, tree.line))
    ]
