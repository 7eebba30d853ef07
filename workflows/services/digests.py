"""The digest of a task force: counts by colour, and one line per item, the urgent first."""

from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from common import clock
from common.events import publish
from common.ids import new_uuid
from directory.actors import Actor
from directory.services.rights import require
from workflows.events import DigestDue
from workflows.services.calendar import work_calendar
from workflows.services.deeds import once
from workflows.services.gates import access_taskforce, force_scope
from workflows.services.taskforces import digest_times, set_digest_timer
from workflows.store import taskforces as store


class DigestAnswer(BaseModel):
    message: str
    key: str


def check_ask_digest(*, actor: Actor, taskforce_id: UUID, key: str | None = None) -> DigestAnswer:
    """Ask the bot for a digest in the force's room, now. Raises NotFoundError, ForbiddenError."""
    force = access_taskforce(actor, taskforce_id)
    require(actor, "report.digest", force_scope(force))

    def deed() -> DigestAnswer:
        digest = f"digest:{force.pk}:{new_uuid()}"
        publish(DigestDue(taskforce_id=force.pk, room_id=force.room_id, key=digest))
        return DigestAnswer(message=_("简报将发到专班群。"), key=digest)

    return once(actor=actor, key=key, verb="digest", subject_id=taskforce_id, answer=DigestAnswer, deed=deed)


def post_daily(taskforce_id: UUID) -> None:
    """The timer's digest: on working days, once for each of its times, while the force runs; then the next timer."""
    with transaction.atomic():
        force = store.lock(taskforce_id)
        now = clock.now()
        if force.state not in {"running", "closing"}:
            return
        if _is_due(now):
            key = f"digest:{force.pk}:{_slot(digest_times(force), clock.local(now))}"
            publish(DigestDue(taskforce_id=force.pk, room_id=force.room_id, key=key))
        set_digest_timer(force, now)


def _slot(times: list[time], local: datetime) -> str:
    """Which of the day's digests this is, also when its timer comes late: the day, with the hour after the first."""
    past = [at for at in times if at <= local.time()]
    return f"{local:%Y%m%d}" if len(past) < 2 else f"{local:%Y%m%d}-{past[-1]:%H%M}"  # noqa: PLR2004


def _is_due(now: datetime) -> bool:
    return work_calendar().is_working_day(clock.local(now).date())
