"""Random deeds of random people, one after the other and at once: see invariants."""

import random
import threading

import pytest
from django.db import connection, transaction

from common import clock
from common.errors import DomainError
from directory.store.models import Staff
from tests.workflows.approvals import invariants
from tests.workflows.approvals.conftest import chain, flow, head, person, user
from tests.workflows.conftest import START
from workflows.approvals import cases
from workflows.store.models import Case, CaseTask

PEOPLE = (
    "civil_handler",
    "civil_head",
    "civil_liaison",
    "health_head",
    "land_head",
    "farm_head",
    "data_office",
    "leader",
)
DEEDS = (
    "agree",
    "agree",
    "agree",
    "agree",
    "refuse",
    "return",
    "withdraw",
    "transfer",
    "add_sign",
    "comment",
    "answer",
)
SIGN = [person(f"{word}_head") for word in ("civil", "health", "land")]


def parallel(mode: str, order: str, veto: str) -> str:
    """审核, then two branches at once (one a countersign), then 签发."""
    rule = f'sign mode="{mode}" order="{order}" veto="{veto}" percent="50"'
    return "".join([
        '<bpmn:startEvent id="s"/>', user("a", "审核", head()), '<bpmn:parallelGateway id="fork"/>',
        user("b", "会签", *SIGN, rule), user("c", "核稿", person("data_office")), '<bpmn:parallelGateway id="j"/>',
        user("z", "签发", person("leader")), '<bpmn:endEvent id="e"/>', flow("s", "a"), flow("a", "fork"),
        flow("fork", "b"), flow("fork", "c"), flow("b", "j"), flow("c", "j"), flow("j", "z"), flow("z", "e"),
    ])  # fmt: skip


def one_deed(chance: random.Random, do, act, case) -> str:
    """Some deed by somebody; mostly by who has it. What the rules refuse changes nothing."""
    open_tasks = list(CaseTask.objects.filter(case=case, state__in=("open", "opened")))
    number = chance.choice(PEOPLE)
    if open_tasks and chance.random() < 0.8:
        who = chance.choice(open_tasks).assignee_id
        assert who is not None
        number = Staff.objects.get(pk=who).staff_number
    said = {"opinion": "意见", "mode": "", "to": ()}
    deed = chance.choice(DEEDS)
    if deed == "return":
        said |= {"node": chance.choice(["start", "a", "b", "c"]), "mode": chance.choice(["redo", "back"])}
    if deed in {"transfer", "add_sign"}:
        said |= {"to": (chance.choice(PEOPLE),), "mode": chance.choice(["before", "after", "parallel"])}
    if chance.random() < 0.1:
        with transaction.atomic():
            cases.check_open(actor=act(number), case_id=case)
    try:
        with transaction.atomic():
            do(number, deed, case, key=f"k{chance.random()}", **said)
    except DomainError:
        return ""
    return deed


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_one_after_the_other(publish, begin, do, act, seed):
    chance = random.Random(seed)
    mode, order = chance.choice(["all", "any", "percentage"]), chance.choice(["parallel", "sequential"])
    publish(parallel(mode, order, chance.choice(["true", "false"])))
    done: set[str] = set()
    for _case in range(4):
        case = begin()
        for _step in range(60):
            try:
                done.add(one_deed(chance, do, act, case))
            except DomainError:
                continue
            invariants.hold(case)
            if Case.objects.get(pk=case).state != "running":
                break
    assert "agree" in done


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [11, 12])
def test_all_at_once(publish, begin, do, act, seed):
    chance = random.Random(seed)
    publish(parallel("all", "parallel", "false"))
    ids = [begin() for _case in range(3)]
    wrong: list[BaseException] = []

    def person_at_work(number: int) -> None:
        mine = random.Random(seed * 100 + number)
        try:
            with clock.travel(START):
                for _step in range(25):
                    try:
                        one_deed(mine, do, act, mine.choice(ids))
                    except DomainError:
                        continue
        except BaseException as error:  # noqa: BLE001 - told below
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=person_at_work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive()
    assert wrong == []
    for case in ids:
        invariants.hold(case)
    assert chance


@pytest.mark.django_db(transaction=True)
def test_the_last_two_of_a_countersign_at_once_end_it_once(publish, begin, do):
    publish(chain(user("a", "会签", *SIGN, 'sign mode="all"')))
    for _round in range(5):
        case = begin("data_office")
        do("civil_head", "agree", case)
        start = threading.Barrier(4)

        def decide(number: str, start: threading.Barrier = start, case: object = case) -> None:
            start.wait(10)
            try:
                with clock.travel(START):
                    do(number, "agree", case)
            except DomainError:
                return
            finally:
                connection.close()

        threads = [threading.Thread(target=decide, args=(one,)) for one in ("health_head", "land_head") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert Case.objects.get(pk=case).state == "finished"
        invariants.hold(case)
