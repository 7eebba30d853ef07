"""The doors to what a case leaves behind: who sees the case sees it, who sent a document sends it again."""

import pytest
from django.test import Client

from directory.services import devices
from directory.store.models import Staff
from tests.workflows.processes.walking import begun, do, walk
from workflows.processes import distribution
from workflows.store.models import Case, DocumentDelivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(town):
    """`at("civil.head")` → (client, headers)."""

    def sign_in(number):
        staff = Staff.objects.get(staff_number=number)
        secret = devices.open_device(staff, kind="web", device_id=f"test-{number}").secret
        return Client(), {"Authorization": f"Bearer {secret}"}

    return sign_in


def test_receipts_and_sending_again(town, fixture_of, at):
    fixture = fixture_of("outgoing")
    case = begun(town, "outgoing", fixture)
    walk(town, case, fixture["steps"])
    for row in DocumentDelivery.objects.filter(case=case):
        distribution.deliver(row.pk)
    returned = Case.objects.get(source=case, starter_unit=town.units["data"])
    do(town, "data.office", "refuse", returned, opinion="附件缺第二页")

    client, drafter = at("civil.handler")
    page = client.get(f"/api/v1/cases/{case.pk}/results", headers=drafter)
    assert page.status_code == 200
    assert (page.json()["receipts"]["due"], page.json()["receipts"]["missing"]) == (3, 1)
    assert page.json()["archive"]["intact"]
    assert [(one["text"], one["void_at"]) for one in page.json()["numbers"]] == [
        ("咸政办发〔2026〕1号", None)
    ]
    # The sender sees that a unit has it, and only that unit opens its own 收文.
    units = [unit for branch in page.json()["receipts"]["branches"] for unit in branch["units"]]
    assert {unit["case_id"] for unit in units} == {None}
    _client, outsider = at("npc.handler")
    assert client.get(f"/api/v1/cases/{case.pk}/results", headers=outsider).status_code == 404

    path = f"/api/v1/cases/{case.pk}/deliveries/resend"
    assert client.post(path, {}, content_type="application/json", headers=outsider).status_code == 404
    _client, signer = at("gov.vice")
    assert client.post(path, {}, content_type="application/json", headers=signer).status_code == 403
    wrong = client.post(
        path, {"unit_ids": [str(town.units["npc"].pk)]}, content_type="application/json", headers=drafter
    )
    assert wrong.status_code == 400
    assert "unit_ids" in wrong.content.decode()
    keyed = {**drafter, "Idempotency-Key": "again-1"}
    first = client.post(path, {}, content_type="application/json", headers=keyed)
    assert "1个单位" in first.json()["message"]
    assert client.post(path, {}, content_type="application/json", headers=keyed).json() == first.json()
    assert DocumentDelivery.objects.get(case=case, unit=town.units["data"]).tries == 2
