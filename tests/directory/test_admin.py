"""Accounts, posts, appointments: what administrators do, and what they must not."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections

from common import clock, events
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError, SignedOutError
from common.store.models import AuditEntry, Timer
from directory import tasks
from directory.errors import EditedMeanwhileError
from directory.events import DirectoryChanged, RightsChanged
from directory.services import accounts, appointments, devices, posts, rights
from directory.store.models import Appointment, Post, Staff
from tests.directory.conftest import PASSWORD


@pytest.fixture
def heard():
    """RightsChanged as upper floors hear it: a list of tuples of people."""
    kept: list[tuple[int, ...]] = []

    def keep(event: RightsChanged) -> None:
        kept.append(event.staff_ids)

    events.subscribe(RightsChanged, keep)
    yield kept
    events._subscribers[RightsChanged].remove(keep)


def test_an_account_from_creation_to_the_first_own_password(people, as_person, caller):
    admin = as_person(people.admin)
    made = admin.post("/admin/people", {"staff_number": "N7", "name": " 单  田芳 ", "phone": "139 0715 0001"})
    assert made.status_code == 201
    account, password = made.json()["account"], made.json()["password"]
    assert (account["staff_number"], account["name"], account["pinyin"]) == (
        "n7",
        "单 田芳",
        "shan tian fang",
    )
    assert account["phone"] == "139****0001"
    person = caller().sign_in("n7", password)
    assert person.get("/session").json()["must_change_password"]
    assert person.post("/session/password", {"old": password, "new": "Lotus-bridge-9"}).status_code == 204
    entry = AuditEntry.objects.get(verb="account.create")
    assert (entry.staff_number, entry.post_title, entry.subject_id) == ("a1", "系统管理员", "n7")
    assert password not in str(AuditEntry.objects.values_list("old", "new"))


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"staff_number": "h1", "name": "重号"}, 409, "staff_number"),
        ({"staff_number": "工号", "name": "某人"}, 400, "staff_number"),
        ({"staff_number": "n8", "name": "  "}, 400, "name"),
        ({"staff_number": "n8", "name": "某人", "phone": "打我电话"}, 400, "phone"),
    ],
)
def test_accounts_that_cannot_be(people, as_person, body, status, field):
    answer = as_person(people.admin).post("/admin/people", body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


def test_editing_needs_the_version_that_was_seen(people, as_person):
    first, second = as_person(people.admin), as_person(people.second_admin)
    seen = first.get("/admin/people?q=h1").json()["items"][0]
    path = "/admin/people/@h1:tongzhou.localhost"
    changed = first.patch(path, {"version": seen["version"], "name": "曾清远"})
    assert (changed.json()["name"], changed.json()["pinyin"]) == ("曾清远", "zeng qing yuan")
    late = second.patch(path, {"version": seen["version"], "phone": "13900000000"})
    assert (late.status_code, late.json()["code"]) == (409, "edited_meanwhile")
    own_reading = second.patch(
        path, {"version": changed.json()["version"], "pinyin": "Ceng  Qing Yuan"}
    ).json()
    assert own_reading["pinyin"] == "ceng qing yuan"
    assert Staff.objects.get(staff_number="h1").initials == "cqy"
    again = second.patch(path, {"version": own_reading["version"], "pinyin": ""}).json()
    assert again["pinyin"] == "zeng qing yuan"
    entry = AuditEntry.objects.filter(verb="account.edit").earliest("pk")
    assert (entry.old, entry.new) == ({"name": "单清远"}, {"name": "曾清远"})


def test_locking_signs_out_everywhere_and_unlocking_lets_in(people, as_person, caller, heard):
    person, admin = as_person(people.head), as_person(people.admin)
    assert admin.post("/admin/people/h1/lock", {}).json()["locked_until"].startswith("9999")
    assert person.get("/session").status_code == 401
    refused = caller().post("/session", {"staff_number": "h1", "password": PASSWORD})
    assert refused.json()["code"] == "account_locked"
    assert heard == [(people.head.staff_id,)]
    admin.post("/admin/people/h1/unlock")
    caller().sign_in("h1")
    past = admin.post("/admin/people/h1/lock", {"until": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["field"]) == (400, "until")


def test_a_reset_signs_out_and_must_be_changed(people, as_person, caller):
    person, admin = as_person(people.head), as_person(people.admin)
    for _ in range(6):
        caller().post("/session", {"staff_number": "h1", "password": "forgotten"})
    password = admin.post("/admin/people/h1/reset-password").json()["password"]
    assert person.get("/session").status_code == 401
    assert caller().sign_in("h1", password).get("/session").json()["must_change_password"]


def test_who_may_manage_accounts(people, city, appoint, as_person):
    county = appoint("e1", "县数专员", city.county, "digital_officer")
    for held, expected in ((people.digital, 200), (county, 403), (people.head, 403), (people.admin, 200)):
        answer = as_person(held).post("/admin/people/l1/reset-password")
        assert answer.status_code == expected, held.staff.name
    assert as_person(people.head).get("/admin/people").status_code == 403
    listed = as_person(people.digital).get("/admin/people").json()["items"]
    assert {each["staff_number"] for each in listed} == {"a1", "a2", "d1", "h1", "l1"}


def test_administrators_accounts_are_for_system_administrators(people, acting):
    """A digital officer who could reset the administrator's password would be one."""
    with pytest.raises(ForbiddenError, match="系统管理员"):
        accounts.reset_password(actor=acting(people.digital), staff_number="a1")
    assert accounts.reset_password(actor=acting(people.second_admin), staff_number="a1").password
    with pytest.raises(ForbiddenError):
        accounts.lock(actor=acting(people.admin), staff_number="a1")


