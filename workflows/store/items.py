"""Queries on items. Rows are locked in the order of their ids, after the task force's row."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Case, IntegerField, Prefetch, Q, QuerySet, Value, When

from common.store.updates import update_many
from directory.store.models import Unit
from workflows.rules.moves import ItemState
from workflows.store.models import Extension, Item, ItemHistory, Milestone, ProgressReport

RUNNING = (
    ItemState.DISPATCHED,
    ItemState.SIGNED_FOR,
    ItemState.IN_PROGRESS,
    ItemState.REPORTED,
    ItemState.RETURNED,
    ItemState.ACCEPTED,
    ItemState.CHECKED,
    ItemState.RECTIFYING,
)
FINAL = (ItemState.CLOSED, ItemState.CANCELLED, ItemState.STRUCK_OFF, ItemState.ARCHIVED)
DONE = (ItemState.CLOSED, ItemState.STRUCK_OFF, ItemState.ARCHIVED)
QUIET = ("colour", "remind", "roll_up", "edition", "name_handler")  # lines of history that move nothing
_HOME = ("taskforce", "ledger", "ledger__unit")


def _newest_reports() -> QuerySet[ProgressReport]:
    """The newest report of each item."""
    return ProgressReport.objects.order_by("item_id", "-at", "-id").distinct("item_id")


def shown() -> QuerySet[Item]:
    """Items with all that a list, card or wall shows: six queries whatever their number."""
    return Item.objects.select_related(
        *_HOME,
        "taskforce__lead_post",
        "taskforce__lead_staff",
        "lead_unit",
        "handler",
        "supervisor_unit",
        "supervisor",
    ).prefetch_related(
        "milestones",
        "supporting_units",
        "follows",
        "taskforce__units",
        Prefetch("reports", queryset=_newest_reports(), to_attr="latest_reports"),
        Prefetch("extensions", queryset=Extension.objects.filter(state="asked"), to_attr="open_extensions"),
    )


def of_force(taskforce_id: UUID) -> QuerySet[Item]:
    """Sorted as the wall has them: red, yellow, green, grey, closed, cancelled; then by due date and
    number.
    """
    return by_urgency(shown().filter(taskforce_id=taskforce_id))


def by_urgency(found: QuerySet[Item]) -> QuerySet[Item]:
    order = Case(
        When(state=ItemState.CANCELLED, then=Value(6)),
        When(state__in=DONE, then=Value(5)),
        When(colour="red", then=Value(1)),
        When(colour="yellow", then=Value(2)),
        When(colour="green", then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return found.alias(urgency=order).order_by("urgency", "due_on", "number", "pk")


def find(item_id: UUID) -> Item | None:
    return shown().filter(pk=item_id).first()


def lock(item_id: UUID) -> Item:
    return (
        Item.objects.select_for_update(no_key=True, of=("self",))
        .select_related(*_HOME, "lead_unit", "supervisor_unit")
        .get(pk=item_id)
    )


def lock_with_parents(item_id: UUID) -> Item:
    """The row and those above it, in the order of their ids, so that deeds on parts of one whole do not wait in a
    circle.
    """
    found = {row.pk: row for row in lock_many(chain(item_id))} if has_parent(item_id) else {}
    return found.get(item_id) or lock(item_id)


def has_parent(item_id: UUID) -> bool:
    return Item.objects.filter(pk=item_id, parent__isnull=False).exists()


def chain(item_id: UUID) -> list[UUID]:
    """The item, its parent, and so on upwards; ends where it began if there were a circle."""
    found: list[UUID] = []
    at: UUID | None = item_id
    while at is not None and at not in found:
        found.append(at)
        at = Item.objects.filter(pk=at).values_list("parent_id", flat=True).first()
    return found


def shares(parent_id: UUID) -> list[tuple[int, int, str]]:
    """(percent, weight, state) of the children."""
    return list(
        Item.objects.filter(parent_id=parent_id).order_by("pk").values_list("percent", "weight", "state")
    )


def children(parent_id: UUID) -> list[Item]:
    return list(shown().filter(parent_id=parent_id).order_by("number"))


def next_of(item_id: UUID) -> Item | None:
    """The item of the series after this one."""
    return Item.objects.filter(previous_id=item_id).first()


def due_on_of(item_id: UUID) -> date:
    return Item.objects.values_list("due_on", flat=True).get(pk=item_id)


def open_children(parent_id: UUID) -> list[Item]:
    return list(Item.objects.filter(parent_id=parent_id).exclude(state__in=FINAL).order_by("number"))


def first_of(item: Item, act: str) -> ItemHistory | None:
    """The line of history by which this very act brought the item into its present state."""
    found = ItemHistory.objects.filter(item=item).exclude(act__in=QUIET).order_by("-at", "-id").first()
    return found if found and found.act == act and found.to_state == item.state else None


def of_message(room_id: str, event_id: str) -> Item | None:
    """The first item that this message became."""
    found = Item.objects.filter(origin_room_id=room_id, origin_event_id=event_id)
    return found.exclude(state=ItemState.CANCELLED).order_by("created_at", "pk").first()


def lock_many(item_ids: Iterable[UUID]) -> list[Item]:
    return list(
        Item.objects.select_for_update(no_key=True, of=("self",))
        .select_related(*_HOME, "lead_unit", "supervisor_unit")
        .filter(pk__in=list(item_ids))
        .order_by("pk")
    )


def ids_in_state(home_id: UUID, state: ItemState) -> list[UUID]:
    found = Item.objects.filter(_of(home_id), state=state).order_by("number")
    return list(found.values_list("pk", flat=True))


def numbered(number: int, *, unit_id: UUID | None, post_id: UUID | None, room_id: str | None) -> list[Item]:
    """Items with this short number: in the force of the room, or else in every live force of the unit or
    post.
    """
    found = shown().filter(number=number).exclude(taskforce__state="dissolved")
    found = found.filter(ledger__closed_at__isnull=True)
    if room_id:
        here = Q(taskforce__room_id=room_id) | Q(ledger__room_id=room_id) | Q(origin_room_id=room_id)
        in_room = list(found.filter(here))
        if in_room:
            return in_room
    mine = (
        Q(lead_unit_id=unit_id)
        | Q(taskforce__office_unit_id=unit_id)
        | Q(taskforce__members__unit_id=unit_id)
        | Q(taskforce__lead_post_id=post_id)
        | Q(ledger__unit_id=unit_id)
        | Q(supervisor_unit_id=unit_id)
    )
    return list(found.filter(mine).distinct().order_by("taskforce__created_at", "ledger__created_at"))


def unfinished_ids(home_id: UUID) -> list[UUID]:
    """Of a task force or a ledger."""
    found = Item.objects.filter(_of(home_id)).exclude(state__in=FINAL)
    return list(found.order_by("pk").values_list("pk", flat=True))


def milestones(item: Item) -> list[Milestone]:
    """Read afresh: a deed has just changed them."""
    return list(Milestone.objects.filter(item=item).order_by("position"))


def _of(home_id: UUID, prefix: str = "") -> Q:
    return Q(**{f"{prefix}taskforce_id": home_id}) | Q(**{f"{prefix}ledger_id": home_id})


def milestones_of_home(home_id: UUID) -> dict[UUID, list[Milestone]]:
    """Item → its milestones in order, one query for all; items without any have an empty list."""
    found: dict[UUID, list[Milestone]] = defaultdict(list)
    for node in Milestone.objects.filter(_of(home_id, "item__")).order_by("item_id", "position"):
        found[node.item_id].append(node)
    return found


def add_milestones(rows: Iterable[Milestone]) -> None:
    Milestone.objects.bulk_create(rows)


def save_milestones(rows: Iterable[Milestone]) -> None:
    Milestone.objects.bulk_update(rows, ["due_on", "done_on"])


def save_colours(rows: Sequence[Item], fields: Sequence[str]) -> None:
    update_many(rows, fields)


def open_extension(item: Item) -> Extension | None:
    return Extension.objects.select_for_update(of=("self",)).filter(item=item, state="asked").first()


def count_extensions(item: Item) -> int:
    """Asked or agreed; a returned request does not use one up."""
    return Extension.objects.filter(item=item, state__in=("asked", "agreed")).count()


def extensions(item: Item) -> list[Extension]:
    return list(Extension.objects.filter(item=item))


def reports(item: Item) -> list[ProgressReport]:
    """Newest first."""
    return list(ProgressReport.objects.filter(item=item).order_by("-at", "-id"))


def last_taken_report(item: Item) -> ProgressReport | None:
    return ProgressReport.objects.filter(item=item, state="taken").order_by("-at", "-id").first()


def history(item: Item) -> list[ItemHistory]:
    return list(ItemHistory.objects.filter(item=item).order_by("at", "id"))


def imported(home_id: UUID) -> list[Item]:
    """The present edition of the imported list."""
    found = Item.objects.filter(_of(home_id), source="import").exclude(state=ItemState.CANCELLED)
    return list(found.select_related("lead_unit").order_by("number"))


def add_items(rows: Iterable[Item]) -> None:
    Item.objects.bulk_create(rows)


def add_history(rows: Iterable[ItemHistory]) -> None:
    ItemHistory.objects.bulk_create(rows)


def plain(home_id: UUID) -> list[Item]:
    """All items of a force or ledger, without what lists show."""
    return list(Item.objects.filter(_of(home_id)).order_by("number"))


def units_of(item_ids: Iterable[UUID]) -> set[UUID]:
    """Lead and supporting units of these items."""
    rows = Item.objects.filter(pk__in=list(item_ids)).values_list("lead_unit_id", "supporting_units")
    return {unit_id for row in rows for unit_id in row if unit_id}


def set_supporting(item: Item, unit_ids: Iterable[UUID]) -> None:
    item.supporting_units.set(Unit.objects.filter(pk__in=list(unit_ids)))


def shown_many(item_ids: Iterable[UUID]) -> list[Item]:
    return list(shown().filter(pk__in=list(item_ids)))


def signed_by(staff_id: int, item_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Item → when this person last signed for it."""
    rows = ItemHistory.objects.filter(by_id=staff_id, act="sign_for", item_id__in=list(item_ids)).order_by(
        "at"
    )
    return dict(rows.values_list("item_id", "at"))
