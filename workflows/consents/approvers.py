"""Who may decide a consent, whom to tell, and what one has to decide."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from common import clock
from directory.actors import Actor
from directory.services.rights import RELATIVE, Scope, may, require, role_of, table
from directory.services.tree import cached_tree
from workflows.store import absences, people
from workflows.store import consents as store
from workflows.store.models import Consent

FAR = frozenset({"any", "subtree", "line", "city"})
NEAR = {
    "own_unit": lambda actor: Q(scope_units__contains=[actor.unit_id]),
    "lead": lambda actor: Q(lead_post_id=actor.post_id),
    "task_force": lambda actor: Q(office_unit_id=actor.unit_id),
    "assigner": lambda actor: Q(assigner_units__contains=[actor.unit_id]),
    "member": lambda actor: Q(member_units__contains=[actor.unit_id]) | Q(office_unit_id=actor.unit_id),
}


@dataclass(frozen=True)
class ApproverRule:
    """A named post, or a verb of the table of rights with the place of the subject."""

    verb: str = ""
    scope: Scope | None = None
    post_id: UUID | None = None

    def columns(self) -> dict[str, object]:
        scope = self.scope or Scope()
        return {
            "approver_post_id": self.post_id,
            "verb": self.verb,
            "scope_units": list(dict.fromkeys(scope.units)),
            "member_units": list(dict.fromkeys(scope.member_unit_ids)),
            "assigner_units": list(dict.fromkeys(scope.assigner_unit_ids)),
            "office_unit_id": scope.taskforce_unit_id,
            "lead_post_id": scope.taskforce_lead_post_id,
        }


def scope_of(consent: Consent) -> Scope:
    units = tuple(consent.scope_units)
    return Scope(
        unit_id=units[0] if units else None,
        lead_unit_ids=units[1:],
        member_unit_ids=tuple(consent.member_units),
        assigner_unit_ids=tuple(consent.assigner_units),
        taskforce_unit_id=consent.office_unit_id,
        taskforce_lead_post_id=consent.lead_post_id,
    )


@dataclass(frozen=True)
class Standing:
    """As what somebody decides: `for_name` is the absent person whom they stand in for, "" for nobody."""

    may: bool
    for_name: str = ""


def standing(actor: Actor, consent: Consent) -> Standing:
    """A named post is its holder's, and the acting person's while the holder is away."""
    if consent.by_id and consent.by_id == actor.staff_id:
        return Standing(False)
    if consent.approver_post_id is None:
        return Standing(may(actor, consent.verb, scope_of(consent)))
    if actor.kind == "system" or actor.post_id == consent.approver_post_id:
        return Standing(True)
    return _standing_in(consent, _posts_acted_for(actor))


def _standing_in(consent: Consent, acted_for: dict[UUID, str]) -> Standing:
    name = acted_for.get(consent.approver_post_id) if consent.approver_post_id else None
    return Standing(name is not None, name or "")


def _posts_acted_for(actor: Actor) -> dict[UUID, str]:
    """Post → name of the absent holder."""
    today = clock.today()
    names = absences.principals_of(actor.staff_id, today)
    return {post: names[who] for post, who in store.posts_held(names, today).items()} if names else {}


def require_standing(actor: Actor, consent: Consent) -> Standing:
    """As `standing`, with the subject's branch of the tree read afresh. Raises ForbiddenError by the verb's table."""
    found = standing(actor, consent)
    if consent.approver_post_id is None:
        require(actor, consent.verb, scope_of(consent))
    return found


def to_decide(actor: Actor) -> list[tuple[Consent, str]]:
    """Open consents that wait for the actor, oldest first, each with whom they stand in for. Three queries at most."""
    if not actor.staff_id:
        return []
    cells = {verb: scopes for (verb, role), scopes in table().items() if role == role_of(actor)}
    near = Q(pk__in=[])
    for name in NEAR if actor.unit_id else ():
        if verbs := sorted(verb for verb, scopes in cells.items() if name in scopes):
            near |= Q(NEAR[name](actor), approver_post__isnull=True, verb__in=verbs)
    acted_for = _posts_acted_for(actor)
    mine = [*([actor.post_id] if actor.post_id else []), *acted_for]
    found = store.candidates(
        staff_id=actor.staff_id,
        post_ids=mine,
        near=near,
        far_verbs=[verb for verb, scopes in cells.items() if scopes & FAR],
    )
    told = []
    for consent in found:
        if consent.approver_post_id is None:
            if may(actor, consent.verb, scope_of(consent)):
                told.append((consent, ""))
        elif consent.approver_post_id == actor.post_id:
            told.append((consent, ""))
        elif (as_who := _standing_in(consent, acted_for)).may:
            told.append((consent, as_who.for_name))
    return told


def approvers_of(consent: Consent) -> list[int]:
    """Staff keys of those whom the question is put to, with acting persons; never who asked."""
    found = asked_to_decide([consent])[consent.pk]
    for standing_in in absences.acting_for(found, clock.today()).values():
        found += standing_in
    return [one for one in dict.fromkeys(found) if one != consent.by_id]


def asked_to_decide(consents: Iterable[Consent]) -> dict[UUID, list[int]]:
    """As `approvers_of`, without acting persons. Looked up once for all that are put to the same posts."""
    known: dict[Hashable, list[int]] = {}
    asked = {}
    for one in consents:
        posts = _posts_of(one)
        if posts not in known:
            post_id = one.approver_post_id
            known[posts] = people.holders([post_id], clock.today()) if post_id else _by_verb(one)
        asked[one.pk] = [staff for staff in dict.fromkeys(known[posts]) if staff != one.by_id]
    return asked


def _posts_of(consent: Consent) -> Hashable:
    """What `holders` and `_by_verb` go by."""
    if consent.approver_post_id:
        return consent.approver_post_id
    units = (*consent.scope_units, "", *consent.assigner_units)
    return consent.verb, consent.lead_post_id, consent.office_unit_id, units


def _by_verb(consent: Consent) -> list[int]:
    today = clock.today()
    roles: dict[str, set[str]] = {}
    for (verb, role), scopes in table().items():
        if verb == consent.verb:
            for scope in scopes:
                roles.setdefault(scope, set()).add(role)
    found: list[int] = []
    if "lead" in roles and consent.lead_post_id:
        found += people.holders([consent.lead_post_id], today)
    if "task_force" in roles and consent.office_unit_id:
        found += people.in_roles([consent.office_unit_id], roles["task_force"], today)
    if "assigner" in roles:
        found += people.in_roles(consent.assigner_units, roles["assigner"], today)
    if "own_unit" in roles:
        found += people.in_roles(consent.scope_units, roles["own_unit"], today)
    for scope in roles.keys() - RELATIVE - {"own_unit"}:
        found += people.in_roles(_units_near(scope, consent), roles[scope], today)
    return found


def _units_near(scope: str, consent: Consent) -> Iterable[UUID]:
    """Units whose posts of a role have this scope over the subject."""
    tree, units = cached_tree(), consent.scope_units
    if scope == "any":
        return list(tree.block)
    if scope == "city":
        return [unit for unit in tree.city if any(tree.same_city(unit, one) for one in units)]
    parents = tree.block if scope == "subtree" else tree.line
    above = []
    for unit in units:
        at: UUID | None = unit
        while at is not None and at not in above:
            above.append(at)
            at = parents.get(at)
    return above
