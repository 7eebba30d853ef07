"""A scope as it was written → whom it means, and which of them may be commanded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from common import clock, ids
from common.errors import BadInputError
from directory.actors import Actor
from directory.store.models import Level, OrganKind, Post, PostRole, Region, Staff, Unit
from directory.store.tree import Tree, read_tree
from workflows.orders.views import HeadCount, OrderRungIn, OrderScopeIn, OutOfScope
from workflows.rules.command_scope import LEVELS, Acts, Organ, Ruling, Ties, rule_on
from workflows.store import order_scopes as store
from workflows.store.models import TaskForce
from workflows.store.order_scopes import UnitRow, Wanted

NAMED = 3


@dataclass(frozen=True)
class Issuing:
    """In whose name an order goes out. `anchor`: the unit whose tree of units decides (its body under a mandate)."""

    unit: Unit
    anchor: Unit
    acts: Acts
    mandate_of: str
    members: frozenset[UUID]


def issuing_as(unit: Unit, *, mandate: str, force: TaskForce | None) -> Issuing:
    """Raises BadInputError: a mandate where the unit is no office, or together with a task force."""
    members = frozenset(member.pk for member in force.units.all()) if force else frozenset()
    if not mandate.strip():
        return Issuing(unit, unit, Acts.TASK_FORCE if force else Acts.OWN, "", members)
    if force:
        raise BadInputError(
            field="mandate",
            message=_("以专班名义签发时不能同时受党委、政府委托；请去掉专班或委托依据。"),
        )
    body = mandating_body(unit)
    if body is None:
        raise BadInputError(
            field="mandate",
            message=_(
                "只有党委、政府的办公室能受本级党委、政府委托签发；请去掉委托依据，对不在指挥范围的单位改为商请。"
            ),
        )
    return Issuing(unit, body, Acts.MANDATE, body.organ, members)


def mandating_body(unit: Unit) -> Unit | None:
    """The party committee or government of the same level whose office the unit is."""
    body = unit.block_parent
    bodies = {OrganKind.PARTY_COMMITTEE, OrganKind.GOVERNMENT}
    if unit.organ != OrganKind.OFFICE or body is None or body.level != unit.level or body.organ not in bodies:
        return None
    return body


def wanted_of(scope: OrderScopeIn) -> Wanted:
    """Raises BadInputError: an unknown level, role, region, unit, post or person; each names its field."""
    levels = {str(level.value): str(level.label) for level in Level}
    roles = {str(role.value): str(role.label) for role in PostRole}
    _known(scope.levels, levels, "scope.levels", _("层级“{name}”不存在，请从五级中选择。"))
    _known(
        [rule.role for rule in scope.roles], roles, "scope.roles", _("岗位类别“{name}”不存在，请重新选择。")
    )
    _known(
        [rule.level for rule in scope.roles if rule.level],
        levels,
        "scope.roles",
        _("层级“{name}”不存在，请从五级中选择。"),
    )
    regions = _names_of_regions({*scope.regions, *(rule.region for rule in scope.roles if rule.region)})
    numbers = [(ids.staff_number_of(user) or user).lower() for user in scope.people]
    _all_there(
        Unit,
        [*scope.units, *scope.subtree, *scope.duty],
        "scope.units",
        _("有{count}个单位不存在，请从通讯录重新选择。"),
    )
    _all_there(Post, scope.posts, "scope.posts", _("有{count}个岗位不存在，请从通讯录重新选择。"))
    known = set(
        Staff.objects.filter(staff_number__in=numbers, is_active=True).values_list("staff_number", flat=True)
    )
    if missing := sorted(set(numbers) - known):
        words = _("人员{names}不存在或已停用，请从通讯录重新选择。")
        raise BadInputError(field="scope.people", message=words.format(names=_("、").join(missing[:NAMED])))
    return Wanted(
        units=list(scope.units),
        subtree=list(scope.subtree),
        posts=list(scope.posts),
        roles=[
            {
                "role": rule.role,
                "level": rule.level,
                "region": rule.region,
                "words": regions.get(rule.region, "") + levels.get(rule.level, "") + roles[rule.role],
            }
            for rule in scope.roles
        ],
        people=numbers,
        duty=list(scope.duty),
        levels=list(scope.levels),
        regions=list(scope.regions),
        everyone=scope.everyone,
        level_words=levels,
    )


def _known(found: Sequence[str], allowed: dict[str, str], field: str, words: str) -> None:
    for one in found:
        if one not in allowed:
            raise BadInputError(field=field, message=words.format(name=one))


def _names_of_regions(codes: set[str]) -> dict[str, str]:
    names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
    for code in sorted(codes):
        if code not in names:
            words = _("行政区划代码{code}不存在，请重新选择。")
            raise BadInputError(field="scope.regions", message=words.format(code=code))
    return names


def _all_there(model: type[Unit] | type[Post], keys: Sequence[UUID], field: str, words: str) -> None:
    wanted = set(keys)
    missing = len(wanted) - model.objects.filter(pk__in=wanted).count()
    if missing:
        raise BadInputError(field=field, message=words.format(count=missing))


def is_empty(scope: OrderScopeIn) -> bool:
    return not any(
        (
            scope.units,
            scope.subtree,
            scope.posts,
            scope.roles,
            scope.people,
            scope.duty,
            scope.levels,
            scope.regions,
        )
    )


@dataclass(frozen=True)
class Resolved:
    """`rulings` by unit; `rows` in protocol order, units without anybody in post among them."""

    wanted: Wanted
    rows: list[UnitRow]
    rulings: dict[UUID, Ruling]

    @property
    def asked(self) -> dict[UUID, str]:
        """Units that may not be commanded, with the reason."""
        return {
            row.pk: self.rulings[row.pk].reason for row in self.rows if not self.rulings[row.pk].commanded
        }

    def without(self, units: set[UUID]) -> "Resolved":
        """The same scope but these units."""
        left = [row for row in self.rows if row.pk not in units]
        return Resolved(replace(self.wanted, without=tuple(units)), left, self.rulings)


def resolve(scope: OrderScopeIn, issuing: Issuing) -> Resolved:
    """Raises BadInputError."""
    wanted = wanted_of(scope)
    rows = store.units(wanted, clock.today())
    tree, within = read_tree(), store.regions_below(issuing.anchor.region_id)
    return Resolved(wanted, rows, {row.pk: _rule(row, issuing, tree, within) for row in rows})


def _rule(row: UnitRow, issuing: Issuing, tree: Tree, within: set[str]) -> Ruling:
    anchor = issuing.anchor.pk
    ties = Ties(
        same=row.pk in {issuing.unit.pk, anchor},
        line=tree.is_under(row.pk, anchor, tree.line),
        block=tree.is_under(row.pk, anchor, tree.block),
        member=row.pk in issuing.members,
        territory=row.region_id in within and LEVELS.index(row.level) <= LEVELS.index(issuing.anchor.level),
    )
    return rule_on(
        Organ(issuing.unit.organ, issuing.unit.level),
        Organ(row.organ, row.level, row.line_managed),
        ties,
        acts=issuing.acts,
        mandate_of=issuing.mandate_of,
    )


def head_count(resolved: Resolved, *, rungs: Sequence[OrderRungIn]) -> HeadCount:
    people, units = store.count(resolved.wanted, clock.today())
    asked = [OutOfScope(unit=row.pk, name=row.name, why=why) for row in resolved.rows
             if (why := resolved.asked.get(row.pk))]  # fmt: skip
    return HeadCount(
        people=people,
        units=units,
        out_of_scope=asked,
        needs_second_approver=needs_second(people, rungs),
        second_approver_above=settings.ORDER_SECOND_APPROVER_ABOVE,
        without_people=[row.name for row in resolved.rows if row.people == 0][:50],
    )


def needs_second(people: int, rungs: Sequence[OrderRungIn]) -> bool:
    """Above so many people, or where calls are among the steps (both are settings)."""
    calls = settings.ORDER_SECOND_APPROVER_FOR_VOICE and any(rung.step == "voice" for rung in rungs)
    return people > settings.ORDER_SECOND_APPROVER_ABOVE or calls


def unit_of(actor: Actor) -> Unit:
    """The unit of the actor's post, with its block parent. Raises BadInputError without a post."""
    unit = (
        Unit.objects.select_related("block_parent").filter(pk=actor.unit_id).first()
        if actor.unit_id
        else None
    )
    if unit is None:
        raise BadInputError(field="acting", message=_("您当前没有任职岗位，请切换岗位后再拟写指令。"))
    return unit
