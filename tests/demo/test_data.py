"""The demo city's files fit together: every key that a row names exists, every unit can be reached."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from demo import make_people
from demo.offices import LEAD_UNITS

DATA = Path("demo/data")


def rows(table: str) -> list[dict[str, str]]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def city() -> dict[str, list[dict[str, str]]]:
    names = "regions units divisions posts people appointments relations personas xianning_projects"
    return {name: rows(name) for name in names.split()}


def test_regions_have_five_levels_and_every_parent_exists(city):
    by_code = {row["code"]: row for row in city["regions"]}
    digits = {"province": 6, "prefecture": 6, "county": 6, "township": 9, "village": 12}
    parent_level = {
        "prefecture": "province",
        "county": "prefecture",
        "township": "county",
        "village": "township",
    }

    assert Counter(row["level"] for row in by_code.values()) == {
        "province": 1,
        "prefecture": 1,
        "county": 6,
        "township": 89,
        "village": 4,
    }
    for row in by_code.values():
        assert len(row["code"]) == digits[row["level"]]
        if row["level"] != "province":
            assert by_code[row["parent_code"]]["level"] == parent_level[row["level"]]
    assert len({row["parent_code"] for row in by_code.values() if row["level"] == "village"}) == 2


def test_units_stand_in_regions_of_their_level_under_known_parents(city):
    levels = {row["code"]: row["level"] for row in city["regions"]}
    keys = [row["key"] for row in city["units"]]

    assert len(keys) == len(set(keys))
    assert len({row["name"] for row in city["units"]}) == len(keys)
    assert len({row["short_name"] for row in city["units"]}) == len(keys)
    for row in city["units"]:
        assert levels[row["region_code"]] == row["level"], row["name"]
        assert row["block_parent"] in {"", *keys}
        assert row["line_parent"] in {"", *keys}
        assert row["line_managed"] == "0" or not row["block_parent"], "垂管单位只有条线上级"
    assert {row["level"] for row in city["units"]} == {
        "province",
        "prefecture",
        "county",
        "township",
        "village",
    }
    assert {row["kind"] for row in city["units"]} == {"organ", "mass_org", "institution", "enterprise"}


def test_no_unit_is_its_own_superior(city):
    parents = {row["key"]: row["block_parent"] for row in city["units"]}
    for key in list(parents):
        seen: list[str] = []
        at = key
        while at:
            assert at not in seen
            seen.append(at)
            at = parents[at]


def test_posts_people_and_appointments_name_only_what_exists(city):
    units = {row["key"] for row in city["units"]}
    divisions = {row["key"]: row["unit"] for row in city["divisions"]}
    posts = {row["key"]: row for row in city["posts"]}
    people = {row["staff_number"] for row in city["people"]}

    assert set(divisions.values()) <= units
    for post in posts.values():
        assert post["unit"] in units
        assert not post["division"] or divisions[post["division"]] == post["unit"]
    assert {row["post"] for row in city["appointments"]} == set(posts), "没有空岗，也没有未知岗位"
    assert {row["staff_number"] for row in city["appointments"]} == people
    for row in city["relations"]:
        assert posts[row["post"]]["unit"] == row["unit"]


def test_people_are_told_apart(city):
    people = city["people"]
    assert 280 <= len(people) <= 360
    for column in ("staff_number", "name", "phone"):
        assert len({row[column] for row in people}) == len(people)
    for row in people:
        assert row["staff_number"].isascii()
        assert row["staff_number"].islower()
        assert 2 <= len(row["name"]) <= 4
    assert {row["name"][0] for row in people} >= set("单仇曾解查区朴乐任"), "多音姓氏要在内"


def test_everyone_has_exactly_one_primary_post_and_some_have_more(city):
    primary = Counter(row["staff_number"] for row in city["appointments"] if row["is_primary"] == "1")
    assert set(primary.values()) == {1}
    assert len(primary) == len(city["people"])
    kinds = Counter(row["kind"] for row in city["appointments"])
    assert kinds["seconded"] == 2
    assert kinds["acting"] == 4
    assert kinds["concurrent"] > 10
    assert any(row["valid_to"] for row in city["appointments"]), "至少一位前任"


def test_every_unit_has_a_principal_leader_and_a_liaison(city):
    relations = {(row["unit"], row["kind"]) for row in city["relations"]}
    for unit in city["units"]:
        assert (unit["key"], "principal_leader") in relations, unit["name"]
        if unit["key"] not in {"xn-sw", "xn-zf"}:
            assert (unit["key"], "liaison") in relations, unit["name"]


def test_each_lead_unit_can_lead(city):
    roles = {(row["unit"], row["role"]) for row in city["posts"]}
    kinds = {(row["unit"], row["kind"]) for row in city["relations"]}
    assert len(LEAD_UNITS) == 13
    for unit in LEAD_UNITS:
        for role in ("head", "deputy_head", "office", "liaison", "handler", "digital_officer"):
            assert (unit, role) in roles, (unit, role)
        for kind in ("leader_in_charge", "digital_officer"):
            assert (unit, kind) in kinds, (unit, kind)


def test_project_list_is_the_published_one_and_its_departments_are_the_lead_units(city):
    projects = city["xianning_projects"]
    known: dict[str, set[str]] = {}
    for unit in city["units"]:
        former = [entry.split("/")[0] for entry in unit["former_names"].split(";") if entry]
        known[unit["key"]] = {unit["name"], unit["short_name"], *former}

    def lead_of(department: str) -> str:
        full = department if department.startswith("咸宁") else f"咸宁{department}"
        return next(key for key, names in known.items() if {full, department} & names)

    assert len(projects) == 19
    assert sum(int(row["budget_wan"]) for row in projects) == 36847
    assert {lead_of(row["lead_department"]) for row in projects} == LEAD_UNITS
    assert lead_of("市住建局") == "xn-zgx", "旧称也要找得到"


def test_personas_hold_the_posts_they_show(city):
    held = {(row["staff_number"], row["post"]) for row in city["appointments"]}
    assert [row["label"] for row in city["personas"]] == [
        "专班负责人",
        "局经办人",
        "督查专员",
        "乡镇值班员",
        "市领导",
        "管理员",
    ]
    assert {(row["staff_number"], row["post"]) for row in city["personas"]} <= held


def test_the_people_are_made_again_byte_for_byte(tmp_path):
    make_people.main(tmp_path)
    for table in ("divisions", "posts", "people", "appointments", "relations", "personas"):
        assert (tmp_path / f"{table}.csv").read_bytes() == (DATA / f"{table}.csv").read_bytes(), table
