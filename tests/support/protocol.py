"""docs/protocol.schema.json as validators: what either side really says must be in it."""

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from deploy.embedded.places import CHECKOUT


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CHECKOUT / "docs/protocol.schema.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema()["$defs"]})


def unfold(frame: dict[str, Any]) -> list[dict[str, Any]]:
    """The whole events of an `events` frame, as REST would give them."""
    events, n = [], frame["n"]
    for seq, short in enumerate(frame["events"], frame["first"]):
        n += not short.get("quiet", False)
        acting = dict(frame["people"][short["by"]])
        event = {
            "event_id": short["id"],
            "room": frame["room"],
            "seq": seq,
            "n": n,
            "type": short.get("type", "m.room.message"),
            "sender": acting.pop("user_id"),
            "ts": short["ts"],
            "content": short["content"],
            **({"acting": acting} if acting else {}),
            **{key: short[key] for key in ("state_key", "redacted_by") if key in short},
            **({} if short.get("quiet") else {"counts": True}),
        }
        events.append(event)
    assert len(events) == frame["last"] - frame["first"] + 1, "a gap inside a frame"
    return events


def check_frame(side: str, frame: dict[str, Any]) -> None:
    """Raise jsonschema's ValidationError unless `frame` is one that `side` ("client", "server") may send."""
    _validator(f"{side}_{frame['type']}").validate(frame)
