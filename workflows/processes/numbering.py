"""编号: the document's number, given once; a case that ends without being issued gives it up as void."""

from common import clock
from directory.actors import system_actor
from workflows.approvals.registry import ServiceCall
from workflows.events import CaseMoved
from workflows.processes.common import settings_of
from workflows.services import document_numbers
from workflows.store.models import Case

ENDED_WITHOUT = {"refused": "未获同意", "withdrawn": "已由拟稿人撤回"}


def give(call: ServiceCall) -> str:
    """`series` of process.json: `code_field` holds the code word; `style`: document or minutes.

    Raises: BadInputError, ForbiddenError as `document_numbers.do_take`.
    """
    series = settings_of(call.case, "series")
    text = document_numbers.do_take(
        actor=call.actor,
        case_id=call.case.pk,
        organ_code=str(call.case.data.get(series.get("code_field", "organ_code")) or ""),
        title=call.case.title,
        style=series.get("style", "document"),
    )
    call.case.number = text
    return f"编号{text}"


def void_of_ended(event: CaseMoved) -> None:
    """A number stays in its series, with the reason why no document bears it."""
    if event.state not in ENDED_WITHOUT:
        return
    case = Case.objects.filter(pk=event.case_id, number__isnull=False, state__in=ENDED_WITHOUT).first()
    if case is None:
        return
    why = f"《{case.title}》{ENDED_WITHOUT[case.state]}（{clock.local(clock.now()):%Y-%m-%d}），未印发"
    if document_numbers.do_void_of_case(actor=system_actor("发文字号"), case_id=case.pk, reason=why[:500]):
        Case.objects.filter(pk=case.pk).update(number=None)
