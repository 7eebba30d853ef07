"""调用活动: the published drawings that a drawing calls, kept with the version that calls them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from workflows.rules import bpmn, bpmn_calls
from workflows.rules.bpmn import BpmnUnreadable, Drawing, Finding
from workflows.store import approvals as store
from workflows.store.models import ProcessVersion

MOST = 20


class CannotCall(ValueError):  # noqa: N818 - it says what is so
    """The sentence of what stands in the way."""


@dataclass
class Gathered:
    """`called`: process → {number, name, bpmn, clocks, decisions}, its elements renamed as `rules.bpmn_calls` says.

    `wrong`: what stands in the way, each by the element of the calling drawing and its line.
    """

    called: dict[str, Any] = field(default_factory=dict)
    wrong: list[Finding] = field(default_factory=list)


def gather(drawing: Drawing, key: str) -> Gathered:
    """What the process `key` would call if it were published now."""
    found = Gathered()
    for element, wanted in drawing.calls.items():
        at = drawing.elements[element]
        if wanted in processes_in(drawing):
            continue
        try:
            _follow(found, key if wanted == drawing.process_id else wanted, (key,))
        except CannotCall as error:
            found.wrong.append(Finding(element, at.line, at.name or element, str(error)))
    return found


def processes_in(drawing: Drawing) -> set[str]:
    """Other processes of the same file."""
    within = {one.within for one in drawing.elements.values()}
    return within - set(drawing.elements) - {drawing.process_id}


def _follow(found: Gathered, wanted: str, path: tuple[str, ...]) -> None:
    """Take this process and all that it calls. Raises CannotCall."""
    if not wanted:
        raise CannotCall(_("没有指明要调用的流程（calledElement）"))
    if wanted in path:
        raise CannotCall(_("调用形成循环：{path}").format(path=" → ".join((*path, wanted))))
    if wanted not in found.called:
        if len(found.called) >= MOST:
            raise CannotCall(_("调用的流程超过{most}个，请精简").format(most=MOST))
        version = store.published(wanted)
        if version is None:
            raise CannotCall(_("要调用的流程“{key}”不存在或尚未发布").format(key=wanted))
        _take(found, version)
    drawing = bpmn.read(found.called[wanted]["bpmn"])
    for other in drawing.calls.values():
        if other not in processes_in(drawing):
            _follow(found, other, (*path, wanted))


def _take(found: Gathered, version: ProcessVersion) -> None:
    key = version.process.key
    try:
        text = bpmn_calls.renamed(version.bpmn, key)
        drawing = bpmn.read(text)
    except BpmnUnreadable as error:
        raise CannotCall(error.message) from error
    if drawing.process_id != key:
        words = _("要调用的流程“{key}”在图中的编号是“{inside}”，须改为一致后才能调用")
        raise CannotCall(words.format(key=key, inside=drawing.process_id))
    found.called[key] = {
        "number": version.number,
        "name": version.process.name,
        "bpmn": text,
        "clocks": {bpmn_calls.name_within(key, node): one for node, one in version.clocks.items()},
        "decisions": dict(version.decisions),
    }


def all_decisions(own: Mapping[str, Any], called: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of the drawing and of those that it calls."""
    found: dict[str, Any] = {}
    for one in called.values():
        found.update(one["decisions"])
    return {**found, **own}


def clashes(own: Mapping[str, Any], called: Mapping[str, Any]) -> list[str]:
    """Tables of one name and different content, which the engine could not tell apart."""
    seen = dict(own)
    found = []
    for one in called.values():
        for name, table in one["decisions"].items():
            if seen.setdefault(name, table)["dmn"] != table["dmn"]:
                found.append(name)
    return found
