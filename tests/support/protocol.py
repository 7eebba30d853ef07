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


def check_frame(side: str, frame: dict[str, Any]) -> None:
    """Raise jsonschema's ValidationError unless `frame` is one that `side` ("client", "server") may send."""
    _validator(f"{side}_{frame['type']}").validate(frame)
