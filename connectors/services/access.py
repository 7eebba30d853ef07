"""Reading what sources told us, by those who may."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from common.errors import BadInputError, NotFoundError
from connectors.kinds import KINDS
from connectors.services import audience
from connectors.services.manage import access_connector
from connectors.services.status import find_metric
from connectors.store import sources as store
from connectors.store.models import Connector, Metric, PullRun, Subject
from directory.actors import Actor
from directory.services.rights import Scope, may, require

RUNS_SHOWN = 50
HOURS_MOST = 24 * 31


def list_connectors(actor: Actor) -> list[Connector]:
    """The sources that the actor may see, with `subject_count` and `old_count`."""
    require(actor, "connector.view")
    return [one for one in store.list_with_counts(clock.now()) if may(actor, "connector.view", _scope(one))]


def with_counts(connector_id: UUID) -> Connector:
    """One source as `list_connectors` gives it, for who has just made it. Raises NotFoundError."""
    found = store.list_with_counts(clock.now()).filter(pk=connector_id).first()
    if found is None:
        raise NotFoundError
    return found


def list_activity(actor: Actor, since: datetime) -> dict[UUID, dict[datetime, str]]:
    """For each source that the actor may see: hour → ok, partly or failed; an hour without calls is left out."""
    found: dict[UUID, dict[datetime, str]] = {one.pk: {} for one in list_connectors(actor)}
    for connector_id, hour, went, _count in store.activity(list(found), since):
        said = found[connector_id].get(hour)
        word = "ok" if went else "failed"
        found[connector_id][hour] = word if said in {None, word} else "partly"
    return found


def list_runs(actor: Actor, connector_id: UUID) -> list[PullRun]:
    """The last calls of a source, newest first. Raises NotFoundError, ForbiddenError."""
    return store.last_runs(access_connector(actor, connector_id).pk, RUNS_SHOWN)


def list_subjects(actor: Actor, connector_id: UUID) -> tuple[Connector, list[Subject]]:
    """Raises NotFoundError, ForbiddenError."""
    connector = access_connector(actor, connector_id)
    return connector, list(connector.subjects.all())


def list_source_metrics(actor: Actor, connector_id: UUID) -> list[Metric]:
    """What a source measures: one metric for each key. Raises NotFoundError, ForbiddenError."""
    connector = access_connector(actor, connector_id)
    rows = Metric.objects.filter(subject__connector=connector).order_by("key", "pk").distinct("key")
    return sorted(rows, key=lambda one: (one.rank, one.key))


def access_metric(actor: Actor, subject_id: UUID, key: str | None, *, hours: int) -> tuple[Subject, Metric]:
    """A metric that the actor may read, without a key the first of these.

    Raises:
        NotFoundError: unknown, or not the actor's to see.
        BadInputError: `hours` out of range.
    """
    if not 1 <= hours <= HOURS_MOST:
        text = _("时段应在 1 至 {most} 小时之间，请修改。")
        raise BadInputError(field="hours", message=text.format(most=HOURS_MOST))
    subject, metric = find_metric(subject_id, key)
    shown = list_metrics(actor, subject)
    if key is None and shown:
        return subject, shown[0]
    if metric not in shown:
        raise NotFoundError
    return subject, metric


def list_metrics(actor: Actor, subject: Subject) -> list[Metric]:
    """Of a subject what the actor may read: by the post, or as a member of a subscribed room that does not mask it."""
    return list(filter(audience.unmasked(actor), subject.metrics.select_related("subject")))


def is_overdue(connector: Connector) -> bool:
    """Whether a source that is asked regularly has not answered for longer than what it says stays fresh: with the
    worker down nothing fails, and a source of records has no value that grows old.
    """
    if not connector.is_enabled or KINDS[connector.kind].pull is None or connector.last_ok_at is None:
        return False
    return clock.now() - connector.last_ok_at > timedelta(seconds=connector.fresh_for_s)


def may_manage(actor: Actor, connector: Connector) -> bool:
    return may(actor, "connector.manage", _scope(connector))


def host_of(connector: Connector) -> str:
    """Where the source is, without path and parameters: these may tell more than a list should."""
    config = connector.config
    netloc = urlsplit(str(config.get("url", ""))).netloc
    return netloc or ":".join(str(config[name]) for name in ("host", "port") if config.get(name))


def _scope(connector: Connector) -> Scope:
    return Scope(unit_id=connector.owner_unit_id)
