"""What people who mean no good, and programs that are broken, send to each door."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import ids
from tests.workflows.approvals.conftest import FORM, chain, drawing, head, person, user
from workflows.approvals import cases, files, modelling
from workflows.errors import NotAllowedNowError
from workflows.store.models import Case, CaseFile, CaseTask

pytestmark = pytest.mark.django_db
EDIT = 1
MARK = "机密★10年"
NUL, HALF = "a\x00b", "a\ud800b"


@pytest.fixture
def one(publish):
    publish(chain(user("a", "审核", head()), user("b", "复核", person("leader"))))


@pytest.fixture
def drawer(appoint, city, call):
    appoint("civil_digital", "数字员", city.units["civil"], "digital_officer", "专员")
    return call("civil_digital")


@pytest.fixture
def draft(drawer) -> str:
    """The path of a draft."""
    made = drawer.post("/process-drafts", {"key": "own", "name": "自拟"})
    assert made.status_code == 201, made.content
    return f"/process-drafts/{made.json()['id']}"


# The secrecy gate at each entrance of text.


@pytest.mark.parametrize(
    ("deed", "who", "said"),
    [
        ("agree", "civil_head", {"opinion": MARK}),
        ("agree", "civil_head", {"data": {"note": MARK}}),
        ("refuse", "civil_head", {"opinion": MARK}),
        ("return", "civil_head", {"opinion": MARK}),
        ("transfer", "civil_head", {"opinion": MARK, "to": [ids.user_id("health_head")]}),
        ("add_sign", "civil_head", {"opinion": MARK, "to": [ids.user_id("health_head")], "mode": "before"}),
        ("withdraw", "civil_handler", {"opinion": MARK}),
        ("comment", "civil_handler", {"opinion": MARK}),
        ("cc", "civil_handler", {"opinion": MARK, "to": [ids.user_id("health_head")]}),
        ("urge", "civil_handler", {"opinion": MARK}),
        ("record_instruction", "civil_liaison", {"opinion": MARK, "file": "x"}),
        ("answer_dissent", "civil_handler", {"opinion": MARK}),
    ],
)
def test_no_marked_text_comes_in_by_a_deed(one, call, begin, deed, who, said):
    case = begin()
    before = Case.objects.values("data", "state", "shown").get(pk=case)
    told = call(who).post(f"/cases/{case}/deeds/{deed}", said)
    assert (told.status_code, told.json()["code"]) == (422, "secrecy_refused"), told.content
    assert Case.objects.values("data", "state", "shown").get(pk=case) == before


def test_no_marked_text_comes_in_by_a_start_a_draft_or_a_delegation(one, call):
    starter = call("civil_handler")
    deep = {"reason": "x", "files": [{"media_id": "m", "name": MARK}]}
    for told in (
        starter.post("/cases", {"process": "p", "data": {"reason": MARK}}),
        starter.post("/cases", {"process": "p", "data": deep}),
        starter.put(f"/case-drafts/{uuid4()}", {"process": "p", "data": {"reason": MARK}}),
        starter.post(
            "/delegations",
            {"to": ids.user_id("civil_head"), "ends_at": "2026-08-01T00:00:00+08:00", "reason": MARK},
        ),
        starter.post("/cases/decide", {"ids": [str(uuid4())], "opinion": MARK}),
    ):
        body = told.json()
        codes = [body.get("code"), *(one["code"] for one in body.get("refused") or [])]
        assert codes[-1] in {"secrecy_refused", "not_found"}, told.content
    assert not Case.objects.exists()


def test_no_marked_text_comes_in_by_a_drawing(drawer, draft):
    for told in (
        drawer.post("/process-drafts", {"key": "other", "name": MARK}),
        drawer.post("/process-drafts", {"key": "other", "name": "x", "description": MARK}),
        drawer.put(draft, {"edit": EDIT, "name": MARK}),
        drawer.put(draft, {"edit": EDIT, "description": MARK}),
        drawer.put(draft, {"edit": EDIT, "form": {"schema": {"title": MARK}}}),
        drawer.post("/process-drafts/import", {"xml": f"<a>{MARK}</a>", "key": "im", "name": "x"}),
    ):
        assert told.json()["code"] == "secrecy_refused", told.content
    assert drawer.get(draft).json()["name"] == "自拟"


# Doors that were open.


def test_a_hidden_attachment_is_not_handed_out_by_its_address(publish, begin, act, call):
    form = {**FORM, "rights": {"a": {"files": "hidden"}, "view": {"files": "read"}}}
    publish(chain(user("a", "审核", head())), form=form)
    case = begin()
    CaseFile.objects.create(
        case_id=case, media_id="m1", field="files", name="底价.pdf", mimetype="application/pdf",
        at=Case.objects.get(pk=case).started_at, by_name="x",
    )  # fmt: skip
    assert call("civil_head").get(f"/cases/{case}").json()["attachments"] == []
    assert call("civil_head").get(f"/cases/{case}/files/m1").status_code == 404
    assert files.known_of(case) == {"m1"}


def test_who_may_not_start_or_draw_does_not_get_form_route_and_drawing(publish, call, drawer):
    publish(chain(user("a", "审核", head())), starter={"roles": ["handler"]})
    other = call("outside_head")
    assert other.get("/processes/p").status_code == 403
    assert other.post("/processes/p/route", {"data": {}}).status_code == 403
    assert call("civil_handler").get("/processes/p").status_code == 200
    assert call("civil_handler").get("/processes/p/bpmn").status_code == 403
    assert drawer.get("/processes/p/bpmn").status_code == 200


def test_drafts_and_delegations_are_ones_own(one, call):
    mine, other = call("civil_handler"), call("outside_head")
    path = f"/case-drafts/{uuid4()}"
    assert mine.put(path, {"process": "p", "data": {"reason": "x"}}).status_code == 200
    assert other.get(path).status_code == 404
    assert other.put(path, {"process": "p", "data": {"reason": "y"}}).status_code == 404
    assert other.delete(path).status_code in {204, 404}
    assert mine.get(path).json()["data"] == {"reason": "x"}
    given = mine.post(
        "/delegations", {"to": ids.user_id("civil_head"), "ends_at": "2026-08-01T00:00:00+08:00"}
    )
    assert given.status_code == 201
    assert other.delete(f"/delegations/{given.json()['id']}").status_code == 404
    assert other.get("/delegations").json() == []


def test_a_delegate_of_one_process_sees_nothing_of_another_and_nothing_that_is_over(
    publish, begin, do, act, call
):
    from workflows.processes.card import person_card
    from workflows.services import people  # noqa: F401 - the floor is loaded

    publish(chain(user("a", "审核", head())))
    publish(chain(user("a", "审核", head())), key="other")
    call("civil_head").post(
        "/delegations",
        {"to": ids.user_id("health_head"), "ends_at": "2026-08-01T00:00:00+08:00", "processes": ["p"]},
    )
    one, two = begin(), begin(process="other")
    delegate = call("health_head")
    assert delegate.get(f"/cases/{one}").status_code == 200
    assert delegate.get(f"/cases/{two}").status_code == 404
    assert person_card(Case.objects.get(pk=two), act("health_head").staff_id).actions == []
    assert person_card(Case.objects.get(pk=one), act("health_head").staff_id).actions
    do("civil_head", "agree", one)
    assert delegate.get(f"/cases/{one}").status_code == 404


def test_what_came_only_to_be_handed_on_is_not_returned_either(publish, begin, do, city, appoint):
    from common import clock
    from directory.store.models import Appointment

    appoint("civil_office", "民政办", city.units["civil"], "office", "办公室主任")
    Appointment.objects.filter(staff__staff_number="civil_head").update(valid_to=clock.today())
    publish(chain(user("a", "审核", head())))
    case = begin()
    with pytest.raises(NotAllowedNowError):
        do("civil_office", "return", case, opinion="不管")


def test_what_must_be_read_is_not_returned_unread(publish, begin, do, act):
    publish(chain(user("a", "审核", head())), must_read=True)
    case = begin()
    with pytest.raises(NotAllowedNowError):
        do("civil_head", "return", case, opinion="不看就退")
    cases.check_open(actor=act("civil_head"), case_id=case)
    do("civil_head", "return", case, opinion="看过再退")


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("agree", {}), ("refuse", {"opinion": "x"}), ("return", {"opinion": "x"}), ("withdraw", {}), ("urge", {}),
        ("transfer", {"to": [ids.user_id("health_head")]}), ("answer_dissent", {"opinion": "x"}),
        ("add_sign", {"to": [ids.user_id("health_head")], "mode": "before"}),
        ("record_instruction", {"opinion": "x", "file": "x"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("who", ["civil_handler", "civil_head"])
def test_nothing_is_done_to_what_is_over(publish, begin, do, call, deed, said, who):
    publish(chain(user("a", "审核", head())))
    case = begin()
    do("civil_head", "agree", case)
    task = CaseTask.objects.get(case=case)
    before = Case.objects.values().get(pk=case)
    for more in ({}, {"task": str(task.pk)}):
        told = call(who).post(f"/cases/{case}/deeds/{deed}", {**said, **more})
        assert told.status_code in {400, 403, 409}, (told.status_code, told.content)
    assert Case.objects.values().get(pk=case) == before


# Bytes that no database keeps, and things of the wrong shape.


@pytest.mark.parametrize("text", [NUL, HALF, "x" * 300])
def test_texts_that_cannot_be_kept_are_refused_and_never_a_fault(one, call, begin, drawer, draft, text):
    starter, boss, case = call("civil_handler"), call("civil_head"), begin()
    sent: list[Any] = [
        starter.post("/cases", {"process": "p", "data": {"reason": text}}),
        starter.post("/cases", {"process": text, "data": {"reason": "x"}}),
        starter.post("/cases", {"process": "p", "data": {"reason": "x"}, "room": text}),
        starter.post("/cases", {"process": "p", "data": {"reason": "x"}, "event": text}),
        starter.put(f"/case-drafts/{uuid4()}", {"process": "p", "data": {"reason": "x"}, "room": text}),
        starter.get("/cases?q=%00&process=%00") if text == NUL else None,
        boss.post(f"/cases/{case}/deeds/comment", {"opinion": "x", "file": text}),
        boss.post(f"/cases/{case}/deeds/return", {"opinion": "x", "node": text}),
        boss.post(f"/cases/{case}/deeds/transfer", {"to": [text]}),
        boss.post(f"/cases/{case}/deeds/agree", {"data": {"note": text}}),
        boss.post(f"/cases/{case}/deeds/agree", {"opinion": "x", "file": text}),
        drawer.post("/process-drafts", {"key": "k", "name": "n", "category": text}),
    ]
    if text != "x" * 300:
        sent += [
            starter.put(f"/case-drafts/{uuid4()}", {"process": "p", "data": {"reason": text}}),
            drawer.put(draft, {"edit": 1, "bpmn": text}),
            drawer.put(draft, {"edit": 1, "form": {"title": text}}),
            drawer.post("/process-drafts/import", {"xml": text, "key": "im", "name": "x"}),
        ]
    for number, told in enumerate(sent):
        assert told is None or told.status_code < 500, (number, told.content[:300])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab:/{}", max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abs", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMED = st.dictionaries(
    st.sampled_from([
        "schema", "ui", "title", "rights", "calculated", "needed", "a", "start", "limit", "remind", "on_timeout", "dmn",
        "cases", "data", "steps", "starter", "must_read", "called", "roles", "fields",
    ]), JSON, max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(part=st.sampled_from(["form", "clocks", "card", "meta", "decisions", "fixture"]), value=NAMED)
def test_a_part_of_the_wrong_shape_is_a_refusal_or_a_finding(appoint, city, act, part, value):
    try:
        author = act("civil_digital")
    except AssertionError:
        appoint("civil_digital", "数字员", city.units["civil"], "digital_officer", "专员")
        author = act("civil_digital")
    made = modelling.check_new_draft(actor=author, key="shape", name="形状", copy=False)
    parts = {
        "bpmn": drawing(chain(user("a", "审核", head())), "shape"),
        "form": {**FORM, "rights": {}},
        part: value,
    }
    from common.errors import DomainError

    try:
        modelling.check_save_draft(actor=author, version_id=made.id, edit=made.edit, parts=parts)
        modelling.lint(author, made.id)
        modelling.simulate(author, made.id, {"reason": "x"})
        modelling.check_try(actor=author, version_id=made.id)
    except DomainError:
        pass
    assert isinstance(made.id, UUID)
