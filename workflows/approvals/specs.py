"""Reading a drawing for SpiffWorkflow: our kinds of tasks and timers, and what it may not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from SpiffWorkflow.bpmn.parser.BpmnParser import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
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

from workflows.rules.bpmn import for_engine


class EngineError(Exception):
    """The drawing cannot be read, or the case cannot go on; `element` is the node at fault, "" where none is known."""

    def __init__(self, message: str, element: str = "") -> None:
        self.message, self.element = message, element
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
            raise ValidationException(_("循环定时器不受支持"), node=self.node, file_name="")  # type: ignore[attr-defined]
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
            parser.add_bpmn_str(for_engine(text))
        for table in decisions:
            parser.add_dmn_str(table.encode())
        main = parser.get_spec(process_id)
        return Specs(main, parser.get_subprocess_specs(process_id))
    except ValidationException as error:
        raise EngineError(str(error), error.id or "") from error
    except Exception as error:
        raise EngineError(str(error)) from error
