"""The simulated gauge network behaves as its page says, seen from outside its process."""

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from demo.neighbours import rivers
from tests.support.neighbour import Neighbour

NOON = datetime(2026, 7, 17, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def gauges():
    with Neighbour(step_s=1, slow_s=1.0) as neighbour:
        yield neighbour


@pytest.fixture(autouse=True)
def _normal(gauges):
    gauges.control(mode="normal")


def test_the_curve_is_smooth_and_depends_on_time_alone():
    for station in rivers.STATIONS:
        moments = [NOON + timedelta(minutes=n) for n in range(24 * 60)]
        levels = [rivers.stage_m(station, moment) for moment in moments]
        assert levels == [rivers.stage_m(station, moment) for moment in moments]
        steepest = max(abs(b - a) for a, b in itertools.pairwise(levels))
        assert steepest < 0.02, "没有一分钟跳两厘米的河"
        assert max(levels) - min(levels) > station.swing_m / 2, "一天之内要看得出变化"
        assert max(levels) < station.guarantee_m


def test_a_reading_carries_metres_to_three_decimals_local_time_and_trend():
    rising = next(
        reading
        for minute in range(0, 6000, 10)
        if (reading := rivers.reading(rivers.BY_CODE["62310101"], NOON + timedelta(minutes=minute)))["WPTN"]
        == "5"
    )
    first = rivers.reading(rivers.BY_CODE["62310101"], NOON)

    assert first["TM"] == "2026-07-17 12:00:00"
    assert str(first["Z"]).split(".")[1].isdecimal()
    assert len(str(first["Z"]).split(".")[1]) == 3
    before = datetime.strptime(str(rising["TM"]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=rivers.LOCAL)
    hour_earlier = rivers.stage_m(rivers.BY_CODE["62310101"], before - timedelta(hours=1))
    assert float(str(rising["Z"])) > hour_earlier


def test_pages_are_disjoint_and_complete(gauges):
    first = gauges.get("/api/latest?page=1&size=4").json()
    second = gauges.get("/api/latest?page=2&size=4").json()
    third = gauges.get("/api/latest?page=3&size=4").json()

    codes = [row["STCD"] for page in (first, second, third) for row in page["rows"]]
    assert first["total"] == len(codes) == len(set(codes)) == len(rivers.STATIONS)
    assert third["rows"] == []


def test_the_same_readings_are_not_sent_twice(gauges):
    gauges.control(mode="stop")
    first = gauges.get("/api/latest")
    again = gauges.get("/api/latest", headers={"If-None-Match": first.headers["ETag"]})
    gauges.control(mode="stop", raise_m=0.5)
    higher = gauges.get("/api/latest", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert again.content == b""
    assert higher.status_code == 200
    assert float(higher.json()["rows"][0]["Z"]) == pytest.approx(float(first.json()["rows"][0]["Z"]) + 0.5)


def test_series_runs_up_to_now_in_equal_steps(gauges):
    rows = gauges.get("/api/stations/62310101/series?hours=24&step_s=3600").json()["rows"]
    times = [datetime.strptime(row["TM"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=rivers.LOCAL) for row in rows]
    assert len(rows) == 25
    assert {b - a for a, b in itertools.pairwise(times)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/latest?page=0", 400),
        ("/api/latest?size=9999", 400),
        ("/api/stations/62310101/series?hours=1000&step_s=1", 400),
        ("/api/stations/nowhere/series", 404),
        ("/", 404),
    ],
)
def test_odd_questions_are_refused(gauges, path, status):
    assert gauges.get(path).status_code == status


def test_faults_on_demand(gauges):
    gauges.control(mode="error")
    assert gauges.get("/api/latest").status_code == 503
    gauges.control(mode="garbage")
    page = gauges.get("/api/latest")
    assert page.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        page.json()
    gauges.control(mode="slow")
    with pytest.raises(httpx.ReadTimeout):
        gauges.get("/api/latest", timeout=0.3)
    assert gauges.get("/api/latest", timeout=10).status_code == 200
    assert gauges.control(mode="dance").status_code == 400


def test_a_taken_port_is_said_in_one_sentence(gauges):
    code, said = Neighbour.run_to_end(port=gauges.port)
    assert code == 1
    assert "cannot listen on port" in said
    assert said.count("\n") == 1


def test_it_stops_on_a_signal():
    neighbour = Neighbour(step_s=1)
    with neighbour:
        assert neighbour.get("/control").json()["mode"] == "normal"
    assert neighbour.exit_code == 0
