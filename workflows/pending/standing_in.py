"""代办: what waits for absent people whom the actor stands in for (AB角), beside what waits for the actor anyway.

The entry leads to the subject; what may be done there follows from the actor's own post, as everywhere.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from common import clock
from directory.actors import Actor
from directory.services.acting import actor_of
from workflows.pending.registry import PendingEntry, PendingSource, place_at, register, sources
from workflows.store import absences, people

NAME = "stand_in"
# Consents and approvals find acting persons by themselves: they may decide in the other's place.
BY_THEMSELVES = frozenset({NAME, "decide_consent", "decide_case"})


def for_absent(actor: Actor, limit: int) -> tuple[int, Sequence[PendingEntry]]:
    """One query for who stands in for nobody; else some for each source and absent person, whatever the rows."""
    count, found = 0, []
    for staff_id, name in absences.principals_of(actor.staff_id, clock.today()).items():
        absent = actor_of(people.get_staff(staff_id).staff_number, actor.door)
        if absent is None:
            continue
        for source in sources():
            if source.name in BY_THEMSELVES:
                continue
            size, entries = source.beyond(absent, actor, limit)
            count += size
            found += [
                entry.model_copy(
                    update={
                        "title": _("（代{name}）{title}").format(name=name, title=entry.title),
                        "detail": f"{source.title()} · {entry.detail}",
                        "deed": None,
                    }
                )
                for entry in entries
            ]
    return count, sorted(found, key=lambda entry: place_at(entry, NAME))[:limit]


def connect() -> None:
    """Called once at start, after the others."""
    register(PendingSource(NAME, lambda: _("代办（AB角）"), for_absent))
