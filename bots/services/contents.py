"""From what a payload says to the content of an event in one room."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.hooks.message import MOST_FACTS, MOST_LABEL, MOST_LINES, CardPart, Message, Named
from bots.store.records import BotRecord
from chatops.cards import Card, Field, Line, State, card_content, replace_content
from chatops.services import media, media_keep
from chatops.services.mentions import ROOM_LEVEL
from chatops.store import mentions as places
from chatops.store import rooms
from chatops.store.models import Room
from common import clock, ids
from directory.actors import Actor
from directory.store.models import Staff

HTML_FORMAT = "org.matrix.custom.html"
KIND = "notice"
MOST_HTML_BYTES, MOST_CARD_BYTES = 24_000, 20_000


@dataclass(frozen=True)
class Over:
    """The bot's own card whose place the new one takes: its event, what it shows, the rendering that comes next."""

    event_id: str
    subject: str
    version: int


def digest_of(message: Message) -> str:
    """A hash of all that the message says, without its key."""
    said = repr((message.body, message.html, message.card, message.picture, message.named))
    return hashlib.sha256(said.encode()).hexdigest()


def make(
    message: Message,
    *,
    actor: Actor,
    room: Room,
    subject: str,
    source: str,
    now: datetime,
    over: Over | None = None,
) -> dict[str, Any]:
    """The content of the `m.room.message`.

    Args:
        subject: names the card; source: shown as where it comes from. over: a card is shown in this one's place.
    Raises: what keeping a picture raises (BadInputError, TooLargeError, SecrecyRefusedError).
    """
    if message.picture is not None:
        return _picture(message.picture, actor)
    if message.card is not None:
        card = card_of(message.card, message.body, subject=subject, source=source, now=now)
        if over is not None:
            card = card.model_copy(update={"subject": over.subject, "version": over.version})
            return replace_content(card, over.event_id)
        content = card_content(card)
        if len(json.dumps(content, ensure_ascii=False).encode()) > MOST_CARD_BYTES + len(
            message.body.encode()
        ):
            content = {"msgtype": "m.text", "body": message.body}
    else:
        content = {"msgtype": "m.text", "body": message.body}
        if message.html and message.html != message.body and len(message.html.encode()) <= MOST_HTML_BYTES:
            content |= {"format": HTML_FORMAT, "formatted_body": message.html}
    if mentions := _mentions(message.named, actor, room):
        content["m.mentions"] = mentions
    return content


def card_of(part: CardPart, fallback: str, *, subject: str, source: str, now: datetime) -> Card:
    """The card; a line's address stands in its text, since a card's links lead into the web client only."""
    lines = part.lines[:MOST_LINES]
    return Card(
        kind=KIND,
        subject=subject,
        version=1,
        title=part.title.replace("\n", " ")[:MOST_LABEL],
        as_of=now,
        source=source,
        state=State(code=part.code, word=part.word[:MOST_LABEL])
        if part.code != "none" or part.word
        else None,
        fields=[
            Field(key=f"f{at}", label=label[:MOST_LABEL], value=value)
            for at, (label, value) in enumerate(part.facts[:MOST_FACTS])
        ],
        lines=[Line(code="none", text=f"{one.text}：{one.url}" if one.url else one.text) for one in lines],
        actions=list(part.actions),
        menu=list(part.menu),
        fallback=fallback,
    )


def _picture(picture: bytes, actor: Actor) -> dict[str, Any]:
    suffix, mime = ("png", "image/png") if picture.startswith(b"\x89PNG") else ("jpg", "image/jpeg")
    incoming = media_keep.begin(actor=actor, filename=f"picture.{suffix}", mime=mime)
    try:
        incoming.write(picture)
        kept = incoming.finish()
    finally:
        incoming.abort()
    return {
        "msgtype": "m.image",
        "body": f"picture.{suffix}",
        "url": media.uri_of(kept),
        "info": media.public_info(kept),
    }


def _mentions(named: Named, actor: Actor, room: Room) -> dict[str, Any]:
    """Members whom the product's names mean; everybody only where the bot may. Others are left out."""
    users = named_members(named, room)
    found: dict[str, Any] = {"user_ids": users} if users else {}
    if named.everybody and may_name_all(actor, room):
        found["room"] = True
    return found


def named_members(named: Named, room: Room) -> list[str]:
    """User ids of the joined members who are named by staff number, user id or telephone number."""
    if not (named.users or named.phones):
        return []
    numbers = {one.removeprefix("@").partition(":")[0].lower() for one in named.users}
    phones = {phone.removeprefix("+86").replace("-", "").replace(" ", "") for phone in named.phones} - {""}
    joined = Staff.objects.filter(pk__in=rooms.joined_ids(room.pk))
    rows = joined.values_list("staff_number", "phone")
    return sorted(
        ids.user_id(number)
        for number, phone in rows
        if number in numbers or (phone and phone.replace("-", "").replace(" ", "") in phones)
    )


def may_name_all(actor: Actor, room: Room) -> bool:
    place = places.place_in(room.pk, actor.staff_id)
    return place is not None and place.level >= int(
        place.levels.get("notifications", {}).get("room", ROOM_LEVEL)
    )


def reach(message: Message, *, record: BotRecord, actor: Actor, room: Room) -> dict[str, Any]:
    """Whom the message would reach: the room, how many people, and who would be told by name."""
    people = places.count_people(room.pk, actor.staff_id)
    everybody = message.named.everybody and may_name_all(actor, room)
    return {
        "bot": record.number,
        "room_id": room.room_id,
        "room_name": room.name,
        "people": people,
        "mentioned": named_members(message.named, room),
        "everybody": everybody,
        "body": message.body,
        "at": clock.now().isoformat(),
    }
