"""The page, the schema and the code name the same frames."""

import re
import typing

import msgspec
import pytest
from jsonschema import ValidationError

from chatops.socket import frames
from deploy.embedded.places import CHECKOUT
from tests.support.protocol import check_frame, schema

PAGE = (CHECKOUT / "docs/protocol.md").read_text(encoding="utf-8")


def named_in_page(heading):
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def named_in_schema(side):
    return {name.removeprefix(f"{side}_") for name in schema()["$defs"] if name.startswith(f"{side}_")}


def test_page_schema_and_decoder_name_the_same_client_frames():
    decoded = {kind.__struct_config__.tag for kind in typing.get_args(frames.ClientFrame)}
    assert named_in_page("From the client") == named_in_schema("client") == decoded


def test_page_and_schema_name_the_same_server_frames():
    assert named_in_page("From the server") == named_in_schema("server")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "hello"},
        {"type": "hello", "v": 1, "acting": None, "positions": {"!a:b": 3}, "person": 7},
        {"type": "send", "txn": "t", "room": "!a:b", "content": {}},
        {"type": "read", "room": "!a:b", "seq": 3},
        {"type": "typing", "room": "!a:b", "on": True},
        {"type": "pos", "frames": 3},
        {"type": "resume", "frames": 3, "positions": {}},
        {"type": "ping"},
    ],
)
def test_the_schema_and_the_decoder_take_the_same_frames(frame):
    check_frame("client", frame)
    assert frames.decode(msgspec.json.encode(frame))


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "send", "txn": "t", "room": "!a:b"},
        {"type": "send", "txn": 1, "room": "!a:b", "content": {}},
        {"type": "send", "txn": "t", "room": "!a:b", "content": []},
        {"type": "read", "room": "!a:b", "seq": "3"},
        {"type": "typing", "room": "!a:b"},
        {"type": "pos"},
        {"type": "hello", "positions": []},
    ],
)
def test_the_schema_and_the_decoder_refuse_the_same_frames(frame):
    with pytest.raises(ValidationError):
        check_frame("client", frame)
    with pytest.raises(msgspec.MsgspecError):
        frames.decode(msgspec.json.encode(frame))
