"""Attached apps: signed calls, each once; what they put before people; rooms; a limit of their own."""

import hashlib
import hmac
import itertools
import json
from datetime import timedelta

import pytest
from django.test import Client

from chatops.models import Room
from common import clock
from tests.support.world import make_person, make_unit
from tests.workflows.conftest import START
from workflows.attached import services
from workflows.attached.signing import Call, holds, sign
from workflows.models import AppPending, AppTally, AttachedApp
from workflows.pending.lists import count_pending

pytestmark = pytest.mark.django_db
_nonces = itertools.count()


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def officer():
    return make_person(unit=make_unit("市行政审批局"), role="digital_officer")


@pytest.fixture
def app(officer) -> services.Registered:
    return services.check_register_app(actor=officer.actor(), name="审批系统", calls_per_minute=50)


@pytest.fixture
def person():
    return make_person(unit=make_unit("市民政局"), role="handler")


def call(
    app: services.Registered, path: str, body, *, secret: str = "", at=None, nonce: str = "", tamper=False
):
    """As another system would: its own code, from the page docs/apps.md."""
    payload = json.dumps(body).encode()
    stamp = str(int((at or clock.now()).timestamp()))
    nonce = nonce or f"n{next(_nonces)}"
    digest = hashlib.sha256(payload).hexdigest()
    text = f"POST\n/api/v1{path}\n{stamp}\n{nonce}\n{digest}"
    signature = hmac.new((secret or app.secret).encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-App-Key": app.app.key, "X-App-Timestamp": stamp, "X-App-Nonce": nonce, "X-App-Signature": signature,
    }  # fmt: skip
    payload = payload.replace(b"1", b"2") if tamper else payload
    return Client().post(f"/api/v1{path}", payload, content_type="application/json", headers=headers)


def item(who, number: str = "1", **changes):
    about = {"id": number, "person": who.staff.staff_number, "title": "初审一件施工许可"}
    due = (START + timedelta(days=1)).isoformat()
    return about | {"link": "https://sp.example.gov.cn/case/1", "due_at": due} | changes


def test_a_signature_holds_for_what_was_signed_alone():
    made = Call("POST", "/api/v1/apps/rooms/close", "1783000000", "abc", b'{"id":"A-1"}')
    signature = sign("secret", made)
    assert holds("secret", made, signature.upper())
    assert not holds("secret", Call("POST", "/api/v1/apps/rooms", "1783000000", "abc", made.body), signature)
    assert not holds("other", made, signature)


