"""会办: parts of supporting units, each with its own clock. An answer is owed, even 无意见; a dissent is answered."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import Scope, may, require
from workflows.burden import guard as burden
from workflows.errors import NotAllowedNowError
from workflows.rules.moves import NotAllowedNow
from workflows.rules.part_moves import PART_WORDS, PartAct, PartState, next_part_state
from workflows.rules.working_days import chinese_day
from workflows.services import changes
from workflows.services.changes import change_item
from workflows.services.gates import access_item, item_scope
from workflows.services.people import living_unit
from workflows.services.shapes import ItemAnswer
from workflows.services.stamps import stamp
from workflows.store import items as item_store
from workflows.store import parts as store
from workflows.store.models import Item, ItemPart

MAX_ASK, MAX_TEXT = 500, 2000


def check_add_part(
    *, actor: Actor, item_id: UUID, unit_id: UUID, ask: str, due_on: date, key: str | None = None
) -> ItemAnswer:
    """Ask a unit for its part, by the lead unit or by who handed the item out. The unit becomes a supporting one.

    Raises:
        NotFoundError, ForbiddenError, NotAllowedNowError (the item is over), SecrecyRefusedError.
        BadInputError: unit_id (the lead itself, or asked already), ask, due_on (past, or later than the whole's).
        SecrecyRefusedError, BurdenRefusedError: ask.
    """
    ask = _asked(actor, ask)
    unit = living_unit(unit_id, field="unit_id")
    seen = access_item(actor, item_id)
    verb = _asking_verb(actor, seen)

    def change(item: Item, now: datetime) -> str:
        if item.state in item_store.FINAL:
            raise NotAllowedNowError(message=_("事项已终结，不能再请会办。"))
        if unit.pk == item.lead_unit_id:
            raise BadInputError(
                field="unit_id", message=_("牵头单位只能有一个，且不能会办本项，请选择其他单位。")
            )
        if any(part.unit_id == unit.pk for part in store.of_item(item.pk)):
            raise BadInputError(field="unit_id", message=_("该单位已在会办本项，请在其会办单上补充要求。"))
        _check_due(item, due_on, now)
        ItemPart.objects.create(
            item=item, unit=unit, ask=ask, due_on=due_on, first_due_on=due_on, **stamp(actor, now)
        )
        item.supporting_units.add(unit)
        return f"请{unit.name}会办，{chinese_day(due_on)}前答复：{ask}"

    return change_item(actor=actor, item_id=item_id, verb=verb, act="add_part", key=key, change=change)


def _asking_verb(actor: Actor, item: Item) -> str:
    """The lead unit asks as it reports; who handed the item out asks as it dispatches."""
    return "item.report" if may(actor, "item.report", item_scope(item)) else "item.dispatch"


def _check_due(item: Item, due_on: date, now: datetime) -> None:
    if due_on < clock.local(now).date():
        raise BadInputError(field="due_on", message=_("会办时限早于今天，请改为今天或之后。"))
    if due_on > item.due_on:
        raise BadInputError(
            field="due_on",
            message=_("会办时限不能晚于事项时限{day}，请改选当天或之前的日期。").format(
                day=chinese_day(item.due_on)
            ),
        )


Write = Callable[[ItemPart, datetime], str]


def _step(
    actor: Actor, item_id: UUID, part_id: UUID, act: PartAct, key: str | None, write: Write
) -> ItemAnswer:
    """One move of a part by its unit."""
    seen = _access(actor, item_id, part_id)

    def change(item: Item, now: datetime) -> str:
        part = store.lock(part_id, item_id)
        if part is None:
            raise NotFoundError
        require(actor, "item.answer_part", Scope(unit_id=part.unit_id))
        if item.state in item_store.FINAL:
            raise NotAllowedNowError(message=_("事项已终结，无需再答复。"))
        try:
            after = next_part_state(PartState(part.state), act)
        except NotAllowedNow as refusal:
            raise _told(part, refusal) from refusal
        message = write(part, now)
        part.state = after.value
        part.save()
        return f"{part.unit.name}{message}"

    return _change(actor, seen, f"part_{act.value}", key, change)


def _change(actor: Actor, item: Item, act: str, key: str | None, change: changes.Change) -> ItemAnswer:
    """Whoever sees the item may try; the part itself asks for the right."""
    return change_item(actor=actor, item_id=item.pk, verb="item.view", act=act, key=key, change=change)


def _told(part: ItemPart, refusal: NotAllowedNow) -> NotAllowedNowError:
    error = NotAllowedNowError.of(refusal)
    if not part.answered_at or part.state not in {"answered", "no_opinion"}:
        return error
    words = _("{name}已于{at}答复“{words}”，无需重复办理。{more}").format(
        name=part.answered_by_name,
        at=f"{clock.local(part.answered_at):%m月%d日 %H:%M}",
        words=PART_WORDS[part.state],
        more=refusal.sentence,
    )
    return NotAllowedNowError(message=words, **error.facts, by=part.answered_by_name)


def _access(actor: Actor, item_id: UUID, part_id: UUID) -> Item:
    item = access_item(actor, item_id)
    if store.find(part_id, item_id) is None:
        raise NotFoundError
    return item


def check_sign_part(*, actor: Actor, item_id: UUID, part_id: UUID, key: str | None = None) -> ItemAnswer:
    """Raises NotFoundError, ForbiddenError, NotAllowedNowError."""

    def write(part: ItemPart, now: datetime) -> str:
        part.signed_at = now
        return "签收会办"

    return _step(actor, item_id, part_id, PartAct.SIGN_FOR, key, write)


def check_answer_part(
    *,
    actor: Actor,
    item_id: UUID,
    part_id: UUID,
    act: PartAct,
    text: str = "",
    key: str | None = None,
) -> ItemAnswer:
    """Answer, answer 无意见, or record a different opinion (`act`).

    Raises: NotFoundError, ForbiddenError, NotAllowedNowError, SecrecyRefusedError. BadInputError: text.
    """
    if act == PartAct.NO_OPINION:
        text = "无意见"
    else:
        text = _text(
            actor, text, "text", MAX_TEXT, _("请填写会办意见，不超过2000个字；无意见的请选“无意见”。")
        )

    def write(part: ItemPart, now: datetime) -> str:
        if act == PartAct.DISSENT:
            part.dissent, part.dissent_answer, part.dissent_answered_at = text, "", None
        else:
            part.answer = text
        part.answered_at, part.answered_by_name, part.answered_by_post = now, actor.name, actor.post_title
        words = {PartAct.DISSENT: "提出不同意见", PartAct.NO_OPINION: "答复"}.get(act, "答复会办")
        return f"{words}：{text}"

    return _step(actor, item_id, part_id, act, key, write)


def check_return_part(
    *, actor: Actor, item_id: UUID, part_id: UUID, reason: str, key: str | None = None
) -> ItemAnswer:
    """不属我办. Raises as `check_answer_part`."""
    reason = _text(actor, reason, "reason", MAX_ASK, _("请写明理由，不超过500个字。"))

    def write(part: ItemPart, _now: datetime) -> str:
        part.returned_reason = reason
        return f"退回会办：{reason}"

    return _step(actor, item_id, part_id, PartAct.RETURN, key, write)


def check_ask_again(
    *,
    actor: Actor,
    item_id: UUID,
    part_id: UUID,
    ask: str,
    due_on: date,
    key: str | None = None,
) -> ItemAnswer:
    """Put the question once more, by who asked; the first due date stays. Raises as `check_add_part`."""
    ask = _asked(actor, ask)
    seen = _access(actor, item_id, part_id)
    verb = _asking_verb(actor, seen)

    def change(item: Item, now: datetime) -> str:
        part = store.lock(part_id, item_id)
        if part is None:
            raise NotFoundError
        _check_due(item, due_on, now)
        try:
            part.state = next_part_state(PartState(part.state), PartAct.ASK_AGAIN).value
        except NotAllowedNow as refusal:
            raise NotAllowedNowError.of(refusal) from refusal
        part.ask, part.due_on, part.returned_reason = ask, due_on, ""
        part.save()
        return f"再请{part.unit.name}会办，{chinese_day(due_on)}前答复：{ask}"

    return change_item(actor=actor, item_id=item_id, verb=verb, act="part_ask_again", key=key, change=change)


def check_answer_dissent(
    *, actor: Actor, item_id: UUID, part_id: UUID, text: str, key: str | None = None
) -> ItemAnswer:
    """The lead unit answers a different opinion; both stay on the record. Raises as `check_answer_part`."""
    text = _text(actor, text, "text", MAX_TEXT, _("请填写对不同意见的答复，不超过2000个字。"))
    _access(actor, item_id, part_id)

    def change(_item: Item, now: datetime) -> str:
        part = store.lock(part_id, item_id)
        if part is None:
            raise NotFoundError
        if not part.dissent:
            raise NotAllowedNowError(message=_("该单位没有提出不同意见，无需答复。请刷新后查看。"))
        if part.dissent_answer and part.dissent_answered_at:
            words = _("{name}已于{at}答复该意见，无需重复办理。请刷新后查看。").format(
                name=part.dissent_answered_by_name,
                at=f"{clock.local(part.dissent_answered_at):%m月%d日 %H:%M}",
            )
            raise NotAllowedNowError(message=words)
        part.dissent_answer, part.dissent_answered_at = text, now
        part.dissent_answered_by_name = actor.name
        part.save()
        return f"答复{part.unit.name}的不同意见：{text}"

    return change_item(
        actor=actor, item_id=item_id, verb="item.report", act="part_answer_dissent", key=key, change=change
    )


def dispatch_parts(actor: Actor, item: Item, now: datetime) -> None:
    """Every supporting unit of a dispatched item owes its part, by the whole's due date unless asked for sooner."""
    known = {part.unit_id for part in store.of_item(item.pk)}
    for unit in item.supporting_units.all():
        if unit.pk not in known and unit.pk != item.lead_unit_id:
            part = ItemPart(
                item=item, unit=unit, ask="配合办理", due_on=item.due_on, first_due_on=item.due_on
            )
            for name, value in stamp(actor, now).items():
                setattr(part, name, value)
            part.save(force_insert=True)
            audit.record(
                actor=actor, verb="item.add_part", subject="item", subject_id=item.pk, new={"unit": unit.name}
            )


def _asked(actor: Actor, ask: str) -> str:
    ask = _text(actor, ask, "ask", MAX_ASK, _("请写明会办内容，不超过500个字。"))
    burden.check(ask, where="item", field="ask")
    return ask


def _text(actor: Actor, text: str, field: str, most: int, message: str) -> str:
    text = text.strip()
    if not text or len(text) > most or "\x00" in text:
        raise BadInputError(field=field, message=message)
    admission.check(text, actor=actor, where="report")
    return text
