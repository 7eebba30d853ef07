"""Why an item has its colour: what the figures say, what a hand set, and who was told."""

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import BaseModel

from directory.actors import Actor
from directory.services.rights import may
from workflows.rules.colour_tables import words_of
from workflows.services.gates import access_item, item_scope
from workflows.services.overrides import LOWER, RAISE
from workflows.store import colour_rules as rule_store
from workflows.store import notices as notice_store
from workflows.store import overrides as store
from workflows.store.models import ColourNotice, ColourOverride


class OverrideOut(BaseModel):
    """`lowered_from` is "" for a raise."""

    colour: str
    lowered_from: str
    reason: str
    ends_on: date | None
    state: str
    at: datetime
    by_name: str
    by_post: str
    by_unit: str
    ended_at: datetime | None
    ended_by_name: str
    ended_reason: str


class NoticeOut(BaseModel):
    """`name` is "" where nobody held the role."""

    change_no: int
    role: str
    role_words: str
    name: str
    old: str
    new: str
    because: str
    at: datetime
    deliver_at: datetime


class ColourOut(BaseModel):
    """`colour` and `because` are shown; `computed…` is what the figures say."""

    colour: str
    because: str
    computed_colour: str
    computed_because: str
    overridden: bool
    rule_version: int
    rule_name: str
    rule_words: list[str]
    active: OverrideOut | None
    past: list[OverrideOut]
    notices: list[NoticeOut]
    abilities: dict[str, bool]


def describe(actor: Actor, item_id: UUID) -> ColourOut:
    """Raises NotFoundError."""
    item = access_item(actor, item_id)
    scope = item_scope(item)
    rows = store.of_item(item_id)
    active = next((row for row in rows if row.state == "active"), None)
    rule = rule_store.find_version(item.rule_version)
    judged = item.computed_colour != "grey"
    officer = may(actor, LOWER, scope)
    mine = active is not None and bool(actor.staff_id) and active.by_id == actor.staff_id
    return ColourOut(
        colour=item.colour,
        because=item.colour_because,
        computed_colour=item.computed_colour,
        computed_because=item.computed_because,
        overridden=item.overridden,
        rule_version=item.rule_version,
        rule_name=rule.name if rule else _("通用规则"),
        rule_words=words_of(rule_store.as_table(rule)) if rule else [],
        active=_override_out(active) if active else None,
        past=[_override_out(row) for row in rows if row.state != "active"],
        notices=[_notice_out(row) for row in notice_store.of_item(item_id)[-30:]],
        abilities={
            "raise": judged and may(actor, RAISE, scope),
            "lower": judged and officer,
            "end": active is not None and (mine or officer),
            "confirm": officer and item.fell_behind_on is not None and item.behind_since is None and judged,
        },
    )


def _override_out(row: ColourOverride) -> OverrideOut:
    return OverrideOut(**{name: getattr(row, name) for name in OverrideOut.model_fields})


def _notice_out(row: ColourNotice) -> NoticeOut:
    plain = ("change_no", "role", "old", "new", "because", "at", "deliver_at")
    return NoticeOut(
        **{name: getattr(row, name) for name in plain},
        role_words=str(row.get_role_display()),
        name=row.staff.name if row.staff else "",
    )