def test_the_digital_officer_of_a_concurrent_post_is_not_in_charge(people, city, appoint, acting):
    mayor = appoint("m1", "副市长", city.government, "leader", "副市长")
    appoint("m1", "副市长", city.data, "member", "兼职", is_primary=False)
    with pytest.raises(ForbiddenError):
        accounts.reset_password(actor=acting(people.digital), staff_number=mayor.staff.staff_number)


def test_closing_an_account(people, acting):
    admin = acting(people.admin)
    entered = devices.sign_in(staff_number="h1", password=PASSWORD, kind="web")
    accounts.edit(actor=admin, staff_number="h1", version=1, changes={"is_active": False})
    with pytest.raises(SignedOutError):
        devices.actor_for_secret(entered.secret, "web")
    with pytest.raises(ForbiddenError):
        accounts.edit(actor=admin, staff_number="a1", version=1, changes={"is_active": False})
    with pytest.raises(NotFoundError):
        accounts.edit(actor=admin, staff_number="nobody", version=1, changes={})


def test_posts(people, city, as_person):
    admin = as_person(people.admin)
    made = admin.post(
        "/admin/posts", {"unit_id": str(city.water.pk), "title": "科长", "role": "handler"}
    ).json()
    assert (made["unit_name"], made["role"], made["holders"]) == (city.water.name, "handler", [])
    path = f"/admin/posts/{made['id']}"
    assert admin.patch(path, {"version": 1, "title": "一级主任科员", "rank": 5}).json()["version"] == 2
    assert admin.patch(path, {"version": 1, "title": "x"}).json()["code"] == "edited_meanwhile"
    assert admin.patch(path, {"version": 2, "role": "emperor"}).json()["field"] == "role"
    assert admin.patch(f"/admin/posts/{uuid4()}", {"version": 1}).status_code == 404
    listed = admin.get(f"/admin/posts?unit={city.water.pk}").json()["items"]
    assert [(each["title"], each["holders"]) for each in listed] == [
        ("一级主任科员", []),
        ("局长", ["解若水"]),
    ]


def test_a_digital_officer_makes_posts_in_the_own_unit_but_no_administrators(people, city, acting):
    officer = acting(people.digital)
    assert posts.create(actor=officer, unit_id=city.data.pk, title="经办人", role="handler")
    for unit, role in ((city.water, "handler"), (city.data, "system_admin"), (city.data, "audit_admin")):
        with pytest.raises(ForbiddenError):
            posts.create(actor=officer, unit_id=unit.pk, title="岗位", role=role)
    with pytest.raises(ForbiddenError):
        posts.edit(actor=officer, post_id=people.liaison.post_id, version=1, changes={"role": "system_admin"})


