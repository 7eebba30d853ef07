"""晾晒: off by default, released by the lead, at most monthly, never changed, never of persons or townships."""

import csv
import io

import pytest

from common import clock
from directory.store.models import Level, Unit
from workflows.models import Item, Milestone, RankingEdition, TaskForce
from workflows.services import acts, gates, items, nightly
from workflows.store import taskforces

BASIS = "咸政办发〔2026〕9号"
PERIOD = {"period_from": "2026-07-01", "period_to": "2026-07-31"}


@pytest.fixture
def base(force):
    return f"/taskforces/{force.id}"


@pytest.fixture
def on(call, base):
    answer = call("leader").post(f"{base}/ranking-switch", {"is_on": True, "basis": BASIS})
    assert answer.status_code == 200, answer.content


@pytest.fixture
def worked(force, add, act, later):
    """Two units with a node due in July: civil affairs did it, transport did not; the others had nothing due."""
    for title, unit in (("社区平台", "civil"), ("智慧交通", "transport")):
        add(title=title, unit=unit)
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    Milestone.objects.filter(position=0).update(due_on="2026-07-20")
    for unit in ("civil", "transport"):
        item = Item.objects.get(taskforce_id=force.id, lead_unit__code=unit)
        acts.check_sign_for(actor=act(f"{unit}_liaison"), item_id=item.pk)
        if unit == "civil":
            first = item.milestones.order_by("position").first()
            assert first is not None
            acts.check_report(actor=act("civil_liaison"), item_id=item.pk, percent=first.percent)


@pytest.fixture
def make(call, base, later):
    """An edition driven to a state."""

    def drive(to="released", on_day="2026-08-03T09:00", **body):
        with later(on=on_day):
            nightly.recolour_all()
            opened = call("data_office").post(f"{base}/rankings", {**PERIOD, **body})
            assert opened.status_code == 201, opened.content
            edition = opened.json()["edition"]
            for who, step in (("data_office", "freeze"), ("data_office", "compute"), ("leader", "release")):
                if edition["state"] == to:
                    break
                answer = call(who).post(f"/rankings/{edition['id']}/{step}")
                if answer.status_code != 200:
                    return answer.json()
                edition = answer.json()["edition"]
            return edition

    return drive


def test_off_by_default_and_on_only_with_a_basis(call, base):
    assert call("civil_liaison").get(f"{base}/ranking-switch").json()["is_on"] is False
    refused = call("leader").post(
        f"{base}/rankings", {"period_from": "2026-06-01", "period_to": "2026-06-30"}
    )
    assert (refused.status_code, "未开启晾晒" in refused.json()["message"]) == (409, True)
    assert call("leader").post(f"{base}/ranking-switch", {"is_on": True}).json()["field"] == "basis"
    assert (
        call("data_office").post(f"{base}/ranking-switch", {"is_on": True, "basis": BASIS}).status_code == 403
    )
    wrong = {"is_on": True, "basis": BASIS, "points": {"on_time": 80}}
    assert call("leader").post(f"{base}/ranking-switch", wrong).json()["field"] == "points"


def test_an_edition_from_collecting_to_released(call, on, worked, make, base):
    draft = make(to="draft")
    lines = {line["name"]: line for line in draft["lines"]}
    assert (lines["市民政局"]["rank"], lines["市民政局"]["score"] >= 70) == (1, True)
    assert lines["市交通运输局"]["rank"] == 2
    assert lines["咸宁日报社"]["rank"] is None
    assert "按时完成率×50" in draft["formula"]["sentence"]
    # Nobody but its makers sees a draft; the lead alone releases.
    assert call("civil_liaison").get(f"/rankings/{draft['id']}").status_code == 404
    assert call("civil_liaison").get(f"{base}/rankings").json()["items"] == []
    assert call("data_office").post(f"/rankings/{draft['id']}/release").status_code == 403
    done = call("leader").post(f"/rankings/{draft['id']}/release").json()["edition"]
    assert (done["state"], done["reproduced"], done["abilities"]) == ("released", True, {})
    assert call("civil_liaison").get(f"/rankings/{draft['id']}").json()["lines"] == draft["lines"]
    rows = list(
        csv.reader(
            io.StringIO(call("leader").get(f"/rankings/{draft['id']}.csv").content.decode("utf-8-sig"))
        )
    )
    assert rows[4][:4] == ["市直单位", "1", "市民政局", f"{lines['市民政局']['score']:.1f}"]
    assert BASIS in rows[1]


