"""What happened, in order: each entry is a moment and a deed done by the real services."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from chatops.services import membership, rooms
from chatops.services.messages import send
from common import ids
from demo.city.cases import Cases
from demo.city.cast import Cast
from demo.city.days import Days
from demo.city.tables import rows
from workflows.services import acts, extensions, items, registering, taskforces
from workflows.store.models import Item

Deed = Callable[[], object]
ROOMS_SINCE = ("26", "09:00")
FOUNDED_AT = "09:30"
TABLED_AFTER = timedelta(minutes=20)


@dataclass(frozen=True)
class Entry:
    """One deed of the past."""

    at: datetime
    deed: Deed


@dataclass
class Script:
    """The rooms and forces found on the way, by their keys in demo/data."""

    cast: Cast
    days: Days
    rooms: dict[str, str] = field(default_factory=dict)
    items: dict[tuple[str, int], UUID] = field(default_factory=dict)

    def entries(self) -> list[Entry]:
        """Everything, sorted by time; what is of one moment stays in the order of the files."""
        approvals = [Entry(at, deed) for at, deed in Cases(self.cast, self.days, self.rooms).entries()]
        found = [*self._rooms(), *self._forces(), *self._acts(), *self._talk(), *self._directs(), *approvals]
        return sorted(found, key=lambda entry: entry.at)

    def _rooms(self) -> Iterator[Entry]:
        for row in rows("rooms"):
            yield Entry(self.days.moment(*ROOMS_SINCE), lambda row=row: self._open_room(row))  # type: ignore[misc]

    def _open_room(self, row: dict[str, str]) -> None:
        owner = self.cast.actor(row["owner"])
        room = rooms.create_room(
            actor=owner,
            kind=row["kind"],
            name=row["name"],
            purpose=row["purpose"],
            members=self._members(row["members"]),
            unit=self.cast.unit(row["unit"]).pk if row["unit"] else None,
            ends_on=None if row["kind"] == "unit" else self.days.ahead(120),
        )
        self.rooms[row["key"]] = room.room_id

    def _members(self, text: str) -> list[int]:
        found: list[int] = []
        for word in text.split():
            unit = word.removeprefix("unit:")
            found += self.cast.staff_of(unit) if unit != word else [self.cast.staff_id(word)]
        return list(dict.fromkeys(found))

    def _forces(self) -> Iterator[Entry]:
        for row in rows("forces"):
            founded = self.days.moment(row["workdays_ago"], FOUNDED_AT)
            yield Entry(founded, lambda row=row: self._found(row))  # type: ignore[misc]
            yield Entry(founded + TABLED_AFTER, lambda row=row: self._table_items(row))  # type: ignore[misc]

    def _found(self, row: dict[str, str]) -> None:
        founder = self.cast.actor(row["founder"])
        force = taskforces.check_found_taskforce(
            actor=founder,
            name=row["name"],
            goal=row["goal"],
            basis=row["basis"],
            unit_ids=self.cast.unit_ids(row["units"].split()),
            starts_on=self.days.ago(int(row["workdays_ago"])),
            ends_on=self.days.ahead(int(row["ends_in"])),
            lead_post_id=self.cast.post(row["lead"]).pk,
            office_unit_id=self.cast.unit(row["office"]).pk,
        )
        self.rooms[row["key"]] = force.room_id
        others = self._members(row["also"])
        membership.add_members(actor=founder, room_id=force.room_id, staff_ids=others)
        self._force_ids[row["key"]] = force.id

    _force_ids: dict[str, UUID] = field(default_factory=dict)

    def _table_items(self, force: dict[str, str]) -> None:
        """The force's items in the order of the file, so that its numbers are theirs."""
        actor = self.cast.actor(force["founder"])
        mine = [row for row in rows("force_items") if row["force"] == force["key"]]
        for row in mine:
            new = items.NewItem(
                title=row["title"],
                category=row["category"],
                budget_wan=Decimal(row["budget_wan"]) if row["budget_wan"] else None,
                lead_unit_id=self.cast.unit(row["lead"]).pk,
                supporting_unit_ids=tuple(self.cast.unit_ids(row["supporting"].split())),
                starts_on=self.days.ahead(-int(row["starts_ago"])),
                due_on=self.days.ahead(int(row["due_in"])),
            )
            made = registering.check_create_item(
                actor=actor, taskforce_id=self._force_ids[force["key"]], new=new
            )
            self.items[force["key"], made.item.number] = made.item.id

    def _acts(self) -> Iterator[Entry]:
        for row in rows("force_acts"):
            moment = self.days.moment(row["workdays_ago"], row["time"])
            yield Entry(moment, lambda row=row: self._act(row))  # type: ignore[misc]

    def _act(self, row: dict[str, str]) -> None:
        actor, item_id = self.cast.actor(row["post"]), self.items[row["force"], int(row["item"])]
        match row["act"]:
            case "dispatch":
                force_id = Item.objects.values_list("taskforce_id", flat=True).get(pk=item_id)
                items.check_dispatch(actor=actor, taskforce_id=force_id, item_ids=[item_id])
            case "sign_for":
                acts.check_sign_for(actor=actor, item_id=item_id)
            case "report":
                acts.check_report(actor=actor, item_id=item_id, percent=int(row["value"]), text=row["text"])
            case "ask_extension":
                due_on = self.days.ahead(int(row["value"]))
                extensions.check_ask_extension(
                    actor=actor, item_id=item_id, due_on=due_on, reason=row["text"]
                )
            case "agree_extension":
                extensions.check_decide_extension(actor=actor, item_id=item_id, agree=True)
            case "reject":
                acts.check_return(actor=actor, item_id=item_id, reason=row["text"])
            case "close":
                acts.check_close(actor=actor, item_id=item_id)
            case other:
                raise ValueError(f"force_acts.csv has an unknown act {other}")

    def _talk(self) -> Iterator[Entry]:
        for row in rows("talk"):
            moment = self.days.moment(row["workdays_ago"], row["time"])
            yield Entry(moment, lambda row=row: self._say(row["post"], self.rooms[row["room"]], row["text"]))  # type: ignore[misc]

    def _directs(self) -> Iterator[Entry]:
        for row in rows("directs"):
            moment = self.days.moment(row["workdays_ago"], row["time"])
            yield Entry(moment, lambda row=row: self._say_in_private(row))  # type: ignore[misc]

    def _say_in_private(self, row: dict[str, str]) -> None:
        (other,) = {row["one"], row["other"]} - {row["post"]}
        room = rooms.open_direct(actor=self.cast.actor(row["post"]), with_staff=self.cast.staff_id(other))
        self._say(row["post"], room.room_id, row["text"])

    def _say(self, post: str, room_id: str, text: str) -> None:
        """`@{post}` in the text becomes a mention of whoever holds it."""
        parts = text.split("@{")
        body, named = parts[0], []
        for part in parts[1:]:
            code, rest = part.split("}", 1)
            body += f"@{self.cast.name(code)}{rest}"
            named.append(ids.user_id(self.cast.actor(code).staff_number))
        content: dict[str, object] = {"msgtype": "m.text", "body": body}
        if named:
            content["m.mentions"] = {"user_ids": named}
        send(actor=self.cast.actor(post), room_id=room_id, type="m.room.message", content=content)
