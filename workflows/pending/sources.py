"""Items that wait for a signature, a report, a decision."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.rights import Scope, may
from workflows.items.card import item_link, state_words
from workflows.pending.registry import PendingDeed, PendingEntry, PendingSource, Rows, register
from workflows.rules.colours import DEFAULT_RULE
from workflows.services.calendar import work_calendar
from workflows.services.views import colour_code
from workflows.store import parts as part_store
from workflows.store import pending as store
from workflows.store.models import Item, ItemPart, LeadDispute, SpotPick
from workflows.store.supervision import waiting_picks


def _answers_for_unit(actor: Actor, verb: str) -> UUID | None:
    """The actor's unit if its post may do this to the unit's items."""
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(unit_id=unit, lead_unit_ids=(unit,))) else None


def _runs_office(actor: Actor, verb: str) -> UUID | None:
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(taskforce_unit_id=unit)) else None


def _assigns(actor: Actor, verb: str) -> UUID | None:
    """The actor's unit if its post may do this to what the unit handed out."""
    unit = actor.unit_id
    return unit if unit and may(actor, verb, Scope(assigner_unit_ids=(unit,))) else None


def _rows(found: QuerySet[Item], deed: Callable[[Item], PendingDeed | None] | None = None) -> Rows:
    def entry(item: Item) -> PendingEntry:
        return PendingEntry(
            subject=item.pk,
            title=f"{item.number} {item.title}",
            detail=f"{item.home_name} · {item.lead_unit.display_name} · {state_words(item)}",
            due_on=item.due_on,
            code=colour_code(item),
            link=item_link(item),
            home=item.home_name,
            chip=state_words(item),
            percent=item.percent,
            deed=deed(item) if deed else None,
        )

    return Rows(
        found,
        entry,
        search=("title", "taskforce__name", "ledger__name", "lead_unit__name", "lead_unit__short_name"),
    )


def _mine(actor: Actor) -> int | None:
    """A handler sees what is theirs or nobody's; head and liaison see the whole unit."""
    return actor.staff_id if actor.post_role == "handler" else None


def to_sign_for(actor: Actor) -> Rows | None:
    unit = _answers_for_unit(actor, "item.sign_for")
    return _rows(store.to_sign_for(unit), _sign) if unit else None


def _sign(item: Item) -> PendingDeed:
    return PendingDeed(label=_("签收"), path=f"/items/{item.pk}/sign-for")


def _close(item: Item) -> PendingDeed:
    ask = _("确认“{title}”已完成并办结？").format(title=item.title)
    return PendingDeed(label=_("办结"), path=f"/items/{item.pk}/close", ask=ask)


def _check(item: Item) -> PendingDeed | None:
    """A supervised item is checked on its page, with the evidence before one's eyes; a task is closed from the list."""
    return None if item.is_supervised else _close(item)


def reports_due(actor: Actor) -> Rows | None:
    """Running items that fall due within the near window, or have been silent for a reporting period."""
    unit = _answers_for_unit(actor, "item.report")
    if unit is None:
        return None
    now, day = clock.now(), clock.today()
    for _step in range(DEFAULT_RULE.near_due_working_days):
        day = work_calendar().next_working_day(day)
    period = DEFAULT_RULE.report_period_days
    found = store.reports_due(unit, handler=_mine(actor), due_until=day, now=now, period_days=period)
    return _rows(found)


def _decided_by(actor: Actor, verb: str) -> Q:
    """Items of the forces that the actor's post leads or office runs, and what its unit handed out."""
    return store.decided_by(actor.post_id, _runs_office(actor, verb), _assigns(actor, verb))


def extensions_to_decide(actor: Actor) -> Rows | None:
    return _rows(store.extensions_to_decide(_decided_by(actor, "item.decide_extension")))


def reports_to_check(actor: Actor) -> Rows | None:
    return _rows(store.in_state("reported", _decided_by(actor, "item.close")), _check)


def returned_items(actor: Actor) -> Rows | None:
    return _rows(store.in_state("returned", _decided_by(actor, "item.dispatch")))


