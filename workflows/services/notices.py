"""Changes of the shown colour, told once each to owner, supervisor and leader in charge."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common import timers
from common.events import publish_many
from workflows.events import ColourNoted
from workflows.rules.colours import Colour
from workflows.rules.quiet import delivery
from workflows.services import slips
from workflows.services.addressees import Addressees
from workflows.services.calendar import work_calendar
from workflows.services.policy import policy, quiet_hours
from workflows.services.slips import Say
from workflows.store import notices as store
from workflows.store.models import ColourNotice, Item

KIND = "notice"
TASK = "workflows.send_notices"


def note(changed: Sequence[tuple[Item, str]], now: datetime, *, by_clock: bool = False) -> None:
    """Write a notice per item, change and role, and put it on the slips of those who read it.

    Args:
        changed: saved items with the colour before.
        by_clock: found by the night's run: not even red rings anybody then. Everything waits for the morning.
    """
    if not changed:
        return
    rules, quiet, calendar = policy(), quiet_hours(), work_calendar()
    who = Addressees([item for item, _ in changed])
    rows = []
    for item, old in changed:
        found = {
            "owner": who.handlers(item),
            "supervisor": who.supervisors(item),
            "leader": who.leaders(item),
        }
        urgent = item.colour == Colour.RED and not by_clock
        when = delivery(now, urgent=urgent, quiet=quiet, calendar=calendar)
        rows += [
            ColourNotice(
                item=item,
                change_no=item.colour_changes,
                role=role,
                staff_id=people[0] if people else None,
                old=old,
                new=item.colour,
                because=item.colour_because,
                at=now,
                deliver_at=when.at,
            )
            for role, people in found.items()
        ]
    store.add(rows)
    who.with_acting(row.staff_id for row in rows if row.staff_id)
    said: dict[tuple[int, UUID, int], Say] = {}
    for row in rows:
        for reader in who.readers([row.staff_id] if row.staff_id else []):
            # Who holds two of the roles is told once.
            said.setdefault(
                (reader.staff_id, row.item_id, row.change_no),
                Say(
                    reader.staff_id,
                    row.deliver_at,
                    row.item_id,
                    "colour",
                    row.pk,
                    row.because,
                    reader.for_name,
                ),
            )
    spread = rules.spread_s if by_clock or any(row.deliver_at > now for row in rows) else 0
    slips.gather(KIND, said.values(), spread_s=spread)
    for at in {row.deliver_at for row in rows}:
        timers.set_timer(f"notices:{at.timestamp():.0f}", at, TASK)
    publish_many(ColourNoted(item.pk, item.colour_changes) for item, _ in changed)


def send_due() -> int:
    """Seal what is due; the bot gets it in batches."""
    return slips.seal(KIND)
