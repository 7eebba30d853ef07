"""Invent the people of the demo city, and the posts that they hold.

`python -m demo.make_people` reads data/units.csv and rewrites divisions, posts, people, appointments,
relations and personas beside it. Seeded: the same units give the same files byte for byte (a test compares
them). Nobody here exists; names that belong to well-known people are skipped.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from demo.names import NameMaker
from demo.offices import FIELDS, LEAD_UNITS, chief_title, divisions_of, field_of, head_title, profile_of

DATA = Path(__file__).parent / "data"
SEED = 421200
SINCE = "2024-03-01"

# The people whom the screens show first; everyone else is drawn by lot.
CAST = {
    "xn-zf.vice1": "方既白",
    "xn-zf.vice4": "江临渊",
    "xn-zsj.head": "沈砚秋",
    "xn-zsj.liaison": "周牧远",
    "xn-zsj.handler1": "宋闻笛",
    "xn-zsj.handler2": "罗启明",
    "xn-zsj.sysadmin": "梁怀瑾",
    "xn-zfb.supervision1": "温怀远",
    "xn-fxb.deputy1": "贺临川",
    "xn-zgx.liaison": "罗清和",
    "xn-mzj.liaison": "韩以宁",
    "xn-wjw.liaison": "顾言舟",
    "xn-wjw.handler1": "白砚青",
    "xn-zgj.liaison": "陆景川",
    "xn-sthj.liaison": "许知夏",
    "xn-czj.liaison": "田小满",
    "xn-cgw.liaison": "魏承希",
    "xn-slj.liaison": "单书田",
    "xn-jtj.liaison": "仇望舒",
    "xn-nyj.liaison": "曾照野",
    "ts-zf.deputy1": "秦远山",
    "jy-yjj.liaison": "池晚舟",
    "xa-wq.duty": "钟景行",
    "wq-bh.head": "叶知秋",
}
PERSONAS = (
    ("taskforce_lead", "专班负责人", "xn-zsj.head", "建专班、导入项目、派发事项、看作战图"),
    ("handler", "局经办人", "xn-zsj.liaison", "签收事项、反馈进展、申请延期"),
    ("supervision", "督查专员", "xn-zfb.supervision1", "看台账、核进度、督整改"),
    ("duty", "乡镇值班员", "xa-wq.duty", "接收指令、值班上报"),
    ("leader", "市领导", "xn-zf.vice1", "看全局、看红码、作批示"),
    ("admin", "管理员", "xn-zsj.sysadmin", "管理单位、人员、岗位与连接器"),
)


@dataclass
class City:
    """Rows gathered so far, in the columns of the files."""

    names: NameMaker
    divisions: list[Sequence[str]] = field(default_factory=list)
    posts: list[Sequence[str]] = field(default_factory=list)
    people: list[Sequence[str]] = field(default_factory=list)
    appointments: list[Sequence[str]] = field(default_factory=list)
    relations: list[Sequence[str]] = field(default_factory=list)
    holder: dict[str, str] = field(default_factory=dict)

    def post(self, unit: str, name: str, title: str, role: str, *, division: str = "", work: str = "") -> str:
        key = f"{unit}.{name}"
        rank = str(10 * (1 + sum(row[1] == unit for row in self.posts)))
        self.posts.append((key, unit, division, title, role, rank, work))
        return key

    def appoint_new(self, post: str) -> None:
        """Invent a person and let the post be theirs."""
        number = f"xn{len(self.people) + 1:04d}"
        name = CAST.get(post) or self.names.draw()
        self.people.append((number, name, f"1380000{len(self.people) + 1:04d}", "person"))
        self.holder[post] = number
        self.appointments.append((number, post, "substantive", "1", SINCE, ""))

    def appoint_also(self, post: str, holder_of: str, kind: str, since: str = SINCE, until: str = "") -> None:
        """Give the post to the holder of another post, who keeps that one."""
        self.appointments.append((self.holder[holder_of], post, kind, "0", since, until))
        self.holder.setdefault(post, self.holder[holder_of])

    def relate(self, unit: str, kind: str, post: str, work: str = "", stands_in_for: str = "") -> None:
        self.relations.append((unit, kind, post, work, stands_in_for))


def staff_unit(city: City, unit: dict[str, str]) -> None:
    """Posts, people and named relations of an ordinary unit, by its profile."""
    key, profile = unit["key"], profile_of(unit)
    divisions = divisions_of(unit)
    city.divisions.extend((f"{key}.d{n}", key, name, str(10 * n)) for n, name in enumerate(divisions, 1))
    head = city.post(key, "head", head_title(unit), "head")
    if key != "xn-fxb":  # its head is the head of the emergency bureau
        city.appoint_new(head)
    city.relate(key, "principal_leader", head)
    for n in range(1, profile.deputies + 1):
        work = field_of(key, n)
        deputy = city.post(key, f"deputy{n}", profile.deputy_title, "deputy_head", work=work)
        city.appoint_new(deputy)
        city.relate(key, "leader_in_charge", deputy, work)
    if profile.office:
        city.appoint_new(city.post(key, "office", profile.office, "office", division=f"{key}.d1"))
    liaison = head
    if profile.liaison:
        liaison = city.post(key, "liaison", chief_title(divisions[1]), "liaison", division=f"{key}.d2")
        city.appoint_new(liaison)
    city.relate(key, "liaison", liaison)
    for n in range(1, profile.handlers + 1):
        division = f"{key}.d{min(1 + n, len(divisions))}"
        title = "一级科员" if n == 1 else "四级主任科员"
        city.appoint_new(city.post(key, f"handler{n}", title, "handler", division=division))
    for n in range(1, profile.duty + 1):
        city.appoint_new(city.post(key, "duty" if n == 1 else f"duty{n}", "值班员", "duty_officer"))
    for n in range(1, profile.members + 1):
        city.appoint_new(city.post(key, f"member{n}", f"网格员（第{'一二三四'[n - 1]}网格）", "member"))
    if profile.digital:
        digital = city.post(key, "digital", "数字化转型专员", "digital_officer")
        city.appoint_also(digital, f"{key}.handler1" if profile.handlers else liaison, "concurrent")
        city.relate(key, "digital_officer", digital)


def staff_leaders(city: City) -> None:
    """The city's leaders: the committee and the government have no departments of their own kind."""
    for name, title in (("head", "市委书记"), ("vice1", "市委副书记"), ("vice2", "市委常委、秘书长")):
        city.appoint_new(city.post("xn-sw", name, title, "leader"))
    city.relate("xn-sw", "principal_leader", "xn-sw.head")
    city.relate("xn-sw", "leader_in_charge", "xn-sw.vice1", "党的建设、群团工作")
    city.appoint_new(city.post("xn-zf", "head", "市长", "leader"))
    city.relate("xn-zf", "principal_leader", "xn-zf.head")
    for n, work in enumerate(FIELDS["xn-zf"], 1):
        post = city.post("xn-zf", f"vice{n}", "副市长", "leader", work=work)
        city.appoint_new(post)
        city.relate("xn-zf", "leader_in_charge", post, work)
    city.appoint_new(city.post("xn-zf", "secretary", "秘书长", "office"))


