"""The port around SpiffWorkflow: parse once a version, step, and keep a tree without specs and without data.

The engine knows where a case stands and nothing else. What is filled in lies in `names` (the form, outcomes, starter),
which expressions read through the sandbox of `rules.expressions`; no user's text reaches Python. One user task of the
drawing is one task of the engine: who signs it, in which order and how many, is decided in `groups`.
"""

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    StartEvent,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.spiff.parser.event_parsers import (
    SpiffBoundaryEventParser,
    SpiffEndEventParser,
    SpiffIntermediateCatchEventParser,
    SpiffStartEventParser,
)
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.parser.task_spec import SpiffTaskParser
from SpiffWorkflow.spiff.specs.defaults import NoneTask, UserTask
from SpiffWorkflow.task import Task

from workflows.rules import expressions
from workflows.rules.durations import duration_of

STATE_VERSION = 1
# From an older form of the tree to the next: version → what brings it one further.
UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
MOST_STEPS = 1000
Service = Callable[[str], None]
DueOf = Callable[[str, str], datetime]


class EngineError(Exception):
    """The drawing cannot be read, or the case cannot go on; `element` is the node at fault, "" where none is known."""

    def __init__(self, message: str, element: str = "", line: int = 0) -> None:
        self.message, self.element, self.line = message, element, line
        super().__init__(message)


class _ServiceTask(NoneTask):  # type: ignore[misc]  # untyped library
    """A deed of the platform's registry, done on the way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.manual = False

    def _run_hook(self, my_task: Task) -> bool:
        super()._run_hook(my_task)
        my_task.workflow.script_engine.service(my_task.task_spec.bpmn_id)
        return True


class _Due:
    """Timers by our clock: the due time is worked out once and kept with the task."""

    def has_fired(self, my_task: Task) -> bool:
        port = my_task.workflow.script_engine
        due = my_task._get_internal_data("event_value")  # noqa: SLF001 - as the library's own timers keep it
        if due is None:
            due = port.due_of(my_task.task_spec.bpmn_id, self.expression).isoformat()  # type: ignore[attr-defined]
            my_task._set_internal_data(event_value=due)  # noqa: SLF001
        return bool(datetime.fromisoformat(due) <= port.now)


class _DurationTimer(_Due, DurationTimerEventDefinition):  # type: ignore[misc]
    pass


class _DateTimer(_Due, TimeDateEventDefinition):  # type: ignore[misc]
    pass


class _Timers:
    def parse_timer_event(self, event: Any) -> TimerEventDefinition:
        read = super().parse_timer_event(event)  # type: ignore[misc]
        made = {DurationTimerEventDefinition: _DurationTimer, TimeDateEventDefinition: _DateTimer}.get(
            type(read)
        )
        if made is None:
            raise ValidationException("循环定时器不受支持", node=self.node, file_name="")  # type: ignore[attr-defined]
        return made(read.name, read.expression, description=read.description)


class _StartParser(_Timers, SpiffStartEventParser):  # type: ignore[misc]
    pass


class _EndParser(_Timers, SpiffEndEventParser):  # type: ignore[misc]
    pass


class _CatchParser(_Timers, SpiffIntermediateCatchEventParser):  # type: ignore[misc]
    pass


class _BoundaryParser(_Timers, SpiffBoundaryEventParser):  # type: ignore[misc]
    pass


class _Parser(SpiffBpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {
        **SpiffBpmnParser.OVERRIDE_PARSER_CLASSES,
        full_tag("serviceTask"): (SpiffTaskParser, _ServiceTask),
        full_tag("userTask"): (SpiffTaskParser, UserTask),
        full_tag("startEvent"): (_StartParser, StartEvent),
        full_tag("endEvent"): (_EndParser, EndEvent),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
        full_tag("boundaryEvent"): (_BoundaryParser, BoundaryEvent),
    }


@dataclass(frozen=True)
class Specs:
    """A parsed drawing. Shared by all its cases, never changed."""

    main: Any
    parts: Mapping[str, Any]


def parse(bpmn: str, *, decisions: Sequence[str] = (), called: Sequence[str] = (), process_id: str) -> Specs:
    """Read a drawing with its decision tables and the processes it calls. Raises EngineError."""
    parser = _Parser()
    try:
        for text in (bpmn, *called):
            parser.add_bpmn_str(text.encode())
        for table in decisions:
            parser.add_dmn_str(table.encode())
        main = parser.get_spec(process_id)
        return Specs(main, parser.get_subprocess_specs(process_id))
    except ValidationException as error:
        raise EngineError(str(error), error.tag or "", error.line_number or 0) from error
    except Exception as error:
        raise EngineError(str(error)) from error


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
        raise EngineError("不能运行脚本", task.task_spec.bpmn_id or task.task_spec.name)


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
            self._flow = _restore(specs, state)
            self._flow.script_engine = script

    def go(self) -> Standing:
        """Run all that needs nobody. Raises EngineError; what a service raises passes through."""
        try:
            self._flow.do_engine_steps(will_complete_task=self._count, did_complete_task=self._take)
        except SpiffWorkflowException as error:
            task = getattr(error, "task", None)
            raise EngineError(str(error), task.task_spec.name if task else "") from error
        return self.standing()

    def _count(self, task: Task) -> None:
        if task.task_spec.bpmn_id:
            self._passed.append(task.task_spec.bpmn_id)
        if len(self._passed) > MOST_STEPS:
            raise EngineError("流程在不需要办理人的环节间循环，不能继续", task.task_spec.bpmn_id or "")

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
        task = self._flow.tasks.get(UUID(engine_task)) or self._find(engine_task)
        if task is None or task.state != TaskState.READY:
            raise EngineError("该环节已不在办理中")
        task.run()

    def _find(self, engine_task: str) -> Task | None:
        for part in self._flow.subprocesses.values():
            if found := part.tasks.get(UUID(engine_task)):
                return found
        return None

    def earlier(self, engine_task: str) -> dict[str, str]:
        """Nodes that the case may go back to from this task: node → engine task, nearest first.

        What lies inside a branch that has joined others since is left out: only one branch would come back.
        """
        found: dict[str, str] = {}
        task = self._flow.tasks.get(UUID(engine_task)) or self._find(engine_task)
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
        """The tree, small: no specs, no data."""
        return {
            **_kept_tree(self._flow),
            "parts": {
                str(key): {**_kept_tree(part), "spec": part.spec.name}
                for key, part in self._flow.subprocesses.items()
            },
        }


def _due_plain(now: datetime, _node: str, text: str) -> datetime:
    text = text.strip().strip("\"'")
    if text.upper().startswith("P"):
        return now + (duration_of(text) or timedelta())
    return datetime.fromisoformat(text)


def _kept_tree(flow: Any) -> dict[str, Any]:
    return {
        "root": str(flow.task_tree.id),
        "last": str(flow.last_task.id) if flow.last_task is not None else None,
        "completed": flow.completed,
        "success": flow.success,
        "tasks": [
            [
                str(task.id),
                str(task._parent) if task._parent else None,  # noqa: SLF001
                [str(child) for child in task._children],  # noqa: SLF001
                task.state,
                task.task_spec.name,
                task.triggered,
                {key: value for key, value in task.internal_data.items() if key != "seen_events"},
            ]
            for task in flow.tasks.values()
        ],
    }


def upgraded(state: dict[str, Any], version: int) -> dict[str, Any]:
    """A tree of an older form in the present one. Raises EngineError: nobody knows how, or it is a newer program's."""
    while version != STATE_VERSION:
        step = UPGRADES.get(version)
        if step is None:
            raise EngineError(f"流程状态的版本{version}不能由本程序打开")
        state, version = step(state), version + 1
    return state


