"""Bodies of the orders' endpoints."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from workflows.api.requests import Body
from workflows.orders.views import OrderRungIn, OrderScopeIn, OrderTaskIn, UrgencyWord


class OrderDraftIn(Body):
    """A draft may be incomplete; what is missing is asked for at approval. Left out in PATCH: stays as it is.

    `edit`: the number of the edit that the client holds; another one in between is refused, nothing is overwritten.
    """

    title: str | None = None
    text: str | None = None
    urgency: UrgencyWord | None = None
    sign_by: datetime | None = None
    report_by: datetime | None = None
    is_drill: bool | None = None
    drill_outside: bool | None = None
    scope: OrderScopeIn | None = None
    rungs: list[OrderRungIn] | None = Field(default=None, max_length=6)
    tasks: list[OrderTaskIn] | None = Field(default=None, max_length=5)
    mandate: str | None = None
    organ_code: str | None = None
    taskforce: UUID | None = None
    edit: int | None = None


class HeadCountIn(Body):
    scope: OrderScopeIn
    mandate: str = ""
    taskforce: UUID | None = None
    rungs: list[OrderRungIn] = Field(default=[], max_length=6)


class OrderIssueIn(Body):
    """`ask_others`: the units that may not be commanded get it as a request (商请). Without it they are refused."""

    ask_others: bool = False


class OrderCorrectIn(Body):
    """A correction is a new version; receipts start afresh."""

    reason: str
    title: str | None = None
    text: str | None = None
    sign_by: datetime | None = None
    report_by: datetime | None = None


class OrderSignForIn(Body):
    room: str = ""


class OrderReportIn(Body):
    text: str


class OrderReasonIn(Body):
    reason: str


class OrderSubstituteIn(Body):
    """For whom: a recipient of the own unit, or the own unit as a whole when empty."""

    user_id: str = ""
    reason: str


class OrderRemindIn(Body):
    """Empty: all who have not signed."""

    units: list[UUID] = Field(default=[], max_length=2000)


class OrderTemplateIn(Body):
    name: str
    draft: OrderDraftIn
