"""Recall (撤回): the content leaves every door at once and is kept for the audit administrator (decisions 25)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import levels
from chatops.services.messages import Sent
from chatops.services.outgoing import NotInRoomError, RoomArchivedError, build_item
from chatops.store import redactions as store
from chatops.store import rooms
from chatops.store.append import append_now
from chatops.store.models import Event, Membership, MembershipState, Room
from common import audit, clock
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


def pruned(event_type: str, content: dict[str, Any]) -> dict[str, Any]:
    """What is left of a content after redaction."""
    kept = KEPT.get(event_type, ())
    return content if kept is None else {key: content[key] for key in kept if key in content}


def recall(*, actor: Actor, room_id: str, event_id: str, reason: str = "", txn_id: str | None = None) -> Sent:
    """Take an event back: one's own, or anybody's with the room's `redact` level. Twice is one deed.

    Edits of the event go with it, since they say the same.

    Raises:
        NotInRoomError, RoomArchivedError; NotFoundError for an event that is not there or not visible to the actor.
        ForbiddenError: somebody else's event without the level, or state that the room stands on.
        BadInputError: the reason has more than 500 characters.
    After commit: event m.room.redaction in the room.
    """
    if len(reason) > MAX_REASON:
        raise BadInputError(
            field="reason", message=_("撤回理由请控制在 {most} 字以内。").format(most=MAX_REASON)
        )
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
        content = {"redacts": event_id, **({"reason": reason} if reason else {})}
        item = build_item(actor=actor, room=room.pk, event_type=REDACTION, content=content, txn_id=txn_id)
        item["trusted"] = True  # judged above; the level of others' events is not the append's to know
        withdraw(room.pk, event, item["event_id"])
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
    if event.type in {"m.room.create", "m.room.power_levels"} or (
        event.type in STANDING and store.is_current_state(event)
    ):
        raise ForbiddenError(message=_("群的基本设置不能撤回，请直接修改为新的内容。"))
