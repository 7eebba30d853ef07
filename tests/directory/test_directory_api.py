"""通讯录: the tree, who may see whom, phones behind a recorded click, who answers for a unit."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common import clock, events
from common.store.models import AuditEntry
from directory.events import PhoneRevealed
from directory.services import lookup, pinyin
from directory.store.models import Post, Staff, UnitName, UnitRelation


def names(answer):
    assert answer.status_code == 200, answer.content.decode()
    return [each["name"] for each in answer.json()["items"]]


def test_the_tree_in_protocol_order(people, city, as_person, make_unit):
    browser = as_person(people.head)
    assert names(browser.get("/directory/units")) == ["湖北省水利厅", "咸宁市人民政府", "武汉市水务局"]
    below = f"/directory/units?parent={city.government.pk}"
    assert names(browser.get(below)) == [city.data.name, city.water.name, city.county.name]
    city.water.rank = 150
    city.water.save()
    assert names(browser.get(below)) == [city.water.name, city.data.name, city.county.name]
    assert names(browser.get("/directory/units?level=county")) == [city.county.name, city.county_water.name]
    assert names(browser.get("/directory/units?level=county&region=421281")) == []
    line_only = make_unit("tax", "咸安区水利分局", level="county", region="421202", line_parent=city.water)
    assert names(browser.get(f"/directory/units?parent={city.water.pk}")) == [line_only.name]
    row = browser.get(below).json()["items"][0]
    assert (row["short_name"], row["region_name"], row["has_children"]) == ("市水利和湖泊局", "咸宁市", True)
    assert (row["people_count"], row["locked"]) == (1, False)


def test_pages_of_a_column(people, city, as_person, make_unit):
    for n in range(7):
        make_unit(f"b{n}", f"局{n}", rank=500 + n, block_parent=city.water)
    browser, seen = as_person(people.head), []
    cursor: str | None = ""
    while cursor is not None:
        page = browser.get(f"/directory/units?parent={city.water.pk}&limit=3&cursor={cursor}").json()
        seen += [each["name"] for each in page["items"]]
        cursor = page["next"]
    assert seen == [f"局{n}" for n in range(7)]
    assert browser.get("/directory/units?limit=0").status_code == 400
    assert browser.get("/directory/units?cursor=-1").status_code == 400


def test_search_of_units_knows_former_names(people, city, as_person):
    UnitName.objects.create(
        unit=city.water, name="咸宁市水务局", valid_from="2010-01-01", valid_to="2019-03-01"
    )
    browser = as_person(people.head)
    assert names(browser.get("/directory/units?q=水务局")) == [city.water.name, "武汉市水务局"]
    former = browser.get(f"/directory/units/{city.water.pk}").json()["former_names"]
    assert former == [{"name": "咸宁市水务局", "valid_from": "2010-01-01", "valid_to": "2019-03-01"}]


def test_units_of_other_cities_show_their_name_only(people, city, as_person):
    browser = as_person(people.head)
    rows = {each["name"]: each for each in browser.get("/directory/units").json()["items"]}
    assert rows["武汉市水务局"]["locked"]
    assert rows["武汉市水务局"]["people_count"] == 0
    refused = browser.get(f"/directory/units/{city.wuhan.pk}/people")
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (403, "locked")
    assert browser.get(f"/directory/units/{city.wuhan.pk}").json()["relations"] == []
    assert browser.get("/directory/people/x1").status_code == 404
    assert browser.get("/directory/people/nobody").json() == browser.get("/directory/people/x1").json()
    assert browser.get("/directory/people?q=外市人").json()["items"] == []
    assert browser.post("/directory/people/x1/reveal-phone").status_code == 404


def test_the_line_above_sees_its_line_below(people, city, as_person):
    province = as_person(people.province)
    assert names(province.get(f"/directory/units/{city.water.pk}/people")) == ["解若水"]
    assert province.get(f"/directory/units/{city.data.pk}/people").status_code == 403
    assert names(province.get("/directory/people?q=解若水")) == ["解若水"]
    assert names(province.get("/directory/people?q=单清远")) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("单清", ["单清远"]),
        ("sqy", ["单清远"]),
        ("shanqing", ["单清远"]),
        ("Shan Qing", ["单清远"]),
        ("dan", []),
        ("局长", ["单清远", "解若水"]),
        ("水利", ["解若水"]),
        ("0001", ["解若水"]),
        ("001", []),
        ("w1", ["解若水"]),
        ("", []),
        ("%", []),
    ],
)
def test_search_of_people(people, as_person, query, found):
    Staff.objects.filter(staff_number="w1").update(phone="13907150001")
    assert names(as_person(people.liaison).get(f"/directory/people?q={query}")) == found


def test_people_of_a_unit_in_the_order_of_posts(people, city, appoint, as_person):
    browser = as_person(people.head)
    expected = ["管理员", "管理员二", "数专员", "单清远", "曾知秋"]
    assert names(browser.get(f"/directory/units/{city.data.pk}/people")) == expected
    Post.objects.filter(pk=people.head.post_id).update(rank=1)
    assert names(browser.get(f"/directory/units/{city.data.pk}/people"))[0] == "单清远"
    Staff.objects.filter(staff_number="d1").update(is_active=False)
    assert "数专员" not in names(browser.get(f"/directory/units/{city.data.pk}/people"))
    assert browser.get(f"/directory/units/{uuid4()}/people").status_code == 404


def test_lists_cost_the_same_for_one_and_for_many(
    people, city, appoint, as_person, django_assert_num_queries
):
    browser = as_person(people.head)
    browser.get("/directory/units")
    for n in range(40):
        appoint(f"z{n}", f"曾某{n}", city.water, "member")
    lookup.drop()
    paths = {
        f"/directory/units?parent={city.government.pk}": 2,  # who calls, the column
        f"/directory/units/{city.water.pk}/people": 3,
        "/directory/people?q=zm": 2,
        f"/directory/units/{city.water.pk}": 4,
    }
    for path, queries in paths.items():
        with django_assert_num_queries(queries):
            assert browser.get(path).status_code == 200


def test_a_card_of_a_person(people, city, as_person):
    UnitRelation.objects.create(unit=city.data, kind="principal_leader", post=people.head.post)
    UnitRelation.objects.create(
        unit=city.data, kind="acting", post=people.liaison.post, for_post=people.head.post
    )
    card = as_person(people.water_head).get("/directory/people/@l1:tongzhou.localhost").json()
    assert (card["name"], card["pinyin"], card["phone"]) == ("曾知秋", "zeng zhi qiu", "139****5508")
    assert card["superior"]["name"] == "单清远"
    assert "13907155508" not in str(card)
    head = as_person(people.water_head).get("/directory/people/h1").json()
    assert (head["stand_in"]["name"], head["superior"]) == ("曾知秋", None)


def test_a_whole_number_is_recorded_and_its_owner_sees_by_whom(people, as_person):
    kept: list[PhoneRevealed] = []
    events.subscribe(PhoneRevealed, kept.append)
    try:
        viewer = as_person(people.water_head)
        assert viewer.post("/directory/people/h1/reveal-phone").json() == {"phone": "13907155508"}
    finally:
        events._subscribers[PhoneRevealed].remove(kept.append)
    assert [(each.viewer_name, each.viewer_post) for each in kept] == [("解若水", "市水利和湖泊局 局长")]
    owner = as_person(people.head)
    seen = owner.get("/directory/phone-reveals").json()["items"]
    assert [(each["viewer_name"], each["viewer_post"]) for each in seen] == [
        ("解若水", "市水利和湖泊局 局长")
    ]
    assert viewer.get("/directory/phone-reveals").json()["items"] == []
    entry = AuditEntry.objects.get(verb="directory.reveal_phone")
    assert (entry.staff_number, entry.subject_id) == ("w1", "h1")
    assert owner.post("/directory/people/h1/reveal-phone").json() == {"phone": "13907155508"}
    assert len(owner.get("/directory/phone-reveals").json()["items"]) == 1


def test_nobody_copies_the_numbers_of_the_city(people, as_person):
    viewer = as_person(people.water_head)
    answers = [viewer.post("/directory/people/h1/reveal-phone").status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_without_a_post_the_directory_is_closed(people, as_person, today):
    browser = as_person(people.head)
    people.head.valid_to = today
    people.head.save()
    for path in ("/directory/units", "/directory/regions", "/directory/people/l1"):
        assert browser.get(path).status_code in (403, 404), path
    assert browser.get("/directory/people?q=曾").json()["items"] == []


def test_regions(people, as_person):
    browser = as_person(people.head)
    assert names(browser.get("/directory/regions")) == ["湖北省"]
    assert names(browser.get("/directory/regions?parent=421200")) == ["咸安区", "赤壁市"]


def test_the_posts_that_answer_for_a_unit(people, city, appoint):
    def posts(kind, field=""):
        return [each.title for each in lookup.relation_posts(city.data, kind, field_of_work=field)]

    assert posts("liaison") == ["联络员"]  # nothing entered: the post of that role
    assert posts("leader_in_charge") == []
    flood = appoint("v1", "副局长一", city.data, "deputy_head", "分管防汛")
    data = appoint("v2", "副局长二", city.data, "deputy_head", "分管数据")
    assert posts("leader_in_charge") == ["分管防汛", "分管数据"]
    UnitRelation.objects.create(
        unit=city.data, kind="leader_in_charge", post=data.post, field_of_work="数据管理、政务服务"
    )
    UnitRelation.objects.create(
        unit=city.data, kind="leader_in_charge", post=flood.post, field_of_work="防汛"
    )
    assert posts("leader_in_charge", "政务服务") == ["分管数据"]
    assert posts("leader_in_charge", "防汛抗旱") == ["分管防汛"]
    assert posts("leader_in_charge", "信访") == []
    assert [each.staff.name for each in lookup.holders(flood.post)] == ["副局长一"]
    assert lookup.holders(flood.post, clock.today() - timedelta(days=9999)) == []
    reachable = lookup.reachable(city.data, ["digital_officer", "liaison"])
    assert [each.staff.name for each in reachable] == ["数专员"]


def test_the_name_of_the_day(city):
    UnitName.objects.create(
        unit=city.water, name="咸宁市水务局", valid_from="2010-01-01", valid_to="2019-03-01"
    )
    day = clock.today().replace(year=2019, month=2, day=28)
    assert lookup.unit_name_on(city.water, day) == "咸宁市水务局"
    assert lookup.unit_name_on(city.water, day + timedelta(days=1)) == city.water.name


@pytest.mark.parametrize(
    ("name", "spelt", "short"),
    [
        ("单田芳", "shan tian fang", "stf"),
        ("曾国藩", "zeng guo fan", "zgf"),
        ("仇英", "qiu ying", "qy"),
        ("解若水", "xie ruo shui", "xrs"),
        ("任重远", "ren zhong yuan", "rzy"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("欧阳修", "ou yang xiu", "oyx"),
        ("吕布", "lv bu", "lb"),
        ("李单", "li dan", "ld"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti", "ayglmmt"),
        ("Li Lei", "lilei", "l"),
        ("", "", ""),
    ],
)
def test_names_are_read_as_names(name, spelt, short):
    assert pinyin.spell(name) == spelt
    assert pinyin.initials(spelt) == short


def test_pinyin_as_people_type_it():
    assert pinyin.normalised("Lǚ") != ""
    assert [pinyin.normalised(each) for each in ("Lü", "lyu", "Xi'an", " ou yang ")] == [
        "lv",
        "lv",
        "xian",
        "ouyang",
    ]
    assert pinyin.tidy(" Shan  Tian-Fang ") == "shan tianfang"
