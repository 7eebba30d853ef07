"""What is kept of a running case: the engine's tree without specs and without data, a few KB.

Its form has a version; a tree of an older form is brought up when it is read.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from workflows.approvals.specs import EngineError, Specs

STATE_VERSION = 1
# From an older form of the tree to the next: version → what brings it one further.
UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def kept(flow: BpmnWorkflow) -> dict[str, Any]:
    """The tree, small: no specs, no data."""
    return {
        **_kept_tree(flow),
        "parts": {
            str(key): {**_kept_tree(part), "spec": part.spec.name} for key, part in flow.subprocesses.items()
        },
    }


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
            raise EngineError(_("流程状态的版本{version}不能由本程序打开").format(version=version))
        state, version = step(state), version + 1
    return state


def restore(specs: Specs, state: dict[str, Any]) -> BpmnWorkflow:
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
