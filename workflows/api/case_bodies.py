"""Bodies of the approvals' endpoints."""

from datetime import datetime
from typing import Any
from uuid import UUID

from workflows.api.requests import Body


class RouteIn(Body):
    data: dict[str, Any] = {}


class CaseBeginIn(Body):
    """`draft`: one's own draft, dropped when the case has begun. `room`, `event`: where it was begun from."""

    process: str
    data: dict[str, Any] = {}
    key: str | None = None
    draft: UUID | None = None
    room: str = ""
    event: str = ""


class CaseDeedIn(Body):
    """What comes with a deed; each reads what it needs.

    `task`: which of one's tasks, when there are several. `to`: people by user id. `file`: the id of an uploaded file.
    `key` does the same as the header Idempotency-Key.
    """

    task: UUID | None = None
    opinion: str = ""
    to: list[str] = []
    node: str = ""
    mode: str = ""
    data: dict[str, Any] = {}
    file: str = ""
    key: str | None = None


class BatchDecideIn(Body):
    """Agree to several; each is its own deed under `key` and its id."""

    ids: list[UUID]
    opinion: str = ""
    key: str | None = None


class CaseDraftIn(Body):
    process: str
    data: dict[str, Any] = {}
    room: str = ""


class DelegationIn(Body):
    """`to`: a user id. `starts_at` empty: from now on. `processes`: keys, [] for all."""

    to: str
    starts_at: datetime | None = None
    ends_at: datetime
    processes: list[str] = []
    reason: str = ""


class ProcessDraftIn(Body):
    """`copy`: begin with what is published under this key."""

    key: str
    name: str
    category: str = ""
    description: str = ""
    copy_published: bool = True


class ProcessPartsIn(Body):
    """What is left out stays as it is. `edit`: of the draft that was changed."""

    edit: int
    name: str = ""
    description: str = ""
    bpmn: str | None = None
    form: dict[str, Any] | None = None
    clocks: dict[str, Any] | None = None
    card: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    decisions: dict[str, Any] | None = None
    fixture: dict[str, Any] | None = None


class ReviewNoteIn(Body):
    note: str = ""


class ImportDrawingIn(Body):
    xml: str
    key: str
    name: str
    category: str = ""
