"""What a table of limits or a rule would have done in the last days, before it is kept.

Readings are judged as `services/judging.py` would have, by the same rules: what the device flagged, what came late, and
what was lost already when it came are left out, and a subject's own table stands before that of its source.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from uuid import UUID

from common import clock
from connectors.rules.judging import Seen
from connectors.rules.previews import Foreseen, as_they_came, foresee_limits, foresee_rule
from connectors.rules.sentences import sentence
from connectors.services import limits, typed
from connectors.services.alert_rules import RuleIn
from connectors.services.limits import TableIn
from connectors.services.manage import access_connector
from connectors.store import alerts as store
from connectors.store import history
from connectors.store.history import Given
from connectors.store.models import Connector, Metric
from connectors.store.readings import HEARTBEAT
from directory.actors import Actor

LOOKS_BACK = timedelta(days=7)
MOST_READINGS = 20_000


@dataclass(frozen=True)
class Preview:
    """`foreseen` is None where the past says nothing of it: waiting for data is judged by the clock.

    `readings` were looked at; `is_cut` where there were more than that, and the oldest are left out.
    """

    sentences: list[str]
    foreseen: Foreseen | None
    readings: int
    is_cut: bool


def preview_table(*, actor: Actor, connector_id: UUID, new: TableIn) -> Preview:
    """Nothing is kept. Raises as `check_put_table`."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    bands, key = limits.bands_of(new), typed.metric(new.metric)
    subject = typed.subject(connector, new.subject_id)
    found, past = Foreseen(), _past(connector, {key}, subject.pk if subject else None)
    own = set() if subject else store.subjects_with_table(connector, key)
    for readings in (one for place, one in past.by_subject.items() if place not in own):
        found.add(foresee_limits(bands, readings, clock.SHANGHAI))
    return Preview(limits.sentences_of(connector, key, bands), found, past.count, past.is_cut)


def preview_rule(*, actor: Actor, connector_id: UUID, new: RuleIn) -> Preview:
    """Nothing is kept. Raises as `check_put_rule`."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    spec, level = typed.spec(new.spec), typed.level(new.level, "level")
    says = [sentence(spec, level, store.names_of(connector.pk))]
    subject = typed.subject(connector, new.subject_id)
    if spec.by_clock:
        return Preview(says, None, 0, is_cut=False)
    found, past = Foreseen(), _past(connector, spec.metrics, subject.pk if subject else None)
    for readings in past.by_subject.values():
        found.add(foresee_rule(spec, level, readings, clock.SHANGHAI))
    return Preview(says, found, past.count, past.is_cut)


@dataclass(frozen=True)
class _Past:
    by_subject: dict[UUID, Sequence[Seen]]
    count: int
    is_cut: bool


def _past(connector: Connector, keys: Collection[str], subject_id: UUID | None) -> _Past:
    """The newest readings of these metrics, oldest first in each subject."""
    wanted = Metric.objects.filter(subject__connector=connector, key__in=keys, observed_at__isnull=False)
    if subject_id is not None:
        wanted = wanted.filter(subject=subject_id)
    metrics = {one.pk: one for one in wanted}
    rows = history.newest_counted(list(metrics), clock.now() - LOOKS_BACK, MOST_READINGS + 1)
    changes = _judged(rows, metrics, timedelta(seconds=connector.lost_after_s))
    lines = [_readings(metrics[pk], given) for pk, given in changes.items()]
    newest_first = heapq.merge(*lines, key=lambda one: one[1].at, reverse=True)
    found = list(islice(newest_first, MOST_READINGS + 1))
    by_subject: dict[UUID, list[Seen]] = defaultdict(list)
    for subject, seen in reversed(found[:MOST_READINGS]):
        by_subject[subject].append(seen)
    return _Past(dict(by_subject), min(len(found), MOST_READINGS), len(found) > MOST_READINGS)


def _readings(metric: Metric, given: Sequence[Given]) -> Iterator[tuple[UUID, Seen]]:
    changes = [Seen(metric.key, one.observed_at, one.value) for one in given]
    newest_at = metric.observed_at or changes[0].at
    return ((metric.subject_id, seen) for seen in as_they_came(changes, newest_at, HEARTBEAT))


def _judged(
    rows: Sequence[Given], metrics: Mapping[UUID, Metric], lost_after: timedelta
) -> dict[UUID, list[Given]]:
    """By metric, newest first, without what was not judged: late, or lost already when it came."""
    found: dict[UUID, list[Given]] = defaultdict(list)
    newer_came = {pk: one.received_at or clock.now() for pk, one in metrics.items()}
    for one in rows:
        is_late = one.received_at > newer_came[one.metric_id]
        newer_came[one.metric_id] = min(newer_came[one.metric_id], one.received_at)
        if not is_late and one.received_at - one.observed_at <= lost_after:
            found[one.metric_id].append(one)
    return found
