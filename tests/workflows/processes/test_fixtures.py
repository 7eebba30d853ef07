"""Every shipped process is walked through the engine by the people whom its fixture names."""

import json
from pathlib import Path

import pytest

from common.store.models import AuditEntry
from tests.workflows.processes.walking import begun, walk
from workflows.approvals import shipped
from workflows.processes import distribution
from workflows.processes.receipts import describe
from workflows.store import approvals as store
from workflows.store.models import Case, CaseItem, CaseTask, DocumentDelivery

pytestmark = pytest.mark.django_db
FIXTURES = [
    pytest.param(folder.name, case, id=f"{folder.name}-{case['name']}")
    for folder in shipped.folders()
    for case in json.loads((Path(folder) / "fixture.json").read_text())["cases"]
]


@pytest.mark.parametrize(("process", "fixture"), FIXTURES)
def test_fixture(town, process, fixture):
    case = begun(town, process, fixture)
    walk(town, case, fixture["steps"])
    case.refresh_from_db()
    wanted = fixture["expect"]
    assert case.state == wanted["state"]
    assert not CaseTask.objects.filter(case=case, state__in=("waiting", "open", "opened")).exists()
    trail = store.entries_of(case.pk)
    if "trail" in wanted:
        said = [one.deed for one in trail if one.deed not in {"service", "finish", "end_refused"}]
        assert said == wanted["trail"]
    assert len(trail) == AuditEntry.objects.filter(subject="case", subject_id=str(case.pk)).count()
    if "number" in wanted:
        assert case.number == wanted["number"]
    if "items" in wanted:
        assert CaseItem.objects.filter(case=case).count() == wanted["items"]
    for row in DocumentDelivery.objects.filter(case=case):
        distribution.deliver(row.pk)
    if "caused" in wanted:
        assert Case.objects.filter(source=case).count() == wanted["caused"]
    if case.state == "finished":
        archive = describe(town.actor(fixture["starter"]), case.pk).archive
        assert archive is not None
        assert archive.intact


def test_a_shipped_folder_is_published_once_and_never_over_the_citys_own(town):
    assert shipped.publish_all() == []
    own = store.published("leave")
    assert own is not None
    own.by_id, own.digest = town.actor("civil.office").staff_id, "another"
    own.save()
    assert shipped.publish_all() == []
    own.by_id = None
    own.save()
    assert shipped.publish_all() == ["leave"]
