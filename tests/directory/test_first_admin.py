"""Day one of an empty installation."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from common import clock
from common.errors import BadInputError
from directory.services import first_admin
from directory.store.models import Post, Staff, Unit

NEW = {"staff_number": "Root1", "name": "首位管理员", "password": "Lotus-bridge-9"}


def printed_link():
    out = StringIO()
    call_command("first-admin", stdout=out)
    return out.getvalue().splitlines()[0]


def test_the_link_makes_one_administrator_in_an_empty_house(db, caller, settings):
    link = printed_link()
    address, _, token = link.partition("#")
    assert address == f"{settings.PUBLIC_URL}/first-admin"
    browser = caller()
    made = browser.post("/session/first-admin", {**NEW, "token": token})
    assert made.status_code == 200, made.content
    assert (made.json()["staff_number"], made.json()["roles"]) == ("root1", ["system_admin"])
    assert "account.manage" in browser.get("/session").json()["verbs"]
    assert Unit.objects.count() == Post.objects.count() == 1
    again = caller().post("/session/first-admin", {**NEW, "staff_number": "root2", "token": token})
    assert (again.status_code, again.json()["code"]) == (404, "link_spent")
    with pytest.raises(CommandError, match="已有可登录的系统管理员"):
        call_command("first-admin")


def test_a_refused_form_leaves_the_link_good(db, caller):
    token = printed_link().partition("#")[2]
    browser = caller()
    for wrong in ({"password": "12345678"}, {"staff_number": "工号"}, {"name": " "}):
        assert browser.post("/session/first-admin", {**NEW, **wrong, "token": token}).status_code == 400
    assert not Staff.objects.exists()
    assert browser.post("/session/first-admin", {**NEW, "token": token}).status_code == 200


def test_links_expire_and_a_new_one_replaces_the_old(db, caller):
    old = printed_link().partition("#")[2]
    new = printed_link().partition("#")[2]
    assert caller().post("/session/first-admin", {**NEW, "token": old}).status_code == 404
    with clock.travel(clock.now() + timedelta(hours=25)), pytest.raises(first_admin.LinkSpentError):
        first_admin.create(token=new, **NEW)
    assert first_admin.create(token=new, **NEW).secret


def test_a_link_is_worth_nothing_once_there_is_an_administrator(db, people):
    with pytest.raises(first_admin.AdminExistsError):
        first_admin.make_link()
    people.admin.staff.set_unusable_password()
    people.admin.staff.save()
    people.second_admin.delete()
    link, _ = first_admin.make_link()
    people.admin.staff.set_password("Lotus-bridge-9")
    people.admin.staff.save()
    with pytest.raises(first_admin.AdminExistsError):
        first_admin.create(token=link.partition("#")[2], **NEW)


def test_in_a_city_that_has_its_post_it_is_that_post(db, people, city):
    people.second_admin.delete()
    people.admin.delete()
    link, _ = first_admin.make_link()
    entered = first_admin.create(token=link.partition("#")[2], **NEW)
    held = entered.staff.appointments.get()
    assert held.post.unit == city.data
    Staff.objects.create_staff("bot1", "机器人", kind="bot")


def test_not_with_the_number_of_a_bot(db):
    Staff.objects.create_staff("root1", "机器人", kind="bot")
    link, _ = first_admin.make_link()
    with pytest.raises(BadInputError):
        first_admin.create(token=link.partition("#")[2], **NEW)
