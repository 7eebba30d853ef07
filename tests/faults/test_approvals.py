"""kill -9 of those who decide: no case ends twice or is without an owner, the trail is whole, no number is missing."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from common import clock
from deploy.embedded.places import CHECKOUT
from tests.faults.scene import chance
from tests.workflows.approvals import invariants
from tests.workflows.approvals.conftest import FORM, begin, do, flow, person, publish, user
from tests.workflows.approvals.test_random import parallel
from tests.workflows.conftest import _no_memory, act, appoint, city
from workflows.store.models import Case, CaseTask, FormalNumber, OrganCode

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.timeout(300)]

__all__ = ["_no_memory", "act", "appoint", "begin", "city", "do", "publish"]
CASES, LIVES = 8, 3
# A process that agrees to whatever waits for anybody, each deed under a key that the next life would use again.
AT_WORK = """
import django, os, sys
django.setup()
from common.errors import DomainError
from directory.services.acting import actor_of
from workflows.approvals import cases, deeds
from workflows.store.models import CaseTask
print("ready", flush=True)
while True:
    rows = CaseTask.objects.filter(state__in=("open", "opened")).select_related("assignee").order_by("?")[:20]
    for task in rows:
        try:
            actor = actor_of(task.assignee.staff_number, "web")
            deeds.check_agree(actor=actor, case_id=task.case_id, said=deeds.Said(task=task.pk), key=f"go:{task.pk}")
        except DomainError:
            pass
"""


# The same with every other deed among them; the deeds are chosen anew in each life.
AT_ODDS = """
import django, random
django.setup()
from common import ids
from common.errors import DomainError
from directory.services.acting import actor_of
from workflows.approvals import deeds, moves, returning, talk
from workflows.store.models import Case, CaseTask
DEEDS = [
    deeds.check_agree, deeds.check_agree, deeds.check_agree, deeds.check_refuse, returning.check_return,
    moves.check_transfer, moves.check_add_sign, moves.check_withdraw, talk.check_answer, talk.check_comment,
]
PEOPLE = ["civil_head", "health_head", "land_head", "farm_head", "data_office", "leader", "civil_handler"]
print("ready", flush=True)
while True:
    for task in CaseTask.objects.filter(state__in=("open", "opened")).select_related("assignee").order_by("?")[:20]:
        number = task.assignee.staff_number if random.random() < 0.8 else random.choice(PEOPLE)
        said = deeds.Said(
            opinion="意见", to=(ids.user_id(random.choice(PEOPLE)),), node=random.choice(["start", "a", "b"]),
            mode=random.choice(["redo", "back", "before", "after", "parallel"]),
        )
        deed, key = random.choice(DEEDS), str(random.random())
        try:
            deed(actor=actor_of(number, "web"), case_id=task.case_id, said=said, key=key)
        except DomainError:
            pass
"""


class Life:
    def __init__(self, program: str = AT_WORK) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "TZ_CLOCK": "real"},
        )  # fmt: skip

    def wait(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=20)


def test_no_case_ends_twice_and_none_is_lost(publish, begin):
    moments: random.Random = chance()
    publish(parallel("all", "sequential", "false"))
    ids = [begin() for _number in range(CASES)]
    for _life in range(LIVES):
        lives = [Life(), Life()]
        for life in lives:
            life.wait()
        time.sleep(moments.uniform(0.0, 0.5))
        for life in lives:
            life.kill()
        for case in ids:
            invariants.hold(case)
    last = Life()
    last.wait()
    give_up = time.monotonic() + 90
    while Case.objects.filter(state="running").exists():
        assert time.monotonic() < give_up, "somebody waits in vain"
        time.sleep(0.1)
    last.kill()
    for case in ids:
        invariants.hold(case)
    assert set(Case.objects.values_list("state", flat=True)) == {"finished"}
    # 审核, three countersignatures one after the other, 核稿 and 签发: six decisions each, none twice.
    assert CaseTask.objects.filter(state="done").count() == 6 * CASES


def numbered() -> str:
    """复核 and the number, then two branches at once and 签发: many a document ends with a number and is not issued."""
    number = '<bpmn:serviceTask id="n" name="编号"><bpmn:extensionElements><tz:service name="number"/>'
    branches = parallel("all", "parallel", "false").replace(flow("s", "a"), "")
    ways = flow("s", "check") + flow("check", "n") + flow("n", "a")
    check = user("check", "复核", person("data_office"))
    return f"{branches}{check}{number}</bpmn:extensionElements></bpmn:serviceTask>{ways}"


def numbers_hold() -> None:
    """From one without gap; each is borne by its case, or is void and says why."""
    given = list(FormalNumber.objects.order_by("sequence"))
    assert [one.sequence for one in given] == list(range(1, len(given) + 1))
    borne = dict(Case.objects.filter(number__isnull=False).values_list("pk", "number"))
    assert {one.case_id: one.text for one in given if one.void_at is None} == borne
    assert all(one.void_reason for one in given if one.void_at is not None)


def test_no_deed_of_any_kind_leaves_half_of_itself_and_numbers_have_no_gap(publish, begin, city):
    moments: random.Random = chance()
    schema = {
        **FORM["schema"],
        "properties": {**FORM["schema"]["properties"], "organ_code": {"type": "string"}},
    }
    OrganCode.objects.create(
        code="咸政发", title="市政府文件", unit=city.units["data"], created_at=clock.now()
    )
    publish(numbered(), form={**FORM, "schema": schema, "rights": {}}, series={"code_field": "organ_code"})
    ids = [begin(organ_code="咸政发") for _number in range(2 * CASES)]
    for _life in range(LIVES):
        lives = [Life(AT_ODDS), Life(AT_ODDS)]
        for life in lives:
            life.wait()
        time.sleep(moments.uniform(0.3, 1.0))
        for life in lives:
            life.kill()
        for case in ids:
            invariants.hold(case)
        numbers_hold()
    assert FormalNumber.objects.exists()
    assert CaseTask.objects.exclude(state__in=("open", "waiting")).exists()
