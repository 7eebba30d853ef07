"""Reminder ladders, quiet hours and the spread of bulk sending: seen by all, written by administrators."""

import re
from collections import defaultdict
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import audit, clock
from common.errors import BadInputError
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.rules.reminders import AUDIENCE_WORDS, OVERDUE, Audience, Ladder, rule_words
from workflows.services.policy import Ladders, policy, step_data, step_of
from workflows.services.stamps import stamp
from workflows.store.models import ChasePolicy, ReminderLadder
from workflows.store.models.items import ItemKind

MANAGE, VIEW = "rule.manage", "rule.view"
MOST_STEPS, FARTHEST, LONGEST_SPREAD, MOST_PAST = 20, 60, 3600, 20
_PLAIN = ReminderLadder(version=0)  # what holds where nobody has written one
CODES = re.compile(r"^(wd[1-9]\d?|day|overdue)$")


class LadderStepOut(BaseModel):
    """`offset` in working days from the due day; `at` is HH:MM."""

    code: str
    offset: int
    at: str
    audience: list[str]
    daily: bool = False
    words: str = ""


class LadderVersionOut(BaseModel):
    """`version` 0 is the one that the platform comes with, by nobody."""

    version: int
    by_name: str
    at: datetime | None
    steps: list[LadderStepOut]


class LadderOut(BaseModel):
    """`own`: this type has a ladder of its own; else the common one. `past`: what held before, newest first."""

    kind: str
    kind_words: str
    own: bool
    version: int
    steps: list[LadderStepOut]
    past: list[LadderVersionOut]


class ChasingPolicyOut(BaseModel):
    quiet_from: str
    quiet_to: str
    resumes_at: str
    quiet_on_rest_days: bool
    spread_s: int
    manual_pause_hours: int


class LaddersOut(BaseModel):
    ladders: list[LadderOut]
    policy: ChasingPolicyOut
    audiences: dict[str, str]
    abilities: dict[str, bool]


def describe(actor: Actor) -> LaddersOut:
    """Raises ForbiddenError."""
    require(actor, VIEW)
    rows = list(ReminderLadder.objects.order_by("kind", "version"))
    versions: dict[str, list[ReminderLadder]] = defaultdict(list)
    for ladder in rows:
        versions[ladder.kind].insert(0, ladder)
    held, row = Ladders(rows), policy()
    kinds = {"": str(_("通用")), **{str(value): str(label) for value, label in ItemKind.choices}}
    return LaddersOut(
        ladders=[
            LadderOut(
                kind=kind,
                kind_words=words,
                own=kind in versions,
                version=(versions.get(kind) or versions.get("") or [_PLAIN])[0].version,
                steps=_steps_out(held.of(kind)),
                past=[_version_out(one) for one in versions.get(kind, [])[1:][:MOST_PAST]],
            )
            for kind, words in kinds.items()
        ],
        policy=ChasingPolicyOut(
            quiet_from=f"{row.quiet_from:%H:%M}",
            quiet_to=f"{row.quiet_to:%H:%M}",
            resumes_at=f"{row.resumes_at:%H:%M}",
            quiet_on_rest_days=row.quiet_on_rest_days,
            spread_s=row.spread_s,
            manual_pause_hours=row.manual_pause_hours,
        ),
        audiences={str(one): words for one, words in AUDIENCE_WORDS.items()},
        abilities={"manage": may(actor, MANAGE)},
    )


def _steps_out(ladder: Ladder) -> list[LadderStepOut]:
    return [LadderStepOut(**step_data(step), words=rule_words(step.code)) for step in ladder]


def _version_out(row: ReminderLadder) -> LadderVersionOut:
    steps = _steps_out([step_of(one) for one in row.steps])
    return LadderVersionOut(version=row.version, by_name=row.by_name, at=row.at, steps=steps)