def spot_checks(actor: Actor) -> Rows:
    """Drawn for this person and not told of yet."""

    def entry(pick: SpotPick) -> PendingEntry:
        name = pick.item.title if pick.item else pick.unit.name
        return PendingEntry(
            subject=pick.pk,
            title=_("现场核查：{name}").format(name=name),
            detail=f"{pick.check_of.title} · {pick.unit.display_name}",
            due_on=pick.check_of.due_on,
            code="none",
            link=f"/sup/loop?check={pick.check_of_id}",
            home=pick.check_of.title,
        )

    search = ("item__title", "unit__name", "check_of__title")
    return Rows(waiting_picks(actor.staff_id), entry, search, due="check_of__due_on")


def to_close(actor: Actor) -> Rows | None:
    """Checked or accepted, not closed yet."""
    return _rows(store.in_state(("checked", "accepted"), _decided_by(actor, "item.close")), _close)


def rechecks(actor: Actor) -> Rows | None:
    found = store.in_state("rectifying", _decided_by(actor, "item.rectify"))
    return _rows(found.filter(pk__in=part_store.rectifying("done")))


def rectifications_due(actor: Actor) -> Rows | None:
    unit = _answers_for_unit(actor, "item.report")
    if unit is None:
        return None
    return _rows(store.of_lead(unit, "rectifying").filter(pk__in=part_store.rectifying("ordered", "planned")))


def _part_rows(found: QuerySet[ItemPart], *, dissent: bool) -> Rows:
    def entry(part: ItemPart) -> PendingEntry:
        item = part.item
        words = _("{unit}有不同意见").format(unit=part.unit.display_name) if dissent else part.ask
        return PendingEntry(
            subject=part.pk,
            title=f"{item.number} {item.title}",
            detail=f"{item.home_name} · {item.lead_unit.display_name} · {words}",
            due_on=part.due_on,
            code="",
            link=item_link(item),
            home=item.home_name,
        )

    return Rows(found, entry, search=("item__title", "ask", "unit__name", "item__lead_unit__name"))


def parts_to_answer(actor: Actor) -> Rows | None:
    unit = _answers_for_unit(actor, "item.answer_part")
    return _part_rows(part_store.waiting(unit), dissent=False) if unit else None


def dissents_to_answer(actor: Actor) -> Rows | None:
    unit = _answers_for_unit(actor, "item.report")
    return _part_rows(part_store.dissents(unit), dissent=True) if unit else None


def disputes_to_settle(actor: Actor) -> Rows | None:
    unit = _answers_for_unit(actor, "item.settle_lead")
    if unit is None:
        return None

    def entry(one: LeadDispute) -> PendingEntry:
        item = one.item
        words = _("{lead}与{other}的牵头异议").format(
            lead=item.lead_unit.display_name, other=one.claimed_unit.display_name
        )
        return PendingEntry(
            subject=one.pk,
            title=f"{item.number} {item.title}",
            detail=f"{item.home_name} · {words}",
            due_on=item.due_on,
            code=colour_code(item),
            link=item_link(item),
            home=item.home_name,
        )

    found = part_store.escalated_to(unit)
    return Rows(found, entry, search=("item__title", "reason"), due="item__due_on")


def connect() -> None:
    """Called once at start."""
    register(PendingSource("sign_for", lambda: _("待签收"), find=to_sign_for))
    register(PendingSource("report", lambda: _("待反馈"), find=reports_due))
    register(PendingSource("decide_extension", lambda: _("待审批延期"), find=extensions_to_decide))
    register(PendingSource("check_report", lambda: _("待核查办结"), find=reports_to_check))
    register(PendingSource("returned", lambda: _("被退回待重新交办"), find=returned_items))
    register(PendingSource("spot_check", lambda: _("待现场核查"), find=spot_checks))
    register(PendingSource("close_item", lambda: _("已核查待办结"), find=to_close))
    register(PendingSource("recheck", lambda: _("整改待复核"), find=rechecks))
    register(PendingSource("rectify", lambda: _("待整改"), find=rectifications_due))
    register(PendingSource("answer_part", lambda: _("待答复会办"), find=parts_to_answer))
    register(PendingSource("answer_dissent", lambda: _("待答复不同意见"), find=dissents_to_answer))
    register(PendingSource("settle_lead", lambda: _("待裁定牵头单位"), find=disputes_to_settle))
