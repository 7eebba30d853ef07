"""What a table of limits or a rule would have done in the last days, before it is kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from common import clock
from connectors.rules.judging import Seen
from connectors.rules.previews import Foreseen, foresee_limits, foresee_rule
from connectors.rules.sentences import sentence
from connectors.services import limits, typed
from connectors.services.alert_rules import RuleIn
from connectors.services.limits import TableIn
from connectors.services.manage import access_connector
from connectors.store import alerts as store
from connectors.store import history
from connectors.store.models import Connector, Metric
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
    for readings in past.by_subject.values():
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


def _past(connector: Connector, keys: frozenset[str] | set[str], subject_id: UUID | None) -> _Past:
    """Stored changes of these metrics, oldest first in each subject."""
    wanted = Metric.objects.filter(subject__connector=connector, key__in=keys)
    if subject_id is not None:
        wanted = wanted.filter(subject=subject_id)
    about = {pk: (subject, key) for pk, subject, key in wanted.values_list("pk", "subject_id", "key")}
    rows = history.newest_counted(list(about), clock.now() - LOOKS_BACK, MOST_READINGS + 1)
    by_subject: dict[UUID, list[Seen]] = defaultdict(list)
    for metric_id, at, value in reversed(rows[:MOST_READINGS]):
        subject, key = about[metric_id]
        by_subject[subject].append(Seen(key, at, value))
    return _Past(dict(by_subject), min(len(rows), MOST_READINGS), len(rows) > MOST_READINGS)