def check_write_ladder(*, actor: Actor, kind: str, steps: list[LadderStepOut]) -> LaddersOut:
    """A new version of one type's ladder. What is planned already follows with the item's next change, and what is due
    is asked by the new one.

    Raises: ForbiddenError. BadInputError: `steps.<n>.<field>` names the line at fault.
    """
    require(actor, MANAGE)
    if kind and kind not in ItemKind.values:
        raise BadInputError(field="kind", message=_("事项类型无效，请从列表中选择。"))
    if not steps or len(steps) > MOST_STEPS:
        raise BadInputError(field="steps", message=_("提醒规则须有1至20条，请增减后保存。"))
    for place, step in enumerate(steps):
        _check(place, step)
    with transaction.atomic():
        last = ReminderLadder.objects.filter(kind=kind).aggregate(last=Max("version"))["last"] or 0
        rows: list[dict[str, Any]] = [step.model_dump(exclude={"words"}) for step in steps]
        rows.sort(key=lambda one: (one["offset"], one["at"]))
        ReminderLadder.objects.create(kind=kind, version=last + 1, steps=rows, **stamp(actor, clock.now()))
        audit.record(
            actor=actor, verb="ladder.write", subject="ladder", subject_id=kind or "all", new={"steps": rows}
        )
        from workflows.services.reminders import set_timers

        set_timers(clock.now())
    return describe(actor)


def _check(place: int, step: LadderStepOut) -> None:
    line = place + 1
    try:
        at = time.fromisoformat(step.at)
    except ValueError as error:
        raise BadInputError(
            field=f"steps.{place}.at", message=_("第{line}条的时间须写成09:00这样。").format(line=line)
        ) from error
    if at.tzinfo is not None or at.second:
        raise BadInputError(
            field=f"steps.{place}.at", message=_("第{line}条的时间须写成09:00这样。").format(line=line)
        )
    if abs(step.offset) > FARTHEST:
        raise BadInputError(
            field=f"steps.{place}.offset",
            message=_("第{line}条的工作日须在前后60个以内。").format(line=line),
        )
    wanted = f"wd{-step.offset}" if step.offset < 0 else OVERDUE if step.offset else "day"
    if step.code != wanted or not CODES.match(step.code):
        raise BadInputError(
            field=f"steps.{place}.code", message=_("第{line}条的类别与工作日不符。").format(line=line)
        )
    if not step.audience or not set(step.audience) <= set(Audience):
        raise BadInputError(
            field=f"steps.{place}.audience", message=_("第{line}条请至少选择一类提醒对象。").format(line=line)
        )
    if step.daily and step.offset <= 0:
        raise BadInputError(
            field=f"steps.{place}.daily",
            message=_("第{line}条：只有逾期后的提醒可以每日重复。").format(line=line),
        )


def check_write_policy(*, actor: Actor, new: ChasingPolicyOut) -> LaddersOut:
    """Raises ForbiddenError, BadInputError."""
    require(actor, MANAGE)
    times = {}
    for name in ("quiet_from", "quiet_to", "resumes_at"):
        try:
            times[name] = time.fromisoformat(getattr(new, name))
        except ValueError as error:
            raise BadInputError(field=name, message=_("时间须写成22:00这样。")) from error
    if not 0 <= new.spread_s <= LONGEST_SPREAD:
        raise BadInputError(field="spread_s", message=_("分散时长须为0至3600秒。"))
    if not 1 <= new.manual_pause_hours <= 72:  # noqa: PLR2004 - three days
        raise BadInputError(field="manual_pause_hours", message=_("催办间隔须为1至72小时。"))
    values: dict[str, Any] = {
        **times,
        "quiet_on_rest_days": new.quiet_on_rest_days,
        "spread_s": new.spread_s,
        "manual_pause_hours": new.manual_pause_hours,
    }
    with transaction.atomic():
        ChasePolicy.objects.update_or_create(pk=1, defaults=values)
        audit.record(
            actor=actor, verb="ladder.policy", subject="ladder", subject_id="policy", new=new.model_dump()
        )
    return describe(actor)
