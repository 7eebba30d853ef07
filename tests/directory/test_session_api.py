"""The session door as the web client uses it."""

import pytest
from django.contrib.auth.hashers import make_password

from common.store.models import AuditEntry
from directory.services import demo_accounts
from directory.store.models import Device, Staff
from tests.directory.conftest import PASSWORD


def test_sign_in_me_and_sign_out(people, caller):
    browser = caller()
    assert browser.get("/session").status_code == 401
    assert browser.get("/directory/units").json()["code"] == "signed_out"
    answer = browser.post("/session", {"staff_number": "h1", "password": PASSWORD, "device_id": "web-1"})
    me = answer.json()
    cookie = answer.cookies["tz_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    assert me["user_id"] == "@h1:tongzhou.localhost"
    assert me["device_id"] == "web-1"
    assert [(each["post_title"], each["is_primary"]) for each in me["appointments"]] == [("局长", True)]
    assert me["acting"] == me["appointments"][0]["id"]
    assert me["roles"] == ["head"]
    assert "room.create" in me["verbs"]
    assert "audit.read" not in me["verbs"]
    assert browser.get("/session").json() == me
    assert browser.delete("/session").status_code == 204
    assert browser.get("/session").status_code == 401


def test_secure_cookie_behind_https(people, caller, settings):
    settings.HTTPS = True
    answer = caller().post("/session", {"staff_number": "h1", "password": PASSWORD})
    assert answer.cookies["tz_session"]["secure"]


def test_refusals_are_sentences(people, caller):
    browser = caller()
    wrong = browser.post("/session", {"staff_number": "h1", "password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    for _ in range(4):
        browser.post("/session", {"staff_number": "h1", "password": "wrong"})
    locked = browser.post("/session", {"staff_number": "h1", "password": PASSWORD})
    assert (locked.status_code, locked.json()["code"]) == (429, "locked_out")
    assert 0 < int(locked["Retry-After"]) <= 30
    assert locked.json()["facts"]["retry_after_ms"] <= 30_001
    assert browser.post("/session", {"staff_number": "h1"}).status_code == 400


def test_forged_requests_are_refused(people, caller):
    browser = caller()
    forged = browser.post("/session", {"staff_number": "h1", "password": PASSWORD}, {"X-CSRFToken": ""})
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
    browser.sign_in("h1")
    assert browser.post("/session/acting", {"appointment_id": None}, {"X-CSRFToken": "x"}).status_code == 403
    assert browser.get("/session", {"X-CSRFToken": ""}).status_code == 200


def test_a_bearer_token_needs_no_csrf(people, caller):
    from directory.services import devices

    secret = devices.sign_in(staff_number="h1", password=PASSWORD, kind="api").secret
    tool = caller()
    header = {"Authorization": f"Bearer {secret}", "X-CSRFToken": ""}
    assert tool.get("/directory/people?q=sqy", header).json()["items"][0]["name"] == "单清远"
    assert tool.post("/session/acting", {"appointment_id": None}, header).status_code == 200
    assert tool.get("/directory/people?q=sqy", {"Authorization": "Bearer guess"}).status_code == 401


def test_acting_by_session_and_by_tab(people, city, appoint, as_person):
    second = appoint("h1", "单清远", city.water, "member", "顾问", is_primary=False, kind="concurrent")
    browser = as_person(people.head)
    assert browser.get("/session", {"Tz-Acting": str(second.pk)}).json()["acting"] == str(second.pk)
    assert browser.get("/session").json()["acting"] == str(people.head.pk)
    assert browser.post("/session/acting", {"appointment_id": str(second.pk)}).json()["acting"] == str(
        second.pk
    )
    assert browser.get("/session").json()["acting"] == str(second.pk)
    not_mine = browser.get("/directory/units", {"Tz-Acting": str(people.liaison.pk)})
    assert (not_mine.status_code, not_mine.json()["code"]) == (403, "acting_not_held")
    assert browser.get("/directory/units", {"Tz-Acting": "nonsense"}).status_code == 400


def test_change_of_password_signs_out_the_other_devices(people, as_person, caller):
    browser, other = as_person(people.head), as_person(people.head)
    too_weak = browser.post("/session/password", {"old": PASSWORD, "new": "12345678"})
    assert (too_weak.status_code, too_weak.json()["field"]) == (400, "new")
    assert (
        browser.post("/session/password", {"old": "wrong", "new": "Lotus-bridge-9"}).json()["field"] == "old"
    )
    assert (
        browser.post("/session/password", {"old": PASSWORD, "new": "my-number-h1-is"}).json()["field"]
        == "new"
    )
    assert browser.post("/session/password", {"old": PASSWORD, "new": PASSWORD}).json()["field"] == "new"
    assert other.get("/session").status_code == 200
    assert browser.post("/session/password", {"old": PASSWORD, "new": "Lotus-bridge-9"}).status_code == 204
    assert browser.get("/session").status_code == 200
    assert other.get("/session").status_code == 401
    caller().sign_in("h1", "Lotus-bridge-9")
    assert AuditEntry.objects.filter(verb="password.change", staff_number="h1").count() == 1


def test_a_temporary_password_must_be_changed_first(people, caller):
    Staff.objects.filter(staff_number="h1").update(must_change_password=True)
    browser = caller().sign_in("h1")
    assert browser.get("/session").json()["must_change_password"]
    refused = browser.get("/directory/units")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_needed")
    assert browser.post("/session/password", {"old": PASSWORD, "new": "Lotus-bridge-9"}).status_code == 204
    assert browser.get("/directory/units").status_code == 200


def test_device_list(people, as_person):
    browser, other = as_person(people.head), as_person(people.head)
    stranger = as_person(people.liaison)
    devices = browser.get("/session/devices").json()["items"]
    assert len(devices) == 2
    assert [each["is_this"] for each in devices].count(True) == 1
    theirs = next(each["id"] for each in devices if not each["is_this"])
    assert stranger.delete(f"/session/devices/{theirs}").status_code == 404
    assert browser.delete(f"/session/devices/{theirs}").status_code == 204
    assert other.get("/session").status_code == 401


def test_the_day_of_use_costs_a_write_a_day(people, as_person, django_assert_num_queries):
    browser = as_person(people.head)
    browser.get("/session/devices")
    with django_assert_num_queries(2):  # who calls, the list
        browser.get("/session/devices")


@pytest.fixture
def demo(people, settings, tmp_path, monkeypatch):
    settings.DEMO = True
    table = tmp_path / "personas.csv"
    table.write_text(
        "key,label,staff_number,post,hint\nhandler,局经办人,l1,zsj.liaison1,签收\ngone,已撤,zz9,x,x\n",
        "utf-8",
    )
    monkeypatch.setattr(demo_accounts, "PERSONAS", table)
    Staff.objects.update(password=make_password(None))
    demo_accounts.set_demo_passwords()


def test_personas_in_the_demo(demo, caller):
    browser = caller()
    tiles = browser.get("/session/personas").json()["items"]
    assert [(tile["key"], tile["name"], tile["post_title"]) for tile in tiles] == [
        ("handler", "曾知秋", "联络员")
    ]
    assert browser.post("/session/persona", {"key": "handler"}).json()["staff_number"] == "l1"
    assert browser.post("/session/persona", {"key": "gone"}).status_code == 404


def test_personas_only_on_this_machine_and_in_the_demo(demo, caller, settings):
    browser = caller()
    browser.client.defaults["REMOTE_ADDR"] = "10.0.0.5"
    assert browser.get("/session/personas").status_code == 404
    assert browser.post("/session/persona", {"key": "handler"}).status_code == 404
    browser.client.defaults["REMOTE_ADDR"] = "127.0.0.1"
    settings.BEHIND_PROXY = True
    assert browser.get("/session/personas", {"X-Forwarded-For": "127.0.0.1, 10.0.0.5"}).status_code == 404
    settings.BEHIND_PROXY, settings.DEMO = False, False
    assert browser.get("/session/personas").status_code == 404


def test_demo_passwords_are_known_to_be_in_use(demo, caller):
    assert demo_accounts.demo_passwords_in_use()
    assert demo_accounts.list_accounts() == [
        {
            "staff_number": "l1",
            "password": demo_accounts.DEMO_PASSWORD,
            "name": "曾知秋",
            "title": "市政务和大数据局 联络员",
        }
    ]
    browser = caller().sign_in("l1", demo_accounts.DEMO_PASSWORD)
    new = {"old": demo_accounts.DEMO_PASSWORD, "new": "Lotus-bridge-9"}
    assert browser.post("/session/password", new).status_code == 204
    assert demo_accounts.list_accounts() == []
    assert browser.post("/session/persona", {"key": "handler"}).status_code == 403
    Staff.objects.exclude(staff_number="l1").update(has_demo_password=False)
    assert not demo_accounts.demo_passwords_in_use()


def test_the_address_of_the_proxy_is_believed_only_behind_one(people, caller, settings):
    browser = caller()
    browser.post("/session", {"staff_number": "h1", "password": PASSWORD}, {"X-Forwarded-For": "10.1.1.1"})
    assert Device.objects.get().last_seen_addr == "127.0.0.1"
    settings.BEHIND_PROXY = True
    browser.post(
        "/session", {"staff_number": "l1", "password": PASSWORD}, {"X-Forwarded-For": "6.6.6.6, 10.1.1.1"}
    )
    assert Device.objects.get(staff__staff_number="l1").last_seen_addr == "10.1.1.1"


def test_null_characters_are_refused_not_failed_on(people, as_person, caller):
    sign_in = {"staff_number": "h1\x00", "password": PASSWORD}
    assert caller().post("/session", sign_in).status_code == 400
    browser = as_person(people.admin)
    for path in ("/directory/people?q=%00", "/directory/people/h%001", "/directory/units?q=a%00"):
        refused = browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_input"), path
    body = {"unit_id": str(people.head.post.unit_id), "title": "x", "role": "member", "field_of_work": "\x00"}
    assert browser.post("/admin/posts", body).status_code == 400
    assert (
        browser.post("/admin/posts", {**body, "field_of_work": "\u202e"}).json()["field"] == "field_of_work"
    )
    assert (
        browser.post("/admin/posts", {**body, "field_of_work": "", "code": "a b"}).json()["field"] == "code"
    )
