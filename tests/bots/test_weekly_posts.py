"""专班助手 posts each force's wall once a week, and a ranking only when its lead has released one."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bots.desk import DESK, ZHUANBAN
from bots.models import Notice
from bots.services import rendering, schedules, weekly
from chatops.models import Media
from chatops.services.media import read_key
from common import clock
from tests.support.programs import missing
from tests.workflows.conftest import START
from workflows.models import RankingEdition
from workflows.rules.working_days import SHANGHAI
from workflows.services import items as item_services
from workflows.taskforces import pictures, ranking_switch, rankings

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 7, 6, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _wednesday():
    with clock.travel(START):
        yield


@pytest.fixture
def working(desk, force, act, add):
    add()
    item_services.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    return force


def kinds():
    return sorted(Notice.objects.values_list("kind", flat=True))


def spoken(notice):
    speech = rendering.compose(notice.key)
    assert speech is not None
    return speech


def test_exactly_once_a_week_whatever_is_repeated(working):
    schedules.arm(DESK)
    assert not schedules.run(DESK, ZHUANBAN.number, "weekly")  # not Monday yet
    with clock.travel(MONDAY + timedelta(seconds=1)):
        assert schedules.run(DESK, ZHUANBAN.number, "weekly")
        assert not schedules.run(DESK, ZHUANBAN.number, "weekly")
        weekly.post_week(MONDAY)  # a job that was tried again after a crash
        assert kinds() == ["wall_picture", "wall_table"]
    with clock.travel(MONDAY + timedelta(days=7, seconds=1)):
        assert schedules.run(DESK, ZHUANBAN.number, "weekly")
    assert kinds() == ["wall_picture"] * 2 + ["wall_table"] * 2


def test_a_picture_and_a_table(working):
    weekly.post_week(MONDAY)
    table = spoken(Notice.objects.get(kind="wall_table"))
    assert (table.bot, table.room_id) == (ZHUANBAN, working.room_id)
    assert "1　咸宁市智慧社区服务平台　市民政局" in table.content["body"]
    assert "<table>" in table.content["formatted_body"]
    if not pictures.can_draw():
        missing("a Chinese font", package="fonts-noto-cjk")
    picture = spoken(Notice.objects.get(kind="wall_picture"))
    assert picture.content["msgtype"] == "m.image"
    media = Media.objects.get()
    drawn = Image.open(BytesIO(b"".join(read_key(media.storage_key))))
    assert (drawn.format, drawn.width, picture.content["info"]["w"]) == ("PNG", 1600, 1600)
    assert len(set(drawn.convert("L").tobytes())) > 20  # letters, not an empty sheet


def test_a_ranking_only_when_released_and_on(working, act):
    leader = act("leader")
    ranking_switch.check_switch(
        actor=leader, taskforce_id=working.id, is_on=True, basis="咸政办发〔2026〕9号"
    )
    opened = rankings.check_open(
        actor=leader, taskforce_id=working.id, period_from=START.date(), period_to=START.date()
    ).edition
    rankings.check_freeze(actor=leader, edition_id=opened.id)
    rankings.check_compute(actor=leader, edition_id=opened.id)
    weekly.post_week(MONDAY)
    assert "rank_table" not in kinds()
    rankings.check_release(actor=leader, edition_id=opened.id)
    assert kinds().count("rank_table") == 1  # shown at once
    weekly.post_week(MONDAY)
    weekly.post_week(MONDAY)
    assert kinds().count("rank_table") == 2
    told = spoken(Notice.objects.filter(kind="rank_table").first())
    assert "依据：咸政办发〔2026〕9号" in told.content["body"]
    assert "不排名" in told.content["body"]
    ranking_switch.check_switch(actor=leader, taskforce_id=working.id, is_on=False)
    weekly.post_week(MONDAY + timedelta(days=7))
    assert kinds().count("rank_table") == 2
    assert RankingEdition.objects.get().state == "released"
