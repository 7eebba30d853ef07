"""What this floor tells the floor above (common.events). Published inside the transaction of the deed.

Ids only: a subscriber defers a job and reads the present state in it. Users are directory staff primary keys.
`taskforce_id` is None for an item of a ledger; `room_id` is the room of its home, "" without one, and `origin_room_id`
that of the message it came from.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class TaskForceFounded:
    """A task force has its room. Bots that serve it join now."""

    taskforce_id: UUID
    room_id: str


@dataclass(frozen=True)
class ItemDispatched:
    """The lead dispatched an item: its card is due in the room."""

    item_id: UUID
    taskforce_id: UUID | None
    room_id: str
    version: int
    origin_room_id: str = ""


@dataclass(frozen=True)
class ItemFromMessage:
    """A message of a room has become an item: its card is due there, as a reply to the message."""

    item_id: UUID
    room_id: str
    event_id: str


@dataclass(frozen=True)
class ItemChanged:
    """Something that a card shows has changed; `version` rises with each change. `act` as in rules.moves, or
    an edit.
    """

    item_id: UUID
    taskforce_id: UUID | None
    room_id: str
    version: int
    act: str
    origin_room_id: str = ""


@dataclass(frozen=True)
class ItemColourChanged:
    """Exactly one per change of colour. `because` is the sentence of the new colour."""

    item_id: UUID
    taskforce_id: UUID | None
    room_id: str
    old: str
    new: str
    because: str


@dataclass(frozen=True)
class ExtensionAsked:
    extension_id: UUID
    item_id: UUID
    taskforce_id: UUID | None
    room_id: str


@dataclass(frozen=True)
class ExtensionDecided:
    extension_id: UUID
    item_id: UUID
    taskforce_id: UUID | None
    room_id: str
    agreed: bool


@dataclass(frozen=True)
class DigestDue:
    """A digest of the task force is wanted in its room, on demand or at the set time. `key` is unique per
    digest.
    """

    taskforce_id: UUID
    room_id: str
    key: str


@dataclass(frozen=True)
class ReminderDue:
    """One merged reminder for one person and slot. `key` is unique per person and slot; `lines` are (item,
    rule), soonest due first; rules are codes of rules.reminders; `consents` wait for this person's decision."""

    staff_id: int
    slot_at: datetime
    key: str
    lines: tuple[tuple[UUID, str], ...]
    consents: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class ManualReminder:
    """催办 by hand: somebody entitled presses an item now."""

    item_id: UUID
    taskforce_id: UUID | None
    room_id: str
    staff_ids: tuple[int, ...]
    by_name: str
    key: str


@dataclass(frozen=True)
class ConsentAsked:
    """Somebody's yes is wanted: the approval card is due to those who may decide."""

    consent_id: UUID
    kind: str


@dataclass(frozen=True)
class ConsentEndedEvent:
    """A consent was agreed, refused, withdrawn, or has lapsed (`state`)."""

    consent_id: UUID
    kind: str
    state: str


@dataclass(frozen=True)
class RankingReleased:
    """The lead released an edition: it may be shown in the room."""

    taskforce_id: UUID
    room_id: str
    edition_id: UUID


@dataclass(frozen=True)
class OrderShown:
    """The card of an order in one room is to be brought to its present state. `version` rises with each change."""

    order_id: UUID
    room_id: str
    version: int


@dataclass(frozen=True)
class OrderEscalated:
    """A duty officer or leader is told that a unit has not received an order. `key` is unique per attempt."""

    order_id: UUID
    staff_id: int
    unit_id: UUID
    key: str


@dataclass(frozen=True)
class OrderIssued:
    """An order, or a corrected version of it, has gone out."""

    order_id: UUID
    version: int


@dataclass(frozen=True)
class SlipsHanded:
    """A batch of merged cards is due to its people (services.letterbox)."""

    batch: UUID
    size: int


@dataclass(frozen=True)
class ColourNoted:
    """One change of an item's shown colour was written down for owner, supervisor and leader."""

    item_id: UUID
    change_no: int


@dataclass(frozen=True)
class CaseMoved:
    """An approval went on, or something that its card shows has changed. `state`: as it is now; `is_caused`: by
    another case.
    """

    case_id: UUID
    state: str
    is_caused: bool = False
