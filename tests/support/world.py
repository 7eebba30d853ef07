"""A small directory to test on: units, posts, people, made when asked for."""

import itertools
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password

from directory.actors import Actor
from directory.services import devices
from directory.store.models import (
    Appointment,
    AppointmentKind,
    Device,
    DeviceKind,
    Level,
    Post,
    PostRole,
    Region,
    Staff,
    StaffKind,
    Unit,
)

PASSWORD = "a-quiet-river-42"
_numbers = itertools.count(1)
_hashed: list[str] = []


@dataclass(frozen=True)
class Person:
    """A person with one post, one open device and the secret of it."""

    staff: Staff
    post: Post | None
    device: Device
    secret: str

    @property
    def pk(self) -> int:
        return self.staff.pk

    @property
    def number(self) -> str:
        return self.staff.staff_number

    @property
    def user_id(self) -> str:
        return self.staff.user_id

    def actor(self, door: Any = "web") -> Actor:
        return devices.actor_for_secret(self.secret, door)


def hashed_password() -> str:
    """The hash of PASSWORD, made once: argon2 is slow on purpose."""
    if not _hashed:
        _hashed.append(make_password(PASSWORD))
    return _hashed[0]


def make_unit(name: str = "市水利和湖泊局", *, parent: Unit | None = None, **fields: Any) -> Unit:
    """A prefecture-level organ in 咸宁市, unless told otherwise."""
    province, _ = Region.objects.get_or_create(
        code="42", defaults={"name": "湖北省", "level": Level.PROVINCE}
    )
    city, _ = Region.objects.get_or_create(
        code="4212", defaults={"name": "咸宁市", "level": Level.PREFECTURE, "parent": province}
    )
    given = {"level": Level.PREFECTURE, "region": city, "short_name": name, "rank": next(_numbers), **fields}
    return Unit.objects.create(name=name, block_parent=parent, **given)


def make_person(
    name: str = "李明", *, unit: Unit | None = None, role: str = PostRole.MEMBER, title: str = "科员",
    number: str | None = None, kind: str = StaffKind.PERSON,
) -> Person:  # fmt: skip
    """A person who can sign in with PASSWORD and has a web session already."""
    number = number or f"t{next(_numbers):05d}"
    staff = Staff.objects.create(staff_number=number, name=name, kind=kind, password=hashed_password())
    post = None
    if unit is not None:
        post = Post.objects.create(unit=unit, title=title, role=role, rank=next(_numbers))
        Appointment.objects.create(staff=staff, post=post, kind=AppointmentKind.SUBSTANTIVE, is_primary=True)
    opened = devices.open_device(staff, kind=DeviceKind.WEB, device_id=f"D{next(_numbers)}")
    return Person(staff, post, opened.device, opened.secret)
