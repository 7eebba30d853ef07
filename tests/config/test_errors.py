"""What the REST door says where no endpoint of ours answers: always our JSON body, never a page, never a trace."""

import json
import logging

import pytest
from django.test import Client

from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    secret = make_person("周牧远", unit=make_unit()).secret
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


def check_body(answer, status, code):
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, "application/json")
    body = answer.json()
    assert set(body) == {"code", "message", "field", "facts"}
    assert body["code"] == code
    assert "请" in body["message"]
    assert body["message"].endswith("。")
    return body


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/api/v1/nowhere", "/api/v1/", "/api/", "/api/v2/rooms", "/api/v1/items/not-an-id", "/api/v1/rooms/"],
)
def test_an_unknown_address(caller, method, path):
    check_body(caller.generic(method, path), 404, "not_found")


def test_nobody_needs_a_session_or_a_token_to_hear_that_an_address_is_unknown():
    strict = Client(enforce_csrf_checks=True)
    check_body(strict.post("/api/v1/nowhere", {}), 404, "not_found")


def test_a_method_that_is_not_taken(caller):
    answer = caller.patch("/api/v1/rooms", {}, content_type="application/json")
    check_body(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


def test_a_host_that_is_not_ours(caller):
    check_body(caller.get("/api/v1/rooms", headers={"host": "evil.example"}), 400, "bad_input")


def test_a_body_beyond_the_limit(caller, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = json.dumps({"kind": "work", "name": "长" * 200})
    check_body(caller.post("/api/v1/rooms", body, content_type="application/json"), 413, "too_large")


def test_an_upload_that_is_none(caller):
    path = "/api/v1/directory/import/units"
    answer = caller.generic("POST", path, b"--x", content_type="multipart/form-data; boundary=\x7f")
    assert check_body(answer, 400, "bad_input")["field"] in {"body", "file"}


@pytest.mark.parametrize("place", ["directory.services.lookup.people", "directory.middleware._identify"])
def test_a_fault_of_ours_gets_a_number_that_is_in_the_log(caller, monkeypatch, caplog, place):
    """In an endpoint, and in a middleware before any endpoint."""

    def broken(*_args, **_named):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(place, broken)
    with caplog.at_level(logging.ERROR):
        body = check_body(caller.get("/api/v1/directory/people?q=a"), 500, "internal")
    number = body["facts"]["request_id"]
    assert number in body["message"]
    [record] = [each for each in caplog.records if each.name == "config.errors"]
    assert number in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], RuntimeError)
    assert "hunter2" not in json.dumps(body)
    assert "Traceback" not in json.dumps(body)


def test_pages_keep_their_own_answers(caller):
    assert caller.get("/assets/nothing.js").status_code == 404
    assert "json" not in caller.get("/assets/nothing.js").headers["Content-Type"]
