"""What a template would have made of the alerts of the last month, before it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q

from common import clock
from connectors.rules.levels import weight
from connectors.services import audience
from connectors.store import alerts as alert_store
from connectors.store import records as record_store
from connectors.store.models import Connector, Metric, Record
from directory.actors import Actor
from directory.services.rights import Scope, require
from workflows.store.models import Trigger
from workflows.triggers.applying import happening_of, happening_of_record
from workflows.triggers.contents import Happening, filled, fits
from workflows.triggers.services import TriggerIn, checked

LOOKS_BACK = timedelta(days=30)
MOST_LOOKED_AT = 500
SHOWN = 20


@dataclass(frozen=True)
class Example:
    """An alert or record of the past and the title of what it would have become."""

    about: str
    at: datetime
    level: str
    words: str
    title: str


@dataclass(frozen=True)
class Foresight:
    """`fitting` of `looked_at`; the newest are the examples."""

    looked_at: int
    fitting: int
    examples: list[Example]


@dataclass(frozen=True)
class Choices:
    """What a condition can name: sources, quantities as key and name, kinds of records."""

    connectors: list[Connector]
    metrics: list[tuple[str, str]]
    record_kinds: list[str]


def list_choices(actor: Actor) -> Choices:
    """Raises ForbiddenError."""
    require(actor, "trigger.manage")
    sources = Connector.objects.filter(removed_at__isnull=True).order_by("name", "pk")
    metrics = Metric.objects.order_by("key", "pk").distinct("key").values_list("key", "name")
    kinds = Record.objects.order_by("kind").values_list("kind", flat=True).distinct()
    return Choices(list(sources), list(metrics), list(kinds))


def preview_trigger(*, actor: Actor, new: TriggerIn) -> Foresight:
    """Of the alerts or records of thirty days that the actor may see; nothing is kept and nothing is made.

    Raises: ForbiddenError, SecrecyRefusedError; BadInputError names the field.
    """
    require(actor, "trigger.manage", Scope(unit_id=actor.unit_id))
    content, condition = checked(actor, new)
    since = clock.now() - LOOKS_BACK
    past = list(_alerts(actor, since) if new.watches == Trigger.Watches.ALERT else _records(actor, since))
    fitting = [one for one in past if new.connector_id in {None, one.connector_id} and fits(condition, one)]
    examples = [
        Example(one.about, one.at, one.level, one.words, filled(content.title, one, clock.local(one.at)))
        for one in fitting[:SHOWN]
    ]
    return Foresight(len(past), len(fitting), examples)


def _alerts(actor: Actor, since: datetime) -> Iterator[Happening]:
    """As they stood at their gravest."""
    where = audience.visible(actor) & Q(opened_at__gt=since)
    rows = alert_store.shown().filter(where).prefetch_related("changes").order_by("-opened_at", "-pk")
    for alert in rows[:MOST_LOOKED_AT]:
        levels = [alert.level, *(change.level for change in alert.changes.all())]
        yield replace(happening_of(alert), level=max(levels, key=weight))


def _records(actor: Actor, since: datetime) -> Iterator[Happening]:
    where = audience.visible_records(actor) & Q(stage_at__gt=since)
    for record in record_store.page(where, after=None, limit=MOST_LOOKED_AT):
        yield happening_of_record(record)
