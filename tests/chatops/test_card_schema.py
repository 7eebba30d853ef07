"""docs/cards.schema.json is what the code takes, and the page's own example fits it."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from chatops.cards.content import card_content
from chatops.cards.schema import Card, json_schema
from chatops.services.content import CARD_KEY
from deploy.embedded.places import CHECKOUT

DOCS = CHECKOUT / "docs"
SCHEMA = json.loads((DOCS / "cards.schema.json").read_text(encoding="utf-8"))
VALID = Draft202012Validator(SCHEMA)


def example():
    page = (DOCS / "cards.md").read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_file_is_of_the_code():
    assert json_schema() == SCHEMA, "run `make openapi` and commit the result"


def test_the_example_of_the_page_fits_and_is_what_we_say():
    content = example()
    card = content[CARD_KEY]
    VALID.validate(card)
    ours = card_content(Card.model_validate({**card, "fallback": "【任务 12】区块链赋能平台"}))
    VALID.validate(ours[CARD_KEY])
    last_line = content["body"].splitlines()[-1]
    assert last_line == ours["body"].splitlines()[-1] == "可回复本条办理：签收；申请延期 延至 理由。"


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"actions": [{"name": name, "label": name} for name in "abc"]},
        {"menu": [{"name": "A", "label": "x"}]},
        {"progress": {"percent": 101}},
        {"unknown": 1},
    ],
)
def test_what_no_reader_could_draw_does_not_fit(change):
    assert not VALID.is_valid({**example()[CARD_KEY], **change})
