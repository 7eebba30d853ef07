"""What a client may say on the live socket (docs/protocol.md), decoded and checked in one step."""

import re
from typing import Annotated, Any

import msgspec
from django.utils.translation import gettext as _

MAX_FRAME_BYTES = 128 * 1024
Count = Annotated[
    int, msgspec.Meta(ge=0, le=2**53)
]  # what a bigint of the database and a JavaScript number hold
_PLACE = re.compile(r"at `\$\.?([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]+)`")


def is_too_large(frame: str | bytes) -> bool:
    """By its bytes, of which a character has four at most."""
    if isinstance(frame, str) and len(frame) > MAX_FRAME_BYTES // 4:
        return len(frame.encode(errors="surrogatepass")) > MAX_FRAME_BYTES
    return len(frame) > MAX_FRAME_BYTES


class Hello(msgspec.Struct, tag="hello"):
    """First frame. `positions`: the last seq that the client holds, by room; `person`: of `person` frames."""

    v: int = 1
    acting: str | None = None
    positions: dict[str, Count] = {}
    person: Count | None = None


class Resume(msgspec.Struct, tag="resume"):
    """After a `resume` from the server: the client's positions, and how many frames it has taken."""

    frames: Count
    positions: dict[str, Count]


class Send(msgspec.Struct, tag="send"):
    txn: str
    room: str
    content: dict[str, Any]
    event: str = "m.room.message"


class Read(msgspec.Struct, tag="read"):
    room: str
    seq: Count


class Typing(msgspec.Struct, tag="typing"):
    room: str
    on: bool


class Watch(msgspec.Struct, tag="watch"):
    """The room that the client shows, or none: it gets `presence` of this one."""

    room: str | None = None


class Pos(msgspec.Struct, tag="pos"):
    """Flow control: how many frames the client has taken since it connected."""

    frames: Count


class Ping(msgspec.Struct, tag="ping"):
    pass


ClientFrame = Hello | Resume | Send | Read | Typing | Watch | Pos | Ping
_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)


def decode(text: str | bytes) -> ClientFrame:
    """Raises msgspec.ValidationError or msgspec.DecodeError; `explain` makes a sentence of them."""
    try:
        return _decoder.decode(text)
    except (RecursionError, UnicodeError) as err:
        raise msgspec.DecodeError("too deep or not Unicode") from err


def explain(error: msgspec.MsgspecError) -> tuple[str | None, str]:
    """Which field of a frame is wrong, if one is, and a sentence that says so and what to do."""
    said = str(error)
    if missing := _MISSING.search(said):
        field = missing[1]
        return field, _("消息缺少“{field}”一项，未处理；请刷新页面后重试。").format(field=field)
    place = _PLACE.search(said)
    if place and place[1] == "type":
        return "type", _("不认识这种消息，未处理；请刷新页面，更新到最新版本后重试。")
    if place and place[1]:
        return place[1], _("消息中“{field}”一项的格式不对，未处理；请刷新页面后重试。").format(field=place[1])
    return None, _("收到的内容不是完整的消息，未处理；请刷新页面后重试。")
