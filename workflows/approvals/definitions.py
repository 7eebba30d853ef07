"""A version of a process, read once a process of ours: drawing, engine specs, form, clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from workflows.approvals import calls
from workflows.approvals.specs import Specs, parse
from workflows.rules import bpmn
from workflows.rules.bpmn import START, Drawing, Finding, UserNode
from workflows.store import approvals as store
from workflows.store.models import ProcessVersion

_KEPT = 256
PUBLISHED = frozenset({"published", "retired"})


@dataclass(frozen=True)
class Definition:
    """`key`, `name` of the process; `number` of the version, 0 for a draft.

    Attributes:
        drawing, clocks: with those of the processes it calls (`called`, as calls.Gathered says).
        wrong: why a process cannot be called; none for what was published.
    """

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
    called: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[Finding, ...] = ()

    @cached_property
    def specs(self) -> Specs:
        """Parsed when first needed. Raises EngineError: never for what was published."""
        return parse(
            self.bpmn,
            decisions=[one["dmn"] for one in calls.all_decisions(self.decisions, self.called).values()],
            called=[one["bpmn"] for one in self.called.values()],
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


def joined(drawing: Drawing, called: Mapping[str, Any]) -> Drawing:
    """With the elements of the processes it calls. Raises BpmnUnreadable."""
    for other in called.values():
        more = bpmn.read(other["bpmn"])
        drawing.elements.update(more.elements)
        drawing.flows += more.flows
        drawing.users.update(more.users)
        drawing.services.update(more.services)
        drawing.decisions.update(more.decisions)
        drawing.calls.update(more.calls)
    return drawing


def build(version: ProcessVersion) -> Definition:
    """What was published keeps what it called then; a draft would call what is published now. Raises BpmnUnreadable."""
    drawing, key = bpmn.read(version.bpmn), version.process.key
    if version.state in PUBLISHED:
        gathered = calls.Gathered(version.meta.get("called", {}))
    else:
        gathered = calls.gather(drawing, key)
    clocks = {name: one for other in gathered.called.values() for name, one in other["clocks"].items()}
    return Definition(
        version_id=version.pk,
        key=key,
        name=version.process.name,
        number=version.number,
        bpmn=version.bpmn,
        drawing=joined(drawing, gathered.called),
        form=version.form,
        clocks={**clocks, **version.clocks},
        card=version.card,
        meta=version.meta,
        decisions=version.decisions,
        called=gathered.called,
        wrong=tuple(gathered.wrong),
    )


_kept: dict[UUID, Definition] = {}


def definition_of(version_id: UUID) -> Definition:
    """Of a version; what was published never changes and is kept, the newest few hundred."""
    known = _kept.get(version_id)
    if known is not None:
        return known
    version = store.get_version(version_id)
    made = build(version)
    if version.state in PUBLISHED:
        if len(_kept) >= _KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[version_id] = made
    return made


def drop() -> None:
    _kept.clear()