def test_hand_over_takes_the_post_from_the_former_holder_at_once(
    people, city, as_person, caller, heard, today
):
    former, admin = as_person(people.head), as_person(people.admin)
    assert former.get("/session").json()["roles"] == ["head"]
    body = {"user_id": "@l1:tongzhou.localhost", "post_id": str(people.head.post_id), "hand_over": True}
    made = admin.post("/admin/appointments", {**body, "is_primary": True})
    assert made.status_code == 201
    assert made.json()["valid_from"] == today.isoformat()
    me = former.get("/session").json()
    assert (me["appointments"], me["acting"], me["verbs"]) == ([], None, [])
    refused = former.post("/directory/people/l1/reveal-phone")
    assert refused.status_code in (403, 404)
    successor = caller().sign_in("l1").get("/session").json()
    assert [each["post_title"] for each in successor["appointments"]] == ["局长", "联络员"]
    assert set(heard[-1]) == {people.head.staff_id, people.liaison.staff_id}
    assert AuditEntry.objects.filter(verb="appointment.end", staff_number="a1").count() == 1


def test_a_hand_over_of_next_month_changes_nothing_today(people, acting, today, heard):
    start = today + timedelta(days=30)
    appointments.appoint(
        actor=acting(people.admin),
        staff_number="l1",
        post_id=people.head.post_id,
        valid_from=start,
        hand_over=True,
        is_primary=True,
    )
    assert rights.may(acting("h1"), "item.sign_for")
    assert acting("l1").post_role == "liaison"
    assert Timer.objects.get(key=f"directory.rights:{start}").task == "directory.announce_rights"
    heard.clear()
    with clock.travel(clock.now() + timedelta(days=31)):
        assert acting("l1").post_role == "head"
        assert acting("h1").post_role == ""
        tasks.announce_rights(start.isoformat())
    assert heard == [(people.head.staff_id, people.liaison.staff_id)]


def test_acting_for_somebody_on_leave_ends_by_itself(people, acting, today):
    """AB角: an appointment of kind acting on the other's post, beside the own one."""
    made = appointments.appoint(
        actor=acting(people.admin),
        staff_number="l1",
        post_id=people.head.post_id,
        kind="acting",
        valid_to=today + timedelta(days=7),
    )
    assert not made.is_primary
    assert acting(made).post_role == "head"
    assert acting("h1").post_role == "head"
    with clock.travel(clock.now() + timedelta(days=8)):
        assert [
            each.post.role for each in Appointment.objects.filter(staff__staff_number="l1", valid_to=None)
        ]
        assert acting("l1").post_role == "liaison"


def test_ending_an_appointment(people, as_person, today):
    admin, person = as_person(people.admin), as_person(people.head)
    path = f"/admin/appointments/{people.head.pk}"
    assert admin.patch(path, {"version": 1, "valid_to": "2019-01-01"}).json()["field"] == "valid_to"
    ended = admin.patch(path, {"version": 1, "valid_to": today.isoformat()})
    assert ended.json()["valid_to"] == today.isoformat()
    assert person.get("/session").json()["verbs"] == []
    assert admin.patch(path, {"version": 1, "valid_to": None}).json()["code"] == "edited_meanwhile"
    assert admin.patch(path, {"version": 2, "valid_to": None}).json()["valid_to"] is None
    assert person.get("/session").json()["roles"] == ["head"]
    listed = admin.get("/admin/appointments?user_id=h1").json()["items"]
    assert [each["version"] for each in listed] == [3]


def test_one_primary_post(people, city, acting, today):
    post = Post.objects.create(code="x", unit=city.water, title="顾问", role="member")
    made = appointments.appoint(
        actor=acting(people.admin), staff_number="h1", post_id=post.pk, is_primary=True, kind="concurrent"
    )
    held = Appointment.objects.filter(staff__staff_number="h1", is_primary=True)
    assert [each.pk for each in held] == [made.pk]
    assert acting("h1").post_title == "顾问"


