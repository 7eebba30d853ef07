"""REST of this floor, mounted under /api/v1 by config."""

from ninja import Router

from workflows.api.attached import router as attached
from workflows.api.burden import router as burden
from workflows.api.calendar import router as calendar
from workflows.api.case_results import router as case_results
from workflows.api.cases import router as cases
from workflows.api.chasing import router as chasing
from workflows.api.colours import router as colours
from workflows.api.consents import router as consents
from workflows.api.day import router as day
from workflows.api.delegations import router as delegations
from workflows.api.document_numbers import router as document_numbers
from workflows.api.experts import router as experts
from workflows.api.force_meetings import router as force_meetings
from workflows.api.force_methods import router as force_methods
from workflows.api.force_templates import router as force_templates
from workflows.api.imports import router as imports
from workflows.api.item_deeds import router as item_deeds
from workflows.api.items import router as items
from workflows.api.ledgers import router as ledgers
from workflows.api.message_items import router as message_items
from workflows.api.orders import router as orders
from workflows.api.pending import router as pending
from workflows.api.problems import router as problems
from workflows.api.process_drafts import router as process_drafts
from workflows.api.supervision import router as supervision
from workflows.api.taskforces import router as taskforces
from workflows.api.triggers import router as triggers

router = Router(tags=["workflows"])
PARTS = (
    taskforces,
    problems,
    force_methods,
    force_templates,
    experts,
    force_meetings,
    items,
    message_items,
    orders,
    item_deeds,
    ledgers,
    document_numbers,
    imports,
    consents,
    cases,
    delegations,
    case_results,
    process_drafts,
    colours,
    chasing,
    pending,
    day,
    calendar,
    burden,
    supervision,
    triggers,
    attached,
)
for part in PARTS:
    router.add_router("", part)
