"""People, rooms and messages to measure on, made through the services where there is one."""

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from chatops.services import outgoing, rooms
from chatops.store.append import Item, append_now
from chatops.store.models import Room
from directory.actors import Actor
from directory.services import devices
from directory.store.models import (
    Appointment,
    AppointmentKind,
    DeviceKind,
    Level,
    Post,
    PostRole,
    Region,
    Staff,
    Unit,
)

TEXT = "请各单位于本周五下班前报送重点项目进展情况，并说明存在的困难和需要市级协调的事项。"
APPENDED_AT_ONCE = 2000
EDITS_REACH_BACK = 50


@dataclass(frozen=True)
class Person:
    """A person with an open web session, whose secret is the cookie."""

    pk: int
    secret: str

    def actor(self) -> Actor:
        return devices.actor_for_secret(self.secret, "web")


def make_people(count: int) -> list[Person]:
    """People of one unit, each with a post and a session. No passwords: nobody signs in by one here."""
    with transaction.atomic():
        city = Region.objects.create(code="4212", name="咸宁市", level=Level.PREFECTURE)
        name = "市政务服务和大数据管理局"
        unit = Unit.objects.create(name=name, short_name=name, level=Level.PREFECTURE, region=city, rank=1)
        staff = Staff.objects.bulk_create(
            Staff(staff_number=f"b{number:05d}", name=f"人员{number}", password="!")
            for number in range(count)
        )
        posts = Post.objects.bulk_create(
            Post(unit=unit, title="科员", role=PostRole.MEMBER, rank=number) for number in range(count)
        )
        Appointment.objects.bulk_create(
            Appointment(staff=one, post=post, kind=AppointmentKind.SUBSTANTIVE, is_primary=True)
            for one, post in zip(staff, posts, strict=True)
        )
        return [Person(one.pk, devices.open_device(one, kind=DeviceKind.WEB).secret) for one in staff]


def make_room(owner: Person, members: Iterable[Person], name: str) -> Room:
    return rooms.create_room(
        actor=owner.actor(), kind="work", name=name, members=[member.pk for member in members]
    )


def append(items: Iterable[Item]) -> None:
    """Append in large transactions."""
    coming = iter(items)
    while batch := list(itertools.islice(coming, APPENDED_AT_ONCE)):
        answers = append_now(batch)
        assert all(answer.status == "ok" for answer in answers), answers[0]


def settle() -> None:
    """Move what was appended to the stream, and let PostgreSQL know its tables, as autovacuum does in time."""
    with connection.cursor() as cursor:
        moved = 1
        while moved:
            cursor.execute("SELECT moved FROM chatops_drain(5000)")
            moved = cursor.fetchone()[0]
        cursor.execute("VACUUM ANALYZE")


def message(actor: Actor, room: int, content: dict[str, Any]) -> Item:
    item, _mentioned = outgoing.make_item(
        actor=actor, room=room, event_type="m.room.message", content=content, txn_id=None
    )
    return item


def plain(actor: Actor, room: int, count: int) -> Iterator[Item]:
    for number in range(count):
        yield message(actor, room, {"msgtype": "m.text", "body": f"{TEXT}（{number}）"})


def edited(actor: Actor, room: int, count: int, share: float) -> Iterator[Item]:
    """`count` events of which `share` are edits, each of one of the last fifty messages: progress cards and haste."""
    chance = random.Random(7)
    recent: list[str] = []
    for number in range(count):
        body = f"{TEXT}（{number}）"
        fresh = {"msgtype": "m.text", "body": body}
        if recent and chance.random() < share:
            relation = {"rel_type": "m.replace", "event_id": chance.choice(recent)}
            yield message(
                actor, room, {**fresh, "body": f"* {body}", "m.new_content": fresh, "m.relates_to": relation}
            )
        else:
            item = message(actor, room, fresh)
            recent = [*recent[1 - EDITS_REACH_BACK :], item["event_id"]]
            yield item
