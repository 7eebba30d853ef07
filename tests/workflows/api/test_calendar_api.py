from datetime import date

import pytest

from workflows.models import CalendarDay

DAY = {"kind": "off", "name": "调休", "source": "市政府办通知"}
HOURS = {
    "region": "421200", "begins": "05-01", "ends": "09-30", "opens": "08:00", "noon_from": "12:00",
    "noon_to": "15:00", "closes": "18:00", "source": "夏季作息通知",
}  # fmt: skip


@pytest.fixture
def admin(appoint, city, call):
    appoint("sysadmin", "管理员", city.government, "system_admin", "系统管理员")
    return call("sysadmin")


def rest(caller, method, path, body=None):
    return getattr(caller.client, method)(
        f"/api/v1{path}", body or {}, content_type="application/json", headers=caller.headers
    )


def test_a_phrase_is_understood(call):
    answer = call("civil_liaison").post("/calendar/understand", {"phrase": "本周五下班前"}).json()
    assert answer["due"] == "2026-07-03T17:30:00+08:00"
    assert answer["due_on"] == "2026-07-03"
    assert answer["heard"] == "2026年7月3日（周五）17:30"
    assert answer["because"] == "“本周五下班前”即2026年7月3日（周五）；至17:30止"
    assert (answer["provisional"], answer["sure"]) == (False, True)


def test_an_unknown_phrase_is_answered_with_a_hint(call):
    answer = call("civil_liaison").post("/calendar/understand", {"phrase": "尽快"})
    assert answer.status_code == 200
    assert answer.json()["due"] is None
    assert "请写明时限" in answer.json()["hint"]


def test_a_recurring_phrase_answers_its_rule_and_first_date(call):
    answer = call("civil_liaison").post("/calendar/understand", {"phrase": "每月25日前"}).json()
    assert answer["recurrence"]["every"] == "month"
    assert answer["due_on"] == "2026-07-24"  # the 25th is a Saturday
    assert call("civil_liaison").post("/calendar/understand", {"phrase": "每逢佳节"}).json()["due"] is None


def test_a_limit_is_explained(call):
    path = "/calendar/explain?amount=3&unit=working_day&received_at=2026-07-03T18:00:00%2B08:00"
    answer = call("civil_liaison").get(path).json()
    assert answer["due_on"] == "2026-07-09"
    assert answer["because"].startswith("2026年7月3日18:00收到；已过办公时间，按2026年7月6日收到计")
    later = call("civil_liaison").get("/calendar/explain?amount=200&unit=working_day").json()
    assert later["provisional"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("amount=-1&unit=hour", "amount"),
        ("amount=1&unit=moon", "unit"),
        ("amount=1&unit=hour&region=999999", "region"),
        ("amount=1&unit=hour&received_at=2026-07-03T18:00:00", "received_at"),
    ],
)
def test_an_impossible_limit_names_its_field(call, query, field):
    answer = call("civil_liaison").get(f"/calendar/explain?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_the_grid_of_a_year(admin, call):
    grid = admin.get("/calendar/years/2026").json()
    kinds = {day["day"]: day["kind"] for day in grid["days"]}
    assert len(kinds) == 365
    assert (kinds["2026-10-01"], kinds["2026-10-10"], kinds["2026-07-04"]) == ("off", "worked", "rest")
    assert (grid["may_edit"], grid["provisional"], grid["working_days"]) == (True, False, 248)
    assert not call("leader").get("/calendar/years/2026").json()["may_edit"]
    assert admin.get("/calendar/years/2027").json()["provisional"]
    assert admin.get("/calendar/years/1800").status_code == 400
    assert [year["year"] for year in admin.get("/calendar/years").json()["items"]] == [2024, 2025, 2026, 2027]


def test_days_are_put_moved_and_removed(admin):
    assert rest(admin, "put", "/calendar/days/2026-07-06?dry_run=true", DAY).json()["applied"] is False
    assert rest(admin, "put", "/calendar/days/2026-07-06", DAY).json()["applied"] is True
    assert rest(admin, "post", "/calendar/days/2026-07-06/move", {"to": "2026-07-07"}).status_code == 200
    assert rest(admin, "delete", "/calendar/days/2026-07-06").status_code == 404
    assert rest(admin, "delete", "/calendar/days/2026-07-07").status_code == 200
    assert not CalendarDay.objects.filter(day__month=7).exists()
    assert rest(admin, "put", "/calendar/days/2026-02-30", DAY).status_code == 400


def test_a_file_is_imported(admin):
    text = "日期,类别,名称,来源\n2027-01-01,放假,元旦,通知\n".encode()
    assert admin.upload("/calendar/import", text).json()["applied"] is False
    assert admin.upload("/calendar/import?dry_run=false", text).json()["applied"] is True
    assert CalendarDay.objects.filter(day=date(2027, 1, 1)).exists()


def test_hours_are_kept(admin):
    made = rest(admin, "post", "/calendar/hours", HOURS)
    assert made.status_code == 201, made.content
    path = f"/calendar/hours/{made.json()['id']}"
    assert rest(admin, "put", path, {**HOURS, "closes": "17:30"}).json()["closes"] == "17:30:00"
    assert len(admin.get("/calendar/hours").json()["items"]) == 1
    assert rest(admin, "delete", path).status_code == 204
    assert rest(admin, "delete", path).status_code == 404


def test_the_recompute(admin):
    assert rest(admin, "post", "/calendar/recompute").json() == {"items": 0, "colours": 0}


def test_others_may_not_edit(call):
    leader = call("leader")
    text = "日期,类别,名称,来源\n2027-01-01,放假,元旦,通知\n".encode()
    assert rest(leader, "put", "/calendar/days/2026-07-06", DAY).status_code == 403
    assert rest(leader, "delete", "/calendar/days/2026-10-01").status_code == 403
    assert rest(leader, "post", "/calendar/days/2026-10-01/move", {"to": "2026-10-12"}).status_code == 403
    assert leader.upload("/calendar/import", text).status_code == 403
    assert rest(leader, "post", "/calendar/recompute").status_code == 403
    assert rest(leader, "post", "/calendar/hours", HOURS).status_code == 403
