"""Names of units as people write them, against the demo city's real departments."""

import csv
from pathlib import Path

import pytest
from django.conf import settings

from directory.actors import system_actor
from directory.services import lookup
from directory.services.sheets.engine import import_csv
from directory.services.unit_names import abbreviates, tidy
from directory.store.models import Level, Unit

CITY = Path(settings.BASE_DIR) / "demo" / "data"


@pytest.fixture
def xianning(db):
    for kind in ("regions", "units"):
        data = (CITY / f"{kind}.csv").read_bytes()
        import_csv(actor=system_actor("测试"), kind=kind, data=data, dry_run=False)


# The 13 lead units of the project list, each with the unit that is meant, matched by hand.
LEAD_UNITS = {
    "市政务服务和大数据管理局": "咸宁市政务服务和大数据管理局",
    "市自然资源和规划局": "咸宁市自然资源和规划局",
    "咸宁市农业农村局": "咸宁市农业农村局",
    "市中心医院": "咸宁市中心医院",
    "市招商和投资促进局": "咸宁市招商和投资促进局",
    "市文化和旅游局": "咸宁市文化和旅游局",
    "市民政局": "咸宁市民政局",
    "市卫生健康委员会": "咸宁市卫生健康委员会",
    "市生态环境局": "咸宁市生态环境局",
    "市地方金融工作局": "咸宁市地方金融工作局",
    "市住建局": "咸宁市住房和城市更新局",  # by its name before March 2025
    "市交通运输局": "咸宁市交通运输局",
    "咸宁日报社": "咸宁日报社",
}
MEANT = {
    **LEAD_UNITS,
    "咸宁市住房和城乡建设局": "咸宁市住房和城市更新局",
    "住房和城乡建设局": "咸宁市住房和城市更新局",
    "市卫健委": "咸宁市卫生健康委员会",
    "咸宁发改委": "咸宁市发展和改革委员会",
    "城管委": "咸宁市城市管理执法委员会",
    "市场监督管理局": "咸宁市市场监督管理局",  # begins with 市, which is no level here
    "市市场监管局": "咸宁市市场监督管理局",
    "交通局": "咸宁市交通运输局",
    "市环保局": "咸宁市生态环境局",
    "市水利局": "咸宁市水利和湖泊局",
    "嘉鱼县水利局": "嘉鱼县水利和湖泊局",
    "咸安区政务服务和大数据管理局": "咸宁市咸安区政务服务和大数据管理局",
    "咸宁市政府": "咸宁市人民政府",
    "咸安区政府": "咸宁市咸安区人民政府",
    "市政府办公室": "咸宁市人民政府办公室",
    " 市 自然资源（和）规划局 ": "咸宁市自然资源和规划局",
    "市自然资原和规划局": "咸宁市自然资源和规划局",  # one wrong character in nine
}
NOT_GUESSED = [
    "水利和湖泊局",  # three counties and the city have one
    "卫健局",  # is there a bureau beside the commission?
    "规划局",
    "武汉市水务局",  # another city's
    "市人民医院",  # 市中心医院 is another one
    "市教育体育局",
    "局",
    "市",
    "",
    "某某局",
]


def test_the_thirteen_lead_units_of_the_project_list(xianning):
    with (CITY / "xianning_projects.csv").open(encoding="utf-8-sig", newline="") as file:
        named = {row["lead_department"] for row in csv.DictReader(file)}
    assert named == set(LEAD_UNITS)
    for name in named:
        match = lookup.find_unit_tolerant(name)
        assert match.unit is not None
        assert match.unit.name == LEAD_UNITS[name]
        assert match.confidence >= 0.9


def test_ways_to_write_a_unit(xianning):
    found = {name: lookup.find_unit_tolerant(name).unit for name in MEANT}
    assert {name: unit.name if unit else None for name, unit in found.items()} == MEANT


@pytest.mark.parametrize("name", NOT_GUESSED)
def test_what_would_be_a_guess_is_left_to_a_person(xianning, name):
    match = lookup.find_unit_tolerant(name)
    assert match.unit is None
    assert len(match.candidates) <= 5
    scores = [each.confidence for each in match.candidates]
    assert scores == sorted(scores, reverse=True)


def test_candidates_hold_the_unit_that_a_person_would_choose(xianning):
    assert lookup.find_unit_tolerant("卫健局").candidates[0].unit.name == "咸宁市卫生健康委员会"
    names = {each.unit.name for each in lookup.find_unit_tolerant("水利和湖泊局").candidates}
    assert {"咸宁市水利和湖泊局", "嘉鱼县水利和湖泊局"} <= names


def test_near_a_unit_its_own_level_is_meant(xianning):
    city, county = Unit.objects.get(code="xn-zf"), Unit.objects.get(code="jy-zf")
    for near, meant in ((city, "xn-slj"), (county, "jy-slj")):
        unit = lookup.find_unit_tolerant("水利和湖泊局", near=near).unit
        assert unit is not None
        assert unit.code == meant
    assert lookup.find_unit_tolerant("卫健局", near=city).unit is None


def test_an_abolished_unit_is_not_meant(city, today):
    assert lookup.find_unit_tolerant("市水利和湖泊局").unit == city.water
    city.water.valid_to = today
    city.water.save()
    lookup.drop()
    assert lookup.find_unit_tolerant("市水利和湖泊局").unit is None


def test_matching_many_names_reads_the_directory_once(xianning, django_assert_num_queries):
    lookup.drop()
    with django_assert_num_queries(3 + 3 * 1):
        for name in ("市民政局", "市住建局", "市中心医院"):
            lookup.find_unit_tolerant(name)


def test_a_change_of_the_directory_is_seen_at_once(city, make_unit):
    assert lookup.find_unit_tolerant("市统计局").unit is None
    import_csv(
        actor=system_actor("测试"),
        kind="units",
        data="key,name,kind,level,region_code\ntjj,咸宁市统计局,organ,prefecture,421200\n".encode(),
        dry_run=False,
    )
    found = lookup.find_unit_tolerant("市统计局").unit
    assert found is not None
    assert (found.code, found.level) == ("tjj", Level.PREFECTURE)


@pytest.mark.parametrize(
    ("short", "long", "yes"),
    [
        ("住建", "住房和城乡建设", True),
        ("建设", "住房和城乡建设", False),
        ("住", "住房和城乡建设", False),
        ("住建", "住建", False),
        ("建住", "住房和城乡建设", False),
    ],
)
def test_abbreviations(short, long, yes):
    assert abbreviates(short, long) is yes


def test_tidy():
    assert tidy(" ＡＢ（市）“住建”·局 ") == "AB市住建局"
