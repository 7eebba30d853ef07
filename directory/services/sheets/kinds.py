"""The seven files and their columns. The order of KINDS is the order in which they are imported."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from directory.services.sheets import cells
from directory.services.sheets.cells import Column
from directory.store.models import AppointmentKind, Level, PostRole, RelationKind, StaffKind, UnitKind


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

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _c(name: str, title: object, read: cells.Reader, **more: object) -> Column:
    return Column(name, str(title), read, **more)  # type: ignore[arg-type]


REGIONS = Kind(
    "regions",
    str(_("行政区划")),
    (
        _c("code", _("代码"), cells.region_code, required=True),
        _c("name", _("名称"), cells.text(60), required=True),
        _c("level", _("层级"), cells.choice(Level), required=True),
        _c("parent_code", _("上级代码"), cells.region_code, refers="regions", late=True),
    ),
    ("code",),
)
UNITS = Kind(
    "units",
    str(_("单位")),
    (
        _c("key", _("单位编码"), cells.code, required=True),
        _c("name", _("单位名称"), cells.text(120), required=True),
        _c("short_name", _("简称"), cells.text(60)),
        _c("kind", _("单位性质"), cells.choice(UnitKind), required=True),
        _c("level", _("层级"), cells.choice(Level), required=True),
        _c("region_code", _("行政区划代码"), cells.region_code, required=True, refers="regions"),
        _c("block_parent", _("上级单位（块）"), cells.code, refers="units", late=True),
        _c("line_parent", _("指导单位（条）"), cells.code, refers="units", late=True),
        _c("rank", _("排序"), cells.whole, when_new="1000"),
        _c("line_managed", _("垂直管理"), cells.flag, when_new="0"),
        _c("former_names", _("曾用名"), cells.former_names),
        _c("valid_from", _("设立日期"), cells.day, when_new="1949-10-01"),
        _c("valid_to", _("撤销日期"), cells.day),
    ),
    ("key",),
)
DIVISIONS = Kind(
    "divisions",
    str(_("内设机构")),
    (
        _c("key", _("机构编码"), cells.code, required=True),
        _c("unit", _("单位编码"), cells.code, required=True, refers="units"),
        _c("name", _("机构名称"), cells.text(60), required=True),
        _c("rank", _("排序"), cells.whole, when_new="1000"),
    ),
    ("key",),
)
POSTS = Kind(
    "posts",
    str(_("岗位")),
    (
        _c("key", _("岗位编码"), cells.code, required=True),
        _c("unit", _("单位编码"), cells.code, required=True, refers="units"),
        _c("division", _("机构编码"), cells.code, refers="divisions"),
        _c("title", _("岗位名称"), cells.text(80), required=True),
        _c("role", _("岗位类别"), cells.choice(PostRole), required=True),
        _c("rank", _("排序"), cells.whole, when_new="1000"),
        _c("field_of_work", _("分管工作"), cells.text(200)),
    ),
    ("key",),
)
PEOPLE = Kind(
    "people",
    str(_("人员")),
    (
        _c("staff_number", _("工号"), cells.staff_number, required=True),
        _c("name", _("姓名"), cells.text(60), required=True),
        _c("phone", _("手机"), cells.phone),
        _c("office_phone", _("座机"), cells.phone),
        _c("pinyin", _("拼音"), cells.spelling),
        _c("kind", _("账户类型"), cells.choice(StaffKind), when_new="person"),
        _c("is_active", _("在用"), cells.flag, when_new="1"),
    ),
    ("staff_number",),
)
APPOINTMENTS = Kind(
    "appointments",
    str(_("任职")),
    (
        _c("staff_number", _("工号"), cells.staff_number, required=True, refers="people"),
        _c("post", _("岗位编码"), cells.code, required=True, refers="posts"),
        _c("kind", _("任职方式"), cells.choice(AppointmentKind), when_new="substantive"),
        _c("is_primary", _("主要岗位"), cells.flag, when_new="0"),
        _c("valid_from", _("任职日期"), cells.day, required=True),
        _c("valid_to", _("免职日期"), cells.day),
    ),
    ("staff_number", "post", "valid_from"),
)
RELATIONS = Kind(
    "relations",
    str(_("单位联系关系")),
    (
        _c("unit", _("单位编码"), cells.code, required=True, refers="units"),
        _c("kind", _("关系"), cells.choice(RelationKind), required=True),
        _c("post", _("岗位编码"), cells.code, required=True, refers="posts"),
        _c("field_of_work", _("分管工作"), cells.text(200)),
        _c("for_post", _("被代岗位编码"), cells.code, refers="posts"),
        _c("rank", _("排序"), cells.whole, when_new="1000"),
    ),
    ("unit", "kind", "post", "field_of_work", "for_post"),
    replaces="unit",
)
KINDS = {kind.name: kind for kind in (REGIONS, UNITS, DIVISIONS, POSTS, PEOPLE, APPOINTMENTS, RELATIONS)}
