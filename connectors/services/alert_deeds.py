"""Seeing alerts, and what people do with them: take note of one, let one be quiet for a while."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from common import audit, clock, events
from common.cursors import moment_cursor, moment_of
from common.errors import BadInputError, NotFoundError
from connectors.events import AlertUpgraded
from connectors.rules.levels import LEVELS
from connectors.services import audience
from connectors.store import alerts as store
from connectors.store.models import Alert, AlertChange
from directory.actors import Actor
from directory.services.rights import Scope, may, require

PAGE = 50
LONGEST_MUTE = timedelta(days=7)
STATES = ("open", "closed", "all")


def list_alerts(
    actor: Actor,
    *,
    state: str = "open",
    level: str = "",
    connector_id: UUID | None = None,
    subject_id: UUID | None = None,
    cursor: str | None = None,
) -> tuple[list[Alert], str | None]:
    """Alerts of the sources that the actor may see and of rooms that the actor is in, newest first.

    Raises: BadInputError: an unknown state, level or cursor.
    """
    if state not in STATES or (level and level not in LEVELS):
        field = "state" if state not in STATES else "level"
        raise BadInputError(field=field, message=_("没有这样的筛选条件，请重新选择。"))
    where = audience.visible(actor)
    if state != "all":
        where &= Q(closed_at__isnull=state == "open")
    for name, value in (("level", level), ("connector", connector_id), ("subject", subject_id)):
        if value:
            where &= Q(**{name: value})
    found = store.page(where, after=moment_of(cursor), limit=PAGE + 1)
    more = found[PAGE - 1] if len(found) > PAGE else None
    _veil(actor, found)
    return found[:PAGE], moment_cursor(more.opened_at, more.pk) if more else None


def access_alert(actor: Actor, alert_id: UUID) -> Alert:
    """One alert with its changes. Raises NotFoundError also when it is not the actor's to see."""
    alert = store.find(alert_id)
    if alert is None or not audience.may_see(actor, alert):
        raise NotFoundError
    if _veil(actor, [alert]):
        for change in alert.changes.all():
            change.words, change.value = audience.MASK if change.words else "", None
    return alert


def _veil(actor: Actor, alerts: Sequence[Alert]) -> list[Alert]:
    """Of a quantity that is masked in all of the person's rooms: that there is an alert and how grave, no values.

    Changes the rows in hand, which are for showing and never stored; answers those that it changed.
    """
    is_shown = audience.unmasked_keys(actor)
    veiled = [
        one
        for one in alerts
        if one.metric_key and not is_shown(one.connector_id, one.subject_id, one.metric_key)
    ]
    for alert in veiled:
        alert.words, alert.value, alert.peak_value = audience.MASK, None, None
        for ground in alert.grounds.values():
            ground["words"] = audience.MASK
    return veiled


def may_handle(actor: Actor, alert: Alert) -> bool:
    return may(actor, "alert.handle", _scope(alert))


def check_acknowledge(*, actor: Actor, alert_id: UUID) -> Alert:
    """已知悉: who saw it first stays. Raises NotFoundError, ForbiddenError."""

    def change(alert: Alert, now: datetime) -> AlertChange.Deed | None:
        if alert.acknowledged_at is not None:
            return None
        alert.acknowledged_at, alert.acknowledged_by = now, _signature(actor)
        return AlertChange.Deed.ACKNOWLEDGED

    return _deed(actor, alert_id, change)


def check_mute(*, actor: Actor, alert_id: UUID, until: datetime | None) -> Alert:
    """No further notice until then, at most seven days; None ends it. The card goes on, and what is graver is heard.

    Raises: NotFoundError, ForbiddenError; BadInputError(until).
    """
    now = clock.now()
    if until is not None and not now < until <= now + LONGEST_MUTE:
        text = _("静默须在此后{days}天以内结束，请修改时间。")
        raise BadInputError(field="until", message=text.format(days=LONGEST_MUTE.days))

    def change(alert: Alert, _now: datetime) -> AlertChange.Deed | None:
        if alert.muted_until == until:
            return None
        alert.muted_until, alert.muted_by = until, _signature(actor) if until else ""
        return AlertChange.Deed.MUTED if until else AlertChange.Deed.UNMUTED

    return _deed(actor, alert_id, change)


def is_muted(alert: Alert, now: datetime) -> bool:
    return alert.muted_until is not None and alert.muted_until > now


def _deed(
    actor: Actor, alert_id: UUID, change: Callable[[Alert, datetime], AlertChange.Deed | None]
) -> Alert:
    require(actor, "alert.handle", _scope(access_alert(actor, alert_id)))
    with transaction.atomic():
        now, alert = clock.now(), store.lock(alert_id)
        if alert is None:
            raise NotFoundError
        deed = change(alert, now)
        if deed is not None:
            alert.version += 1
            alert.save()
            store.add_changes(
                [AlertChange(alert=alert, at=now, deed=deed, level=alert.level, by=_signature(actor))]
            )
            until = alert.muted_until.isoformat() if alert.muted_until else ""
            new = {"deed": deed, "muted_until": until}
            audit.record(actor=actor, verb="alert.handle", subject="alert", subject_id=alert.pk, new=new)
            events.publish(AlertUpgraded(alert.pk))
    return access_alert(actor, alert_id)


def _signature(actor: Actor) -> str:
    return f"{actor.unit_name}{actor.post_title} {actor.name}".strip()


def _scope(alert: Alert) -> Scope:
    return Scope(unit_id=alert.connector.owner_unit_id)
