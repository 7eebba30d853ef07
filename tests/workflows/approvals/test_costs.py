"""How many questions to the database a page, a list and a step cost, whatever lies in the tables."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.workflows.approvals.conftest import chain, head, person, user
from workflows.approvals import reading
from workflows.pending import page_pending

pytestmark = pytest.mark.django_db
SIGN = [person(f"{word}_head") for word in ("health", "land", "farm")]


@pytest.fixture
def counted():
    """`counted(deed)` → how many statements it ran, savepoints of the test's own transaction left out."""

    def run(deed) -> int:
        with CaptureQueriesContext(connection) as asked:
            deed()
        return sum("SAVEPOINT" not in one["sql"][:20] for one in asked.captured_queries)

    return run


@pytest.fixture
def drawn(publish):
    publish(
        chain(
            user("a", "审核", head()), user("b", "会签", *SIGN, 'sign mode="all"'), user("z", "签发", person("leader"))
        ),
        clocks={"a": {"limit": "P3D", "remind": ["P1D"]}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("box", "who"), [("waiting", "civil_head"), ("mine", "civil_handler"), ("all", "civil_head")]
)
def test_a_list_of_a_hundred_costs_what_one_of_twenty_does(drawn, begin, act, counted, box, who):
    actor, spent = act(who), []
    for more in (20, 80):
        for _case in range(more):
            begin()
        reading.list_cases(actor, box=box)
        spent.append(counted(lambda: reading.list_cases(actor, box=box)))
    assert spent[0] == spent[1] <= 8
    assert len(reading.list_cases(actor, box=box).items) == reading.PAGE


def test_the_pending_list_costs_the_same_for_twenty_and_a_hundred(drawn, begin, act, counted):
    actor, spent = act("civil_head"), []
    for more in (20, 80):
        for _case in range(more):
            begin()
        spent.append(counted(lambda: page_pending(actor, source="decide_case")))
    assert spent[0] == spent[1] <= 3


def test_opening_is_bounded(drawn, begin, act, do, counted):
    case = begin()
    assert counted(lambda: reading.describe(act("civil_head"), case)) <= 18
    do("civil_head", "agree", case)
    assert counted(lambda: reading.describe(act("health_head"), case)) <= 16


def test_a_step_with_its_trail_audit_tasks_timers_and_job_is_bounded(drawn, begin, do, act, counted):
    begun, other = begin(), begin()
    do("civil_head", "agree", other, key="before")
    act("civil_head")
    assert counted(lambda: do("civil_head", "agree", begun, key="opens three")) <= 17
    assert counted(lambda: do("health_head", "agree", begun, key="one of three")) <= 16


def test_agreeing_among_many_signers_costs_no_more(publish, begin, do, counted):
    """In whose place one acts is asked once, not once a signer."""
    spent = []
    for key, signers in (("few", SIGN[:2]), ("many", [*SIGN, person("civil_head"), person("leader")])):
        publish(chain(user("a", "会签", *signers, 'sign mode="all"')), key=key)
        case = begin("data_office", process=key)
        spent.append(counted(lambda case=case: do("health_head", "agree", case, key=str(case))))
    assert spent[0] == spent[1]