def test_pending_is_put_shown_changed_and_done(app, person):
    assert call(app, "/apps/pending", {"items": [item(person), item(person, "2")]}).json() == {"count": 2}
    assert call(app, "/apps/pending", {"items": [item(person, title="复审一件施工许可")]}).json() == {
        "count": 2
    }
    shown = {one.source: one.count for one in count_pending(person.actor()).sources}
    assert shown["attached_apps"] == 2
    assert AppPending.objects.get(external_id="1").title == "复审一件施工许可"
    assert call(app, "/apps/pending/done", {"ids": ["1", "9"]}).json() == {"count": 1}
    assert call(app, "/apps/pending/done", {"ids": ["1"]}).json() == {"count": 0}
    assert {one.source: one.count for one in count_pending(person.actor()).sources}["attached_apps"] == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"person": "nobody"}, "items.0.person"),
        ({"title": " "}, "items.0.title"),
        ({"link": "javascript:alert(1)"}, "items.0.link"),
        ({"link": "https://user:pw@example.com/"}, "items.0.link"),
        ({"id": ""}, "items.0.id"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_field(app, person, changes, field):
    refused = call(app, "/apps/pending", {"items": [item(person, **changes)]})
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert not AppPending.objects.exists()


def test_secrecy_marks_are_refused_here_too(app, person):
    assert call(app, "/apps/pending", {"items": [item(person, title="机密★10年 方案")]}).status_code == 422


def test_only_fresh_right_signatures_and_each_once(app, person, officer):
    body = {"ids": ["1"]}
    path = "/apps/pending/done"
    old = clock.now() - timedelta(minutes=6)
    refusals = [
        call(app, path, body, secret="wrong"),
        call(app, path, body, at=old),
        call(app, path, body, tamper=True),
        Client().post(f"/api/v1{path}", b"{}", content_type="application/json"),
    ]
    assert {one.status_code for one in refusals} == {401}
    assert {one.json()["code"] for one in refusals} == {"bad_signature"}
    assert call(app, path, body, nonce="same").status_code == 200
    assert call(app, path, body, nonce="same").status_code == 401, "同一签名只能用一次"
    services.set_enabled(actor=officer.actor(), app_id=app.app.pk, is_enabled=False)
    assert call(app, path, body).status_code == 401


def test_its_own_limit_slows_nobody_else(app, officer):
    small = services.check_register_app(actor=officer.actor(), name="小应用", calls_per_minute=2)
    body = {"ids": ["1"]}
    answers = [call(small, "/apps/pending/done", body).status_code for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    late = call(small, "/apps/pending/done", body)
    assert int(late["Retry-After"]) >= 1
    assert call(app, "/apps/pending/done", body).status_code == 200
    with clock.travel(START + timedelta(seconds=61)):
        assert call(small, "/apps/pending/done", body).status_code == 200


def test_a_case_room_is_opened_and_closed_by_one_call_each(app, person):
    body = {"id": "C-1", "name": "施工许可联审", "purpose": "联审", "people": [person.staff.staff_number]}
    first, second = (call(app, "/apps/rooms", body).json() for _ in range(2))
    assert first["room_id"] == second["room_id"]
    room = Room.objects.get(room_id=first["room_id"])
    assert room.archived_at is None
    closed, again = (call(app, "/apps/rooms/close", {"id": "C-1"}).json() for _ in range(2))
    assert closed["closed_at"] == again["closed_at"]
    assert Room.objects.get(pk=room.pk).archived_at is not None
    assert call(app, "/apps/rooms/close", {"id": "C-9"}).status_code == 404
    unknown = call(app, "/apps/rooms", body | {"id": "C-2", "people": ["nobody"]})
    assert unknown.json()["field"] == "people"


def test_the_secret_is_shown_once_and_kept_encrypted(app, officer):
    row = AttachedApp.objects.get()
    assert app.secret not in row.secret
    headers = {"Authorization": f"Bearer {officer.secret}"}
    shown = Client().get("/api/v1/admin/apps", headers=headers).json()["items"]
    assert [one["name"] for one in shown] == ["审批系统"]
    assert app.secret not in json.dumps(shown)
    renewed = Client().post(f"/api/v1/admin/apps/{row.pk}/secret", headers=headers).json()
    assert call(app, "/apps/pending/done", {"ids": ["1"]}).status_code == 401
    assert call(app, "/apps/pending/done", {"ids": ["1"]}, secret=renewed["secret"]).status_code == 200


def test_who_may_register(person, officer):
    body = json.dumps({"name": "新应用"})
    for who, status in ((officer, 201), (person, 403)):
        headers = {"Authorization": f"Bearer {who.secret}"}
        answer = Client().post("/api/v1/admin/apps", body, content_type="application/json", headers=headers)
        assert answer.status_code == status


def test_what_its_calls_came_to_is_counted(app, officer, person):
    def of(who, **query):
        headers = {"Authorization": f"Bearer {who.secret}"}
        return Client().get(f"/api/v1/admin/apps/{app.app.pk}/calls", query, headers=headers)

    call(app, "/apps/pending", {"items": [item(person)]})
    call(app, "/apps/pending", {"items": [item(person, "2")]})
    call(app, "/apps/pending", {"items": [item(person, title=" ")]})
    for _ in range(3):
        call(app, "/apps/pending/done", {"ids": ["1"]}, secret="wrong")
    rows = {(one["deed"], one["reason"]): one for one in of(officer).json()["items"]}
    assert {key: row["count"] for key, row in rows.items()} == {
        ("pending", ""): 2, ("pending", "bad_input"): 1, ("door", "bad_signature"): 3,
    }  # fmt: skip
    assert "items.0.title" in rows["pending", "bad_input"]["detail"]
    assert len(of(officer, refused=True).json()["items"]) == 2
    listed = Client().get("/api/v1/admin/apps", headers={"Authorization": f"Bearer {officer.secret}"})
    [shown] = listed.json()["items"]
    assert shown["use"] == {"minute": 3, "day": 6, "refused": 4}
    assert of(person).status_code == 403
    with clock.travel(START + timedelta(days=31)):
        call(app, "/apps/pending/done", {"ids": ["1"]})
    assert AppTally.objects.count() == 1, "三十天以前的不再保留"