def test_appointments_that_cannot_be(people, city, acting, today):
    admin = acting(people.admin)

    def appoint(number, post, **more):
        return appointments.appoint(actor=admin, staff_number=number, post_id=post.pk, **more)

    water = Post.objects.create(code="x", unit=city.water, title="顾问", role="member")
    audit = Post.objects.create(code="y", unit=city.data, title="审计管理员", role="audit_admin")
    with pytest.raises(BadInputError, match="不同人员"):
        appoint("a2", audit)
    appoint("l1", audit)
    with pytest.raises(BadInputError, match="审计管理员"):
        appoint("l1", people.admin.post)
    with pytest.raises(ForbiddenError, match="本人"):
        appoint("a1", water)
    with pytest.raises(BadInputError, match="早于"):
        appoint("h1", water, valid_to=today - timedelta(days=1))
    appoint("h1", water)
    with pytest.raises(ConflictError):
        appoint("h1", water)
    with pytest.raises(NotFoundError):
        appoint("nobody", water)
    city.water.valid_to = today
    city.water.save()
    with pytest.raises(BadInputError, match="撤销"):
        appoint("l1", water)


def test_a_digital_officer_appoints_in_the_own_unit_only(people, city, acting):
    officer = acting(people.digital)
    water = Post.objects.create(code="x", unit=city.water, title="顾问", role="member")
    own = Post.objects.create(code="y", unit=city.data, title="经办人", role="handler")
    assert appointments.appoint(actor=officer, staff_number="l1", post_id=own.pk)
    for post in (water, people.admin.post):
        with pytest.raises(ForbiddenError):
            appointments.appoint(actor=officer, staff_number="l1", post_id=post.pk)


def test_a_post_cannot_become_a_second_administrators_post(people, city, acting):
    people.second_admin.post.refresh_from_db()
    other = Post.objects.create(code="y", unit=city.data, title="安全员", role="member")
    Appointment.objects.create(staff=people.second_admin.staff, post=other)
    with pytest.raises(BadInputError, match="不同人员"):
        posts.edit(
            actor=acting(people.admin), post_id=other.pk, version=1, changes={"role": "security_admin"}
        )


def test_lists_cost_the_same_for_one_and_for_many(
    people, city, appoint, as_person, django_assert_num_queries
):
    admin = as_person(people.admin)
    for n in range(30):
        appoint(f"z{n}", f"人{n}", city.water, "member")
    admin.get("/admin/people")
    for path, queries in (("/admin/people?limit=20", 3), ("/admin/posts", 3), ("/admin/appointments", 2)):
        with django_assert_num_queries(queries):
            answer = admin.get(path).json()
        assert len(answer["items"]) >= 20
    page = admin.get("/admin/people?limit=20").json()
    rest = admin.get(f"/admin/people?limit=200&cursor={page['next']}").json()
    numbers = [each["staff_number"] for each in page["items"] + rest["items"]]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 39
    assert rest["next"] is None
    assert admin.get("/admin/people?cursor=x").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_two_administrators_save_at_the_same_time(people, acting):
    """One wins, the other is told; nothing is overwritten."""
    actors = [acting(people.admin), acting(people.second_admin)]
    start, outcomes = threading.Barrier(2), []

    def save(actor, name):
        try:
            start.wait()
            accounts.edit(actor=actor, staff_number="h1", version=1, changes={"name": name})
            outcomes.append(name)
        except EditedMeanwhileError:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=save, args=(actor, name))
        for actor, name in zip(actors, ("甲", "乙"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    staff = Staff.objects.get(staff_number="h1")
    assert sorted(outcomes) == sorted(["told", staff.name])
    assert staff.version == 2


@pytest.mark.django_db(transaction=True)
def test_hand_overs_that_cross_end(people, acting, today):
    """Two people swap their posts at the same moment; nobody waits for ever, each post has one holder."""
    actors = [acting(people.admin), acting(people.second_admin)]
    start = threading.Barrier(2)

    def swap(actor, number, post_id):
        try:
            start.wait()
            appointments.appoint(
                actor=actor, staff_number=number, post_id=post_id, hand_over=True, is_primary=True
            )
        finally:
            connections.close_all()

    moves = [(actors[0], "l1", people.head.post_id), (actors[1], "h1", people.liaison.post_id)]
    threads = [threading.Thread(target=swap, args=move) for move in moves]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert acting("l1").post_role == "head"
    assert acting("h1").post_role == "liaison"


def test_every_change_tells_that_caches_are_stale(people, acting):
    kept: list[DirectoryChanged] = []
    events.subscribe(DirectoryChanged, kept.append)
    try:
        posts.edit(
            actor=acting(people.admin), post_id=people.head.post_id, version=1, changes={"title": "主任"}
        )
    finally:
        events._subscribers[DirectoryChanged].remove(kept.append)
    assert kept
