"""抽查: subjects and inspectors drawn by a recorded seed; a result that finds something becomes a finding."""

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from chatops.services.tell import tell_people
from common import audit, clock, ids
from common.cursors import offset_of
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from directory.services.tree import cached_tree
from workflows.errors import NotAllowedNowError
from workflows.rules import sampling
from workflows.services import people
from workflows.services.changes import stamp
from workflows.services.deeds import once
from workflows.store import items as item_store
from workflows.store import people as people_store
from workflows.store import supervision as store
from workflows.store.models import SpotCheck, SpotPick
from workflows.supervision import loop, table
from workflows.supervision.loop import CHECK, Page
from workflows.supervision.table import VIEW, TableAsk
from workflows.supervision.views import PickOut, SpotCheckOut

MOST = 200
MOST_SEED = 64
PAGE = 20


class PickAnswer(BaseModel):
    message: str
    pick: PickOut


def check_draw(
    *,
    actor: Actor,
    title: str,
    of: str,
    count: int,
    inspectors: Sequence[str],
    due_on: date,
    ask: TableAsk,
    which: str = "all",
    seed: str = "",
    key: str | None = None,
) -> SpotCheckOut:
    """Draw items, or units, from what the table of today holds. Without a seed one is made; it is recorded either way.

    Args:
        inspectors: user ids or staff numbers. ask, which: narrow the pool as they narrow the table.
    Raises: ForbiddenError, BadInputError (title, of, count, inspectors, due_on, seed, which), SecrecyRefusedError.
    """
    require(actor, CHECK)
    title = _named(actor, title)
    if of not in SpotCheck.Of.values:
        raise BadInputError(field="of", message=_("请选择抽查事项（item）或单位（unit）。"))
    if due_on < clock.today():
        raise BadInputError(field="due_on", message=_("核查时限不能早于今天，请改选以后的日期。"))
    seed = (seed.strip() or secrets.token_hex(8))[: MOST_SEED + 1]
    if len(seed) > MOST_SEED:
        raise BadInputError(
            field="seed", message=_("种子不超过{most}个字符，请缩短后重试。").format(most=MOST_SEED)
        )
    staff = {
        ids.staff_number_of(one) or one.lower(): people.active_person(one, field="inspectors").staff_id
        for one in dict.fromkeys(inspectors)
    }
    if not staff:
        raise BadInputError(field="inspectors", message=_("请至少选择一名核查人员。"))

    def deed() -> SpotCheckOut:
        pool = _pool(actor, of, ask, which)
        if not 1 <= count <= min(len(pool), MOST):
            words = _("抽取数量须为1至{most}（符合条件的共{size}个），请改正后重试。")
            raise BadInputError(
                field="count", message=words.format(most=min(len(pool), MOST), size=len(pool))
            )
        drawn = sampling.draw(seed, pool, count)
        units = _units_of(of, drawn)
        related = _relations(list(staff.values()))
        try:
            assigned = sampling.assign(
                seed, drawn, staff, lambda who, subject: related(staff[who], units[subject])
            )
        except sampling.NobodyUnrelatedError as error:
            words = _("所选核查人员都在“{name}”的有关单位任职，请增加一名无关联的核查人员。")
            raise BadInputError(
                field="inspectors", message=words.format(name=_subject_name(of, error.subject))
            ) from error
        return _keep(
            actor,
            SpotCheck(
                title=title,
                unit_id=loop.unit_of(actor),
                of=of,
                seed=seed,
                pool=sorted(pool),
                pool_digest=sampling.digest_of(pool),
                inspectors=list(staff),
                count=count,
                due_on=due_on,
                **stamp(actor, clock.now()),
            ),
            assigned,
            staff,
            units,
        )

    return once(
        actor=actor, key=key, verb="draw_spot_check", subject_id=actor.unit_id, answer=SpotCheckOut, deed=deed
    )


def _keep(
    actor: Actor,
    check: SpotCheck,
    assigned: Sequence[sampling.Assigned],
    staff: dict[str, int],
    units: dict[str, list[UUID]],
) -> SpotCheckOut:
    check.save(force_insert=True)
    names = {number: people_store.get_staff(staff_id).name for number, staff_id in staff.items()}
    SpotPick.objects.bulk_create(
        SpotPick(
            check_of=check,
            place=place,
            item_id=UUID(one.subject) if check.of == "item" else None,
            unit_id=units[one.subject][0],
            inspector_id=staff[one.inspector],
            instead_of_name=names[one.instead_of] if one.instead_of else "",
        )
        for place, one in enumerate(assigned, 1)
    )
    audit.record(
        actor=actor,
        verb="supervision.draw",
        subject="spot_check",
        subject_id=check.pk,
        new={"seed": check.seed, "pool": check.pool_digest, "count": check.count},
    )
    tell_people({staff[one.inspector] for one in assigned}, "pending")
    return describe_spot_check(actor, check.pk)


def _named(actor: Actor, title: str) -> str:
    title = title.strip()
    if not 1 <= len(title) <= loop.MOST_TITLE:
        raise BadInputError(
            field="title", message=_("抽查名称须为1至{most}字。").format(most=loop.MOST_TITLE)
        )
    admission.check(title, actor=actor, where="title")
    return title


def _pool(actor: Actor, of: str, ask: TableAsk, which: str) -> list[str]:
    return [str(key) for key in table.pool_of(actor, ask, which=which, units=of == "unit")]


