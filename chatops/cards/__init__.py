"""Cards: schema, content, and the registry of what their buttons do (docs/cards.md)."""

from chatops.cards.content import card_content, card_of, replace_content
from chatops.cards.registry import CardRef, CardResult, CardState, register
from chatops.cards.schema import Action, Card, Field, Input, Line, Progress, Series, State

__all__ = [
    "Action",
    "Card",
    "CardRef",
    "CardResult",
    "CardState",
    "Field",
    "Input",
    "Line",
    "Progress",
    "Series",
    "State",
    "card_content",
    "card_of",
    "register",
    "replace_content",
]
