"""人工调整: a hand may raise a colour with a reason; lowering is a supervision officer's, with a reason and an end."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common import clock, timers
from common.errors import BadInputError, ForbiddenError
from directory.actors import Actor, system_actor
from directory.services.rights import may, require
from workflows.consents import ApproverRule, ConsentKind, ask, end_open, register
from workflows.errors import NotAllowedNowError
from workflows.rules.colours import Colour
from workflows.rules.overrides import CHOICES, Direction, direction, override_of
from workflows.rules.working_days import SHANGHAI, chinese_day
from workflows.services.changes import apply_change, change_item
from workflows.services.colours import WORDS
from workflows.services.deeds import once
from workflows.services.gates import access_item, item_scope
from workflows.services.shapes import ItemAnswer
from workflows.services.stamps import stamp
from workflows.services.views import item_out
from workflows.store import items as item_store
from workflows.store import overrides as store
from workflows.store.models import ColourOverride, Consent, Item

MAX_REASON = 300
LONGEST_DAYS = 366
LOWER, RAISE = "item.override_colour", "item.raise_colour"
KIND, ACT = "override", "override_colour"


def check_override(
    *,
    actor: Actor,
    item_id: UUID,
    colour: str,
    reason: str,
    ends_on: date | None = None,
    key: str | None = None,
) -> ItemAnswer:
    """Show another colour than the figures say.

    Raises:
        NotFoundError, SecrecyRefusedError.
        ForbiddenError: raising or lowering is not the post's; the sentence names the way out.
        BadInputError: no reason, an unknown colour, the colour that is shown already, no or an impossible end.
        NotAllowedNowError: the item is not judged now (not started, suspended, closed).
    """
    wanted, reason = _colour(colour), _reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        return _set(actor, item, wanted, reason, ends_on, now)

    return change_item(actor=actor, item_id=item_id, verb=RAISE, act=ACT, key=key, change=change)


def _set(actor: Actor, item: Item, wanted: Colour, reason: str, ends_on: date | None, now: datetime) -> str:
    computed, shown = Colour(item.computed_colour), Colour(item.colour)
    if computed == Colour.GREY:
        raise NotAllowedNowError(
            message=_("事项当前为灰色（{because}），不判定颜色，无需人工调整。").format(
                because=item.computed_chip
            )
        )
    way = direction(computed, shown, wanted)
    if way == Direction.SAME:
        raise BadInputError(field="colour", message=_("当前已显示为该颜色，请选择其他颜色。"))
    if way == Direction.LOWER:
        if not may(actor, LOWER, item_scope(item)):
            raise ForbiddenError(
                message=_(
                    "调低颜色须由督查专员办理，并写明理由和截止日期。您可以点击“申请调低”，请督查专员审定。"
                ),
                verb=LOWER,
                reason="post",
            )
        require(actor, LOWER, item_scope(item))
    _check_end(ends_on, now, needed=way == Direction.LOWER and override_of(computed, wanted) is not None)
    _end_active(actor, item, now, "replaced", reason)
    end_open(actor=actor, subject_kind="item", subject_id=item.pk, kind=KIND, reason=_("已人工调整"))
    until = f"，至{chinese_day(ends_on)}" if ends_on else ""
    if made := override_of(computed, wanted):
        row = ColourOverride.objects.create(
            item=item,
            colour=made.colour,
            lowered_from=made.lowered_from or "",
            reason=reason,
            ends_on=ends_on,
            **stamp(actor, now),
        )
        if ends_on:
            _set_timer(row.pk, ends_on)
    return f"第{item.number}项由{WORDS[shown]}人工调整为{WORDS[wanted]}{until}：{reason}"


def _colour(text: str) -> Colour:
    if text not in CHOICES:
        raise BadInputError(field="colour", message=_("颜色须为红、黄、绿之一，请重新选择。"))
    return Colour(text)


def _reason(actor: Actor, reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        raise BadInputError(field="reason", message=_("请写明理由，不超过300个字。"))
    admission.check(reason, actor=actor, where="reason")
    return reason


def _check_end(ends_on: date | None, now: datetime, *, needed: bool) -> None:
    today = now.astimezone(SHANGHAI).date()
    if ends_on is None:
        if needed:
            raise BadInputError(field="ends_on", message=_("调低颜色须有截止日期，请选择。"))
        return
    if ends_on < today:
        raise BadInputError(
            field="ends_on", message=_("截止日期早于今天，请选择{day}或以后。").format(day=chinese_day(today))
        )
    if (ends_on - today).days > LONGEST_DAYS:
        raise BadInputError(
            field="ends_on", message=_("截止日期超出一年，请选择更早的日期，到期后可再调整。")
        )


def _set_timer(override_id: UUID, ends_on: date) -> None:
    after = datetime.combine(ends_on + timedelta(days=1), datetime.min.time(), SHANGHAI)
    timers.set_timer(f"override:{override_id}", after, "workflows.end_override", override_id=str(override_id))


def _end_active(actor: Actor, item: Item, now: datetime, state: str, reason: str) -> ColourOverride | None:
    active = store.active_of(item.pk)
    if active is None:
        return None
    active.state, active.ended_at = state, now
    active.ended_by_name, active.ended_reason = actor.name, reason
    active.save()
    timers.cancel_timer(f"override:{active.pk}")
    return active


def check_end_override(*, actor: Actor, item_id: UUID, reason: str, key: str | None = None) -> ItemAnswer:
    """Back to what the figures say, before the end: by a supervision officer, or by who set it.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError (nothing is set), BadInputError, SecrecyRefusedError.
    """
    reason = _reason(actor, reason)

    def change(item: Item, now: datetime) -> str:
        active = store.active_of(item.pk)
        if active is None:
            raise NotAllowedNowError(message=_("该事项没有生效中的人工调整。"))
        if active.by_id != actor.staff_id or not actor.staff_id:
            require(actor, LOWER, item_scope(item))
        _end_active(actor, item, now, "ended", reason)
        return f"结束第{item.number}项的人工调整，恢复系统判定：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.view", act="end_override", key=key, change=change
    )


def expire(override_id: UUID) -> bool:
    """The timer's deed: what was set by hand has reached its end. Whether it ended now."""
    known = store.find(override_id)
    if known is None:
        return False
    actor = system_actor("时限")

    def deed() -> ItemAnswer:
        item = item_store.lock(known.item_id)
        row = store.find(override_id)
        if row is not None and row.state == "active" and row.ends_on and clock.today() > row.ends_on:

            def change(item: Item, now: datetime) -> str:
                _end_active(actor, item, now, "expired", "")
                return f"第{item.number}项的人工调整已到期，恢复系统判定"

            apply_change(actor, item, "override_expired", change)
        return ItemAnswer(message="", item=item_out(actor, item_store.shown().get(pk=item.pk)))

    once(actor=actor, key=None, verb="expire", subject_id=override_id, answer=ItemAnswer, deed=deed)
    row = store.find(override_id)
    return row is not None and row.state == "expired"


