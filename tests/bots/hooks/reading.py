"""What a parser made of a payload, for the tests of each product."""

import hashlib
from typing import Any

import pytest

from bots.hooks.message import Answer, CardPart, Message, RefusedPayloadError

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 30
MD5 = hashlib.md5(PNG, usedforsecurity=False).hexdigest()


def refusal(module, payload) -> str:
    with pytest.raises(RefusedPayloadError) as caught:
        module.parse(payload)
    return caught.value.reason


def card_of(message: Message) -> CardPart:
    assert message.card is not None
    return message.card


def fields_of(answer: Answer) -> dict[str, Any]:
    assert isinstance(answer.body, dict)
    return answer.body
