"""What the bot sends of a batch of slips: one direct message a person, each once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from common import clock
from workflows.rules.working_days import chinese_month_day
from workflows.services.reminders import is_owed
from workflows.store import slips as store
from workflows.store.models import Consent, Item, SlipLine


@dataclass(frozen=True)
class Letter:
    """One person's slip. `key` is the transaction id: sent again after a crash it is the same event.

    Attributes:
        consents: (consent, for whom) that wait for this person's decision.
        lines: (item, code, words or what a part is about, for whom), soonest due first; empty when nothing is left to
            say.
    """

    slip_id: UUID
    key: str
    kind: str
    staff_id: int
    slot_at: datetime
    sound: bool
    lines: tuple[tuple[Item, str, str, str], ...]
    consents: tuple[tuple[Consent, str], ...] = ()


def waiting(batch: UUID, most: int | None = None) -> list[Letter]:
    """What is not sent yet, soonest first and at most so many, in two queries; lines of what has been done in the
    meantime are left out.
    """
    slips = store.in_batch(batch, most)
    lines: dict[UUID, list[SlipLine]] = defaultdict(list)
    for line in store.shown_lines([slip.pk for slip in slips]):
        lines[line.slip_id].append(line)
    return [
        Letter(
            slip_id=slip.pk,
            key=slip.key,
            kind=slip.kind,
            staff_id=slip.staff_id,
            slot_at=slip.slot_at,
            sound=slip.sound,
            lines=tuple(
                (line.item, line.code, _words(line), line.for_name)
                for line in lines[slip.pk]
                if line.item and (slip.kind != "reminder" or is_owed(line))
            ),
            consents=tuple(
                (line.consent, line.for_name) for line in lines[slip.pk] if line.consent and is_owed(line)
            ),
        )
        for slip in slips
    ]


def _words(line: SlipLine) -> str:
    """Of a part what was asked and until when; the item says the rest."""
    if line.part is None:
        return line.words
    return _("会办“{ask}”，{day}前答复").format(ask=line.part.ask, day=chinese_month_day(line.part.due_on))


def settle(sent: Sequence[UUID], stopped: Sequence[UUID]) -> None:
    store.settle(sent, "sent", clock.now())
    store.settle(stopped, "stopped", clock.now())
