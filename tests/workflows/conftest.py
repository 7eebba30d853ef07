"""The thirteen lead units of the sample list, a city leader, the office of the task force, and an outsider.

Everything happens on Wednesday 1 July 2026, 10:00 in Shanghai, unless a test travels.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from common import clock, events
from directory.actors import Actor
from directory.services.acting import actor_of
from directory.store.models import Appointment, Level, Post, Region, Staff, Unit
from workflows import events as told
from workflows.rules.working_days import SHANGHAI
from workflows.services import acts, imports, items, registering, taskforces
from workflows.services.items import NewItem

SAMPLE = (Path(__file__).parents[2] / "demo" / "data" / "xianning_projects.csv").read_bytes()
START = datetime(2026, 7, 1, 10, 0, tzinfo=SHANGHAI)
END = date(2027, 6, 30)
UNITS = {
    "data": ("咸宁市政务服务和大数据管理局", "市政务和大数据局"),
    "land": ("咸宁市自然资源和规划局", "市自然资源和规划局"),
    "farm": ("咸宁市农业农村局", "市农业农村局"),
    "hospital": ("咸宁市中心医院", "市中心医院"),
    "invest": ("咸宁市招商和投资促进局", "市招商局"),
    "tourism": ("咸宁市文化和旅游局", "市文化和旅游局"),
    "civil": ("咸宁市民政局", "市民政局"),
    "health": ("咸宁市卫生健康委员会", "市卫健委"),
    "ecology": ("咸宁市生态环境局", "市生态环境局"),
    "finance": ("咸宁市地方金融工作局", "市地方金融工作局"),
    "housing": ("咸宁市住房和城乡建设局", "市住建局"),
    "transport": ("咸宁市交通运输局", "市交通运输局"),
    "daily": ("咸宁日报社", "咸宁日报社"),
}


@pytest.fixture(autouse=True)
def _no_memory():
    """What a process remembers does not outlive a test."""
    from directory.services import lookup, tree
    from workflows.services import calendar

    for cache in (lookup, tree, calendar):
        cache.drop()


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def later() -> Callable[..., AbstractContextManager[None]]:
    """`with later(days=3):` or `with later(on="2026-07-20T09:00"):`"""

    def travel(on: str = "", **delta: int) -> AbstractContextManager[None]:
        moment = datetime.fromisoformat(on).replace(tzinfo=SHANGHAI) if on else START
        return clock.travel(moment + timedelta(**delta))

    return travel


@pytest.fixture
def appoint(db):
    """One person in a new post: `appoint(number, name, unit, role, title)`."""

    def make(*person) -> Appointment:
        return _appoint([person])[0]

    return make


def _appoint(people) -> list[Appointment]:
    """Rows are (staff number, name, unit, role, title); three inserts for all."""
    staff = Staff.objects.bulk_create(
        Staff(staff_number=number, name=name, password="!") for number, name, *_ in people
    )
    posts = Post.objects.bulk_create(
        Post(code=f"{unit.code}.{number}", unit=unit, role=role, title=title)
        for number, _, unit, role, title in people
    )
    return Appointment.objects.bulk_create(
        Appointment(staff=person, post=post, is_primary=True, valid_from=date(2020, 1, 1))
        for person, post in zip(staff, posts, strict=True)
    )


@pytest.fixture
def city(db):
    """Units by short word. Staff numbers are `<word>_<role>`, such as civil_liaison."""
    Region.objects.create(code="421200", name="咸宁市", level=Level.PREFECTURE)
    common = {"level": Level.PREFECTURE, "region_id": "421200"}
    government = Unit.objects.create(code="gov", name="咸宁市人民政府", short_name="市政府", **common)
    names = [*UNITS.items(), ("outside", ("咸宁市体育局", "市体育局"))]
    made = Unit.objects.bulk_create(
        Unit(code=word, name=name, short_name=short, block_parent=government, rank=rank, **common)
        for rank, (word, (name, short)) in enumerate(names)
    )
    units = {unit.code: unit for unit in made}
    people = [
        ("leader", "贺临川", government, "leader", "副市长"),
        ("inspector", "方既白", government, "supervision_officer", "督查专员"),
        ("data_office", "周牧远", units["data"], "office", "办公室主任"),
        ("outside_head", "外单人", units["outside"], "head", "局长"),
    ]
    for word in UNITS:
        for role, title in (("head", "局长"), ("handler", "科员"), ("liaison", "联络员")):
            people.append((f"{word}_{role}", f"{UNITS[word][1][1:3]}{title[0]}", units[word], role, title))
    _appoint(people)
    return SimpleNamespace(government=government, units=units)


@pytest.fixture
def act(city) -> Callable[[str], Actor]:
    """The Actor of a staff number."""

    def become(number: str) -> Actor:
        actor = actor_of(number, "web")
        assert actor is not None
        return actor

    return become


@pytest.fixture
def force(city, act):
    """A running task force of all thirteen units, led by the city leader, its office in the data bureau."""
    return taskforces.check_found_taskforce(
        actor=act("leader"),
        name="数字政府建设专班",
        goal="三年建成19个数字政府项目",
        basis="咸政办发〔2026〕7号",
        unit_ids=[city.units[word].pk for word in UNITS],
        ends_on=END,
        office_unit_id=city.units["data"].pk,
    )


@pytest.fixture
def add(force, city, act):
    """Add one item, by default of the civil affairs bureau."""

    def make(title="咸宁市智慧社区服务平台", unit="civil", due_on=date(2026, 12, 31), **fields):
        new = NewItem(
            title=title, lead_unit_id=city.units[unit].pk, starts_on=date(2026, 7, 1), due_on=due_on, **fields
        )
        return registering.check_create_item(actor=act("leader"), taskforce_id=force.id, new=new).item

    return make


@pytest.fixture
def dispatched(add, force, act):
    item = add()
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=[item.id])
    return item


@pytest.fixture
def signed(dispatched, act):
    return acts.check_sign_for(actor=act("civil_liaison"), item_id=dispatched.id).item


@pytest.fixture
def imported(force, act):
    """The nineteen projects of the sample list as items."""
    batch = imports.check_upload(
        actor=act("leader"), taskforce_id=force.id, file_name="projects.csv", data=SAMPLE
    )
    return imports.check_apply(actor=act("leader"), batch_id=batch.id)


class Told(list[Any]):
    """Published events, in order."""

    def of(self, kind: type) -> list[Any]:
        return [event for event in self if type(event) is kind]


KINDS = (
    told.TaskForceFounded,
    told.ItemDispatched,
    told.ItemFromMessage,
    told.ItemChanged,
    told.ItemColourChanged,
    told.ExtensionAsked,
    told.ExtensionDecided,
    told.DigestDue,
    told.ReminderDue,
    told.SlipsHanded,
    told.ManualReminder,
)


@pytest.fixture
def heard(monkeypatch):
    """What this floor publishes during the test; nobody else listens."""
    found = Told()
    listening = defaultdict(list, {kind: [found.append] for kind in KINDS})
    monkeypatch.setattr(events, "_subscribers", listening)
    return found


@pytest.fixture
def call(city):
    """`call("leader").post("/taskforces", {...})`: a program at the REST door with this person's token."""

    class Caller:
        def __init__(self, number: str) -> None:
            from directory.services import devices

            staff = Staff.objects.get(staff_number=number)
            secret = devices.open_device(staff, kind="web", device_id=f"test-{number}").secret
            self.client, self.headers = Client(), {"Authorization": f"Bearer {secret}"}

        def get(self, path, **query):
            return self.client.get(f"/api/v1{path}", query, headers=self.headers)

        def post(self, path, body=None, key=None):
            headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
            return self.client.post(
                f"/api/v1{path}", body or {}, content_type="application/json", headers=headers
            )

        def patch(self, path, body):
            return self.client.patch(
                f"/api/v1{path}", body, content_type="application/json", headers=self.headers
            )

        def put(self, path, body):
            return self.client.put(
                f"/api/v1{path}", body, content_type="application/json", headers=self.headers
            )

        def delete(self, path):
            return self.client.delete(f"/api/v1{path}", headers=self.headers)

        def upload(self, path, data, name="projects.csv", **fields):
            from django.core.files.uploadedfile import SimpleUploadedFile

            file = SimpleUploadedFile(name, data, "text/csv")
            return self.client.post(f"/api/v1{path}", {"file": file, **fields}, headers=self.headers)

    return Caller
