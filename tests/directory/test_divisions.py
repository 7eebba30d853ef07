"""Divisions of a unit and the lists of administrators: who may, what is refused, what is recorded."""

from uuid import uuid4

import pytest

from common.store.models import AuditEntry
from directory.store.models import Division


def test_a_division_is_made_listed_renamed_and_gets_a_post(people, city, as_person):
    officer, unit = as_person(people.digital), str(city.data.pk)
    first = officer.post("/admin/divisions", {"unit_id": unit, "name": " 数据  资源科 ", "rank": 2})
    assert first.status_code == 201, first.content
    assert first.json()["name"] == "数据 资源科"
    officer.post("/admin/divisions", {"unit_id": unit, "name": "办公室", "rank": 1})
    path = f"/admin/divisions/{first.json()['id']}"
    assert officer.patch(path, {"name": "数据资源科"}).json() == first.json() | {"name": "数据资源科"}
    listed = officer.get(f"/admin/divisions?unit={unit}").json()["items"]
    assert [each["name"] for each in listed] == ["办公室", "数据资源科"]
    post = {"unit_id": unit, "title": "科长", "role": "handler", "division_id": first.json()["id"]}
    assert officer.post("/admin/posts", post).json()["division"] == "数据资源科"
    entry = AuditEntry.objects.get(verb="division.rename")
    assert entry.old is not None
    assert entry.new is not None
    assert (entry.staff_number, entry.old["name"], entry.new["name"]) == ("d1", "数据 资源科", "数据资源科")
    officer.patch(path, {"name": "数据资源科"})
    assert AuditEntry.objects.filter(verb="division.rename").count() == 1


@pytest.mark.parametrize("name", ["", "  ", "长" * 61, "甲\x00"])
def test_names_that_cannot_be(people, city, as_person, name):
    answer = as_person(people.admin).post("/admin/divisions", {"unit_id": str(city.data.pk), "name": name})
    assert (answer.status_code, answer.json()["field"]) == (400, "name")
    assert "请" in answer.json()["message"]
    assert not Division.objects.exists()


def test_a_name_is_taken_once_in_a_unit(people, city, as_person):
    admin = as_person(people.admin)
    for unit in (city.data, city.water):
        made = admin.post("/admin/divisions", {"unit_id": str(unit.pk), "name": "办公室"})
        assert made.status_code == 201
    other = admin.post("/admin/divisions", {"unit_id": str(city.data.pk), "name": "法规科"}).json()["id"]
    for answer in (
        admin.post("/admin/divisions", {"unit_id": str(city.data.pk), "name": "办公室"}),
        admin.patch(f"/admin/divisions/{other}", {"name": "办公室"}),
    ):
        assert (answer.status_code, answer.json()["field"]) == (409, "name")
        assert "“办公室”" in answer.json()["message"]
    assert Division.objects.get(pk=other).name == "法规科"


def test_only_who_manages_the_posts_of_the_unit(people, city, as_person):
    there = as_person(people.admin).post(
        "/admin/divisions", {"unit_id": str(city.water.pk), "name": "办公室"}
    )
    for person, unit in ((people.digital, city.water), (people.head, city.data)):
        caller = as_person(person)
        for answer in (
            caller.get(f"/admin/divisions?unit={unit.pk}"),
            caller.post("/admin/divisions", {"unit_id": str(unit.pk), "name": "新设科"}),
            caller.patch(f"/admin/divisions/{there.json()['id']}", {"name": "改名科"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert [each.name for each in Division.objects.all()] == ["办公室"]


def test_what_is_not_there(people, as_person):
    admin = as_person(people.admin)
    assert admin.get(f"/admin/divisions?unit={uuid4()}").status_code == 404
    assert admin.post("/admin/divisions", {"unit_id": str(uuid4()), "name": "甲"}).status_code == 404
    assert admin.patch(f"/admin/divisions/{uuid4()}", {"name": "甲"}).status_code == 404


def test_the_security_administrator_finds_and_locks_but_changes_nothing(people, city, appoint, as_person):
    security = as_person(appoint("s1", "安全员", city.data, "security_admin", "安全管理员"))
    assert "account.view" in security.get("/session").json()["verbs"]
    assert "account.manage" not in security.get("/session").json()["verbs"]
    numbers = [one["staff_number"] for one in security.get("/admin/people?limit=200").json()["items"]]
    assert {"h1", "w1", "x1"} <= set(numbers)
    [found] = security.get("/admin/people?q=w1").json()["items"]
    locked = security.post("/admin/people/w1/lock", {})
    assert (locked.status_code, locked.json()["version"]) == (200, found["version"] + 1)
    assert security.post("/admin/people/w1/unlock").status_code == 200
    version = found["version"] + 2
    for answer in (
        security.post("/admin/people", {"staff_number": "n9", "name": "新人"}),
        security.patch("/admin/people/w1", {"version": version, "name": "改名"}),
        security.post("/admin/people/w1/reset-password"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize("who", ["head", "liaison"])
def test_others_list_nobody(people, as_person, who):
    assert as_person(getattr(people, who)).get("/admin/people").status_code == 403
