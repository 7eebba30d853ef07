"""A question to be answered: of a kind made for these tests, asked by a bureau's liaison."""

import pytest

from common.ids import new_uuid
from directory.services.rights import Scope
from workflows.consents import ApproverRule, ConsentKind, ask, registry

SUBJECT = new_uuid()


@pytest.fixture
def done(monkeypatch):
    """Kind `release` of this test; what was done comes as (what, consent state)."""
    found: list[tuple[str, str]] = []

    def note(what):
        def then(_actor, consent):
            found.append((what, consent.state))
            return ""

        return then

    kind = ConsentKind("release", lambda: "发布", note("agree"), note("refuse"), note("end"))
    monkeypatch.setitem(registry._kinds, "release", kind)
    return found


@pytest.fixture
def question(done, city, act):
    """Asked by the civil affairs bureau's liaison; the supervision officers of the city decide."""

    def put(by="civil_liaison", subject=SUBJECT, **fields):
        fields.setdefault(
            "approver", ApproverRule("item.override_colour", Scope(unit_id=city.units["civil"].pk))
        )
        return ask(
            actor=act(by),
            kind="release",
            subject_kind="test",
            subject_id=subject,
            title="发布第3期",
            **fields,
        )

    return put
