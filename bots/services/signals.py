"""What connectors tell, as cards in the rooms that want it: states, alerts, records, and the daily brief."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from bots.services.briefs import brief_content
from bots.store import posts
from bots.store.models import Notice
from chatops.cards import Card
from common import clock, jobs
from common.events import subscribe
from connectors.events import (
    AlertClosed,
    AlertOpened,
    AlertUpgraded,
    ReadingsChanged,
    RecordChanged,
    SourceRecovered,
    SourceStale,
)
from connectors.services import alert_cards, alert_deeds, audience
from connectors.services.status import subscribed_rooms
from connectors.store import alerts as alert_store
from connectors.store import records as record_store
from connectors.store.models import AlertChange
from directory.actors import Actor

NUMBER = "bot-shuju"
CHANGE, BRIEF = "alert_change", "brief"
KINDS = (CHANGE, BRIEF)
# A brief that was not due within this time is not made up: tomorrow's comes.
BRIEF_WINDOW = timedelta(hours=2)
CARDS_A_JOB = 50
TOLD = frozenset({AlertChange.Deed.UPGRADED, AlertChange.Deed.DOWNGRADED, AlertChange.Deed.CLOSED})


def connect() -> None:
    """Called once at start."""
    subscribe(ReadingsChanged, show_status, many=show_statuses)
    subscribe(SourceStale, show_status, many=show_statuses)
    subscribe(SourceRecovered, show_status, many=show_statuses)
    subscribe(AlertOpened, show_alert)
    subscribe(AlertUpgraded, show_alert)
    subscribe(AlertClosed, show_alert)
    subscribe(RecordChanged, show_record)


def show_status(event: ReadingsChanged | SourceStale | SourceRecovered) -> None:
    show_statuses([event])


def show_statuses(events: Sequence[ReadingsChanged | SourceStale | SourceRecovered]) -> None:
    """A job a room, not one for each of the subjects that a source told of at once."""
    changed: dict[str, list[str]] = defaultdict(list)
    for event in events:
        for room_id in subscribed_rooms(event.connector_id, event.subject_id):
            changed[room_id].append(str(event.subject_id))
    jobs.defer_many(
        "bots.sync_status",
        [
            {"room_id": room_id, "subject_ids": ",".join(subjects[first : first + CARDS_A_JOB])}
            for room_id, subjects in changed.items()
            for first in range(0, len(subjects), CARDS_A_JOB)
        ],
    )


def show_alert(event: AlertOpened | AlertUpgraded | AlertClosed) -> None:
    """The card in every room that wants it or has it; a change of level is said in its thread as well."""
    alert = alert_store.find(event.alert_id)
    if alert is None:
        return
    rooms = dict.fromkeys([*posts.rooms_of(NUMBER, str(alert.pk)), *audience.alert_rooms(alert)])
    newest = alert.changes.last()
    is_quiet = alert_deeds.is_muted(alert, clock.now()) and alert.closed_at is None
    for room_id in rooms:
        jobs.defer("bots.sync_alert", alert_id=str(alert.pk), room_id=room_id)
        if newest is None or newest.deed not in TOLD or is_quiet:
            continue
        key = f"alert:{newest.pk}:{room_id}"[:200]
        about = {"alert_id": str(alert.pk), "change_id": str(newest.pk)}
        _say_once(key, CHANGE, room_id, about)


def show_record(event: RecordChanged) -> None:
    record = record_store.find(event.record_id)
    if record is None or record.level:
        return  # a warning is shown as the alert that follows it
    rooms = dict.fromkeys([*posts.rooms_of(NUMBER, str(record.pk)), *audience.record_rooms(record)])
    for room_id in rooms:
        jobs.defer("bots.sync_record", record_id=str(record.pk), room_id=room_id)


def post_briefs(_slot: datetime) -> None:
    """The schedule's: each room's brief of the day once, at the hour that it has chosen."""
    now = clock.now()
    rooms = {one.room_id for one in audience.brief_subscriptions(now, within=BRIEF_WINDOW)}
    for room_id in sorted(rooms):
        _say_once(f"brief:{clock.today().isoformat()}:{room_id}"[:200], BRIEF, room_id, {})


def content_of(notice: Notice, bot: Actor) -> dict[str, Any] | None:
    """What the notice says now; None when there is nothing left to say."""
    if notice.kind == BRIEF:
        return brief_content(notice.room_id, bot)
    return _change(notice)


def render_alert(alert_id: str, room_id: str) -> Card | None:
    return alert_cards.alert_card(UUID(alert_id), room_id)


def render_record(record_id: str, room_id: str) -> Card | None:
    return alert_cards.record_card(UUID(record_id), room_id)


def _change(notice: Notice) -> dict[str, Any] | None:
    alert = alert_store.find(UUID(notice.about["alert_id"]))
    change = (
        next((one for one in alert.changes.all() if str(one.pk) == notice.about["change_id"]), None)
        if alert
        else None
    )
    if alert is None or change is None:
        return None
    if alert.metric_key in audience.masks_of(notice.room_id, alert.connector_id):
        change.words = alert.words = audience.MASK
    content: dict[str, Any] = {"msgtype": "m.text", "body": alert_cards.change_words(alert, change)}
    card = posts.find_card(NUMBER, str(alert.pk), notice.room_id)
    if card is not None and card.event_id:
        content["m.relates_to"] = {
            "rel_type": "m.thread",
            "event_id": card.event_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": card.event_id},
        }
    return content


def _say_once(key: str, kind: str, room_id: str, about: dict[str, Any]) -> None:
    if posts.add_notice(key, kind=kind, room_id=room_id, about=about, due_at=clock.now()):
        jobs.defer("bots.say", notice=key)
