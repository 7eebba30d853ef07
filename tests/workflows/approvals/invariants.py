"""What holds of every case at every moment, whatever was done to it and by whom."""

from collections import Counter
from uuid import UUID

from common.models import AuditEntry, Timer
from workflows.store.models import Case, CaseEntry, CaseTask

ENDS = {"finished": "finish", "refused": "end_refused", "withdrawn": "withdraw"}
DECIDED = ("agree", "read_mark", "refuse", "dissent", "return", "answer", "resubmit", "record")


def hold(case_id: UUID) -> None:
    case = Case.objects.get(pk=case_id)
    tasks = list(CaseTask.objects.filter(case=case))
    entries = list(CaseEntry.objects.filter(case=case).order_by("seq"))
    _ended_once(case, entries)
    _somebody_has_it(case, tasks)
    _trail_is_whole(case, tasks, entries)


def _ended_once(case, entries):
    ends = [one.deed for one in entries if one.deed in {"finish", "end_refused"}]
    ends += ["withdraw" for one in entries if one.deed == "withdraw" and not one.node]
    assert len(ends) == (case.state != "running"), (case.state, ends)
    if case.state != "running":
        assert ends == [ENDS[case.state]]
        assert case.finished_at is not None


def _somebody_has_it(case, tasks):
    active = [one for one in tasks if one.state in {"waiting", "open", "opened"}]
    if case.state != "running":
        assert active == []
        return
    can = [one for one in active if one.state in {"open", "opened"}]
    assert can or Timer.objects.filter(key=f"case:{case.pk}").exists(), [
        (one.node, one.state) for one in tasks
    ]
    assert all(one.assignee_id for one in can)
    twice = [
        key for key, n in Counter((one.group, one.assignee_id, one.kind) for one in can).items() if n > 1
    ]
    assert [key for key in twice if key[2] != "answer"] == []


def _trail_is_whole(case, tasks, entries):
    assert [one.seq for one in entries] == list(range(1, len(entries) + 1))
    assert entries[0].deed == "start"
    said = Counter(one.task_id for one in entries if one.task_id and one.deed in DECIDED)
    for task in tasks:
        decided = task.decided_at is not None
        assert said[task.pk] == decided, (task.node, task.state, said[task.pk])
        assert (task.decided_seq is not None) == decided, (task.node, task.state)
    audited = AuditEntry.objects.filter(subject="case", subject_id=str(case.pk)).count()
    assert audited == len(entries)
