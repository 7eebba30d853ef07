"""The shape of what lies beside a drawing: form, clocks, card, meta, tables, fixture. What it says is for the lint."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def _map(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def _some(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


_STARTER = _some(roles=_TEXTS, levels=_TEXTS, units=_TEXTS)
_STEP = _some(
    node=_TEXT,
    actor=_TEXT,
    deed=_TEXT,
    opinion=_TEXT,
    data={"type": "object"},
    to_node=_TEXT,
    mode=_TEXT,
    to=_TEXTS,
)
_EXPECT = _some(state=_TEXT, trail=_TEXTS)
_SHAPES: Mapping[str, Draft202012Validator] = {
    part: Draft202012Validator(schema)
    for part, schema in {
        "form": _some(
            schema={"type": "object"}, ui={"type": "object"}, title=_TEXT, rights=_map(_map(_TEXT)),
            calculated=_map(_TEXT), needed=_map(_TEXTS),
        ),
        "clocks": _map(_some(limit=_TEXT, working={"type": "boolean"}, remind=_TEXTS, on_timeout=_TEXT)),
        "card": _some(fields=_TEXTS),
        "meta": _some(must_read={"type": "boolean"}, starter=_STARTER),
        "decisions": _map({**_some(dmn=_TEXT, cases=_TEXT), "required": ["dmn"]}),
        "fixture": _some(
            cases={
                "type": "array",
                "items": _some(
                    name=_TEXT, starter=_TEXT, data={"type": "object"}, steps={"type": "array", "items": _STEP},
                    expect=_EXPECT,
                ),
            }
        ),
    }.items()
}  # fmt: skip


def wrong_shape(part: str, value: Any) -> str:
    """Where the part is not of its shape, such as `rights.a`; "" where it is."""
    shape = _SHAPES.get(part)
    error = next(iter(shape.iter_errors(value)), None) if shape else None
    return ".".join([part, *(str(one) for one in error.absolute_path)]) if error else ""