def check_confirm_caught_up(
    *, actor: Actor, item_id: UUID, reason: str, key: str | None = None
) -> ItemAnswer:
    """核实已赶上: a supervision officer has looked; what was behind before is forgotten from now on.

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError (it is behind now, or never was), BadInputError.
    """
    reason = _reason(actor, reason)

    def change(item: Item, _now: datetime) -> str:
        if item.behind_since is not None:
            raise NotAllowedNowError(message=_("事项目前仍为黄或红，赶上计划后才能核实。"))
        if item.fell_behind_on is None:
            raise NotAllowedNowError(message=_("事项没有待核实的落后记录。"))
        item.fell_behind_on = None
        return f"核实第{item.number}项已赶上计划：{reason}"

    return change_item(
        actor=actor, item_id=item_id, verb=LOWER, act="confirm_caught_up", key=key, change=change
    )


def check_ask_lower(
    *, actor: Actor, item_id: UUID, colour: str, reason: str, ends_on: date | None, key: str | None = None
) -> ItemAnswer:
    """申请调低: who may raise asks a supervision officer to lower. Raises as `check_override`, and when one is open."""
    wanted, reason = _colour(colour), _reason(actor, reason)
    access_item(actor, item_id)

    def deed() -> ItemAnswer:
        item = item_store.lock(item_id)
        require(actor, RAISE, item_scope(item))
        if direction(Colour(item.computed_colour), Colour(item.colour), wanted) != Direction.LOWER:
            raise BadInputError(field="colour", message=_("只有调低颜色需要申请，调高可直接办理。"))
        _check_end(ends_on, clock.now(), needed=True)
        until = chinese_day(ends_on) if ends_on else ""
        title = (
            f"第{item.number}项“{item.title}”由{WORDS[Colour(item.colour)]}调为{WORDS[wanted]}（至{until}）"
        )
        ask(
            actor=actor,
            kind=KIND,
            subject_kind="item",
            subject_id=item.pk,
            title=title,
            reason=reason,
            link=_link(item),
            params={"colour": wanted.value, "ends_on": ends_on.isoformat() if ends_on else None},
            approver=ApproverRule(LOWER, item_scope(item)),
            lapses_at=datetime.combine(ends_on + timedelta(days=1), datetime.min.time(), SHANGHAI)
            if ends_on
            else None,
        )
        return ItemAnswer(
            message=_("已提请督查专员审定：{title}").format(title=title),
            item=item_out(actor, item_store.shown().get(pk=item_id)),
        )

    return once(actor=actor, key=key, verb="ask_lower", subject_id=item_id, answer=ItemAnswer, deed=deed)


def _link(item: Item) -> str:
    from workflows.items.card import item_link

    return item_link(item)


def _agreed(actor: Actor, consent: Consent) -> str:
    item = item_store.lock(consent.subject_id)
    wanted, ends_on = Colour(consent.params["colour"]), consent.params["ends_on"]

    def change(item: Item, now: datetime) -> str:
        return _set(
            actor, item, wanted, consent.reason, date.fromisoformat(ends_on) if ends_on else None, now
        )

    return apply_change(actor, item, ACT, change)


def connect() -> None:
    """Called once at start."""
    register(
        ConsentKind(
            KIND,
            lambda: _("申请调低颜色"),
            on_agree=_agreed,
            lock=lambda consent: item_store.lock(consent.subject_id),
        )
    )
