"""A large room: receipts, members and a join take as many statements as in a small one (times: `make bench`)."""

import pytest

from chatops.models import Membership
from chatops.services import members, membership, messages, receipts, rooms
from directory.store.models import Appointment, Post, Staff
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db

MANY = 1000
UNITS = 20


@pytest.fixture
def crowd(owner, outsider):
    """A room with 1,000 members in 20 units."""
    room = rooms.create_room(actor=owner.actor(), kind="work", name="全市干部群", members=[])
    units = [make_unit(f"单位{number}") for number in range(UNITS)]
    staff = Staff.objects.bulk_create(
        Staff(staff_number=f"c{number:05d}", name=f"人员{number}", password="!") for number in range(MANY)
    )
    posts = Post.objects.bulk_create(
        Post(unit=units[number % UNITS], title="科员", rank=number) for number in range(MANY)
    )
    Appointment.objects.bulk_create(
        Appointment(staff=person, post=post, is_primary=True)
        for person, post in zip(staff, posts, strict=True)
    )
    Membership.objects.bulk_create(
        Membership(room=room, staff=person, membership="join", seq=1) for person in staff
    )
    return room


def test_receipts_members_and_a_join(crowd, owner, outsider, django_assert_max_num_queries):
    actor, room = owner.actor(), crowd.room_id
    content = {"msgtype": "m.text", "body": "请阅", "org.tongzhou.confirm": {"required": True}}
    sent = messages.send(actor=actor, room_id=room, type="m.room.message", content=content)
    Membership.objects.filter(room_id=crowd.pk, staff__staff_number__endswith="3").update(read_seq=sent.seq)
    here = {"actor": actor, "room_id": room, "event_id": sent.event_id}
    with django_assert_max_num_queries(6):
        counted = receipts.receipts_of(**here)
    assert (counted["total"], counted["read"], len(counted["units"])) == (MANY, MANY // 10, UNITS)
    unit = counted["units"][UNITS // 2]["unit_id"]
    with django_assert_max_num_queries(6):
        names = receipts.people_of(**here, state="unread", unit=unit)
    assert len(names["items"]) == MANY // UNITS
    with django_assert_max_num_queries(6):
        later = receipts.people_of(**here, state="unread", cursor="800")
    assert later["items"]
    with django_assert_max_num_queries(6):
        tree = members.tree(actor=actor, room_id=room)
    assert len(tree["units"]) >= UNITS
    with django_assert_max_num_queries(6):
        found = members.tree(actor=actor, room_id=room, q="人员99")
    assert {"人员99", "人员999"} <= {person["name"] for person in found["items"]}
    with django_assert_max_num_queries(20):
        membership.add_members(actor=actor, room_id=room, staff_ids=[outsider.pk])
    guest = make_person("后来的", unit=make_unit("后来的单位"))
    membership.invite(actor=actor, room_id=room, staff_number=guest.number)
    membership.join(actor=guest.actor(), room_id=room)
    assert len(rooms.list_rooms(guest.actor())) == 1
