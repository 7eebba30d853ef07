"""Applying templates: each at most once for an alert or a record, whatever is repeated."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from common import clock, jobs
from common.errors import DomainError
from common.events import subscribe
from connectors.events import AlertOpened, AlertUpgraded, RecordChanged
from connectors.store import alerts as alert_store
from connectors.store import records as record_store
from connectors.store.models import Alert, Metric, Record, RecordState
from directory.actors import Actor
from directory.services.acting import actor_of
from directory.store.models import Staff
from workflows.orders import drafts, issuing
from workflows.services.calendar import work_calendar
from workflows.services.items import NewItem
from workflows.services.registering import Home, check_register
from workflows.store.models import Trigger, TriggerRun
from workflows.triggers.contents import (
    Happening,
    ItemContent,
    OrderContent,
    TriggerCondition,
    filled,
    fits,
    order_fields,
    read_content,
    spoken,
)

ALERT_TASK, RECORD_TASK = "workflows.apply_to_alert", "workflows.apply_to_record"
ENDED = frozenset({RecordState.CLOSED, RecordState.WITHDRAWN})


def connect() -> None:
    """Called once at start."""
    subscribe(AlertOpened, look_at_alert)
    subscribe(AlertUpgraded, look_at_alert)
    subscribe(RecordChanged, look_at_record)


def look_at_alert(event: AlertOpened | AlertUpgraded) -> None:
    """A job in the same transaction: what follows from an alert is not lost, and does not hold up readings."""
    if Trigger.objects.filter(watches=Trigger.Watches.ALERT, is_enabled=True).exists():
        jobs.defer(ALERT_TASK, alert_id=str(event.alert_id))


def look_at_record(event: RecordChanged) -> None:
    if Trigger.objects.filter(watches=Trigger.Watches.RECORD, is_enabled=True).exists():
        jobs.defer(RECORD_TASK, record_id=str(event.record_id))


def apply_to_alert(alert_id: UUID) -> list[TriggerRun]:
    """The job. An alert that is closed by now starts nothing; what an earlier level started is not repeated."""
    alert = alert_store.find(alert_id)
    if alert is None or alert.closed_at is not None:
        return []
    return _apply(Trigger.Watches.ALERT, happening_of(alert))


def apply_to_record(record_id: UUID) -> list[TriggerRun]:
    """The job. A record that its source has closed or withdrawn starts nothing."""
    record = record_store.find(record_id)
    if record is None or record.state in ENDED:
        return []
    return _apply(Trigger.Watches.RECORD, happening_of_record(record))


def _apply(watches: str, one: Happening) -> list[TriggerRun]:
    done = []
    triggers = Trigger.objects.filter(watches=watches, is_enabled=True)
    for trigger in triggers.select_related("author", "approved_by").order_by("pk"):
        if trigger.connector_id not in {None, one.connector_id}:
            continue
        if not fits(TriggerCondition.model_validate(trigger.condition), one):
            continue
        run = _run(trigger, one)
        if run is not None:
            done.append(run)
    return done


def _run(trigger: Trigger, one: Happening) -> TriggerRun | None:
    """Make what the template says; a refusal is kept with its sentence. None where it has been done before."""
    with transaction.atomic():
        run, is_new = TriggerRun.objects.get_or_create(
            trigger=trigger, about=one.about, defaults={"at": clock.now()}
        )
        if not is_new:
            return None
        try:
            with transaction.atomic():
                run.made, run.words = _make(trigger, one)
        except DomainError as refusal:
            run.error = refusal.user_message()[:500]
        run.save(update_fields=["made", "words", "error"])
        return run


def _make(trigger: Trigger, one: Happening) -> tuple[str, str]:
    """What was made, as kind:id, and what became of it. Raises DomainError."""
    author = _actor(trigger, trigger.author)
    content = read_content(trigger.makes, trigger.content)
    key = f"trigger:{trigger.pk}:{one.about}"
    if isinstance(content, ItemContent):
        return _make_item(author, content, one, key)
    return _make_order(trigger, author, content, one, key)


def _make_order(
    trigger: Trigger, author: Actor, content: OrderContent, one: Happening, key: str
) -> tuple[str, str]:
    fields = order_fields(content, one, clock.now(), clock.local(one.at))
    drafted = drafts.check_draft_order(actor=author, fields=fields, key=f"{key}:d")
    order_id = drafted.order.id
    made = f"order:{order_id}"
    if trigger.approved_by is None:
        return made, _("已拟写草稿，待批准后签发")
    approver = _actor(trigger, trigger.approved_by)
    approved = issuing.check_approve(actor=approver, order_id=order_id, key=f"{key}:a")
    if approved.order.state != "approved":
        return made, approved.message[:500]
    try:
        issued = issuing.check_issue(actor=author, order_id=order_id, key=f"{key}:i")
    except (
        DomainError
    ) as refusal:  # a second approver has to agree, or the scope is too wide: it stays approved
        return made, refusal.user_message()[:500]
    return made, issued.message[:500]


def _make_item(author: Actor, content: ItemContent, one: Happening, key: str) -> tuple[str, str]:
    today = clock.today()
    days = one.limit_days or content.days
    new = NewItem(
        title=filled(content.title, one, clock.local(one.at))[:200],
        lead_unit_id=content.lead_unit,
        starts_on=today,
        due_on=work_calendar().add_working_days(clock.now(), days).day,
        category=content.category,
        source="alert",
    )
    home = Home(taskforce_id=content.taskforce, ledger_id=content.ledger)
    answer = check_register(actor=author, home=home, new=new, dispatch=True, key=key)
    return f"item:{answer.item.id}", answer.message[:500]


def _actor(trigger: Trigger, staff: Staff) -> Actor:
    """The person as of now, in the template's unit: who has left their post starts nothing. Raises DomainError."""
    actor = actor_of(staff.staff_number, "system", unit_id=trigger.unit_id)
    if actor is None or actor.post_id is None:
        text = _("模板的拟写人或批准人已不在岗，未能执行。请由本单位重新保存并批准模板。")
        raise DomainError(message=text)
    return actor


def happening_of(alert: Alert) -> Happening:
    """The alert as templates see it."""
    subject, record = alert.subject, alert.record
    metric = _metric(alert)
    return Happening(
        about=f"alert:{alert.pk}",
        connector_id=alert.connector_id,
        kind=alert.kind,
        level=alert.level,
        code=subject.code if subject else record.source_id if record else "",
        name=subject.name if subject else alert.words,
        place=subject.place if subject else record.place if record else "",
        metric=alert.metric_key,
        metric_name=metric.name if metric else "",
        value=spoken(alert.value, metric.unit if metric else ""),
        words=alert.words,
        at=alert.observed_at or alert.opened_at,
        source=alert.connector.name,
    )


def happening_of_record(record: Record) -> Happening:
    return Happening(
        about=f"record:{record.pk}",
        connector_id=record.connector_id,
        kind=record.kind,
        level=record.level,
        code=record.source_id,
        name=record.title,
        place=record.place,
        metric="",
        metric_name="",
        value="",
        words=record.stage,
        at=record.stage_at,
        source=record.connector.name,
        limit_days=record.limit_days,
    )


def _metric(alert: Alert) -> Metric | None:
    if alert.subject is None or not alert.metric_key:
        return None
    return alert.subject.metrics.filter(key=alert.metric_key).first()
