"""Documents that sources push: signed, fresh, once; everything else is refused with one answer."""

import json
from decimal import Decimal

import pytest
from django.test import Client

from common import clock
from connectors.services import manage, pushes
from connectors.services.secrets import seal
from connectors.signing import digest
from connectors.store.models import Connector, Metric, RawIntake
from directory.actors import system_actor
from tests.connectors import gauge
from tests.support.world import make_unit

pytestmark = pytest.mark.django_db
SECRET = "of the gauge office"
BODY = json.dumps(gauge.document(gauge.row())).encode()


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch):
    monkeypatch.setattr(pushes, "_limits", {})


@pytest.fixture
def source() -> Connector:
    config = {"secret": "PUSH", "mapping": gauge.MAPPING}
    made = manage.connect(
        actor=system_actor("测试"),
        owner=make_unit(),
        source=manage.Source("pushed", "推送", config, kind="webhook"),
    )
    Connector.objects.filter(pk=made.pk).update(sources=["127.0.0.1"], secrets=seal({"PUSH": SECRET}))
    return made


def push(
    body: bytes = BODY,
    *,
    push_id: str = "p1",
    secret: str = SECRET,
    age_s: float = 0,
    key: str = "pushed",
    **more,
):
    at = str(int(clock.now().timestamp() - age_s))
    signature = digest(secret, f"{at}\n{push_id}\n".encode() + body)
    headers = {"X-Tongzhou-Time": at, "X-Tongzhou-Id": push_id, "X-Tongzhou-Signature": signature} | more
    return Client().post(
        f"/api/v1/connectors/push/{key}", body, content_type="application/json", headers=headers
    )


def test_a_signed_document_is_stored_once(source):
    first, again = push(), push()
    assert first.status_code == again.status_code == 200
    assert (first.json()["repeated"], first.json()["rows"], first.json()["stored"]) == (False, 1, 2)
    assert again.json()["repeated"]
    assert RawIntake.objects.count() == 1
    assert Metric.objects.get(key="stage").value == Decimal("27.83")


def test_the_same_id_with_another_body_is_refused(source):
    push()
    other = push(json.dumps(gauge.document(gauge.row(Z="28.5"))).encode())
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "guessed"}, {"age_s": 3600}, {"age_s": -3600}, {"key": "unknown"}, {"push_id": "a b"},
        {"X-Tongzhou-Signature": ""}, {"X-Tongzhou-Time": "soon"},
    ],
)  # fmt: skip
def test_what_is_not_signed_or_not_fresh_gets_one_answer_and_leaves_nothing(source, changes):
    refused = push(**changes)
    assert (refused.status_code, refused.json()["code"]) == (404, "push_refused")
    assert not RawIntake.objects.exists()


def test_a_source_from_elsewhere_is_refused(source):
    Connector.objects.update(sources=["10.0.0.0/8"])
    assert push().status_code == 404
    Connector.objects.update(sources=[])
    assert push().status_code == 404, "nobody may, where nobody is named"


def test_a_document_that_cannot_be_used_is_kept_and_said(source):
    refused = push(b"{")
    assert (refused.status_code, refused.json()["field"]) == (400, "body")
    raw = RawIntake.objects.get()
    assert (bytes(raw.payload), raw.outcome) == (b"{", "refused")


def test_too_much_is_slowed_for_this_source_alone(source):
    config = source.config | {"calls_per_minute": 2}
    Connector.objects.filter(pk=source.pk).update(config=config)
    answers = [push(push_id=f"p{number}").status_code for number in range(3)]
    assert answers == [200, 429, 429]
