"""The one order of the pending list: what is due first stands first, whatever source it comes from.

The place of an entry is (due moment, subject, source). A day without an hour counts as the end of its office hours;
without a due date it comes last. A page goes on behind a place, so nothing is skipped or shown twice while entries come
and go.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import Q

from common.cursors import bad_cursor
from workflows.rules.working_days import SHANGHAI

DAY_ENDS = time(17, 30)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Place:
    due: datetime
    subject: UUID
    source: str


def due_moment(day: date | None, at: datetime | None = None) -> datetime:
    if at is not None:
        return at
    return datetime.combine(day, DAY_ENDS, SHANGHAI) if day else NEVER


def cursor_of(place: Place) -> str:
    words = [place.due.isoformat(), place.subject.hex, place.source]
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode()


def place_of(cursor: str | None) -> Place | None:
    """None is the first page. Raises BadInputError for what `cursor_of` did not make."""
    if not cursor:
        return None
    try:
        due, subject, source = json.loads(base64.urlsafe_b64decode(cursor))
        place = Place(datetime.fromisoformat(due), UUID(subject), str(source))
        place.due.astimezone(SHANGHAI)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise bad_cursor() from error
    if place.due.tzinfo is None:
        raise bad_cursor()
    return place


def after(place: Place, *, source: str, due: str, dated: bool, subject: str = "pk") -> Q:
    """Rows of this source that stand behind the place. `dated`: the column `due` is a day, not a moment."""
    behind = Q(**{f"{subject}__gte" if source > place.source else f"{subject}__gt": place.subject})
    undated = Q(**{f"{due}__isnull": True})
    if place.due == NEVER:
        return undated & behind
    if not dated:
        return Q(**{f"{due}__gt": place.due}) | Q(**{due: place.due}) & behind | undated
    local = place.due.astimezone(SHANGHAI)
    ends = due_moment(local.date())
    if place.due == ends:
        return Q(**{f"{due}__gt": local.date()}) | Q(**{due: local.date()}) & behind | undated
    first = f"{due}__gte" if place.due < ends else f"{due}__gt"
    return Q(**{first: local.date()}) | undated
