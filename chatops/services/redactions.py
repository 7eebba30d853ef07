"""Recall (撤回): the content leaves every door at once and is kept for the audit administrator (decisions 25).

One's own within the room's time limit, anybody's with the room's `redact` level. A trace stays.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import admission, levels, polls
from chatops.services.content import COUNTED_TYPES, EDIT, REACTION, THREAD
from chatops.services.messages import Sent
from chatops.services.outgoing import NotInRoomError, RoomArchivedError, build_item
from chatops.store import redactions as store
from chatops.store import rooms, threads
from chatops.store.append import append_now
from chatops.store.models import Event, Membership, MembershipState, Room
from common import audit, clock, ids
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.actors import Actor

MAX_REASON = 500
REDACTION = "m.room.redaction"
# What room version 11 keeps of an event's content; None keeps all.
KEPT: dict[str, tuple[str, ...] | None] = {
    "m.room.create": None,
    "m.room.member": ("membership", "join_authorised_via_users_server"),
    "m.room.join_rules": ("join_rule", "allow"),
    "m.room.power_levels": ("ban", "events", "events_default", "invite", "kick", "redact", "state_default", "users",
                            "users_default"),
    "m.room.history_visibility": ("history_visibility",),
    "m.room.redaction": ("redacts",),
}  # fmt: skip
# State that the room stands on: it is replaced, never emptied while it is in force.
STANDING = frozenset({"m.room.name", "m.room.topic", "m.room.join_rules", "m.room.history_visibility"})


class RecallTooLateError(ForbiddenError):
    code = "recall_too_late"

    def default_message(self) -> str:
        return _("已超过可撤回的时限（{minutes} 分钟），如需撤回请联系群主。").format(
            minutes=self.facts.get("minutes")
        )


def pruned(event_type: str, content: dict[str, Any]) -> dict[str, Any]:
    """What is left of a content after redaction; of an event about another one, that it was (`org.tongzhou.was`)."""
    kept = KEPT.get(event_type, ())
    left = content if kept is None else {key: content[key] for key in kept if key in content}
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") in {THREAD, EDIT, REACTION}:
        left = {**left, "org.tongzhou.was": {key: relation.get(key) for key in ("rel_type", "event_id")}}
    return left


def recall(*, actor: Actor, room_id: str, event_id: str, reason: str = "", txn_id: str | None = None) -> Sent:
    """Take an event back: one's own, or anybody's with the room's `redact` level. Twice is one deed.

    Edits of the event go with it, since they say the same.

    Raises:
        NotInRoomError, RoomArchivedError; NotFoundError for an event that is not there or not visible to the actor.
        ForbiddenError: somebody else's event without the level, or state that the room stands on.
        RecallTooLateError: one's own message after the room's (or the site's) time limit.
        BadInputError: the reason has more than 500 characters. SecrecyRefusedError.
    After commit: event m.room.redaction in the room; `org.tongzhou.undone` says what is left of what it was about.
    """
    if len(reason) > MAX_REASON:
        raise BadInputError(
            field="reason", message=_("撤回理由请控制在 {most} 字以内。").format(most=MAX_REASON)
        )
    admission.check(reason, actor=actor, where="reason")
    room, me = _access(actor, room_id)
    with transaction.atomic():
        device = actor.device_id
        if txn_id and device and (known := store.find_txn(device, room.pk, txn_id)):
            return Sent(known.event_id, known.seq, known.ts, deduplicated=True)
        event = store.lock_event(room.pk, event_id)
        if event is None or event.seq <= me.history_seq:
            raise NotFoundError
        if event.redacted_by is not None:
            redaction = rooms.find_event(room.pk, event.redacted_by)
            if redaction is not None:
                return Sent(redaction.event_id, redaction.seq, redaction.ts, deduplicated=True)
        _check_allowed(actor, room, me, event)
        content: dict[str, Any] = {"redacts": event_id, **({"reason": reason} if reason else {})}
        item = build_item(actor=actor, room=room.pk, event_type=REDACTION, content=content, txn_id=txn_id)
        item["trusted"] = True  # judged above; the level of others' events is not the append's to know
        if event.type == "m.reaction":
            polls.take_back(room.pk, event)
        withdraw(room.pk, event, item["event_id"])
        if undone := _undone(room.pk, event):
            content["org.tongzhou.undone"] = undone
        audit.record(
            actor=actor,
            verb="message.recall",
            subject="event",
            subject_id=event_id,
            new={"room": room_id, "reason": reason, "sender": event.sender_id},
        )
        [answer] = append_now([item])
        wake_on_commit()
    return Sent(answer.event_id, answer.seq, answer.ts, deduplicated=answer.status == "known")


def withdraw(room: int, event: Event, redaction_id: str) -> None:
    """Empty the event and its edits, keeping what they said apart."""
    now = clock.now()
    for gone in [event, *store.edits_of(room, event.event_id)]:
        store.withdraw(gone, pruned(gone.type, gone.content), redaction_id, now)


def _access(actor: Actor, room_id: str) -> tuple[Room, Membership]:
    room = rooms.find_room(room_id)
    me = rooms.find_membership(room.pk, actor.staff_id) if room else None
    if room is None or me is None or me.membership != MembershipState.JOIN:
        raise NotInRoomError
    if room.archived_at is not None:
        raise RoomArchivedError
    return room, me


def _check_allowed(actor: Actor, room: Room, me: Membership, event: Event) -> None:
    if me.level < levels.needed(room.levels, REDACTION, state=False):
        raise ForbiddenError(message=_("您在此群中不能撤回消息，请联系群主。"))
    if event.sender_id != actor.staff_id and me.level < int(room.levels.get("redact", 50)):
        raise ForbiddenError(message=_("只能撤回本人发出的消息；如需撤回他人消息，请联系群主。"))
    _check_in_time(room, me, event)
    if event.type in {"m.room.create", "m.room.power_levels"} or (
        event.type in STANDING and store.is_current_state(event)
    ):
        raise ForbiddenError(message=_("群的基本设置不能撤回，请直接修改为新的内容。"))


def _check_in_time(room: Room, me: Membership, event: Event) -> None:
    """Words may be taken back for a while, reactions always; who may recall others' may recall the own ones too."""
    if event.type not in COUNTED_TYPES or me.level >= int(room.levels.get("redact", 50)):
        return
    minutes = recall_minutes(room)
    if clock.now_ms() - event.ts > minutes * 60_000:
        raise RecallTooLateError(minutes=minutes)


def recall_minutes(room: Room) -> int:
    """How long members may take back what they said there."""
    return int(settings.RECALL_MINUTES) if room.recall_minutes is None else room.recall_minutes


def _undone(room: int, event: Event) -> dict[str, Any] | None:
    """What clients that hold the target should show from now on: they may not know the event that goes.

    Counted under the room's lock, so that it is true at the redaction's place among the events.
    """
    if event.rel_type not in {THREAD, EDIT, REACTION}:
        return None
    rooms.lock_room(room)
    undone: dict[str, Any] = {"rel_type": event.rel_type, "event_id": event.relates_to, "seq": event.seq}
    if event.rel_type == REACTION:
        key = event.content.get("m.relates_to", {}).get("key", "")
        sender = store.staff_number(event.sender_id)
        undone |= {"key": key, "sender": ids.user_id(sender)}
        undone["count"] = store.count_reactions(room, event.relates_to or "", key)
    if event.rel_type == THREAD:
        undone["thread"] = threads.summary(room, event.relates_to or "")
    return undone
