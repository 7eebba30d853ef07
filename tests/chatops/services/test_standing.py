"""Rooms that follow the directory: founding, appointments that begin and end, owners who hand their post over."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from chatops import tasks
from chatops.services import membership, room_settings, rooms, standing
from chatops.store import rooms as store
from chatops.store.models import Room
from common import clock, timers
from common.errors import ConflictError, ForbiddenError
from directory.models import PostRole
from directory.services import appointments
from directory.store.models import Appointment, Post
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def below(unit):
    return make_unit("市水文站", parent=unit)


@pytest.fixture
def admin():
    return make_person("系统管理员", unit=make_unit("市大数据中心"), role=PostRole.SYSTEM_ADMIN)


def joined(room):
    return store.joined_ids(room.pk)


def run_jobs():
    """What the worker would do."""
    waiting = ProcrastinateJob.objects.filter(task_name="chatops.follow_directory", status="todo")
    assert waiting.exists()
    for job in waiting:
        tasks.follow_directory(**job.args)
    waiting._raw_delete(waiting.db)


def appoint(admin, person, post, **more):
    return appointments.appoint(actor=admin.actor(), staff_number=person.number, post_id=post.pk, **more)


def test_the_office_founds_the_one_group_of_its_unit(owner, member, unit, below):
    inside = make_person("站长", unit=below)
    [offer] = standing.foundable(owner.actor())
    assert (offer["room"], offer["count"], offer["count_below"]) == (None, 2, 3)
    assert standing.foundable(member.actor()) == []
    with pytest.raises(ForbiddenError):
        standing.found(actor=member.actor(), unit_id=unit.pk)
    with pytest.raises(ForbiddenError):
        standing.found(actor=owner.actor(), unit_id=below.pk)
    room = standing.found(actor=owner.actor(), unit_id=unit.pk, subtree=True)
    assert joined(room) == {owner.pk, member.pk, inside.pk}
    assert Room.objects.get(pk=room.pk).name == "市水利和湖泊局"
    with pytest.raises(ConflictError):
        standing.found(actor=owner.actor(), unit_id=unit.pk)


def test_a_rule_can_name_post_roles(owner, unit):
    head = make_person("局长", unit=unit, role=PostRole.HEAD)
    make_person("科员", unit=unit)
    room = standing.found(actor=owner.actor(), unit_id=unit.pk, roles=[PostRole.HEAD])
    assert joined(room) == {owner.pk, head.pk}


def test_membership_follows_appointments_and_people_added_by_hand_stay(owner, member, unit, admin):
    room = standing.found(actor=owner.actor(), unit_id=unit.pk)
    guest = make_person("气象局联络员", unit=make_unit("市气象局"))
    newcomer = make_person("新来的", unit=None)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[guest.pk])
    post = Post.objects.create(unit=unit, title="副科长", role=PostRole.MEMBER, rank=9)
    made = appoint(admin, newcomer, post)
    run_jobs()
    assert joined(room) == {owner.pk, member.pk, guest.pk, newcomer.pk}
    appointments.edit(
        actor=admin.actor(), appointment_id=made.pk, version=made.version, changes={"valid_to": clock.today()}
    )
    run_jobs()
    assert joined(room) == {owner.pk, member.pk, guest.pk}


def test_appointments_begin_and_end_by_their_dates(owner, member, unit, admin):
    room = standing.found(actor=owner.actor(), unit_id=unit.pk)
    later = make_person("下月到任", unit=None)
    post = Post.objects.create(unit=unit, title="副科长", role=PostRole.MEMBER, rank=9)
    begins = clock.today() + timedelta(days=10)
    appoint(admin, later, post, valid_from=begins, valid_to=begins + timedelta(days=5))
    run_jobs()
    assert later.pk not in joined(room)
    for days, expected in ((10, True), (15, False)):
        with clock.travel(clock.now() + timedelta(days=days)):
            timers.tick()
            appointments.announce(clock.today())
            run_jobs()
            assert (later.pk in joined(room)) is expected


def test_nobody_leaves_or_is_put_out_of_a_unit_group_by_hand(owner, member, unit):
    room = standing.found(actor=owner.actor(), unit_id=unit.pk)
    with pytest.raises(ConflictError):
        membership.leave(actor=member.actor(), room_id=room.room_id)
    with pytest.raises(ConflictError):
        membership.remove_member(actor=owner.actor(), room_id=room.room_id, staff_number=member.number)
    view = rooms.access_room(member.actor(), room.room_id)
    assert not rooms.describe(member.actor(), view)["abilities"]["leave"]


def test_the_nightly_pass_mends_what_was_missed_and_comes_again(owner, member, unit):
    room = standing.found(actor=owner.actor(), unit_id=unit.pk)
    Appointment.objects.filter(staff_id=member.pk).update(valid_to=clock.today())
    make_person("漏掉的", unit=unit)
    standing.follow_nightly()
    assert member.pk not in joined(room)
    assert len(joined(room)) == 2
    standing.follow_nightly()
    assert len(joined(room)) == 2


def test_the_new_holder_of_the_post_owns_its_rooms(owner, member, outsider, unit, admin):
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])
    heir = make_person("接任者", unit=unit)
    appoint(admin, heir, owner.post, hand_over=True)
    run_jobs()
    assert store.ids_at_level(room.pk, 100) == [heir.pk]
    assert joined(room) == {member.pk, heir.pk}  # who held it has no post left in the unit
    content = store.state_content(room.pk, "m.room.power_levels") or {}
    assert content["users"] == {heir.user_id: 100}
    assert standing.follow_owners() == 0


def test_who_moves_within_the_unit_stays_in_the_room(owner, member, unit, admin):
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])
    elsewhere = Post.objects.create(unit=unit, title="一级主任科员", role=PostRole.MEMBER, rank=5)
    appoint(admin, owner, elsewhere)
    appoint(admin, member, owner.post, hand_over=True)
    run_jobs()
    assert store.ids_at_level(room.pk, 100) == [member.pk]
    assert joined(room) == {owner.pk, member.pk}


def test_a_vacant_post_leaves_its_rooms_to_the_next_holder(owner, member, unit, admin):
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])
    held = Appointment.objects.get(staff_id=owner.pk)
    appointments.edit(
        actor=admin.actor(), appointment_id=held.pk, version=held.version, changes={"valid_to": clock.today()}
    )
    run_jobs()
    assert store.ids_at_level(room.pk, 100) == []
    assert joined(room) == {member.pk}
    heir = make_person("接任者", unit=None)
    appoint(admin, heir, owner.post)
    run_jobs()
    assert store.ids_at_level(room.pk, 100) == [heir.pk]


def test_a_room_handed_over_goes_with_the_new_owners_post(owner, member, unit, admin):
    room = rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk])
    room_settings.hand_over(actor=owner.actor(), room_id=room.room_id, staff_number=member.number)
    heir = make_person("接任者", unit=unit)
    appoint(admin, heir, owner.post, hand_over=True)
    run_jobs()
    assert store.ids_at_level(room.pk, 100) == [member.pk]
