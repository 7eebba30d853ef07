"""Durable jobs of this floor. Arguments are ids; each reads the present state and may run twice."""

from uuid import UUID

from common import jobs
from workflows.consents import services as consents
from workflows.services import calendar_effects, digests, nightly, reminders
from workflows.taskforces import experts, meetings


@jobs.task(name="workflows.recolour_all", queue="timers")
def recolour_all() -> None:
    nightly.recolour_all()


@jobs.task(name="workflows.send_reminders", queue="timers")
def send_reminders() -> None:
    reminders.send_due()


@jobs.task(name="workflows.post_digest", queue="timers")
def post_digest(taskforce_id: str) -> None:
    digests.post_daily(UUID(taskforce_id))


@jobs.task(name="workflows.lapse_consent", queue="timers")
def lapse_consent(consent_id: str) -> None:
    consents.lapse(UUID(consent_id))


@jobs.task(name="workflows.plan_meeting", queue="timers")
def plan_meeting(taskforce_id: str) -> None:
    meetings.plan_after(UUID(taskforce_id))


@jobs.task(name="workflows.recompute_calendar", queue="timers")
def recompute_calendar() -> None:
    calendar_effects.recompute()


@jobs.task(name="workflows.expire_expert", queue="timers")
def expire_expert(expert_id: str) -> None:
    experts.expire(UUID(expert_id))