def staff_special(city: City) -> None:
    """Posts that only some units have: administrators, supervision, duty rooms."""
    for unit, name, title, role in (
        ("xn-zfb", "supervision1", "督查室主任", "supervision_officer"),
        ("xn-zfb", "supervision2", "督查专员", "supervision_officer"),
        ("xn-zfb", "duty", "总值班室值班员", "duty_officer"),
        ("xn-zfb", "auditadmin", "安全审计员", "audit_admin"),
        ("xn-zsj", "sysadmin", "系统管理员", "system_admin"),
        ("xn-zsj", "secadmin", "安全管理员", "security_admin"),
        ("xn-slj", "duty", "水情值班员", "duty_officer"),
        ("xn-yjj", "duty", "应急值班员", "duty_officer"),
    ):
        city.appoint_new(city.post(unit, name, title, role))


def cross_appointments(city: City) -> None:
    """Concurrent posts, secondments, stand-ins, a former holder: the cases an address book must show."""
    city.appoint_also("xn-fxb.head", "xn-yjj.head", "concurrent")
    city.appoint_also(city.post("xn-gaj", "party", "党委书记", "head"), "xn-zf.vice3", "concurrent")
    seat = city.post("xn-zsj", "force1", "数字政府建设综合组成员", "handler")
    city.appoint_also(seat, "xa-zsj.handler1", "seconded", since="2026-01-05")
    seat = city.post("xn-fxb", "force1", "防汛综合组成员", "member")
    city.appoint_also(seat, "xn-slj.handler1", "seconded", since="2026-04-01")
    for unit in ("xn-mzj", "xn-wjw", "xn-czj", "xn-sthj"):
        city.appoint_also(f"{unit}.liaison", f"{unit}.handler1", "acting")
        city.relate(unit, "acting", f"{unit}.handler1", stands_in_for=f"{unit}.liaison")
    city.appoint_also("xn-zgx.liaison", "xn-zgx.office", "concurrent", since="2022-03-01", until="2024-03-01")


def build(units: list[dict[str, str]]) -> City:
    city = City(NameMaker(random.Random(SEED), taken=set(CAST.values())))
    for unit in units:
        if unit["key"] == "xn-sw":
            staff_leaders(city)
        elif unit["key"] != "xn-zf":
            staff_unit(city, unit)
    staff_special(city)
    cross_appointments(city)
    missing = LEAD_UNITS - {unit["key"] for unit in units}
    if missing:
        raise SystemExit(f"units.csv lacks the lead units {sorted(missing)}")
    return city


def personas(city: City) -> Iterator[Sequence[str]]:
    for key, label, post, hint in PERSONAS:
        yield key, label, city.holder[post], post, hint


def write(folder: Path, table: str, columns: str, rows: Sequence[Sequence[str]]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns.split(","))
        writer.writerows(rows)


def main(folder: Path = DATA) -> None:
    with (DATA / "units.csv").open(encoding="utf-8", newline="") as file:
        city = build(list(csv.DictReader(file)))
    write(folder, "divisions", "key,unit,name,rank", city.divisions)
    write(folder, "posts", "key,unit,division,title,role,rank,field_of_work", city.posts)
    write(folder, "people", "staff_number,name,phone,kind", city.people)
    write(folder, "appointments", "staff_number,post,kind,is_primary,valid_from,valid_to", city.appointments)
    write(folder, "relations", "unit,kind,post,field_of_work,for_post", city.relations)
    write(folder, "personas", "key,label,staff_number,post,hint", list(personas(city)))


if __name__ == "__main__":
    main()