def _restore(specs: Specs, state: dict[str, Any]) -> BpmnWorkflow:
    flow = BpmnWorkflow(specs.main, dict(specs.parts), deserializing=True)
    _restore_tree(flow, state)
    _restore_parts(flow, flow, dict(state["parts"]))
    return flow


def _restore_parts(flow: Any, holder: Any, parts: dict[str, Any]) -> None:
    for task in list(holder.tasks.values()):
        kept = parts.pop(str(task.id), None) if isinstance(task.task_spec, SubWorkflowTask) else None
        if kept is None:
            continue
        part = BpmnSubWorkflow(flow.subprocess_specs[task.task_spec.spec], task.id, flow, deserializing=True)
        _restore_tree(part, kept)
        flow.subprocesses[task.id] = part
        part.completed_event.connect(task.task_spec._on_subworkflow_completed, task)  # noqa: SLF001
        _restore_parts(flow, part, parts)


def _restore_tree(flow: Any, state: dict[str, Any]) -> None:
    for key, parent, children, code, spec, triggered, internal in state["tasks"]:
        task = Task(flow, flow.spec.task_specs[spec], state=code, id=UUID(key))
        task._parent = UUID(parent) if parent else None  # noqa: SLF001
        task._children = [UUID(child) for child in children]  # noqa: SLF001
        task.triggered = triggered
        task.internal_data = dict(internal)
        if isinstance(task.task_spec, CatchingEvent) and task.has_state(TaskState.WAITING):
            flow.top_workflow.event_manager.add_task(task)
    flow.task_tree = flow.tasks[UUID(state["root"])]
    flow.last_task = flow.tasks.get(UUID(state["last"])) if state["last"] else None
    flow.completed, flow.success = state["completed"], state["success"]
