"""Judging how old each subject's newest reading is, and telling the floors above."""

from collections.abc import Sequence
from datetime import datetime

from common import events
from connectors.events import SourceRecovered, SourceStale
from connectors.levels import freshness_of
from connectors.services import judging
from connectors.store import sources as store
from connectors.store.models import Connector, Freshness, Subject


def judge(connector: Connector, now: datetime, *, only: Sequence[Subject] | None = None) -> None:
    """Compare newest readings with the limits and publish what changed; `only` these subjects where given.

    Lost contact, and what was expected by now, become alerts here.
    """
    changed, subjects = [], store.observed_subjects(connector) if only is None else only
    for subject in subjects:
        if subject.observed_at is None:
            continue
        limits = {"fresh_for_s": connector.fresh_for_s, "lost_after_s": connector.lost_after_s}
        freshness = freshness_of(subject.observed_at, now, **limits)
        if freshness == subject.freshness:
            continue
        subject.freshness, subject.freshness_since = freshness, now
        changed.append(subject)
    store.save_freshness(changed)
    with store.subscriptions_read_once():
        events.publish_many(_told(connector, subject) for subject in changed)
        judging.judge_time(connector, subjects, now)


def _told(connector: Connector, subject: Subject) -> SourceRecovered | SourceStale:
    if subject.freshness == Freshness.FRESH or subject.observed_at is None:
        return SourceRecovered(connector.pk, subject.pk)
    return SourceStale(connector.pk, subject.pk, subject.freshness, subject.observed_at)
