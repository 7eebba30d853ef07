"""Rules that single people stand on: 代录批示, the same region, and what happens in the middle of a case."""

from datetime import timedelta

import pytest

from chatops.store.models import Media
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from directory.store.models import Appointment, Region, Unit
from tests.workflows.approvals.conftest import chain, head, person, user
from tests.workflows.approvals.invariants import hold
from workflows.approvals import delegations, leavings, reading
from workflows.store.models import Case, CaseTask

pytestmark = pytest.mark.django_db


@pytest.fixture
def scan(act):
    """The id of an uploaded scan of this person's."""

    def make(number: str, mime: str = "image/jpeg") -> str:
        made, _new = Media.objects.get_or_create(
            media_id=f"scan-{number}-{mime[-3:]}",
            defaults={
                "owner_id": act(number).staff_id, "mime": mime, "size": 1, "sha256": "0", "storage_key": "k",
                "created_at": clock.now(),
            },
        )  # fmt: skip
        return str(made.media_id)

    return make


@pytest.fixture
def secretary(appoint, city):
    appoint("gov_office", "秘书甲", city.government, "office", "秘书")
    appoint("other_office", "秘书乙", city.units["health"], "office", "办公室主任")
    return "gov_office"


def test_a_secretary_writes_down_what_the_leader_wrote_and_both_names_are_shown(
    publish, begin, do, look, scan, secretary
):
    publish(chain(user("z", "批示", person("leader"))))
    case = begin()
    assert "record_instruction" in look(secretary, case).abilities
    with pytest.raises(BadInputError) as refused:
        do(secretary, "record", case, opinion="同意，抓紧办")
    assert refused.value.field == "file"
    with pytest.raises(BadInputError) as refused:
        do(secretary, "record", case, file=scan(secretary))
    assert refused.value.field == "opinion"
    do(
        secretary,
        "record",
        case,
        opinion="同意，抓紧办",
        file=f"mxc://tongzhou/{scan(secretary, 'application/pdf')}",
    )
    page = look("civil_handler", case)
    (task,) = page.tasks
    assert (task.decided_by, task.recorded_by, task.opinion) == ("贺临川", "秘书甲", "同意，抓紧办")
    line = next(one for one in page.trail if one.deed == "record")
    assert (line.by, line.recorded_for, line.file) == ("秘书甲", "贺临川", "scan-gov_office-pdf")
    assert [one.media_id for one in page.attachments] == ["scan-gov_office-pdf"]
    assert page.state == "finished"
    hold(case)


def test_nobody_else_records_and_nobody_for_their_own_request(publish, begin, do, look, scan, secretary):
    publish(chain(user("z", "批示", person("leader"))))
    case = begin()
    for number in ("other_office", "civil_liaison"):
        with pytest.raises((ForbiddenError, NotFoundError)):
            do(number, "record", case, opinion="同意", file=scan(number))
    with pytest.raises(NotFoundError):
        look("other_office", case)
    with pytest.raises(BadInputError):
        do(secretary, "record", case, opinion="同意", file=scan("civil_liaison"))
    own = begin(secretary)
    with pytest.raises(ForbiddenError):
        do(secretary, "record", own, opinion="同意", file=scan(secretary))
    assert Case.objects.filter(state="running").count() == 2


def test_a_secretary_writes_down_for_leaders_alone(publish, begin, do, scan, city, appoint):
    """What waits for one's neighbour is the neighbour's."""
    appoint("civil_office", "民政办", city.units["civil"], "office", "办公室主任")
    publish(chain(user("a", "经办", person("civil_liaison"))))
    case = begin("health_handler")
    with pytest.raises((ForbiddenError, NotFoundError)):
        do("civil_office", "record", case, opinion="同意", file=scan("civil_office"))


def test_the_unit_of_the_same_region_decides(publish, begin, look, city, appoint):
    """The city's bureau guides those of the counties; the starter's own county is meant."""
    for code, name in (("421202", "咸安区"), ("421221", "嘉鱼县")):
        Region.objects.create(code=code, name=name, level="county", parent_id="421200")
        unit = Unit.objects.create(
            code=f"civil-{code}", name=f"{name}民政局", level="county", region_id=code, line_parent=city.units["civil"],
            block_parent=city.government,
        )  # fmt: skip
        appoint(f"head_{code}", f"{name}局长", unit, "head", "局长")
    town = Unit.objects.create(code="school", name="嘉鱼县一中", level="county", region_id="421221")
    appoint("teacher", "教师", town, "handler", "教师")
    publish(chain(user("a", "审核", 'assignee kind="relation" relation="same_region" unit="civil"')))
    (task,) = look("teacher", begin("teacher")).tasks
    assert task.assignee is not None
    assert (task.assignee.name, "嘉鱼县民政局" in task.why) == ("嘉鱼县局长", True)
    (task,) = look("civil_handler", begin()).tasks
    assert task.assignee is not None
    assert task.assignee.name == "民政局"


def leave(number: str) -> None:
    Appointment.objects.filter(staff__staff_number=number).update(valid_to=clock.today())


def rerouted(case) -> list[str]:
    assert leavings.reroute_all() == 1
    for task in CaseTask.objects.filter(case=case, state__in=("open", "opened")):
        leavings.reroute(task.pk)
    return list(CaseTask.objects.filter(case=case, state="open").values_list("assignee_name", flat=True))


def test_in_the_middle_of_a_countersign_one_leaves_and_the_others_votes_stay(
    publish, begin, do, look, city, appoint
):
    posts = [f'assignee kind="post" post="{word}.{word}_head"' for word in ("civil", "health", "land")]
    publish(chain(user("a", "会签", *posts, 'sign mode="all"')))
    case = begin("data_office")
    do("civil_head", "agree", case)
    leave("health_head")
    appoint("health_new", "新卫健", city.units["health"], "head", "局长")
    post = Appointment.objects.get(staff__staff_number="health_head").post
    Appointment.objects.filter(staff__staff_number="health_new").update(post=post)
    assert rerouted(case).count("新卫健") == 1
    assert any("已不在" in one.reason for one in look("data_office", case).trail)
    do("health_new", "agree", case)
    do("land_head", "agree", case)
    assert Case.objects.get(pk=case).state == "finished"
    hold(case)


def test_a_delegation_that_ends_while_the_page_is_open_decides_nothing(publish, begin, do, act, later, look):
    publish(chain(user("a", "审核", head())))
    now = clock.now()
    delegations.check_delegate(
        actor=act("civil_head"), to="health_head", starts_at=None, ends_at=now + timedelta(days=1), reason="",
        processes=[],
    )  # fmt: skip
    case = begin()
    assert look("health_head", case).as_who == "民政局"
    with later(days=2):
        with pytest.raises(NotFoundError):
            do("health_head", "agree", case)
        assert [one.id for one in reading.list_cases(act("civil_head")).items] == [case]
    do("health_head", "agree", case)
    assert look("civil_handler", case).tasks[0].decided_for == "民政局"
