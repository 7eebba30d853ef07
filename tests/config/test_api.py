"""What the REST door says of a request of the wrong shape."""

import json

import pytest
from django.test import Client, RequestFactory
from ninja import NinjaAPI
from ninja.errors import ValidationError
from pydantic import create_model

from config import api
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db

SUBJECT = "0192aaaa-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/directory/people?q=a&limit=many", None, "limit"),
        ("GET", f"/connectors/subjects/{SUBJECT}/series?hours=long", None, "hours"),
        ("POST", "/rooms", {"name": "汛情会商"}, "kind"),
        ("POST", "/rooms", {"kind": "work", "name": "汛情会商", "members": ["@a:b", 7]}, "members.1"),
    ],
)
def test_a_wrong_shape_names_the_field(method, path, body, field):
    client = Client(headers={"authorization": f"Bearer {make_person('周牧远', unit=make_unit()).secret}"})
    data = "" if body is None else json.dumps(body)
    answer = client.generic(method, f"/api/v1{path}", data, content_type="application/json")
    assert answer.status_code == 400
    refusal = answer.json()
    assert (refusal["code"], refusal["field"]) == ("bad_input", field)
    assert f"“{field}”" in refusal["message"]


def test_a_wrong_part_of_the_path_is_named():
    """Today's paths have converters of their own, so the translation is asked directly."""
    fault = {"type": "int_parsing", "loc": ("path", "line"), "msg": "not a number"}
    answer = api.refuse_shape(RequestFactory().get("/api/v1/imports/1/rows/x"), ValidationError([fault]))
    assert json.loads(answer.content)["field"] == "line"


def test_what_is_no_json_is_refused_like_all_else():
    client = Client(headers={"authorization": f"Bearer {make_person('周牧远', unit=make_unit()).secret}"})
    answer = client.generic("POST", "/api/v1/rooms", "{", content_type="application/json")
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["field"]) == ("bad_input", "body")


def test_two_shapes_of_one_name_are_refused():
    """Else the description, and the web client's types, would tell one endpoint's answer with another's shape."""
    one = NinjaAPI(urls_namespace="names")

    @one.get("/a", response=create_model("PersonOut", name=(str, ...)))
    def first(request): ...

    @one.get("/b", response=create_model("PersonOut", phone=(str, ...)))
    def second(request): ...

    with pytest.raises(ValueError, match="PersonOut"):
        api.describe(one)