def _units_of(of: str, drawn: Sequence[str]) -> dict[str, list[UUID]]:
    """Subject → its lead unit first, then supporting ones."""
    if of == "unit":
        return {one: [UUID(one)] for one in drawn}
    leads = {item.pk: item.lead_unit_id for item in item_store.shown_many([UUID(one) for one in drawn])}
    others = store.supporting_units([UUID(one) for one in drawn])
    return {str(key): [lead, *sorted(others[key] - {lead})] for key, lead in leads.items()}


def _relations(staff_ids: Sequence[int]) -> Callable[[int, Sequence[UUID]], bool]:
    """Related: holds a post in one of the units, or in one below it in the block."""
    tree, today = cached_tree(), clock.today()
    posts = {staff_id: people_store.units_of(staff_id, today) for staff_id in staff_ids}

    def related(staff_id: int, units: Sequence[UUID]) -> bool:
        return any(
            own == unit or tree.is_under(own, unit, tree.block) for own in posts[staff_id] for unit in units
        )

    return related


def _subject_name(of: str, subject: str) -> str:
    if of == "unit":
        return store.unit_names([UUID(subject)])[subject][1]
    item = item_store.find(UUID(subject))
    return item.title if item else subject


def check_result(
    *, actor: Actor, pick_id: UUID, passed: bool, words: str, serious: bool = False, key: str | None = None
) -> PickAnswer:
    """What the inspector saw on the spot, once. A problem becomes a finding about the item.

    Raises: NotFoundError (also when drawn for somebody else), NotAllowedNowError, BadInputError, SecrecyRefusedError.
    """
    known = SpotPick.objects.filter(pk=pick_id).first()
    if known is None or known.inspector_id != actor.staff_id:
        raise NotFoundError
    words = words.strip()
    if (not words and not passed) or len(words) > loop.MOST_TEXT:
        raise BadInputError(
            field="words",
            message=_("发现问题时请写明情况，不超过{most}字。").format(most=loop.MOST_TEXT),
        )
    admission.check(words, actor=actor, where="report")

    def deed() -> PickAnswer:
        pick = store.lock_pick(pick_id)
        if pick is None:
            raise NotFoundError
        if pick.done_at:
            raise NotAllowedNowError(
                message=_("该核查结果已于{at}提交，无需重复提交。").format(
                    at=f"{clock.local(pick.done_at):%m月%d日 %H:%M}"
                )
            )
        pick.state = "passed" if passed else "found"
        pick.words, pick.done_at = words, clock.now()
        pick.save()
        audit.record(
            actor=actor, verb="supervision.spot_result", subject="spot_pick", subject_id=pick.pk,
            new={"state": pick.state},
        )  # fmt: skip
        if not passed and pick.item_id:
            loop.do_find(actor=actor, item_id=pick.item_id, text=words, serious=serious, pick_id=pick.pk)
        tell_people([actor.staff_id], "pending")
        told = _("核查无问题，已记录。") if passed else _("问题已记录，事项颜色随之更新。")
        return PickAnswer(message=told, pick=_pick(actor, pick))

    return once(actor=actor, key=key, verb="spot_result", subject_id=pick_id, answer=PickAnswer, deed=deed)


def list_spot_checks(actor: Actor, cursor: str | None = None) -> Page:
    """Of units whose table one may see; inspectors see those they were drawn for. Newest first."""
    offset = offset_of(cursor)
    drawers = SpotCheck.objects.order_by().values_list("unit_id", flat=True).distinct()
    seen = [unit for unit in drawers if may(actor, VIEW, Scope(unit_id=unit))]
    mine = SpotPick.objects.filter(inspector_id=actor.staff_id).values("check_of")
    found = store.spot_checks().filter(unit_id__in=seen) | store.spot_checks().filter(pk__in=mine)
    rows = list(found.order_by("-at", "-id")[offset : offset + PAGE + 1])
    more = str(offset + PAGE) if len(rows) > PAGE else None
    return Page(items=[_check(actor, row) for row in rows[:PAGE]], next=more)


def describe_spot_check(actor: Actor, check_id: UUID) -> SpotCheckOut:
    """Raises NotFoundError also when it is not the actor's to see."""
    check = store.spot_checks().filter(pk=check_id).first()
    if check is None or not (
        may(actor, VIEW, Scope(unit_id=check.unit_id))
        or any(pick.inspector_id == actor.staff_id for pick in check.picks.all())
    ):
        raise NotFoundError
    return _check(actor, check)


def _check(actor: Actor, check: SpotCheck) -> SpotCheckOut:
    picks = list(check.picks.all())
    again = sampling.draw(check.seed, check.pool, check.count)
    same = [str(pick.item_id or pick.unit_id) for pick in picks] == again
    return SpotCheckOut(
        id=check.pk,
        title=check.title,
        unit=check.unit.display_name,
        of=check.of,
        seed=check.seed,
        pool_size=len(check.pool),
        pool_digest=check.pool_digest,
        count=check.count,
        due_on=check.due_on,
        at=check.at,
        by_name=check.by_name,
        by_post=check.by_post,
        redraw=same and sampling.digest_of(check.pool) == check.pool_digest,
        picks=[_pick(actor, pick) for pick in picks],
    )


def _pick(actor: Actor, pick: SpotPick) -> PickOut:
    return PickOut(
        id=pick.pk,
        place=pick.place,
        item=pick.item_id,
        title=pick.item.title if pick.item else pick.unit.name,
        unit=pick.unit.display_name,
        inspector=pick.inspector.name,
        instead_of=pick.instead_of_name,
        state=pick.state,
        state_words=pick.get_state_display(),
        words=pick.words,
        done_at=pick.done_at,
        mine=pick.inspector_id == actor.staff_id,
    )