def test_a_released_edition_never_changes_and_a_correction_is_a_new_one(call, on, worked, make):
    first = make()
    for step in ("freeze", "compute", "release"):
        assert call("leader").post(f"/rankings/{first['id']}/{step}").status_code == 409
    dropped = call("leader").post(f"/rankings/{first['id']}/drop", {"reason": "错"})
    assert dropped.json()["message"] == "该期已发布，不能作废；如有差错，请新建更正期。"
    second = make(on_day="2026-08-04T09:00", corrects=first["id"], reason="交通运输局漏计一个节点")
    assert (second["state"], second["corrects"]) == ("released", 1)
    kept = call("civil_liaison").get(f"/rankings/{first['id']}").json()
    assert (kept["superseded_by"], kept["lines"]) == (2, first["lines"])


def test_at_most_monthly_unless_the_basis_says_otherwise(call, on, worked, make, base):
    assert make()["state"] == "released"
    early = make(on_day="2026-08-20T09:00")
    assert "最早可于2026-09-03发布" in early["message"]
    edition = RankingEdition.objects.get(state="draft")
    assert call("data_office").post(f"/rankings/{edition.pk}/drop", {"reason": "未到期"}).status_code == 200
    call("leader").post(f"{base}/ranking-switch", {"is_on": True, "basis": BASIS, "every_days": 7})
    assert make(on_day="2026-08-20T09:00")["state"] == "released"


def test_counties_stand_apart_and_townships_nowhere(force, city, act, on, worked, make):
    government = city.government
    county = Unit.objects.create(code="tongshan", name="通山县人民政府", short_name="通山县", level=Level.COUNTY,
        region_id="421200", block_parent=government)  # fmt: skip
    town = Unit.objects.create(code="town", name="某镇人民政府", level=Level.TOWNSHIP, region_id="421200",
        block_parent=county)  # fmt: skip
    taskforces.add_units(TaskForce.objects.get(pk=force.id), [county.pk, town.pk], clock.now())
    groups = {line["name"]: line["group"] for line in make(to="draft")["lines"]}
    assert groups["通山县"] == "county"
    assert groups["市民政局"] == "city"
    assert "某镇人民政府" not in groups


def test_what_was_frozen_counts_whatever_happens_later(call, act, on, worked, make):
    frozen = make(to="frozen")
    item = gates.access_item(act("leader"), Item.objects.get(lead_unit__code="transport").pk)
    acts.check_report(actor=act("transport_liaison"), item_id=item.pk, percent=90)
    drafted = call("data_office").post(f"/rankings/{frozen['id']}/compute").json()["edition"]
    line = next(line for line in drafted["lines"] if line["name"] == "市交通运输局")
    assert line["score"] < 50
    assert drafted["reproduced"] is True


def test_no_person_is_in_an_edition(on, worked, make, city):
    stored = str(RankingEdition.objects.get(pk=make()["id"]).facts)
    assert "_liaison" not in stored
    assert "联" not in stored


def test_two_in_work_and_a_period_not_over_are_refused(call, on, base):
    body = {"period_from": "2026-06-01", "period_to": "2026-06-30"}
    assert (
        call("leader").post(f"{base}/rankings", {**body, "period_to": "2026-07-30"}).json()["field"]
        == "period_to"
    )
    assert call("leader").post(f"{base}/rankings", body).status_code == 201
    assert "正在编制" in call("leader").post(f"{base}/rankings", body).json()["message"]
