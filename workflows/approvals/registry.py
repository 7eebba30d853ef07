"""What a service task of a drawing may do: name → deed, filled when the app starts.

`run` gets the case under its lock, inside the transaction of the step. It may set `case.number` and change `case.data`;
the case is saved afterwards. What it returns is the line of the trail. What it raises undoes the whole step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from directory.actors import Actor
from workflows.approvals.specs import EngineError
from workflows.store.models import Case


@dataclass(frozen=True)
class ServiceCall:
    """`actor`: whose decision brought the case here; the system for timers."""

    actor: Actor
    case: Case
    node: str
    now: datetime


@dataclass(frozen=True)
class Service:
    name: str
    title: str
    run: Callable[[ServiceCall], str]


_services: dict[str, Service] = {}


def register(service: Service) -> None:
    """Called at start."""
    _services[service.name] = service


def services() -> list[Service]:
    return list(_services.values())


def serve(name: str, call: ServiceCall) -> str:
    """Raises EngineError: nobody has registered this name."""
    known = _services.get(name)
    if known is None:
        raise EngineError(_("没有名为“{name}”的自动办理事项").format(name=name), call.node)
    return known.run(call)
