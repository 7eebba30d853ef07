"""A small city: two bureaus under a government, a county with a line bureau, a neighbour city, a province."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client

from common import clock
from directory.actors import Actor
from directory.services import devices
from directory.store.models import Appointment, Level, Post, Region, Staff, Unit

PASSWORD = "Lake-and-river-88"


@pytest.fixture(autouse=True)
def _fast_hashes(settings):
    """Argon2 costs 50 ms on purpose; its own test turns it on again."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]


@pytest.fixture(autouse=True)
def _no_memory():
    """What a process remembers does not outlive a test."""
    from directory.services import lookup, tree

    tree.drop()
    lookup.drop()
    devices._touched.clear()


@pytest.fixture
def make_unit(db):
    def make(code, name, short="", *, level=Level.PREFECTURE, region="421200", **fields):
        return Unit.objects.create(
            code=code, name=name, short_name=short, level=level, region_id=region, **fields
        )

    return make


@pytest.fixture
def city(db, make_unit):
    """Units by attribute."""
    for code, name, level, parent in (
        ("420000", "湖北省", Level.PROVINCE, None),
        ("421200", "咸宁市", Level.PREFECTURE, "420000"),
        ("421202", "咸安区", Level.COUNTY, "421200"),
        ("421202001", "温泉街道", Level.TOWNSHIP, "421202"),
        ("421281", "赤壁市", Level.COUNTY, "421200"),
        ("420100", "武汉市", Level.PREFECTURE, "420000"),
    ):
        Region.objects.create(code=code, name=name, level=level, parent_id=parent)
    province = make_unit("hb", "湖北省水利厅", "省水利厅", level=Level.PROVINCE, region="420000", rank=1)
    government = make_unit("zf", "咸宁市人民政府", "市政府", rank=100)
    data = make_unit(
        "zsj", "咸宁市政务服务和大数据管理局", "市政务和大数据局", rank=200, block_parent=government
    )
    water = make_unit(
        "slj", "咸宁市水利和湖泊局", "市水利和湖泊局", rank=210, block_parent=government, line_parent=province
    )
    county = make_unit(
        "xa",
        "咸宁市咸安区人民政府",
        "咸安区政府",
        level=Level.COUNTY,
        region="421202",
        rank=300,
        block_parent=government,
    )
    county_water = make_unit(
        "xaslj",
        "咸宁市咸安区水利和湖泊局",
        "咸安区水利和湖泊局",
        level=Level.COUNTY,
        region="421202",
        rank=310,
        block_parent=county,
        line_parent=water,
    )
    wuhan = make_unit("wh", "武汉市水务局", "", region="420100", rank=900)
    return SimpleNamespace(
        province=province,
        government=government,
        data=data,
        water=water,
        county=county,
        county_water=county_water,
        wuhan=wuhan,
    )


@pytest.fixture
def appoint(db):
    """A person in a new post; the primary one unless said otherwise."""

    def make(number, name, unit, role, title="", *, is_primary=True, valid_from=date(2020, 1, 1), **fields):
        from directory.services import pinyin

        staff = Staff.objects.filter(staff_number=number).first()
        if staff is None:
            spelt = pinyin.spell(name)
            staff = Staff.objects.create_staff(
                number,
                name,
                password=PASSWORD,
                pinyin=spelt,
                initials=pinyin.initials(spelt),
                phone=fields.pop("phone", "13907155508"),
            )
        count = Post.objects.filter(unit=unit).count()
        post = fields.pop("post", None) or Post.objects.create(
            code=f"{unit.code}.{role}{count}",
            unit=unit,
            role=role,
            title=title or role,
            rank=10 * (count + 1),
        )
        return Appointment.objects.create(
            staff=staff, post=post, is_primary=is_primary, valid_from=valid_from, **fields
        )

    return make


@pytest.fixture
def acting():
    """The Actor that a person is who signs in now."""

    def become(appointment: Appointment | str, door="web") -> Actor:
        number = appointment if isinstance(appointment, str) else appointment.staff.staff_number
        staff = Staff.objects.get(staff_number=number)
        entered = devices.open_device(staff, kind="web", device_id="test")
        chosen = None if isinstance(appointment, str) else appointment.pk
        return devices.actor_for_secret(entered.secret, door, chosen)

    return become


@pytest.fixture
def people(city, appoint):
    """Named appointments of the small city."""
    return SimpleNamespace(
        admin=appoint("a1", "管理员", city.data, "system_admin", "系统管理员"),
        second_admin=appoint("a2", "管理员二", city.data, "system_admin", "系统管理员"),
        digital=appoint("d1", "数专员", city.data, "digital_officer", "数字化转型专员"),
        head=appoint("h1", "单清远", city.data, "head", "局长"),
        liaison=appoint("l1", "曾知秋", city.data, "liaison", "联络员"),
        water_head=appoint("w1", "解若水", city.water, "head", "局长"),
        county_head=appoint("c1", "钟景行", city.county, "head", "区长"),
        wuhan=appoint("x1", "外市人", city.wuhan, "member", "科员"),
        province=appoint("p1", "省厅人", city.province, "member", "处员"),
    )


@pytest.fixture
def today():
    return clock.today()


class Caller:
    """A browser at the REST door: keeps its cookie and sends the CSRF token as the web client does."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.get("/session")

    def _headers(self, headers):
        token = self.client.cookies.get("csrftoken")
        return {"X-CSRFToken": token.value if token else "", **(headers or {})}

    def get(self, path, headers=None):
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def send(self, method, path, body=None, headers=None):
        call = getattr(self.client, method)
        return call(
            f"/api/v1{path}", body or {}, content_type="application/json", headers=self._headers(headers)
        )

    def post(self, path, body=None, headers=None):
        return self.send("post", path, body, headers)

    def patch(self, path, body=None, headers=None):
        return self.send("patch", path, body, headers)

    def delete(self, path, headers=None):
        return self.send("delete", path, None, headers)

    def sign_in(self, number, password=PASSWORD):
        answer = self.post("/session", {"staff_number": number, "password": password})
        assert answer.status_code == 200, answer.content.decode()
        return self


@pytest.fixture
def caller(db):
    return Caller


@pytest.fixture
def as_person(caller):
    """A browser signed in as that person."""

    def enter(appointment):
        return caller().sign_in(appointment.staff.staff_number)

    return enter
