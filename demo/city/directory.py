"""Regions, units, posts and people, in a few bulk inserts; then one hash for the one demo password."""

from collections.abc import Iterator
from datetime import date

from django.contrib.auth.hashers import make_password

from common import events
from demo.city.tables import day, rows
from directory.events import DirectoryChanged
from directory.services import demo_accounts
from directory.services.pinyin import initials, spell
from directory.store.models import (
    Appointment,
    Division,
    Post,
    Region,
    Staff,
    Unit,
    UnitName,
    UnitRelation,
)

LONG_AGO = date(2019, 3, 1)


def load_directory() -> None:
    """Everybody gets the public demo password. Needs an empty directory."""
    _load_regions()
    units = _load_units()
    divisions = _load_divisions(units)
    posts = _load_posts(units, divisions)
    _load_people(posts)
    _load_relations(units, posts)
    demo_accounts.set_demo_passwords()
    events.publish(DirectoryChanged())


def _load_regions() -> None:
    Region.objects.bulk_create(
        Region(code=row["code"], name=row["name"], level=row["level"], parent_id=row["parent_code"] or None)
        for row in rows("regions")
    )


def _load_units() -> dict[str, Unit]:
    table = rows("units")
    units = {
        row["key"]: Unit(
            code=row["key"],
            name=row["name"],
            short_name=row["short_name"],
            kind=row["kind"],
            level=row["level"],
            region_id=row["region_code"],
            rank=int(row["rank"]),
            is_line_managed=row["line_managed"] == "1",
            organ=row["organ"],
        )
        for row in table
    }
    for row in table:
        units[row["key"]].block_parent = units.get(row["block_parent"])
        units[row["key"]].line_parent = units.get(row["line_parent"])
    # One statement: the parents' keys are known before the insert, and are checked at its end.
    Unit.objects.bulk_create(units.values())
    UnitName.objects.bulk_create(name for row in table for name in _former_names(units, row))
    return units


def _former_names(units: dict[str, Unit], row: dict[str, str]) -> Iterator[UnitName]:
    for entry in filter(None, row["former_names"].split(";")):
        name, since, until = entry.split("/")
        yield UnitName(unit=units[row["key"]], name=name, valid_from=since, valid_to=until)


def _load_divisions(units: dict[str, Unit]) -> dict[str, Division]:
    divisions = {
        row["key"]: Division(
            code=row["key"], unit=units[row["unit"]], name=row["name"], rank=int(row["rank"])
        )
        for row in rows("divisions")
    }
    Division.objects.bulk_create(divisions.values())
    return divisions


def _load_posts(units: dict[str, Unit], divisions: dict[str, Division]) -> dict[str, Post]:
    posts = {
        row["key"]: Post(
            code=row["key"],
            unit=units[row["unit"]],
            division=divisions.get(row["division"]),
            title=row["title"],
            role=row["role"],
            rank=int(row["rank"]),
            field_of_work=row["field_of_work"],
        )
        for row in rows("posts")
    }
    Post.objects.bulk_create(posts.values())
    return posts


def _load_people(posts: dict[str, Post]) -> None:
    nobody = make_password(None)
    people = {row["staff_number"]: _person(row, nobody) for row in rows("people")}
    Staff.objects.bulk_create(people.values())
    Appointment.objects.bulk_create(
        Appointment(
            staff=people[row["staff_number"]],
            post=posts[row["post"]],
            kind=row["kind"],
            is_primary=row["is_primary"] == "1",
            valid_from=day(row["valid_from"]) or LONG_AGO,
            valid_to=day(row["valid_to"]),
        )
        for row in rows("appointments")
    )


def _person(row: dict[str, str], password: str) -> Staff:
    pinyin = spell(row["name"])
    return Staff(
        staff_number=row["staff_number"],
        name=row["name"],
        pinyin=pinyin,
        initials=initials(pinyin),
        phone=row["phone"],
        kind=row["kind"],
        password=password,
    )


def _load_relations(units: dict[str, Unit], posts: dict[str, Post]) -> None:
    UnitRelation.objects.bulk_create(
        UnitRelation(
            unit=units[row["unit"]],
            kind=row["kind"],
            post=posts[row["post"]],
            field_of_work=row["field_of_work"],
            for_post=posts.get(row["for_post"]),
            rank=10 * number,
        )
        for number, row in enumerate(rows("relations"), 1)
    )
