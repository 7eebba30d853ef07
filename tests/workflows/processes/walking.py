"""Walking a case as a fixture tells it."""

from typing import Any

from common import ids
from workflows.approvals import cases, deeds, moves, reading, returning, talk
from workflows.approvals.deeds import Said
from workflows.approvals.definitions import definition_of
from workflows.store import approvals as store
from workflows.store.models import Case

DEEDS = {
    "agree": deeds.check_agree,
    "refuse": deeds.check_refuse,
    "return": returning.check_return,
    "resubmit": deeds.check_agree,
    "withdraw": moves.check_withdraw,
    "answer_dissent": talk.check_answer,
}


def filled(town, value: Any) -> Any:
    """With @unit:civil and @person:civil.head in their places."""
    if isinstance(value, dict):
        return {key: filled(town, one) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(town, one) for one in value]
    if isinstance(value, str) and value.startswith("@unit:"):
        return str(town.units[value.removeprefix("@unit:")].pk)
    if isinstance(value, str) and value.startswith("@person:"):
        return ids.user_id(value.removeprefix("@person:"))
    return value


def begun(town, process: str, case: dict[str, Any]) -> Case:
    actor, data = town.actor(case["starter"]), filled(town, case["data"])
    if case.get("arrives"):
        version = store.published(process)
        assert version is not None
        return cases.begin_in(actor, version, definition_of(version.pk), data)
    return Case.objects.get(pk=cases.begin(actor=actor, process=process, data=data).id)


def walk(town, case: Case, steps: list[dict[str, Any]]) -> None:
    """Each step by its person, who opens the case first."""
    for step in steps:
        actor = town.actor(step["actor"])
        cases.check_open(actor=actor, case_id=case.pk)
        page = reading.describe(actor, case.pk)
        assert page.node == step["node"], (step, page.node, [task.name for task in page.tasks])
        said = Said(
            opinion=step.get("opinion", ""), data=filled(town, step.get("data", {})), node=step.get("to", "")
        )
        DEEDS[step["deed"]](actor=actor, case_id=case.pk, said=said)


def do(town, number: str, deed: str, case: Case, **said: Any) -> Any:
    """One deed of one person, who opens the case first."""
    actor = town.actor(number)
    cases.check_open(actor=actor, case_id=case.pk)
    return DEEDS[deed](actor=actor, case_id=case.pk, said=Said(**said))
