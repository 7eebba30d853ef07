"""The card's schema, version 1. Integers only where numbers go: Matrix events carry no floats."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic import Field as Of

Code = Literal["red", "yellow", "green", "grey", "done", "none"]
Style = Literal["primary", "plain", "danger"]
InputType = Literal["text", "date", "percent"]

NAME = r"^[a-z_]{1,40}$"
MOST_ACTIONS, MOST_MENU = 2, 8


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class State(_Part):
    code: Code
    word: str
    because: str = ""


class Field(_Part):
    key: str
    label: str
    value: str


class Progress(_Part):
    percent: int = Of(ge=0, le=100)
    planned: int | None = Of(default=None, ge=0, le=100)


class Series(_Part):
    """`points`: [milliseconds since the epoch, value × 1000], oldest first."""

    unit: str
    decimals: int = Of(ge=0, le=3)
    points: list[tuple[int, int]] = Of(max_length=200)
    threshold: int | None = None
    threshold_label: str = ""


class Line(_Part):
    code: Code
    text: str
    link: str = ""


class Input(_Part):
    key: str
    label: str
    type: InputType
    required: bool = True


class Action(_Part):
    name: str = Of(pattern=NAME)
    label: str
    style: Style = "plain"
    input: list[Input] = []


class Card(_Part):
    """What a card says. `fallback` is the complete plain text that becomes the message's body.

    `picture` is the `mxc:` address of a picture that shows the same as the lines, such as small charts.
    """

    v: Literal[1] = 1
    kind: str = Of(pattern=NAME)
    subject: str
    version: int = Of(ge=0)
    title: str = Of(max_length=200)
    number: str = ""
    as_of: AwareDatetime
    source: str = ""
    stale: bool = False
    state: State | None = None
    value: str = ""
    fields: list[Field] = Of(default=[], max_length=20)
    progress: Progress | None = None
    series: Series | None = None
    lines: list[Line] = Of(default=[], max_length=100)
    picture: str = Of(default="", max_length=300)
    actions: list[Action] = Of(default=[], max_length=MOST_ACTIONS)
    menu: list[Action] = Of(default=[], max_length=MOST_MENU)
    link: str = ""
    fallback: str = Of(exclude=True, min_length=1)


def json_schema() -> dict[str, Any]:
    """JSON Schema of `org.tongzhou.card` as an event holds it; the plain text is the event's `body`."""
    schema = Card.model_json_schema()
    del schema["properties"]["fallback"]
    schema["required"].remove("fallback")
    schema["description"] = (
        "A card in the content of an m.room.message, whose body says the same in plain text."
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
