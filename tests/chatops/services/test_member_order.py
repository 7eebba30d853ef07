"""Members stand in protocol order: units depth first by rank, then posts by rank; never by key, age or alphabet."""

import pytest

from chatops.services import members, messages, receipts, rooms
from directory.store.models import Post
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def room():
    """Made last to first: whoever sorts by key, number or name gets another order."""
    last = make_unit("安全局", rank=30)
    first = make_unit("住建局", rank=10)
    inner = make_unit("办公室", rank=2, parent=first)
    outer = make_unit("执法队", rank=1, parent=first)
    made = [
        ("安一", last, 5), ("住乙", first, 9), ("办一", inner, 1), ("执一", outer, 1), ("住甲", first, 3)
    ]  # fmt: skip
    people = {}
    for name, unit, rank in made:
        people[name] = make_person(name, unit=unit)
        Post.objects.filter(appointments__staff=people[name].staff).update(rank=rank)
    owner = people["安一"]
    keys = [person.pk for person in people.values()]
    return owner, rooms.create_room(actor=owner.actor(), kind="work", name="群", members=keys).room_id


WANTED = ["住甲", "住乙", "执一", "办一", "安一"]
UNITS = [("住建局", 0), ("执法队", 1), ("办公室", 1), ("安全局", 0)]


def test_the_tree_and_the_pages(room):
    owner, room_id = room
    tree = members.tree(actor=owner.actor(), room_id=room_id)
    assert [(unit["name"], unit["depth"]) for unit in tree["units"]] == UNITS
    found = []
    for place in range(0, len(WANTED), 2):
        page = members.page(actor=owner.actor(), room_id=room_id, cursor=str(place or ""), limit=2)
        found += [item["name"] for item in page["items"]]
        assert page["next"] == (str(place + 2) if place + 2 < len(WANTED) else None)
    assert found == WANTED
    asked = members.tree(actor=owner.actor(), room_id=room_id, q="一")
    assert [item["name"] for item in asked["items"]] == ["执一", "办一", "安一"]


def test_the_receipts(room):
    owner, room_id = room
    content = {"msgtype": "m.text", "body": "请阅"}
    sent = messages.send(actor=owner.actor(), room_id=room_id, type="m.room.message", content=content)
    asked = {"actor": owner.actor(), "room_id": room_id, "event_id": sent.event_id}
    assert [(unit["name"], unit["depth"]) for unit in receipts.receipts_of(**asked)["units"]] == UNITS[:3]
    unread = receipts.people_of(**asked, state="unread")["items"]
    assert [person["name"] for person in unread] == WANTED[:4]
