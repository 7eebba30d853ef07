"""The directory as CSV: dry run, bad rows, all or nothing, and back again unchanged."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import events
from common.errors import ForbiddenError, NotFoundError
from common.store.models import AuditEntry, Timer
from directory.actors import system_actor
from directory.events import RightsChanged
from directory.services import accounts
from directory.services.sheets import reading
from directory.services.sheets.engine import (
    ImportOutdatedError,
    ImportRefusedError,
    export_csv,
    import_csv,
)
from directory.services.sheets.kinds import KINDS
from directory.store.models import Appointment, Region, Staff, Unit, UnitName, UnitRelation

CITY = Path(django_settings.BASE_DIR) / "demo" / "data"
SYSTEM = system_actor("导入测试")

UNITS = """key,name,short_name,kind,level,region_code,block_parent,line_parent,rank,line_managed,former_names
n-dept,咸宁市某某局,市某局,organ,prefecture,421200,n-gov,,20,0,咸宁市旧局/2010-01-01/2019-03-01
n-gov,咸宁市某政府,,党政机关,市,421200,,,10,否,
"""


def bring(kind, text, *, dry_run=False, actor=SYSTEM, **more):
    data = text if isinstance(text, bytes) else text.encode()
    return import_csv(actor=actor, kind=kind, data=data, dry_run=dry_run, **more)


def problems_of(kind, text):
    report = bring(kind, text, dry_run=True)
    found = [(0, each.column, each.message) for each in report.problems]
    return found + [(row.line, each.column, each.message) for row in report.rows for each in row.problems]


def test_a_dry_run_shows_and_an_import_does(city):
    preview = bring("units", UNITS, dry_run=True)
    assert preview.totals["added"] == 2
    assert not Unit.objects.filter(code="n-gov").exists()
    done = bring("units", UNITS, digest=preview.digest)
    assert done.applied
    dept = Unit.objects.get(code="n-dept")
    assert (dept.block_parent and dept.block_parent.code, dept.level, dept.kind) == (
        "n-gov",
        "prefecture",
        "organ",
    )
    assert UnitName.objects.get(unit=dept).name == "咸宁市旧局"
    again = bring("units", UNITS)
    assert (again.totals["same"], again.totals["added"], again.rows) == (2, 0, [])
    assert Unit.objects.get(code="n-dept").version == 1


def test_a_change_shows_before_and_after(city):
    bring("units", UNITS)
    changed = UNITS.replace("市某局,organ", "某局,organ").replace(",20,0,", ",25,0,")
    report = bring("units", changed)
    assert [(row.line, row.key, row.change, row.changes) for row in report.rows] == [
        (2, "n-dept", "changed", {"short_name": ["市某局", "某局"], "rank": ["20", "25"]})
    ]
    dept = Unit.objects.get(code="n-dept")
    assert (dept.short_name, dept.rank, dept.version) == ("某局", 25, 2)
    entry = AuditEntry.objects.get(verb="directory.import.changed")
    assert (entry.subject, entry.subject_id, entry.new) == (
        "units",
        "n-dept",
        {"short_name": "某局", "rank": "25"},
    )


def test_bad_rows_by_line_and_column(city):
    text = (
        "key,name,kind,level,region_code,block_parent,rank\n"
        "ok,好单位,organ,prefecture,421200,,1\n"
        "bad key,名称,organ,prefecture,421200,,1\n"
        '"q1","跨\n行",wrong,prefecture,421200,,1\n'
        "r1,,organ,prefecture,999999,nowhere,first\n"
        "ok,重复,organ,prefecture,421200,,1\n"
    )
    found = problems_of("units", text)
    assert [(line, column) for line, column, _ in found] == [
        (3, "key"),
        (4, "kind"),
        (6, "name"),
        (6, "rank"),
        (6, "region_code"),
        (6, "block_parent"),
        (7, "key"),
    ]
    messages = {(line, column): message for line, column, message in found}
    assert "党政机关（organ）" in messages[4, "kind"]
    assert "“nowhere”不在单位中" in messages[6, "block_parent"]
    assert "与第 2 行重复" in messages[7, "key"]


def test_one_bad_row_and_nothing_is_applied(city):
    with pytest.raises(ImportRefusedError) as refused:
        bring("units", UNITS + "bad,坏单位,,organ,nowhere,421200,,,1,0,\n")
    assert refused.value.facts["errors"] == 1
    assert refused.value.facts["report"]["rows"][-1]["line"] == 4
    assert not Unit.objects.filter(code__startswith="n-").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(city, encoding, delimiter):
    text = "代码,名称,层级,上级代码\n421221,嘉鱼县,县（市、区）,421200\n".replace(",", delimiter)
    assert bring("regions", text.encode(encoding)).totals["added"] == 1
    assert Region.objects.get(code="421221").name == "嘉鱼县"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "文件为空"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\xfe\xff", "不是文本表格"),
        (b"code,name\n421221,x\n", "缺少列"),
        (b"code,code,name,level\n", "重复的列名"),
        (b'code,name,level\n"421221,x\n', "引号"),
        (b"x" * (reading.MOST_BYTES + 1), "MB"),
        (b"code,name,level\n421221,a\x00b,county\n", "不是文本表格"),
    ],
)
def test_files_that_are_none(city, data, says):
    (_, _, message), *rest = problems_of("regions", data)
    assert says in message
    assert not rest


def test_unknown_columns_are_named_not_dropped_silently(city):
    report = bring("regions", "code,name,level,备注\n421221,嘉鱼县,county,x\n", dry_run=True)
    assert (report.ignored, report.is_clean) == (["备注"], True)


def test_parents_may_not_go_round(city):
    loop = UNITS.replace("421200,,,10", "421200,n-dept,,10")
    assert {(line, column) for line, column, _ in problems_of("units", loop)} == {
        (2, "block_parent"),
        (3, "block_parent"),
    }


def test_people_get_pinyin_and_no_password(city):
    bring("people", "staff_number,name,phone\nQ1,单田芳,13900001111\n")
    staff = Staff.objects.get(staff_number="q1")
    assert (staff.pinyin, staff.initials, staff.has_usable_password()) == ("shan tian fang", "stf", False)
    bring("people", "staff_number,name,pinyin\nq1,单田芳,dan tian fang\n")
    assert bring("people", "staff_number,name,pinyin\nq1,单田芳,\n").totals["same"] == 1
    bring("people", "staff_number,name\nq1,曾田芳\n")
    staff.refresh_from_db()
    assert (staff.pinyin, staff.phone) == ("zeng tian fang", "13900001111")
    trail = str(list(AuditEntry.objects.values_list("old", "new")))
    assert "13900001111" not in trail


def test_closing_an_account_by_file_signs_it_out(people, as_person):
    browser = as_person(people.head)
    bring("people", "staff_number,name,is_active\nh1,单清远,0\n")
    assert browser.get("/session").status_code == 401
    assert problems_of("people", "staff_number,name,kind\nh1,单清远,bot\n")[0][1] == "kind"


def test_appointments_keep_the_rules(people, acting, today):
    admin = acting(people.admin)
    head, other = people.head.post.code, people.water_head.post.code
    second = f"staff_number,post,kind,is_primary,valid_from\nh1,{other},concurrent,1,2024-01-01\n"
    assert [(each[1]) for each in problems_of("appointments", second)] == ["is_primary"]
    security = people.admin.post.code
    report = import_csv(
        actor=admin,
        kind="appointments",
        data=f"staff_number,post,valid_from,valid_to\na1,{head},2024-01-01,\nl1,{head},2024-02-01,2024-01-01\n".encode(),
        dry_run=True,
    )
    assert [(row.line, each.column) for row in report.rows for each in row.problems] == [
        (2, "staff_number"),
        (3, "valid_to"),
    ]
    people.liaison.post.role = "audit_admin"
    people.liaison.post.save()
    both = f"staff_number,post,valid_from\nl1,{security},2024-01-01\n"
    assert "不同人员" in problems_of("appointments", both)[0][2]


def test_an_appointment_ended_by_file_is_over_at_once(people, as_person, today):
    browser = as_person(people.head)
    kept: list[RightsChanged] = []
    events.subscribe(RightsChanged, kept.append)
    try:
        later = today + timedelta(days=9)
        bring(
            "appointments",
            "staff_number,post,valid_from,valid_to\n"
            f"h1,{people.head.post.code},2020-01-01,{today}\n"
            f"l1,{people.head.post.code},{today},{later}\n",
        )
    finally:
        events._subscribers[RightsChanged].remove(kept.append)
    assert browser.get("/session").json()["verbs"] == []
    assert kept[0].staff_ids == tuple(sorted([people.head.staff_id, people.liaison.staff_id]))
    assert Timer.objects.filter(key=f"directory.rights:{later}").exists()
    assert Appointment.objects.get(staff__staff_number="l1", valid_to=later).kind == "substantive"


def test_relations_of_a_unit_in_the_file_are_replaced(people, city):
    head, liaison, water = people.head.post.code, people.liaison.post.code, people.water_head.post.code
    bring(
        "relations",
        f"unit,kind,post,field_of_work\nzsj,principal_leader,{head},\nzsj,liaison,{liaison},\n"
        f"slj,principal_leader,{water},\n",
    )
    changed = f"unit,kind,post,for_post\nzsj,principal_leader,{head},\nzsj,acting,{liaison},{head}\n"
    report = bring("relations", changed)
    assert [(row.change, row.key) for row in report.rows] == [
        ("added", f"zsj acting {liaison} {head}"),
        ("removed", f"zsj liaison {liaison}"),
    ]
    assert UnitRelation.objects.filter(unit=city.water).count() == 1
    assert (
        problems_of("relations", f"unit,kind,post,for_post\nzsj,liaison,{liaison},{head}\n")[0][1]
        == "for_post"
    )


def test_a_preview_that_is_out_of_date_is_refused(city):
    preview = bring("units", UNITS, dry_run=True)
    Unit.objects.create(code="n-gov", name="别人刚建", level="prefecture", region_id="421200")
    with pytest.raises(ImportOutdatedError):
        bring("units", UNITS, digest=preview.digest)
    assert Unit.objects.get(code="n-gov").name == "别人刚建"


@pytest.mark.django_db(transaction=True)
def test_an_import_and_an_edit_at_the_same_time(people, acting):
    """The import waits for the edit under way and sees it; neither is lost, nobody waits for ever."""
    actor, locked, done = acting(people.admin), threading.Event(), []

    def edit():
        try:
            with transaction.atomic():
                accounts.edit(actor=actor, staff_number="h1", version=1, changes={"name": "曾清远"})
                locked.set()
                time.sleep(0.3)
        finally:
            connections.close_all()
        done.append("edit")

    def bring_phone():
        try:
            locked.wait(10)
            bring("people", "staff_number,name,phone\nh1,单清远,13900002222\n", dry_run=False)
        finally:
            connections.close_all()
        done.append("import")

    threads = [threading.Thread(target=each) for each in (edit, bring_phone)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(done) == ["edit", "import"]
    staff = Staff.objects.get(staff_number="h1")
    assert (staff.name, staff.phone, staff.version) == ("单清远", "13900002222", 3)
    entry = AuditEntry.objects.get(verb="directory.import.changed")
    assert entry.old == {"name": "曾清远", "phone": "139****5508", "pinyin": "zeng qing yuan"}


def test_who_may(people, acting):
    for held in (people.head, people.digital):
        with pytest.raises(ForbiddenError):
            bring("units", UNITS, dry_run=True, actor=acting(held))
        with pytest.raises(ForbiddenError):
            export_csv(actor=acting(held), kind="people")
    with pytest.raises(NotFoundError):
        export_csv(actor=acting(people.admin), kind="secrets")


def test_at_the_door(people, city, as_person):
    from django.core.files.uploadedfile import SimpleUploadedFile

    admin = as_person(people.admin)

    def upload(path, text):
        token = admin.client.cookies["csrftoken"].value
        file = SimpleUploadedFile("units.csv", text.encode("gb18030"))
        return admin.client.post(f"/api/v1{path}", {"file": file}, headers={"X-CSRFToken": token})

    preview = upload("/directory/import/units?dry_run=true", UNITS)
    assert (preview.status_code, preview.json()["totals"]["added"]) == (200, 2), preview.content
    bad = upload("/directory/import/units?dry_run=false", UNITS.replace("prefecture", "city"))
    assert (bad.status_code, bad.json()["code"]) == (400, "import_refused")
    assert bad.json()["facts"]["report"]["rows"][0]["problems"][0]["column"] == "level"
    done = upload(f"/directory/import/units?dry_run=false&digest={preview.json()['digest']}", UNITS)
    assert done.json()["applied"]
    out = admin.get("/directory/export/units.csv")
    assert out["Content-Type"] == "text/csv; charset=utf-8"
    assert out.content.startswith(b"\xef\xbb\xbfkey,name")
    assert (
        upload("/directory/import/units?dry_run=true", out.content.decode("utf-8-sig")).json()["rows"] == []
    )


@pytest.fixture
def demo_city(db):
    for kind in KINDS:
        report = bring(kind, (CITY / f"{kind}.csv").read_bytes())
        assert report.applied


def test_the_demo_city_goes_in_and_comes_back_unchanged(demo_city):
    assert Staff.objects.count() > 300
    for kind in KINDS:
        assert bring(kind, (CITY / f"{kind}.csv").read_bytes(), dry_run=True).rows == [], kind
        exported = export_csv(actor=SYSTEM, kind=kind)
        again = bring(kind, exported)
        assert (again.rows, again.totals["absent"]) == ([], 0), kind
        assert export_csv(actor=SYSTEM, kind=kind) == exported


def test_a_formula_is_a_text(city):
    bring("units", UNITS.replace("市某局", "=1+1"))
    exported = export_csv(actor=SYSTEM, kind="units")
    assert ",'=1+1," in exported
    assert bring("units", exported, dry_run=True).rows == []


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_whatever_goes_in_comes_back(city, cells, encoding):
    """Any text in the free columns: refused by line, or exported so that it imports without a change."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["key", "unit", "title", "role", "field_of_work"])
    for n, (title, field) in enumerate(cells):
        writer.writerow([f"hyp{n}", "zsj", title, "member", field])
    report = bring("posts", out.getvalue().encode(encoding), dry_run=True)
    assert not report.problems
    if report.is_clean:
        bring("posts", out.getvalue().encode(encoding))
        assert bring("posts", export_csv(actor=SYSTEM, kind="posts"), dry_run=True).rows == []
    else:
        assert all(row.line > 1 for row in report.rows)
