"""Who may do what: one table (directory/rights.csv, docs/rights.md) and one function (decisions 26)."""

import csv
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from common.errors import ForbiddenError
from directory.actors import Actor
from directory.services.tree import Tree, cached_tree, read_branches
from directory.services.verbs import SCOPES, VERBS
from directory.store.models import PostRole

TABLE = Path(__file__).resolve().parent.parent / "rights.csv"
EVERY_ROLE = "*"
BOT = "bot"
# Scopes that only a subject can answer: they open no menu and nothing without a subject.
RELATIVE = frozenset({"self", "lead", "task_force", "member", "assigner"})


@dataclass(frozen=True)
class Scope:
    """Where a subject belongs. Leave out what it has not.

    Attributes:
        unit_id: the unit that owns it; lead_unit_ids: the units that answer for it (an item's lead unit).
        member_unit_ids: every unit that takes part (members of the task force, supporting units).
        taskforce_unit_id: the unit whose office runs the task force.
        taskforce_lead_post_id, taskforce_lead_staff_id: who leads it, by post or in person.
        assigner_unit_ids: the units that handed it out: of the ledger it stands in, and who split it up.
        owner_post_id, owner_staff_id: whose it is personally.
    """

    unit_id: UUID | None = None
    lead_unit_ids: tuple[UUID, ...] = ()
    member_unit_ids: tuple[UUID, ...] = ()
    taskforce_id: UUID | None = None
    taskforce_unit_id: UUID | None = None
    taskforce_lead_post_id: UUID | None = None
    taskforce_lead_staff_id: int | None = None
    assigner_unit_ids: tuple[UUID, ...] = ()
    owner_post_id: UUID | None = None
    owner_staff_id: int | None = None

    def scope(self) -> "Scope":
        return self

    @property
    def units(self) -> tuple[UUID, ...]:
        own = (self.unit_id,) if self.unit_id else ()
        return (*own, *self.lead_unit_ids)


class Subject(Protocol):
    """Anything that can say where it belongs."""

    def scope(self) -> Scope: ...


Match = Callable[[Actor, Scope, Tree], bool]


def _is_own(actor: Actor, scope: Scope, _tree: Tree) -> bool:
    by_post = actor.post_id is not None and actor.post_id == scope.owner_post_id
    return by_post or actor.staff_id == scope.owner_staff_id


def _leads(actor: Actor, scope: Scope, _tree: Tree) -> bool:
    by_post = actor.post_id is not None and actor.post_id == scope.taskforce_lead_post_id
    return by_post or actor.staff_id == scope.taskforce_lead_staff_id


def _takes_part(actor: Actor, scope: Scope, _tree: Tree) -> bool:
    return actor.unit_id in scope.member_unit_ids or _runs_it(actor, scope, _tree)


def _runs_it(actor: Actor, scope: Scope, _tree: Tree) -> bool:
    return actor.unit_id is not None and actor.unit_id == scope.taskforce_unit_id


def _assigned_it(actor: Actor, scope: Scope, _tree: Tree) -> bool:
    return actor.unit_id is not None and actor.unit_id in scope.assigner_unit_ids


def _guides(actor: Actor, scope: Scope, tree: Tree) -> bool:
    return any(actor.unit_id and tree.is_under(unit, actor.unit_id, tree.line) for unit in scope.units)


def _is_above(actor: Actor, scope: Scope, tree: Tree) -> bool:
    return any(actor.unit_id and tree.is_under(unit, actor.unit_id, tree.block) for unit in scope.units)


def _shares_city(actor: Actor, scope: Scope, tree: Tree) -> bool:
    return any(actor.unit_id and tree.same_city(unit, actor.unit_id) for unit in scope.units)


MATCHES: dict[str, Match] = {
    "any": lambda _actor, _scope, _tree: True,
    "self": _is_own,
    "own_unit": lambda actor, scope, _tree: actor.unit_id in scope.units,
    "subtree": _is_above,
    "line": _guides,
    "city": _shares_city,
    "lead": _leads,
    "task_force": _runs_it,
    "member": _takes_part,
    "assigner": _assigned_it,
}


