from datetime import date
from typing import Any

import pytest

from chatops.services.admission import SecrecyRefusedError
from chatops.store.models import Membership, Room
from common.errors import BadInputError, ForbiddenError, NotFoundError
from common.models import AuditEntry, Timer
from directory.store.models import Appointment
from workflows.events import TaskForceFounded
from workflows.models import TaskForce
from workflows.services import acts, items, taskforces


@pytest.fixture
def found(city, act):
    def make(by="leader", **changes):
        body: dict[str, Any] = {
            "name": "区划地名专班",
            "goal": "完成地名普查",
            "basis": "咸政办发〔2026〕9号",
            "unit_ids": [city.units["civil"].pk, city.units["land"].pk],
            "ends_on": date(2026, 12, 31),
        }
        return taskforces.check_found_taskforce(actor=act(by), **(body | changes))

    return make


def test_founding_makes_the_room_with_lead_office_and_liaisons(city, found, heard):
    force = found(office_unit_id=city.units["data"].pk)
    room = Room.objects.get(room_id=force.room_id)
    numbers = set(
        Membership.objects.filter(room=room, membership="join").values_list("staff__staff_number", flat=True)
    )
    assert numbers == {"leader", "data_office", "civil_liaison", "land_liaison"}
    assert (room.kind, room.name, room.ends_on) == ("taskforce", "区划地名专班", date(2026, 12, 31))
    assert force.state == "running"
    assert heard.of(TaskForceFounded) == [TaskForceFounded(force.id, force.room_id)]
    assert AuditEntry.objects.filter(verb="taskforce.found", subject_id=str(force.id)).count() == 1


def test_founding_sets_the_timers_of_night_and_digest(found):
    force = found()
    timers = {timer.key: timer for timer in Timer.objects.all()}
    assert f"{timers['nightly'].due_at:%Y-%m-%dT%H:%M}" == "2026-07-01T16:05"  # 00:05 of 2 July in Shanghai
    assert f"{timers[f'digest:{force.id}'].due_at:%Y-%m-%dT%H:%M}" == "2026-07-02T00:40"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"goal": ""}, "goal"),
        ({"unit_ids": []}, "unit_ids"),
        ({"ends_on": date(2026, 7, 1)}, "ends_on"),
        ({"unit_ids": ["01980000-0000-7000-8000-000000000000"]}, "unit_ids"),
        ({"lead_post_id": "01980000-0000-7000-8000-000000000000"}, "lead_post_id"),
        ({"basis": "长" * 201}, "basis"),
        ({"basis": " "}, "basis"),
        ({"name": "专\x00班"}, "goal"),
    ],
)
def test_bad_input_names_the_field_and_the_way_out(found, changes, field):
    with pytest.raises(BadInputError) as refused:
        found(**changes)
    assert refused.value.field == field
    assert refused.value.user_message().endswith("。")
    assert not TaskForce.objects.exists()


def test_a_secrecy_mark_is_refused(found):
    with pytest.raises(SecrecyRefusedError):
        found(goal="机密★3年\n完成普查")


def test_who_may_found(found):
    found(by="civil_head")
    with pytest.raises(ForbiddenError):
        found(by="civil_handler")


def test_the_same_key_founds_once(found):
    first, second = found(key="k1"), found(key="k1")
    assert first == second
    assert TaskForce.objects.count() == 1


def test_members_see_it_and_outsiders_do_not(force, act):
    names = {
        number: [one.name for one in taskforces.list_taskforces(act(number))]
        for number in ("leader", "data_office", "civil_handler", "inspector", "outside_head")
    }
    assert names.pop("outside_head") == []
    assert all(seen == ["数字政府建设专班"] for seen in names.values())
    with pytest.raises(NotFoundError):
        taskforces.describe_taskforce(act("outside_head"), force.id)


def test_abilities_follow_the_post(force, act):
    able = taskforces.describe_taskforce(act("data_office"), force.id).abilities
    assert able == {"create_item": True, "import": True, "dispatch": True, "manage": True, "digest": True}
    assert not any(taskforces.describe_taskforce(act("civil_liaison"), force.id).abilities.values())


def test_a_vacant_lead_post_is_refused(city, found, appoint):
    seat = appoint("gone", "离任人", city.government, "leader", "副市长")
    seat.valid_to = date(2026, 6, 1)
    seat.save()
    with pytest.raises(BadInputError, match="无人任职") as refused:
        found(lead_post_id=seat.post_id)
    assert refused.value.field == "lead_post_id"


def test_after_a_hand_over_the_new_holder_leads(force, city, act, appoint):
    seat = Appointment.objects.get(staff__staff_number="leader")
    seat.valid_to = date(2026, 7, 1)
    seat.save()
    newcomer = appoint("newcomer", "继任人", city.units["outside"], "member", "干部")
    Appointment.objects.create(staff=newcomer.staff, post=seat.post, valid_from=date(2026, 7, 1))
    Appointment.objects.filter(pk=newcomer.pk).update(valid_to=date(2026, 7, 1))
    shown = taskforces.describe_taskforce(act("newcomer"), force.id)
    assert (shown.lead.name, shown.abilities["dispatch"]) == ("继任人", True)
    with pytest.raises(NotFoundError):
        taskforces.describe_taskforce(act("leader"), force.id)


def in_room(force):
    rows = Membership.objects.filter(room__room_id=force.room_id, membership="join")
    return set(rows.values_list("staff__staff_number", flat=True))


def test_a_unit_that_gets_an_item_joins_force_and_room(force, add, city, act):
    item = add(unit="outside")
    assert "outside_head" not in in_room(force)
    items.check_dispatch(actor=act("data_office"), taskforce_id=force.id, item_ids=[item.id])
    assert "outside_head" in in_room(force)
    names = [unit.name for unit in taskforces.describe_taskforce(act("outside_head"), force.id).units]
    assert "咸宁市体育局" in names


def test_a_unit_to_which_an_item_is_handed_joins_too(force, dispatched, city, act):
    before = in_room(force)
    acts.check_transfer(actor=act("leader"), item_id=dispatched.id, lead_unit_id=city.units["outside"].pk)
    assert in_room(force) - before == {"outside_head"}
