"""The demo city's accounts: one public password, and six people who may be taken over with one click."""

import csv
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from common.errors import ForbiddenError, NotFoundError
from directory.services import addresses
from directory.services.devices import SignedIn, open_device
from directory.store import demo as store
from directory.store.models import Appointment, DeviceKind

DEMO_PASSWORD = "Tongzhou-2026"  # noqa: S105 - public on purpose; an open port is refused while it is in use
PERSONAS = Path(settings.BASE_DIR) / "demo" / "data" / "personas.csv"


@dataclass(frozen=True)
class Persona:
    """A tile of the demo's sign-in page. `label`: the part played; `hint`: what to try."""

    key: str
    label: str
    hint: str
    staff_number: str
    name: str
    post_title: str
    unit_name: str
    unit_short_name: str


def set_demo_passwords() -> int:
    """Give every person without a password the public one (one hash for all); returns how many."""
    return store.set_passwords(make_password(DEMO_PASSWORD))


def demo_passwords_in_use() -> bool:
    """Whether anybody could sign in with the public password."""
    return store.with_demo_password().exists()


def personas() -> list[Persona]:
    """The people of demo/data/personas.csv who are there, in the file's order; empty outside the demo."""
    if not settings.DEMO or not PERSONAS.exists():
        return []
    with PERSONAS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    held = {
        each.staff.staff_number: each for each in store.primary_appointments(r["staff_number"] for r in rows)
    }
    return [_persona(row, held[row["staff_number"]]) for row in rows if row["staff_number"] in held]


def _persona(row: dict[str, str], appointment: Appointment) -> Persona:
    staff, post = appointment.staff, appointment.post
    return Persona(
        key=row["key"],
        label=row["label"],
        hint=row["hint"],
        staff_number=staff.staff_number,
        name=staff.name,
        post_title=post.title,
        unit_name=post.unit.name,
        unit_short_name=post.unit.display_name,
    )


def list_accounts() -> list[dict[str, str]]:
    """The personas that still have the public password, for the line that the start-up prints."""
    public = set(store.with_demo_password().values_list("staff_number", flat=True))
    return [
        {
            "staff_number": one.staff_number,
            "password": DEMO_PASSWORD,
            "name": one.name,
            "title": f"{one.unit_short_name} {one.post_title}",
        }
        for one in personas()
        if one.staff_number in public
    ]


def check_may_play(addr: str) -> None:
    """Raise NotFoundError unless this is the demo and `addr` is this very machine."""
    if not settings.DEMO or not addresses.is_loopback(addr):
        raise NotFoundError


def sign_in_as(key: str, *, addr: str, device_id: str | None = None, display_name: str = "") -> SignedIn:
    """Sign in as a persona without a password (demo and loopback only).

    Raises:
        NotFoundError: not the demo, not this machine, or no such persona.
        ForbiddenError: its password was changed, so the account is somebody's own now.
    """
    check_may_play(addr)
    chosen = next((one for one in personas() if one.key == key), None)
    if chosen is None:
        raise NotFoundError
    staff = store.with_demo_password().filter(staff_number=chosen.staff_number, is_active=True).first()
    if staff is None:
        raise ForbiddenError(reason="password_changed")
    return open_device(staff, kind=DeviceKind.WEB, device_id=device_id, display_name=display_name, addr=addr)
