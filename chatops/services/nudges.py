"""One tap reminds those who have not read a message, or not answered one that asks for it; nobody else hears of it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services.outgoing import RoomArchivedError
from chatops.services.receipts import access_event, asks_confirmation, may_see_names
from chatops.services.tell import tell_people
from chatops.store import nudges as store
from chatops.store import receipts
from common import audit, clock
from common.errors import BadInputError, ForbiddenError, RateLimitedError
from directory.actors import Actor

UNREAD, UNCONFIRMED = "unread", "unconfirmed"


def remind(*, actor: Actor, room_id: str, event_id: str, of: str = UNREAD) -> dict[str, Any]:
    """Remind those who have not read (`unread`) or not answered (`unconfirmed`).

    The message counts as a mention for them, and their clients get a `nudge`.

    Returns: {reached, next_reminder: ms from which it may be done again}
    Raises:
        NotFoundError, RoomArchivedError; ForbiddenError unless one sent the message, owns the room or supervises.
        BadInputError: the message asks for no answer. RateLimitedError: within 30 minutes of the last reminder.
    """
    view, event = access_event(actor, room_id, event_id)
    if not may_see_names(actor, view, event):
        raise ForbiddenError(message=_("只有发送人、群主和督查专员可以提醒未读人员。"))
    if view.room.archived_at is not None:
        raise RoomArchivedError
    if of not in {UNREAD, UNCONFIRMED} or (of == UNCONFIRMED and not asks_confirmation(event)):
        raise BadInputError(field="of", message=_("此消息未要求回执，只能提醒未读人员。"))
    with transaction.atomic():
        store.one_at_a_time(event)
        if (again := store.next_at(event)) is not None:
            raise RateLimitedError(
                retry_after_ms=again - clock.now_ms(),
                message=_("同一条消息 30 分钟内只能提醒一次，请稍后再提醒。"),
            )
        reached = receipts.keys(event, of)
        if reached:
            store.mention(event, reached)
            body = {"room": room_id, "event": event_id, "seq": event.seq, "by": actor.name, "of": of}
            tell_people(reached, "nudge", body)
            store.add(event, by=actor.staff_id, kind=of, reached=len(reached))
            audit.record(
                actor=actor, verb="message.remind", subject="event", subject_id=event_id,
                new={"room": room_id, "of": of, "reached": len(reached)},
            )  # fmt: skip
        return {"reached": len(reached), "next_reminder": store.next_at(event)}
