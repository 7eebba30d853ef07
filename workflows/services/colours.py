"""Colours of stored items: on every fact and every night, one event and one notice a role per change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.events import publish_many
from workflows.events import ItemColourChanged
from workflows.rules.colours import Colour, CurvePoint, Facts, Node, Verdict, colour_of
from workflows.rules.moves import ItemState
from workflows.rules.overrides import Override, shown_colour
from workflows.rules.working_days import SHANGHAI, chinese_day
from workflows.services import notices
from workflows.services.calendar import work_calendar
from workflows.store import overrides as override_store
from workflows.store.colour_rules import RuleBook
from workflows.store.models import ColourOverride, Item, ItemHistory, Milestone

COLOUR_FIELDS = (
    "colour",
    "colour_reason",
    "colour_because",
    "colour_chip",
    "colour_since",
    "colour_changes",
    "computed_colour",
    "computed_reason",
    "computed_because",
    "computed_chip",
    "overridden",
    "override_ends_on",
    "planned_percent",
    "rule_version",
    "behind_since",
    "fell_behind_on",
)
BEHIND = frozenset({Colour.RED, Colour.YELLOW})
CAUGHT_UP = "caught_up"
WORDS = {Colour.RED: "红", Colour.YELLOW: "黄", Colour.GREEN: "绿", Colour.GREY: "灰"}


@dataclass(frozen=True)
class Recoloured:
    """`changed`: the colour itself; `shown`: that or the words on its chip; `reworded`: anything of the
    verdict.
    """

    changed: bool
    shown: bool
    reworded: bool
    old: str


def facts_of(item: Item, milestones: list[Milestone]) -> Facts:
    last_fact = item.last_report_at or item.signed_at
    return Facts(
        state=ItemState(item.state),
        starts_on=item.starts_on,
        due_on=item.due_on,
        percent=item.percent,
        curve=tuple(CurvePoint(one.due_on, one.percent) for one in _rising(milestones)),
        nodes=tuple(Node(one.name, one.due_on, one.done_on is not None) for one in milestones),
        reporting_since=last_fact.astimezone(SHANGHAI).date() if last_fact else None,
        last_change_on=item.last_change_on,
        behind_since=item.behind_since,
        rejected=item.rejected_in_a_row,
        fell_behind_on=item.fell_behind_on,
        report_every=item.report_every_days,
        serious_fact=item.serious_fact,
        quality_finding=item.quality_finding,
        data_contradict=item.data_contradict,
    )


def _rising(milestones: list[Milestone]) -> list[Milestone]:
    """Without those that share their day with a later one: a curve has one height per day."""
    ordered = sorted(milestones, key=lambda one: (one.due_on, one.percent))
    return [
        one
        for place, one in enumerate(ordered)
        if place + 1 == len(ordered) or ordered[place + 1].due_on != one.due_on
    ]


def set_colour(
    item: Item,
    milestones: list[Milestone],
    now: datetime,
    *,
    book: RuleBook | None = None,
    overrides: dict[object, ColourOverride] | None = None,
) -> Recoloured:
    """Put the verdict of `now` on the item, unsaved: the computed colour, and beside it what is shown.

    Args:
        book, overrides: read once for many items; else asked for this one.
    """
    rule = (book or RuleBook.read()).rule_of(item)
    verdict = colour_of(facts_of(item, milestones), rule, now, work_calendar())
    before = [getattr(item, name) for name in COLOUR_FIELDS if name != "colour_since"]
    old, old_chip = item.colour, item.colour_chip
    item.computed_colour, item.computed_reason = verdict.colour.value, verdict.reason_code
    item.computed_because, item.computed_chip = verdict.because, verdict.chip
    item.planned_percent, item.rule_version = verdict.planned_percent, rule.version
    _remember(item, verdict, now)
    active = override_store.active_of(item.pk) if overrides is None else overrides.get(item.pk)
    _show(item, verdict, active, now)
    changed = old != item.colour
    if changed:
        item.colour_since = now
        item.colour_changes += 1
    after = [getattr(item, name) for name in COLOUR_FIELDS if name != "colour_since"]
    return Recoloured(changed, (old, old_chip) != (item.colour, item.colour_chip), before != after, old)


def _remember(item: Item, verdict: Verdict, now: datetime) -> None:
    """Since when it has been behind, and that it ever was. Having caught up is not being behind."""
    today = now.astimezone(SHANGHAI).date()
    if verdict.colour not in BEHIND or verdict.reason_code == CAUGHT_UP:
        item.behind_since = None
        return
    item.behind_since = item.behind_since or today
    item.fell_behind_on = item.fell_behind_on or today


def _show(item: Item, verdict: Verdict, active: ColourOverride | None, now: datetime) -> None:
    """The override while it holds, with both colours in the words; else what the figures say."""
    item.colour, item.colour_reason = verdict.colour.value, verdict.reason_code
    item.colour_because, item.colour_chip = verdict.because, verdict.chip
    item.overridden, item.override_ends_on = False, None
    if active is None or (active.ends_on and now.astimezone(SHANGHAI).date() > active.ends_on):
        return
    by_hand = Override(Colour(active.colour), Colour(active.lowered_from) if active.lowered_from else None)
    shown = shown_colour(verdict.colour, by_hand)
    if shown == verdict.colour:
        return
    item.colour, item.colour_reason, item.colour_chip = shown.value, "override", "人工调整"
    item.overridden, item.override_ends_on = True, active.ends_on
    until = f"至{chinese_day(active.ends_on)}" if active.ends_on else "未定期限"
    who = f"{active.by_name}{f'（{active.by_post}）' if active.by_post else ''}"
    item.colour_because = (
        f"人工调整为{WORDS[shown]}（{until}）：{active.reason}，{who}。系统判定为{verdict.because}"
    )


def tell(item: Item, recoloured: Recoloured, now: datetime) -> None:
    """Line of history, event and notices for a change of the shown colour; call after the item is saved."""
    tell_many([(item, recoloured)], now)


def tell_many(
    recoloured: Sequence[tuple[Item, Recoloured]], now: datetime, *, by_clock: bool = False
) -> None:
    """The same for many, in a fixed number of queries. `by_clock`: found by the night's run."""
    changed = [(item, one.old) for item, one in recoloured if one.changed]
    ItemHistory.objects.bulk_create(
        ItemHistory(
            item=item,
            at=now,
            by=None,
            by_name="系统",
            act="colour",
            text=item.colour_because[:500],
            facts={
                "old": old,
                "new": item.colour,
                "rule": item.rule_version,
                "reason": item.colour_reason,
                "computed": item.computed_colour,
                "change": item.colour_changes,
            },
        )
        for item, old in changed
    )
    publish_many(
        ItemColourChanged(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            old=old,
            new=item.colour,
            because=item.colour_because,
        )
        for item, old in changed
    )
    notices.note(changed, now, by_clock=by_clock)
