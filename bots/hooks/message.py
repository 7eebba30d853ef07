"""What a payload says, whichever product's form it came in, and why one is refused. Pure."""

from dataclasses import dataclass, field
from typing import Any, Literal

from chatops.cards.schema import Action, Code

Reason = Literal[
    "token",  # no such hook, or it was withdrawn
    "paused",
    "room",  # archived, or the bot is not in it any more
    "rate",
    "address",
    "signature",
    "not_json",
    "kind",  # a kind of message that is not known
    "missing",  # a field is missing or of the wrong type
    "empty",
    "size",
    "picture",
    "secrecy",
    "conflict",  # the same idempotency key with another content
    "fault",
]

# Each in a message's text and again in its HTML or card: together they stay under Matrix's 64 KiB.
MOST_BYTES = 16_000
MOST_LINES, MOST_FACTS, MOST_LABEL = 100, 20, 200


class RefusedPayloadError(Exception):
    """Why a call is not taken. `detail` names the field or tells more; `retry_after_s` with "rate"."""

    def __init__(self, reason: Reason, detail: str = "", *, retry_after_s: int = 0) -> None:
        self.reason: Reason = reason
        self.detail = detail
        self.retry_after_s = retry_after_s
        super().__init__(f"{reason} {detail}".strip())


@dataclass(frozen=True)
class Named:
    """Whom the message names, as the product does it: by account, by phone, or all."""

    users: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    everybody: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a card; `url` is http(s) or ""."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class CardPart:
    """The parts of a card that need neither clock nor database."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    code: Code = "none"
    word: str = ""
    actions: tuple[Action, ...] = ()
    menu: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Message:
    """`body` is complete in itself; `html` the same for clients that show it.

    Attributes:
        picture: the bytes of a picture, which is then the whole message.
        key: the product's own id of the message, "" if it has none.
    """

    body: str
    html: str = ""
    card: CardPart | None = None
    picture: bytes | None = None
    named: Named = field(default_factory=Named)
    key: str = ""


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP, in the product's own form."""

    status: int
    body: dict[str, Any] | str
    headers: dict[str, str] = field(default_factory=dict)


def retry_header(refusal: RefusedPayloadError) -> dict[str, str]:
    return {"Retry-After": str(max(1, refusal.retry_after_s))} if refusal.reason == "rate" else {}


# A true status beside the product's own code: some clients look at the one, some at the other.
STATUS: dict[Reason, int] = {
    "token": 404,
    "paused": 403,
    "room": 410,
    "rate": 429,
    "address": 403,
    "signature": 403,
    "not_json": 400,
    "kind": 400,
    "missing": 400,
    "empty": 400,
    "size": 413,
    "picture": 400,
    "secrecy": 422,
    "conflict": 409,
    "fault": 503,
}

WORDS: dict[Reason, str] = {
    "token": "token is not exist",
    "paused": "robot is paused",
    "room": "room is archived or the robot was removed from it",
    "rate": "send too fast",
    "address": "ip is not in whitelist",
    "signature": "sign not match, or timestamp is not within one hour",
    "not_json": "body is not valid json",
    "kind": "message type is not supported",
    "missing": "missing or invalid parameter",
    "empty": "content is empty",
    "size": "content is too large",
    "picture": "picture cannot be read",
    "secrecy": "content bears a state-secret mark and was neither sent nor kept",
    "conflict": "the same idempotency key was used for another content",
    "fault": "try again later",
}


def words(refusal: RefusedPayloadError) -> str:
    """One English sentence, as the products give them, with what to look at."""
    told = WORDS[refusal.reason]
    if refusal.reason == "rate":
        return f"{told}, retry after {max(1, refusal.retry_after_s)} seconds"
    return f"{told}: {refusal.detail}" if refusal.detail else told


def joined(*parts: str) -> str:
    """The parts that say something, a line each."""
    return "\n".join(part for part in parts if part.strip())


def checked(message: Message) -> Message:
    """The message within our bounds. Raises RefusedPayloadError: empty, size."""
    if message.picture is not None:
        return message
    if not message.body.strip():
        raise RefusedPayloadError("empty")
    if len(message.body.encode()) > MOST_BYTES:
        raise RefusedPayloadError("size", f"at most {MOST_BYTES} bytes")
    return message
