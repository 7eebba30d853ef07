"""A version of a process, read once a process of ours: drawing, engine specs, form, clocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from workflows.approvals import engine
from workflows.rules import bpmn
from workflows.rules.bpmn import START, Drawing, UserNode
from workflows.store import approvals as store
from workflows.store.models import ProcessVersion

_KEPT = 256


@dataclass(frozen=True)
class Definition:
    """`key`, `name` of the process; `number` of the version, 0 for a draft."""

    version_id: UUID
    key: str
    name: str
    number: int
    bpmn: str
    drawing: Drawing
    form: Mapping[str, Any]
    clocks: Mapping[str, Any]
    card: Mapping[str, Any]
    meta: Mapping[str, Any]
    decisions: Mapping[str, Any]

    @cached_property
    def specs(self) -> engine.Specs:
        """Parsed when first needed. Raises EngineError: never for what was published."""
        return engine.parse(
            self.bpmn,
            decisions=[one["dmn"] for one in self.decisions.values()],
            called=list(self.meta.get("called", {}).values()),
            process_id=self.drawing.process_id,
        )

    @property
    def must_read(self) -> bool:
        return bool(self.meta.get("must_read"))

    def node(self, node: str) -> UserNode:
        """A user task of the drawing; the start and what was drawn otherwise before are plain."""
        return self.drawing.users.get(node) or UserNode(
            id=node, name="拟稿" if node == START else node, kind="fill"
        )

    def name_of(self, node: str) -> str:
        if node == START:
            return "拟稿"
        found = self.drawing.elements.get(node)
        return (found.name or found.id) if found else node

    def clock_of(self, node: str) -> Mapping[str, Any]:
        found = self.clocks.get(node)
        return found if isinstance(found, dict) else {}

    def reads_first(self, node: str) -> bool:
        return self.must_read or self.node(node).reading


def drawing_of(text: str, called: Mapping[str, str]) -> Drawing:
    """With the elements of the processes it calls. Raises BpmnUnreadable."""
    drawing = bpmn.read(text)
    for other in called.values():
        more = bpmn.read(other)
        drawing.elements.update(more.elements)
        drawing.flows += more.flows
        drawing.users.update(more.users)
        drawing.services.update(more.services)
        drawing.decisions.update(more.decisions)
    return drawing


def build(version: ProcessVersion) -> Definition:
    """Raises BpmnUnreadable."""
    return Definition(
        version_id=version.pk,
        key=version.process.key,
        name=version.process.name,
        number=version.number,
        bpmn=version.bpmn,
        drawing=drawing_of(version.bpmn, version.meta.get("called", {})),
        form=version.form,
        clocks=version.clocks,
        card=version.card,
        meta=version.meta,
        decisions=version.decisions,
    )


_kept: dict[UUID, Definition] = {}


def definition_of(version_id: UUID) -> Definition:
    """Of a version; what was published never changes and is kept, the newest few hundred."""
    known = _kept.get(version_id)
    if known is not None:
        return known
    version = store.get_version(version_id)
    made = build(version)
    if version.state in {"published", "retired"}:
        if len(_kept) >= _KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[version_id] = made
    return made


def drop() -> None:
    _kept.clear()
