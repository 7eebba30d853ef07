"""What a client may say on the live socket (docs/protocol.md), decoded and checked in one step."""

from typing import Any

import msgspec

MAX_FRAME_BYTES = 128 * 1024


class Hello(msgspec.Struct, tag="hello"):
    """First frame. `positions`: the last seq that the client holds, by room; `person`: of `person` frames."""

    v: int = 1
    acting: str | None = None
    positions: dict[str, int] = {}
    person: int | None = None


class Resume(msgspec.Struct, tag="resume"):
    """After a `resume` from the server: the client's positions, and how many frames it has taken."""

    frames: int
    positions: dict[str, int]


class Send(msgspec.Struct, tag="send"):
    txn: str
    room: str
    content: dict[str, Any]
    event: str = "m.room.message"


class Read(msgspec.Struct, tag="read"):
    room: str
    seq: int


class Typing(msgspec.Struct, tag="typing"):
    room: str
    on: bool


class Watch(msgspec.Struct, tag="watch"):
    """The room that the client shows, or none: it gets `presence` of this one."""

    room: str | None = None


class Pos(msgspec.Struct, tag="pos"):
    """Flow control: how many frames the client has taken since it connected."""

    frames: int


class Ping(msgspec.Struct, tag="ping"):
    pass


ClientFrame = Hello | Resume | Send | Read | Typing | Watch | Pos | Ping
_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)


def decode(text: str | bytes) -> ClientFrame:
    """Raises msgspec.ValidationError or msgspec.DecodeError, whose message names the field."""
    return _decoder.decode(text)
