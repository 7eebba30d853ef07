"""What the floors below tell, turned into jobs of queue `bots` in the same transaction. Nothing is sent here.

A job per change and no queueing lock: a job that waits may be taken up before the change that relies on it
has committed, and that change would never be shown. The first sends the newest state, the others find nothing
to do.
"""

from collections.abc import Sequence

from bots.desk import DUBAN
from bots.services import accounts, signals, weekly
from bots.store import posts
from chatops.services import membership
from chatops.store.rooms import find_room
from common import clock, jobs
from common.events import subscribe
from directory.actors import system_actor
from directory.services import refs
from workflows.events import (
    CaseMoved,
    ConsentAsked,
    ConsentEndedEvent,
    DigestDue,
    ItemChanged,
    ItemDispatched,
    ItemFromMessage,
    ManualReminder,
    OrderEscalated,
    OrderShown,
    RankingReleased,
    SlipsHanded,
    TaskForceFounded,
)
from workflows.orders.card import escalation_words
from workflows.services.taskforces import describe_taskforce
from workflows.store.taskforces import running_ids


def connect() -> None:
    """Called once at start."""
    subscribe(TaskForceFounded, join_force)
    subscribe(ItemDispatched, show_item)
    subscribe(ItemChanged, show_item, many=show_items)
    subscribe(ItemFromMessage, answer_message)
    subscribe(DigestDue, post_digest)
    subscribe(SlipsHanded, send_letters)
    subscribe(ManualReminder, press)
    subscribe(RankingReleased, weekly.post_released)
    subscribe(OrderShown, show_order)
    subscribe(OrderEscalated, tell_escalated)
    subscribe(CaseMoved, show_case)
    subscribe(ConsentAsked, show_consent)
    subscribe(ConsentEndedEvent, show_consent)
    signals.connect()


def join_force(event: TaskForceFounded) -> None:
    """All bots of the desk are members of a task force's room from its first moment."""
    keys = accounts.bot_keys()
    room = find_room(event.room_id)
    if keys and room is not None:
        membership.do_add_members(actor=system_actor("督办助手"), room=room, staff_ids=keys)


def join_known_forces() -> None:
    """Forces that were founded before this site had bots."""
    for taskforce_id in running_ids():
        force = describe_taskforce(system_actor("督办助手"), taskforce_id)
        join_force(TaskForceFounded(force.id, force.room_id))


def show_item(event: ItemDispatched | ItemChanged) -> None:
    """In the room of its home, and in that of the message it came from."""
    show_items([event])


def show_items(events: Sequence[ItemDispatched | ItemChanged]) -> None:
    jobs.defer_many(
        "bots.sync_card",
        [
            {"item_id": str(event.item_id), "room_id": room_id}
            for event in events
            for room_id in dict.fromkeys((event.room_id, event.origin_room_id))
            if room_id
        ],
    )


def answer_message(event: ItemFromMessage) -> None:
    """The dispatcher joins the room where a message became an item, and its card stays there as a reply."""
    room = find_room(event.room_id)
    dispatcher = refs.find_person(DUBAN.number)
    if room is None or dispatcher is None or room.archived_at is not None:
        return
    membership.do_add_members(actor=system_actor(DUBAN.name), room=room, staff_ids=[dispatcher.pk])
    jobs.defer("bots.sync_card", item_id=str(event.item_id), room_id=event.room_id)


def post_digest(event: DigestDue) -> None:
    about = {"taskforce_id": str(event.taskforce_id)}
    _say_once("digest", event.key, room_id=event.room_id, about=about)


def send_letters(event: SlipsHanded) -> None:
    """One job for the batch, not one a person."""
    jobs.defer("bots.send_letters", batch=str(event.batch))


def press(event: ManualReminder) -> None:
    if not event.room_id:
        return  # an item of a ledger without a room: its reminders are direct messages
    about = {"item_id": str(event.item_id), "staff_ids": list(event.staff_ids), "by_name": event.by_name}
    _say_once("press", event.key, room_id=event.room_id, about=about)


def show_order(event: OrderShown) -> None:
    jobs.defer("bots.sync_order", order_id=str(event.order_id), room_id=event.room_id)


def show_case(event: CaseMoved) -> None:
    """One job for all rooms of the case."""
    jobs.defer("bots.sync_case", case_id=str(event.case_id))


def show_consent(event: ConsentAsked | ConsentEndedEvent) -> None:
    """One job for all who may decide: killed in its midst it starts again and finds what is there."""
    jobs.defer("bots.sync_consent", consent_id=str(event.consent_id))


def tell_escalated(event: OrderEscalated) -> None:
    """A direct message to a duty officer or leader: which order, which unit, what to do. The text stays inside."""
    words = escalation_words(event.order_id, event.unit_id)
    if words:
        _say_once("words", event.key, staff_id=event.staff_id, about={"words": words})


def _say_once(kind: str, key: str, **fields: object) -> None:
    """Remember what is to be said under its key; a key that is known already was or will be said."""
    fields.setdefault("due_at", clock.now())
    if posts.add_notice(key, kind=kind, **fields):
        jobs.defer("bots.say", notice=key)
