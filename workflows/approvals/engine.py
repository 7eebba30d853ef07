"""The port around SpiffWorkflow: parse once a version (specs), step, and keep a small tree (tree).

The engine knows where a case stands and nothing else. What is filled in lies in `names` (the form, outcomes, starter),
which expressions read through the sandbox of `rules.expressions`; no user's text reaches Python. One user task of the
drawing is one task of the engine: who signs it, in which order and how many, is decided in `groups`.
"""

import ast
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task

from workflows.approvals import tree
from workflows.approvals.specs import EngineError, Specs
from workflows.rules import expressions
from workflows.rules.durations import duration_of

MOST_STEPS = 1000
Service = Callable[[str], None]
DueOf = Callable[[str, str], datetime]


class _Script(PythonScriptEngine):  # type: ignore[misc]
    """What the library asks to run: expressions only, in the sandbox."""

    def __init__(self, names: Mapping[str, Any], service: Service, due_of: DueOf, now: datetime) -> None:
        super().__init__()
        self.names, self.service, self.due_of, self.now = names, service, due_of, now

    def validate(self, expression: str) -> None:
        ast.parse(expression, mode="eval")

    def evaluate(self, task: Task, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return expressions.evaluate(expression, {**self.names, **(external_context or {})})
        except expressions.ExpressionError as error:
            raise EngineError(str(error), task.task_spec.bpmn_id or task.task_spec.name) from error

    def execute(self, task: Task, script: str, external_context: object = None) -> Any:  # noqa: ARG002
        raise EngineError(_("不能运行脚本"), task.task_spec.bpmn_id or task.task_spec.name)


@dataclass(frozen=True)
class Standing:
    """Where a case stands: user tasks that are to be done as (engine task, node), and the next timer."""

    ready: tuple[tuple[str, str], ...]
    is_ended: bool
    next_due: datetime | None
    passed: tuple[str, ...]


class Run:
    """One case in the engine, for the length of one transaction.

    Args:
        state: what `kept()` gave, None to begin.
        names: read by conditions and decision tables; what a table decides is written into it, and into `decided`.
        service: does the service task of this node.
        due_of: (node, ISO 8601 duration or moment) → when it is due.
    """

    def __init__(
        self,
        specs: Specs,
        state: dict[str, Any] | None,
        *,
        names: dict[str, Any],
        now: datetime,
        service: Service,
        due_of: DueOf | None = None,
    ) -> None:
        self.names, self.decided = names, dict[str, Any]()
        self._passed: list[str] = []
        script = _Script(names, service, due_of or functools.partial(_due_plain, now), now)
        if state is None:
            self._flow = BpmnWorkflow(specs.main, specs.parts, script_engine=script)
        else:
            self._flow = tree.restore(specs, state)
            self._flow.script_engine = script

    def go(self) -> Standing:
        """Run all that needs nobody. Raises EngineError; what a service raises passes through."""
        try:
            self._flow.refresh_timers()  # a timer whose time has come is seen before the steps, not after them
            self._flow.do_engine_steps(will_complete_task=self._count, did_complete_task=self._take)
        except SpiffWorkflowException as error:
            task = getattr(error, "task", None)
            raise EngineError(str(error), task.task_spec.name if task else "") from error
        return self.standing()

    def _count(self, task: Task) -> None:
        if task.task_spec.bpmn_id:
            self._passed.append(task.task_spec.bpmn_id)
        if len(self._passed) > MOST_STEPS:
            raise EngineError(_("流程在不需要办理人的环节间循环，不能继续"), task.task_spec.bpmn_id or "")

    def _take(self, task: Task) -> None:
        """What a decision table answered belongs to the case, not to the engine's tree."""
        if task.data:
            self.names.update(task.data)
            self.decided.update(task.data)
            task.data = {}

    def standing(self) -> Standing:
        ready = [
            (str(task.id), task.task_spec.bpmn_id)
            for task in self._flow.get_tasks(state=TaskState.READY)
            if task.task_spec.manual
        ]
        dues = [
            datetime.fromisoformat(due)
            for task in self._flow.event_manager.tasks.values()
            if task.state == TaskState.WAITING and (due := task.internal_data.get("event_value"))
        ]
        return Standing(tuple(ready), self._flow.is_completed(), min(dues, default=None), tuple(self._passed))

    def complete(self, engine_task: str) -> None:
        """Raises EngineError: the task is not waiting any more."""
        task = self._find(engine_task)
        if task is None or task.state != TaskState.READY:
            raise EngineError(_("该环节已不在办理中"))
        task.run()

    def _find(self, engine_task: str) -> Task | None:
        key = UUID(engine_task)
        for part in (self._flow, *self._flow.subprocesses.values()):
            if found := part.tasks.get(key):
                return found
        return None

    def earlier(self, engine_task: str) -> dict[str, str]:
        """Nodes that the case may go back to from this task: node → engine task, nearest first.

        What lies inside a branch that has joined others since is left out: only one branch would come back.
        """
        found: dict[str, str] = {}
        task = self._find(engine_task)
        joined = 0
        while task is not None:
            task = task.parent or self._holder_of(task)
            if task is None:
                break
            spec = task.task_spec
            kind = type(spec).__name__
            if kind in {"ParallelGateway", "InclusiveGateway"}:
                joined += (len(spec.inputs) > 1) - (len(spec.outputs) > 1)
            if (
                spec.manual
                and task.state == TaskState.COMPLETED
                and joined <= 0
                and spec.bpmn_id not in found
            ):
                found[spec.bpmn_id] = str(task.id)
        return found

    def _holder_of(self, task: Task) -> Task | None:
        """The task of the sub-process in which this one lies."""
        holder = getattr(task.workflow, "parent_task_id", None)
        return self._flow.get_task_from_id(holder) if holder else None

    def back_to(self, engine_task: str) -> None:
        """Let the case stand at a task that was done already; what came after it is forgotten."""
        self._flow.completed = False
        self._flow.reset_from_task_id(UUID(engine_task))

    def kept(self) -> dict[str, Any]:
        return tree.kept(self._flow)


def _due_plain(now: datetime, _node: str, text: str) -> datetime:
    text = text.strip().strip("\"'")
    if text.upper().startswith("P"):
        return now + (duration_of(text) or timedelta())
    return datetime.fromisoformat(text)
