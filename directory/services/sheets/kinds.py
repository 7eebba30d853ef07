"""The seven files and their columns. The order of KINDS is the order in which they are imported."""

from dataclasses import dataclass

from directory.services.sheets import cells
from directory.services.sheets.cells import Column
from directory.store.models import (
    AppointmentKind,
    Level,
    OrganKind,
    PostRole,
    RelationKind,
    StaffKind,
    UnitKind,
)


@dataclass(frozen=True)
class Kind:
    """`key`: the columns that name a row. `replaces`: rows of the same group (such as one unit's
    relations) that are not in the file are removed; other kinds never remove anything.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    replaces: str = ""


# Titles are words of the files, not of the screen: the same in every language.
REGIONS = Kind(
    "regions",
    "行政区划",
    (
        Column("code", "代码", cells.region_code, required=True),
        Column("name", "名称", cells.text(60), required=True),
        Column("level", "层级", cells.choice(Level), required=True),
        Column("parent_code", "上级代码", cells.region_code, refers="regions", late=True),
    ),
    ("code",),
)
UNITS = Kind(
    "units",
    "单位",
    (
        Column("key", "单位编码", cells.code, required=True),
        Column("name", "单位名称", cells.text(120), required=True),
        Column("short_name", "简称", cells.text(60)),
        Column("kind", "单位性质", cells.choice(UnitKind), required=True),
        Column("level", "层级", cells.choice(Level), required=True),
        Column("region_code", "行政区划代码", cells.region_code, required=True, refers="regions"),
        Column("block_parent", "上级单位（块）", cells.code, refers="units", late=True),
        Column("line_parent", "指导单位（条）", cells.code, refers="units", late=True),
        Column("rank", "排序", cells.whole, when_new="1000"),
        Column("line_managed", "垂直管理", cells.flag, when_new="0"),
        Column("organ", "机关类别", cells.choice(OrganKind), when_new="department"),
        Column("former_names", "曾用名", cells.former_names),
        Column("valid_from", "设立日期", cells.day, when_new="1949-10-01"),
        Column("valid_to", "撤销日期", cells.day),
    ),
    ("key",),
)
DIVISIONS = Kind(
    "divisions",
    "内设机构",
    (
        Column("key", "机构编码", cells.code, required=True),
        Column("unit", "单位编码", cells.code, required=True, refers="units"),
        Column("name", "机构名称", cells.text(60), required=True),
        Column("rank", "排序", cells.whole, when_new="1000"),
    ),
    ("key",),
)
POSTS = Kind(
    "posts",
    "岗位",
    (
        Column("key", "岗位编码", cells.code, required=True),
        Column("unit", "单位编码", cells.code, required=True, refers="units"),
        Column("division", "机构编码", cells.code, refers="divisions"),
        Column("title", "岗位名称", cells.text(80), required=True),
        Column("role", "岗位类别", cells.choice(PostRole), required=True),
        Column("rank", "排序", cells.whole, when_new="1000"),
        Column("field_of_work", "分管工作", cells.text(200)),
    ),
    ("key",),
)
PEOPLE = Kind(
    "people",
    "人员",
    (
        Column("staff_number", "工号", cells.staff_number, required=True),
        Column("name", "姓名", cells.text(60), required=True),
        Column("phone", "手机", cells.phone),
        Column("office_phone", "座机", cells.phone),
        Column("pinyin", "拼音", cells.spelling),
        Column("kind", "账户类型", cells.choice(StaffKind), when_new="person"),
        Column("is_active", "在用", cells.flag, when_new="1"),
    ),
    ("staff_number",),
)
APPOINTMENTS = Kind(
    "appointments",
    "任职",
    (
        Column("staff_number", "工号", cells.staff_number, required=True, refers="people"),
        Column("post", "岗位编码", cells.code, required=True, refers="posts"),
        Column("kind", "任职方式", cells.choice(AppointmentKind), when_new="substantive"),
        Column("is_primary", "主要岗位", cells.flag, when_new="0"),
        Column("valid_from", "任职日期", cells.day, required=True),
        Column("valid_to", "免职日期", cells.day),
    ),
    ("staff_number", "post", "valid_from"),
)
RELATIONS = Kind(
    "relations",
    "单位联系关系",
    (
        Column("unit", "单位编码", cells.code, required=True, refers="units"),
        Column("kind", "关系", cells.choice(RelationKind), required=True),
        Column("post", "岗位编码", cells.code, required=True, refers="posts"),
        Column("field_of_work", "分管工作", cells.text(200)),
        Column("for_post", "被代岗位编码", cells.code, refers="posts"),
        Column("rank", "排序", cells.whole, when_new="1000"),
    ),
    ("unit", "kind", "post", "field_of_work", "for_post"),
    replaces="unit",
)
KINDS = {kind.name: kind for kind in (REGIONS, UNITS, DIVISIONS, POSTS, PEOPLE, APPOINTMENTS, RELATIONS)}
