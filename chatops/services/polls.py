"""Polls (投票): one or several answers, by name or anonymous, until a deadline (Matrix: m.poll.*, MSC3381).

A vote by name is an event of the room. An anonymous vote is a row that no door reads back with a person: it is cast
by `vote` alone, and the event that would name its sender is refused.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.wake import wake_on_commit
from chatops.services import guards, poll_words
from chatops.services.content import POLL_START
from chatops.services.outgoing import NotInRoomError, RoomArchivedError, build_item, refusal
from chatops.services.polls_read import Poll, read_poll, sums
from chatops.services.tell import tell_room
from chatops.store import polls as store
from chatops.store import relations
from chatops.store.append import Item, append_now
from chatops.store.models import Event
from chatops.store.relations import Target
from common import clock, timers
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.actors import Actor
from directory.services import refs

RESPONSE, END = "m.poll.response", "m.poll.end"
END_TASK = "chatops.end_poll"
LATEST = timedelta(days=366)


class PollClosedError(ConflictError):
    code = "poll_closed"

    def default_message(self) -> str:
        return _("投票已截止，不能再投；结果见投票卡片。")


def check(item: Item, actor: Actor, target: Target | None) -> None:
    """Whether this start, vote or end may be stored; keeps the vote and sets the timer of a deadline. Votes are also
    a reaction 2️⃣ to a poll and a reply that names places: clients that know no polls have no other way.

    Raises: BadInputError, PollClosedError; ForbiddenError for a vote that would tell an anonymous voter, or an end by
        somebody who may not.
    """
    match item["type"]:
        case "m.poll.start" if item["rel_type"] != "m.replace":
            _start(item)
        case "m.poll.response":
            poll, seq = _poll_of(target)
            if poll.anonymous:
                raise ForbiddenError(message=_("这是匿名投票，请在同舟客户端的投票卡片上投票。"))
            _cast(item["room"], seq, actor, poll, read_selections(item["content"]))
        case "m.reaction" if target is not None and target.type == POLL_START:
            if place := poll_words.place_of(item["content"]["m.relates_to"].get("key")):
                _cast_places(item, actor, target, [place], add=True)
        case "m.room.message" if item["rel_type"] is None:
            _check_reply(item, actor)
        case "m.poll.end":
            _poll_of(target)
            if target is not None:
                _check_end(item, actor, target)


def _check_reply(item: Item, actor: Actor) -> None:
    """A vote, if it answers a poll with nothing but places."""
    answered = poll_words.reply_to(item["content"])
    if not answered:
        return
    found = relations.find_target(item["room"], answered, actor.staff_id, alone=True)
    if found is not None and found.type == POLL_START and not found.redacted:
        _cast_places(item, actor, found, poll_words.places(item["content"]))


def take_back(room: int, event: Event) -> None:
    """A reaction that was a vote is recalled: its answer goes with it, unless the poll is over."""
    relation = event.content.get("m.relates_to")
    place = poll_words.place_of(relation.get("key")) if isinstance(relation, dict) else None
    found = store.find_start(room, event.relates_to or "") if place else None
    if place is None or found is None:
        return
    poll = read_poll(found.content)
    store.lock_poll_at(room, found.seq)
    if place > len(poll.answers) or _is_over(poll) or store.is_ended(room, found.event_id):
        return
    mine = dict(store.votes(room, found.seq)).get(event.sender_id, [])
    left = [key for key in mine if key != poll.answers[place - 1][0]]
    if left != mine:
        store.put_vote(room, found.seq, event.sender_id, left, clock.now())
        tell_room(room, "poll", {"event": found.event_id}, key=found.event_id)


def vote(*, actor: Actor, room_id: str, event_id: str, choices: list[str]) -> None:
    """Vote, or vote anew; an empty list takes the vote back.

    Raises: NotFoundError, PollClosedError, RoomArchivedError, BadInputError for answers that the poll does not have.
    After commit, in a poll by name: event m.poll.response; in an anonymous one: a note to the room that names nobody.
    """
    found = store.find_poll(room_id, event_id, actor.staff_id)
    if found is None:
        raise NotFoundError
    if found.archived:
        raise RoomArchivedError
    poll = read_poll(found.content)
    with transaction.atomic():
        _cast(found.room, found.seq, actor, poll, choices)
        if poll.anonymous:
            tell_room(found.room, "poll", {"event": event_id}, key=event_id)
        else:
            content = {
                "m.relates_to": {"rel_type": "m.reference", "event_id": event_id},
                "m.selections": choices,
            }
            item = build_item(actor=actor, room=found.room, event_type=RESPONSE, content=content)
            [answer] = append_now([item])
            if not answer.stored:
                raise refusal(answer.status)
            wake_on_commit()


def results(*, actor: Actor, room_id: str, event_id: str) -> dict[str, Any]:
    """A poll as this person may see it.

    Returns: {question, anonymous, multiple, max_selections, deadline, ended, voters, mine, answers: [{id, text, count,
        people?}], can_end}. Counts are null while an undisclosed poll is open; people are those of a poll by name.
    """
    found = store.find_poll(room_id, event_id, actor.staff_id)
    if found is None:
        raise NotFoundError
    poll = read_poll(found.content)
    votes = store.votes(found.room, found.seq)
    ended = found.ended or _is_over(poll)
    is_shown = ended or poll.disclosed
    counts = sums(poll, [choices for _, choices in votes])
    names = {} if poll.anonymous or not is_shown else _people(votes)
    return {
        "question": poll.question,
        "anonymous": poll.anonymous,
        "max_selections": poll.max_selections,
        "deadline": poll.deadline,
        "ended": ended,
        "disclosed": poll.disclosed,
        "voters": sum(1 for _, choices in votes if choices),
        "mine": next((choices for staff, choices in votes if staff == actor.staff_id), []),
        "can_end": not ended and (found.sender_id == actor.staff_id or found.level >= found.redact_level),
        "answers": [
            {
                "id": key,
                "text": text,
                "count": counts[key] if is_shown else None,
                "people": [names[staff] for staff, choices in votes if key in choices and staff in names],
            }
            for key, text in poll.answers
        ],
    }


def end(*, actor: Actor, room_id: str, event_id: str) -> None:
    """Close a poll before its deadline. Raises NotFoundError, ForbiddenError, PollClosedError."""
    found = store.find_poll(room_id, event_id, actor.staff_id)
    if found is None:
        raise NotFoundError
    if found.archived:
        raise RoomArchivedError
    if found.sender_id != actor.staff_id and found.level < found.redact_level:
        raise ForbiddenError(message=_("只有发起人和群主可以结束投票。"))
    if found.ended:
        raise PollClosedError
    _append_end(actor, found, event_id)


def end_due(room_id: str, event_id: str) -> None:
    """The deadline has come: close the poll in the name of who started it. Does nothing when it is closed or gone, or
    in an archived room, where nothing more is said; its results are to be seen all the same."""
    found = store.find_poll(room_id, event_id, None)
    if found is None or found.archived or found.ended or not _is_over(read_poll(found.content)):
        return
    for person in refs.people_by_pk([found.sender_id]):
        actor = Actor(staff_id=person.pk, staff_number=person.staff_number, name=person.name)
        _append_end(actor, found, event_id, trusted=True)


def _append_end(actor: Actor, found: store.FoundPoll, event_id: str, *, trusted: bool = False) -> None:
    poll = read_poll(found.content)
    with transaction.atomic():
        store.lock_poll(found.room, event_id)
        if store.is_ended(found.room, event_id):
            return
        counts = sums(poll, [choices for _, choices in store.votes(found.room, found.seq)])
        text = _("投票结束：{question}。").format(question=poll.question)
        text += "；".join(f"{answer} {counts[key]}" for key, answer in poll.answers)
        content = {
            "m.relates_to": {"rel_type": "m.reference", "event_id": event_id},
            "m.poll.results": counts,
            "m.text": [{"body": text}],
            "body": text,
        }
        item = build_item(actor=actor, room=found.room, event_type=END, content=content)
        item["trusted"] = trusted
        timers.cancel_timer(_timer(event_id))
        [answer] = append_now([item])
        if not answer.stored:
            raise refusal(answer.status)
        wake_on_commit()


def _timer(event_id: str) -> str:
    return f"poll:{event_id}"


def _start(item: Item) -> None:
    poll = read_poll(item["content"])
    for field, words in (("question", poll.question), *(("answers", text) for _key, text in poll.answers)):
        guards.check(words, where="poll", field=field)
    if poll.deadline is None:
        return
    due, now = datetime.fromtimestamp(poll.deadline / 1000, UTC), clock.now()
    if not now < due < now + LATEST:
        raise BadInputError(field="deadline", message=_("截止时间应在现在之后、一年以内，请重新选择。"))
    room_id = store.public_room(item["room"])
    timers.set_timer(_timer(item["event_id"]), due, END_TASK, room=room_id, event=item["event_id"])


def _poll_of(target: Target | None) -> tuple[Poll, int]:
    if target is None or target.type != POLL_START:
        raise BadInputError(field="content.m.relates_to", message=_("所指的消息不是投票，请刷新后重试。"))
    return read_poll(target.content), target.seq


def _cast_places(item: Item, actor: Actor, target: Target, places: list[int], *, add: bool = False) -> None:
    """`add`: to what was chosen before, where several may be."""
    poll = read_poll(target.content)
    if poll.anonymous:
        raise ForbiddenError(message=_("这是匿名投票，请在同舟客户端的投票卡片上投票。"))
    keys = [key for key, _text in poll.answers]
    chosen = [keys[place - 1] if 0 < place <= len(keys) else "" for place in places]
    if add and poll.max_selections > 1:
        store.lock_poll_at(item["room"], target.seq)
        chosen = [*dict(store.votes(item["room"], target.seq)).get(actor.staff_id, []), *chosen]
    _cast(item["room"], target.seq, actor, poll, chosen)
    tell_room(item["room"], "poll", {"event": target.event_id}, key=target.event_id)


def _cast(room: int, seq: int, actor: Actor, poll: Poll, choices: list[str]) -> None:
    known = {key for key, _ in poll.answers}
    chosen = list(dict.fromkeys(choices))
    if not set(chosen) <= known:
        raise BadInputError(field="choices", message=_("所选答案不在投票中，请刷新后重新选择。"))
    if len(chosen) > poll.max_selections:
        raise BadInputError(
            field="choices", message=_("最多可选 {most} 项，请重新选择。").format(most=poll.max_selections)
        )
    event_id = store.lock_poll_at(room, seq)
    if not store.is_joined(room, actor.staff_id):
        raise NotInRoomError
    if _is_over(poll) or store.is_ended(room, event_id):
        raise PollClosedError
    store.put_vote(room, seq, actor.staff_id, chosen, clock.now())


def _check_end(item: Item, actor: Actor, target: Target) -> None:
    level, redact_level = store.levels(item["room"], actor.staff_id)
    if target.sender_id != actor.staff_id and level < redact_level:
        raise ForbiddenError(message=_("只有发起人和群主可以结束投票。"))
    store.lock_poll(item["room"], target.event_id)
    if store.is_ended(item["room"], target.event_id):
        raise PollClosedError
    timers.cancel_timer(_timer(target.event_id))


def _is_over(poll: Poll) -> bool:
    return poll.deadline is not None and clock.now_ms() >= poll.deadline


def read_selections(content: dict[str, Any]) -> list[str]:
    """Raises BadInputError unless `m.selections` is a list of texts."""
    chosen = content.get("m.selections")
    if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
        raise BadInputError(field="content.m.selections", message=_("缺少所选答案，请重新选择。"))
    return chosen


def _people(votes: list[tuple[int, list[str]]]) -> dict[int, str]:
    return {person.pk: person.name for person in refs.people_by_pk(staff for staff, _ in votes)}