@functools.cache
def table() -> dict[tuple[str, str], frozenset[str]]:
    """(verb, role) → scopes, `*` spread over every post role. Raises ValueError for an unknown word."""
    cells: dict[tuple[str, str], set[str]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            verb, role, scope = row["verb"], row["role"], row["scope"]
            roles = list(PostRole.values) if role == EVERY_ROLE else [role]
            if verb not in VERBS or scope not in MATCHES or not {*roles} <= {*PostRole.values, BOT}:
                raise ValueError(f"rights.csv has an unknown word in {verb},{role},{scope}")
            for each in roles:
                cells.setdefault((verb, each), set()).add(scope)
    return {cell: frozenset(scopes) for cell, scopes in cells.items()}


def role_of(actor: Actor) -> str:
    """The role that the table knows; "" for a person without a post, who may do nothing."""
    if actor.kind == BOT:
        return BOT
    return actor.post_role if actor.post_id else ""


def may(actor: Actor, verb: str, subject: Subject | None = None) -> bool:
    """Whether the actor, in the present post, may do this to the subject.

    Without a subject: whether the role may do it to some subject of its own standing (menus, creating).
    Uses the cached tree of units; a deed asks `require`, which reads the subject's branch afresh.
    """
    return _decide(actor, verb, subject, lambda _units: cached_tree())


def require(actor: Actor, verb: str, subject: Subject | None = None) -> None:
    """Raise ForbiddenError (facts: verb, reason) unless the actor may; the sentence says whose deed it is."""
    if not _decide(actor, verb, subject, read_branches):
        raise ForbiddenError(message=_refusal(actor, verb), verb=verb, reason="post")


def _decide(
    actor: Actor, verb: str, subject: Subject | None, tree_of: Callable[[tuple[UUID, ...]], Tree]
) -> bool:
    if verb not in VERBS:
        raise ValueError(f"{verb} is not in docs/rights.md")
    if actor.kind == "system":
        return True
    scopes = table().get((verb, role_of(actor)), frozenset())
    if "any" in scopes or subject is None:
        return bool(scopes - RELATIVE)
    scope = subject.scope()
    near, far = scopes - {"subtree", "line", "city"}, scopes & {"subtree", "line", "city"}
    if any(MATCHES[name](actor, scope, Tree()) for name in near):
        return True
    if not far or actor.unit_id is None or not scope.units:
        return False
    tree = tree_of((*scope.units, actor.unit_id))
    return any(MATCHES[name](actor, scope, tree) for name in far)


def verbs_of(actor: Actor) -> list[str]:
    """The verbs whose menus the actor sees, in order."""
    return [verb for verb in VERBS if may(actor, verb)]


def _refusal(actor: Actor, verb: str) -> str:
    if not role_of(actor):
        return _("您当前没有有效任职，不能“{verb}”。请联系本单位数字化转型专员或系统管理员办理任职。").format(
            verb=VERBS[verb]
        )
    return _("当前岗位“{post}”不能“{verb}”。须由{who}办理；请切换岗位或联系对方办理。").format(
        post=actor.post_title or actor.name, verb=VERBS[verb], who=_who_may(verb)
    )


def _who_may(verb: str) -> str:
    """Such as 单位主要负责人、联络员、经办人（本单位的）, from the table."""
    by_scope: dict[frozenset[str], list[str]] = {}
    for (known, role), scopes in table().items():
        if known == verb and role != BOT:
            by_scope.setdefault(scopes, []).append(role)
    parts = []
    for scopes, roles in by_scope.items():
        where = _("或").join(str(SCOPES[name]) for name in SCOPES if name in scopes)
        titles = [str(role.label) for role in PostRole if role in roles]
        whose = _("岗位") if len(roles) > 6 else _("、").join(titles)  # noqa: PLR2004 - a list nobody reads
        parts.append(_("{whose}（{where}）").format(whose=whose, where=where))
    return _("，").join(parts) or _("系统")
