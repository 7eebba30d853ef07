"""Colours of stored items: on every fact and every night, one event per change."""

from dataclasses import dataclass
from datetime import datetime

from common.events import publish
from workflows.events import ItemColourChanged
from workflows.rules.colours import DEFAULT_RULE, RULES, Colour, CurvePoint, Facts, Node, colour_of
from workflows.rules.moves import ItemState
from workflows.rules.working_days import SHANGHAI
from workflows.services.calendar import work_calendar
from workflows.store.models import Item, ItemHistory, Milestone

COLOUR_FIELDS = (
    "colour",
    "colour_reason",
    "colour_because",
    "colour_chip",
    "colour_since",
    "planned_percent",
    "rule_version",
    "behind_since",
)
BEHIND = frozenset({Colour.RED, Colour.YELLOW})


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
        serious_fact=item.serious_fact,
        quality_finding=item.quality_finding,
        data_contradict=item.data_contradict,
    )


def _rising(milestones: list[Milestone]) -> list[Milestone]:
    """Without those that share their day with a later one: a curve has one height per day."""
    ordered = sorted(milestones, key=lambda one: (one.due_on, one.percent))
    return [
        one
        for one, after in zip(ordered, [*ordered[1:], None], strict=True)
        if after is None or after.due_on != one.due_on
    ]


def set_colour(item: Item, milestones: list[Milestone], now: datetime) -> Recoloured:
    """Put the verdict of `now` on the item, unsaved."""
    rule = RULES.get(item.rule_version, DEFAULT_RULE)
    verdict = colour_of(facts_of(item, milestones), rule, now, work_calendar())
    before = (item.colour, item.colour_chip, item.colour_because, item.planned_percent)
    old, changed = item.colour, item.colour != verdict.colour
    item.colour, item.colour_reason = verdict.colour.value, verdict.reason_code
    item.colour_because, item.colour_chip = verdict.because, verdict.chip
    item.planned_percent, item.rule_version = verdict.planned_percent, rule.version
    if changed:
        item.colour_since = now
    if verdict.colour not in BEHIND:
        item.behind_since = None
    elif item.behind_since is None:
        item.behind_since = now.astimezone(SHANGHAI).date()
    after = (item.colour, item.colour_chip, item.colour_because, item.planned_percent)
    return Recoloured(changed, before[:2] != after[:2], before != after, old)


def tell(item: Item, recoloured: Recoloured, now: datetime) -> None:
    """Line of history and event for a change of colour; call after the item is saved."""
    if not recoloured.changed:
        return
    ItemHistory.objects.create(
        item=item,
        at=now,
        by=None,
        by_name="系统",
        act="colour",
        text=item.colour_because,
        facts={"old": recoloured.old, "new": item.colour, "rule": item.rule_version},
    )
    publish(
        ItemColourChanged(
            item_id=item.pk,
            taskforce_id=item.taskforce_id,
            room_id=item.home_room_id,
            old=recoloured.old,
            new=item.colour,
            because=item.colour_because,
        )
    )
