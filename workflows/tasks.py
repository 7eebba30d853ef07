"""Durable jobs of this floor. Arguments are ids; each reads the present state and may run twice."""

from uuid import UUID

from common import jobs, timers
from workflows.approvals import leavings, timeouts
from workflows.burden import counts as burden
from workflows.consents import services as consents
from workflows.orders import errands
from workflows.processes import distribution
from workflows.services import (
    calendar_effects,
    digests,
    disputes,
    nightly,
    notices,
    overrides,
    reminders,
    series,
    slips,
)
from workflows.taskforces import experts, meeting_plans
from workflows.triggers import applying as triggers


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


@jobs.task(name=errands.TASK)
def settle_errands(order_id: str) -> None:
    errands.settle(UUID(order_id))


@jobs.task(name="workflows.plan_meeting", queue="timers")
def plan_meeting(taskforce_id: str) -> None:
    meeting_plans.plan_after(UUID(taskforce_id))


@jobs.task(name="workflows.recompute_calendar", queue="timers")
def recompute_calendar() -> None:
    calendar_effects.recompute()


@jobs.task(name="workflows.expire_expert", queue="timers")
def expire_expert(expert_id: str) -> None:
    experts.expire(UUID(expert_id))


@jobs.task(name="workflows.end_override", queue="timers")
def end_override(override_id: str) -> None:
    overrides.expire(UUID(override_id))


@jobs.task(name="workflows.recolour_by_choice")
def recolour_by_choice(home_id: str) -> None:
    nightly.recolour_by_choice(UUID(home_id) if home_id else None)


@jobs.task(name="workflows.send_notices", queue="timers")
def send_notices() -> None:
    notices.send_due()


@jobs.task(name="workflows.hand_slips", queue="timers")
def hand_slips() -> None:
    slips.hand()


@jobs.task(name="workflows.count_burden", queue="timers")
def count_burden() -> None:
    burden.count_nightly()


@jobs.task(name="workflows.escalate_dispute", queue="timers")
def escalate_dispute(dispute_id: str) -> None:
    disputes.escalate(UUID(dispute_id))


@jobs.task(name="workflows.make_next_of_series", queue="timers")
def make_next_of_series(item_id: str) -> None:
    series.make_next(UUID(item_id))


@jobs.task(name="workflows.case_due", queue="timers")
def case_due(case_id: str) -> None:
    timeouts.case_due(UUID(case_id))


@jobs.task(name="workflows.case_task_due", queue="timers")
def case_task_due(task_id: str) -> None:
    timeouts.task_due(UUID(task_id))


# Limits end at nine in the morning, a city's all at once.
timers.short("workflows.case_due")
timers.short("workflows.case_task_due")


@jobs.task(name="workflows.reroute_cases", queue="timers")
def reroute_cases() -> None:
    leavings.reroute_all()


@jobs.task(name="workflows.reroute_case_task", queue="timers")
def reroute_case_task(task_id: str) -> None:
    leavings.reroute(UUID(task_id))


@jobs.task(name=distribution.TASK)
def deliver_document(delivery_id: int) -> None:
    distribution.deliver(delivery_id)


@jobs.task(name=triggers.ALERT_TASK)
def apply_to_alert(alert_id: str) -> None:
    triggers.apply_to_alert(UUID(alert_id))


@jobs.task(name=triggers.RECORD_TASK)
def apply_to_record(record_id: str) -> None:
    triggers.apply_to_record(UUID(record_id))
