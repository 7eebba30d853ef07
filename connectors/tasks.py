"""Jobs of this floor, found by the worker at start."""

from uuid import UUID

from common import jobs
from connectors.services import housekeeping, records, replays
from connectors.services.pull import TASK, pull_and_rearm


@jobs.task(name=TASK, queue="connectors")
def pull(connector_id: str) -> None:
    pull_and_rearm(UUID(connector_id))


@jobs.task(name=housekeeping.HOURLY, queue="connectors")
def roll_up() -> None:
    housekeeping.roll_up()


@jobs.task(name=housekeeping.DAILY, queue="connectors")
def keep_house() -> None:
    housekeeping.keep_house()


@jobs.task(name=records.TASK, queue="connectors")
def write_back(write_back_id: str) -> None:
    records.send_result(UUID(write_back_id))


@jobs.task(name=replays.TASK, queue="connectors")
def replay(replay_id: str) -> None:
    replays.run(UUID(replay_id))
