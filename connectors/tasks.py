"""Jobs of this floor, found by the worker at start."""

from uuid import UUID

from common import jobs
from connectors.services.pull import TASK, pull_and_rearm


@jobs.task(name=TASK, queue="connectors")
def pull(connector_id: str) -> None:
    pull_and_rearm(UUID(connector_id))
