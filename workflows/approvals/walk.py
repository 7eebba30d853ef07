"""One case under its lock: what a deed reads and changes, kept together until it is written.

The order is always: lock the case, do the deed, let the engine go on, open and close tasks, write the trail, set the
timers, tell the people. All of it is one transaction. Tasks and lines of the trail are held back and written together,
each once, before a service of the drawing looks at them and at the end.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from chatops.services.tell import tell_people_all
from common import audit, clock, timers
from common.events import publish
from common.ids import new_uuid
from directory.actors import Actor
from workflows.approvals import engine, registry, tree
from workflows.approvals.clocks import end_of
from workflows.approvals.definitions import Definition, definition_of
from workflows.approvals.standing import Standings, standing_in_for
from workflows.events import CaseMoved
from workflows.rules.case_words import FINAL_DEEDS
from workflows.services.stamps import stamp
from workflows.store import approvals as store
from workflows.store.models import Case, CaseEntry, CaseTask

ACTIVE = frozenset({"waiting", "open", "opened"})
TO_DO = frozenset({"open", "opened"})


@dataclass
class Walk:
    """`touched`: people whose lists change; `rules_asked`: whom the directory has named so far (resolve)."""

    actor: Actor
    case: Case
    definition: Definition
    tasks: list[CaseTask]
    now: datetime = field(default_factory=clock.now)
    touched: set[int] = field(default_factory=set)
    rules_asked: dict[Any, Any] = field(default_factory=dict)
    _seq: int = 0
    _made: dict[UUID, CaseTask] = field(default_factory=dict)
    _changed: dict[UUID, CaseTask] = field(default_factory=dict)
    _lines: list[CaseEntry] = field(default_factory=list)

    @cached_property
    def standings(self) -> Standings:
        return Standings(self.actor)

    @classmethod
    def locked(cls, actor: Actor, case: Case) -> "Walk":
        """Of a case that this transaction has locked."""
        walk = cls(actor, case, definition_of(case.version_id), store.tasks_of(case.pk))
        walk._seq = store.last_seq(case.pk)
        return walk

    def task(self, task_id: UUID | None) -> CaseTask | None:
        return next((one for one in self.tasks if one.pk == task_id), None)

    def group(self, key: UUID) -> list[CaseTask]:
        return [one for one in self.tasks if one.group == key]

    def active(self) -> list[CaseTask]:
        return [one for one in self.tasks if one.state in ACTIVE]

    def add(self, task: CaseTask) -> CaseTask:
        self._made[task.pk] = task
        self.tasks.append(task)
        if task.assignee_id:
            self.touched.add(task.assignee_id)
        return task

    def save(self, task: CaseTask) -> None:
        if task.pk not in self._made:
            self._changed[task.pk] = task
        if task.assignee_id:
            self.touched.add(task.assignee_id)

    def flush(self) -> None:
        """Write what is held back, so that others who read the tables in this transaction see it."""
        store.add_tasks(self._made.values())
        for task in self._changed.values():
            task.save(update_fields=store.CHANGES)
        store.add_entries(self._lines)
        self._made, self._changed, self._lines = {}, {}, []

    def end_task(self, task: CaseTask, state: str) -> None:
        """Close it without a decision of its own."""
        task.state = state
        forget_clock(task)
        self.save(task)

    def write(
        self,
        deed: str,
        *,
        task: CaseTask | None = None,
        node: str = "",
        to_node: str = "",
        to_name: str = "",
        opinion: str = "",
        reason: str = "",
        file_id: str = "",
        act_for: str = "",
        recorded_for: str = "",
        actor: Actor | None = None,
    ) -> CaseEntry:
        """One line of the trail, and its audit entry."""
        who = actor or self.actor
        self._seq += 1
        node = task.node if task else node
        name = task.name if task else self.definition.name_of(node) if node else ""
        entry = CaseEntry(
            id=new_uuid(), case=self.case, seq=self._seq, deed=deed, node=node, node_name=name,
            to_node=to_node, to_name=to_name[:200], opinion=opinion, reason=reason[:300], file_id=file_id,
            act_for=act_for, recorded_for=recorded_for, task=task, **stamp(who, self.now),
        )  # fmt: skip
        self._lines.append(entry)
        audit.record(
            actor=who,
            verb=f"case.{deed}",
            subject="case",
            subject_id=self.case.pk,
            new={
                "node": node,
                **({"to": to_node} if to_node else {}),
                **({"for": act_for} if act_for else {}),
                **({"recorded_for": recorded_for} if recorded_for else {}),
                **({"reason": reason} if reason else {}),
                "opinion_length": len(opinion),
            },
        )
        return entry

    def names(self) -> dict[str, Any]:
        """What conditions and decision tables may read."""
        case = self.case
        starter = case.starter_unit
        return {
            **case.data,
            "outcome": case.outcomes.get("", ""),
            "outcomes": {key: value for key, value in case.outcomes.items() if key},
            "starter": {
                "name": case.starter_name,
                "post": case.starter_post_title,
                "role": case.starter_post.role if case.starter_post else "",
                "unit": starter.code if starter else "",
                "unit_name": case.starter_unit_name,
                "level": starter.level if starter else "",
                "region": starter.region_id if starter else "",
                "organ": starter.organ if starter else "",
            },
        }

    def run(self, *, afresh: bool = False) -> engine.Run:
        """The engine at this case's place. Raises EngineError."""
        case = self.case
        state = None if afresh else tree.upgraded(case.engine_state, case.engine_version)
        return engine.Run(
            self.definition.specs,
            state,
            names=self.names(),
            now=self.now,
            service=self._serve,
            due_of=self._due_of,
        )

    def _serve(self, node: str) -> None:
        self.flush()
        name = self.definition.drawing.services.get(node, "")
        words = registry.serve(name, registry.ServiceCall(self.actor, self.case, node, self.now))
        self.write("service", node=node, reason=words)

    def _due_of(self, node: str, text: str) -> datetime:
        wanted = self.definition.clock_of(node)
        text = text.strip().strip("\"'")
        end = end_of(self.case, self.now, text, working=bool(wanted.get("working")))
        return end or datetime.fromisoformat(text)

    def keep(self, run: engine.Run, standing: engine.Standing) -> None:
        """Take over what the engine has done."""
        self.case.data = {**self.case.data, **run.decided}
        self.case.engine_state, self.case.engine_version = run.kept(), tree.STATE_VERSION
        if not self.definition.drawing.has_timers:
            return
        key = f"case:{self.case.pk}"
        if standing.next_due is not None and not standing.is_ended:
            timers.set_timer(key, standing.next_due, "workflows.case_due", case_id=str(self.case.pk))
        else:
            timers.cancel_timer(key)

    def finish(self) -> None:
        """Write the case and tell everybody whose lists changed; the last statement of a deed."""
        case = self.case
        case.shown += 1
        case.moved_at = self.now
        self.flush()
        case.save(update_fields=store.CASE_CHANGES)
        people = {*self.touched, case.starter_id, *standing_in_for(self.touched, case.process.key)}
        tell_people_all(people, {"pending": {}, "case": {"id": str(case.pk), "shown": case.shown}})
        publish(CaseMoved(case.pk, case.state, is_caused=case.source_id is not None))

    def close(self, state: str, deed: str, reason: str = "") -> None:
        """End the case: nothing waits for anybody any more."""
        for task in self.active():
            self.end_task(task, "cancelled")
        if self.definition.drawing.has_timers:
            timers.cancel_timer(f"case:{self.case.pk}")
        self.case.state, self.case.finished_at = state, self.now
        if deed in FINAL_DEEDS:
            self.write(deed, reason=reason)


def forget_clock(task: CaseTask) -> None:
    if task.due_at is not None:
        timers.cancel_timer(f"casetask:{task.pk}")
