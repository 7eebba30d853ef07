"""数据助手: a card with its source, or since when there is nothing; alerts, records and briefs in rooms."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from bots.desk import DESK, SHUJU
from bots.models import CardPost, Notice
from bots.services import accounts, answering, rendering, schedules, signals
from chatops.models import Media
from chatops.services import media_uses, membership, rooms
from chatops.store.rooms import find_room
from common import clock, ids
from connectors.items import Reading, Record
from connectors.services import alert_deeds, alert_rules, intake, manage
from connectors.services.alert_cards import alert_card, record_card
from connectors.store.models import Alert, Connector, Subject, Subscription
from connectors.store.models import Record as Row
from directory.actors import system_actor
from directory.store.models import PostRole
from directory.store.sessions import find_staff
from tests.connectors.gauge import at, config
from tests.support.programs import missing
from workflows.taskforces import pictures

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("测试")
CARD = "org.tongzhou.card"


@pytest.fixture(autouse=True)
def _afternoon():
    with clock.travel(at(15)):
        yield


@pytest.fixture
def river(city, force) -> Connector:
    source = manage.Source("gauges", "市水利和湖泊局水情系统", config("http://127.0.0.1:9"))
    connector = manage.connect(actor=SYSTEM, owner=city.units["civil"], source=source)
    connector.stages = {"01": {"state": "open", "name": "立案"}, "09": {"state": "closed", "name": "结案"}}
    connector.save()
    return connector


def give(
    connector: Connector, value: str, moment: datetime, *, code: str = "1", name: str = "西河桥站"
) -> None:
    reading = Reading(
        code, name, "淦河", "stage", Decimal(value), moment, warning=Decimal(28), guarantee=Decimal("29.5"),
        metric_name="水位", unit="米",
    )  # fmt: skip
    intake.take(connector.pk, [reading])


@pytest.fixture
def talk(desk, force, act):
    def say(who: str, said: str, *, direct: bool = False):
        person = act(who)
        room_id = force.room_id
        if direct:
            bot = accounts.bot_actor(SHUJU)
            room_id = rooms.open_direct(actor=person, with_staff=bot.staff_id).room_id
        event = {
            "type": "m.room.message",
            "event_id": ids.new_event_id(),
            "sender": person.user_id,
            "content": {"msgtype": "m.text", "body": said},
        }
        answer = answering.answer_event(SHUJU, room_id, event)
        assert answer is not None
        return answer.content

    return say


def deferred(task: str) -> list[dict[str, Any]]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name=task).order_by("id")]


def subscribe(river: Connector, room_id: str, *codes: str, **wish) -> None:
    manage.put_subscription(actor=SYSTEM, connector=river, room_id=room_id, wish=manage.Wish(codes, **wish))


def test_a_fresh_value_is_answered_as_a_card_with_its_source(river, force, talk):
    subscribe(river, force.room_id)
    give(river, "27.83", at(14, 58))
    content = talk("civil_liaison", "@数据助手 西河桥 水位")
    card = content[CARD]
    assert (content["msgtype"], card["title"], card["value"]) == ("m.notice", "淦河·西河桥站水位", "27.83 米")
    assert (card["source"], card["stale"]) == ("市水利和湖泊局水情系统", False)
    assert "来源：市水利和湖泊局水情系统" in content["body"]
    assert "07月17日 14:58" in content["body"]


@pytest.mark.parametrize(("hours", "word"), [(0.5, "数据偏旧"), (5, "失联")])
def test_old_values_are_never_given(river, force, talk, hours, word):
    subscribe(river, force.room_id)
    give(river, "27.83", at(15))
    with clock.travel(at(15) + timedelta(hours=hours)):
        content = talk("civil_liaison", "@数据助手 西河桥 水位")
    assert content["body"] == (
        f"淦河·西河桥站水位：07月17日 15:00以来没有新数据（{word}）。来源：市水利和湖泊局水情系统。"
    )
    assert "27.83" not in str(content)


def test_several_subjects_are_listed_each_with_its_time(river, force, talk):
    subscribe(river, force.room_id)
    give(river, "27.83", at(14, 58))
    give(river, "20.10", at(9), code="2", name="马桥站")
    body = talk("civil_liaison", "@数据助手 水位")["body"]
    assert body.splitlines() == [
        "淦河·西河桥站水位：27.83米（07月17日 14:58）。来源：市水利和湖泊局水情系统。",
        "淦河·马桥站水位：07月17日 09:00以来没有新数据（失联）。来源：市水利和湖泊局水情系统。",
    ]


def test_what_the_room_has_not_subscribed_to_is_not_found(river, force, talk):
    give(river, "27.83", at(14, 58))
    give(river, "20.10", at(14, 58), code="2", name="马桥站")
    subscribe(river, force.room_id, "1")
    assert talk("civil_liaison", "@数据助手 马桥 水位")["body"].startswith("没有找到“马桥 水位”的数据。")
    assert talk("civil_liaison", "马桥 水位", direct=True)["body"].startswith("没有找到"), "单聊看本人权限"


def test_masked_values_are_not_said(river, force, talk):
    subscribe(river, force.room_id, masks=("stage",))
    give(river, "28.83", at(14, 58))
    give(river, "20.10", at(14, 58), code="2", name="马桥站")
    alert = Alert.objects.get()
    said = [
        talk("civil_liaison", "@数据助手 西河桥")["body"],
        talk("civil_liaison", "@数据助手 水位")["body"],
        talk("civil_liaison", "@数据助手 状态")["body"],
        str(talk("civil_liaison", "@数据助手 简报")),
        str(alert_card(alert.pk, force.room_id)),
    ]
    assert all("***" in one for one in said)
    assert not any("28.83" in one for one in said)


def test_subscribing_by_those_who_may(river, force, talk, appoint, city):
    give(river, "27.83", at(14, 58))
    give(river, "20.10", at(14, 58), code="2", name="马桥站")
    refused = talk("civil_liaison", "@数据助手 订阅 西河桥")["body"]
    assert refused.startswith("没有找到可由您订阅的“西河桥”")
    assert not Subscription.objects.exists()
    appoint("duty_one", "值班甲", city.units["civil"], PostRole.DUTY_OFFICER, "值班员")
    officer = find_staff("duty_one")
    room = find_room(force.room_id)
    assert officer is not None
    assert room is not None
    membership.do_add_members(actor=SYSTEM, room=room, staff_ids=[officer.pk])
    event = {"type": "m.room.message", "sender": ids.user_id("duty_one")}

    def said(words: str) -> str:
        content = {"msgtype": "m.text", "body": f"@数据助手 {words}"}
        message = event | {"event_id": ids.new_event_id(), "content": content}
        answer = answering.answer_event(SHUJU, force.room_id, message)
        assert answer is not None
        return str(answer.content["body"])

    assert said("订阅 西河桥") == "已为本群订阅：西河桥站。状态卡片和预警将在本群发布。"
    assert said("订阅 马桥").startswith("已为本群订阅：马桥站")
    assert sorted(Subscription.objects.get().subjects.values_list("code", flat=True)) == ["1", "2"]
    assert said("订阅简报 07:30") == "已设置：每天07:30在本群发布简报。"
    assert "brief" in Subscription.objects.get().what
    assert "无法识别" in said("订阅简报 早上")
    assert said("退订简报") == "已停止本群每天的简报。"
    assert said("退订 西河桥") == "已退订：西河桥站。"
    assert said("退订 马桥") == "已退订：马桥站。"
    assert not Subscription.objects.exists()


def test_an_alert_is_one_card_and_its_changes_are_said_in_its_thread(river, force, desk):
    subscribe(river, force.room_id, filter={"least": "orange"})
    for minute, value in ((50, "28.05"), (51, "29.6"), (52, "29.7")):
        give(river, value, at(14, minute))
    alert = Alert.objects.get()
    assert {one["alert_id"] for one in deferred("bots.sync_alert")} == {str(alert.pk)}
    CardPost.objects.create(bot=SHUJU.number, subject=str(alert.pk), room_id=force.room_id, event_id="$root")
    card = alert_card(alert.pk, force.room_id)
    assert card is not None
    assert (card.title, card.state and card.state.word) == ("红色预警：淦河·西河桥站水位", "红色")
    assert [one.name for one in card.actions] == ["acknowledge", "mute"]
    assert card.series is not None
    assert card.series.threshold == 28000
    notice = Notice.objects.get()
    speech = rendering.compose(notice.key)
    assert speech is not None
    assert speech.content["body"].startswith("红色预警升级（07月17日 14:51）：水位29.60米")
    assert speech.content["m.relates_to"]["event_id"] == "$root"
    give(river, "20", at(14, 55))
    closed = alert_card(alert.pk, force.room_id)
    assert closed is not None
    assert (closed.state and closed.state.word, closed.actions) == ("已解除", [])
    assert closed.version > card.version
    assert Notice.objects.count() == 2


@pytest.mark.parametrize(
    ("fold", "opens_at"),
    [({"need": 2, "of": 3, "within_s": 3600}, 2), ({"more_than": 2, "within_s": 3600}, 3)],
)
def test_a_folded_alert_is_one_card_and_no_card_before(river, force, desk, fold, opens_at):
    """K of M in T, and more than n in T, as the room sees them."""
    subscribe(river, force.room_id, what=("alerts",))
    rule = {"when": {"kind": "threshold", "metric": "stage", "limit": "25"}, "fold": fold}
    with clock.travel(at(13, 55)):
        give(river, "20", at(13, 55))  # what is measured has a name
    new = alert_rules.RuleIn("频繁偏高", "yellow", rule, "stage")
    alert_rules.check_put_rule(actor=SYSTEM, connector_id=river.pk, new=new)
    values = ("26.1", "24", "26.2", "26.3", "26.4")
    seen = []
    for minute, value in enumerate(values):
        with clock.travel(at(14, minute)):
            give(river, value, at(14, minute))
        seen.append(len({one["alert_id"] for one in deferred("bots.sync_alert")}))
    assert seen == [int(place >= opens_at) for place in range(len(values))], "之前没有卡片，之后只有一张"
    card = alert_card(Alert.objects.get().pk, force.room_id)
    assert card is not None
    assert (card.title, card.state and card.state.word) == ("黄色预警：淦河·西河桥站水位", "黄色")
    assert "出现水位达到或高于25米" in card.fallback
    with clock.travel(at(14, 10)):
        for minute in (6, 7, 8):
            give(river, "24", at(14, minute))
    if "need" in fold:
        assert Alert.objects.get().closed_at is not None, "三次都在限内"


def test_a_muted_alert_says_nothing_but_its_card_goes_on(river, force, desk):
    subscribe(river, force.room_id)
    give(river, "29.6", at(14, 50))
    alert = Alert.objects.get()
    alert_deeds.check_mute(actor=SYSTEM, alert_id=alert.pk, until=at(16))
    before = len(deferred("bots.sync_alert"))
    give(river, "28.5", at(14, 51))
    assert Alert.objects.get().level == "orange"
    assert Notice.objects.count() == 0
    assert len(deferred("bots.sync_alert")) > before


def test_filters_and_kinds_of_cards(river, force, desk):
    subscribe(river, force.room_id, filter={"least": "red", "places": ["淦河"]}, what=("alerts",))
    give(river, "28.05", at(14, 50))
    assert deferred("bots.sync_alert") == []
    assert deferred("bots.sync_status") == []
    give(river, "29.6", at(14, 51))
    assert len(deferred("bots.sync_alert")) == 1


def test_status_cards_keep_to_their_hours(river, force, desk):
    subscribe(river, force.room_id, when={"from": "07:00", "to": "22:00"})
    give(river, "27", at(14, 59))
    assert len(deferred("bots.sync_status")) == 1
    with clock.travel(at(23)):
        give(river, "27.1", at(22, 59))
        assert len(deferred("bots.sync_status")) == 1
        give(river, "29.6", at(23))
    assert len(deferred("bots.sync_alert")) == 1, "预警不分时段"


def test_what_a_source_tells_at_once_is_one_job_a_room(river, force, desk, django_assert_max_num_queries):
    readings = [
        Reading(str(n), f"{n}号站", "淦河", "stage", Decimal(n), at(14, 50), metric_name="水位", unit="米")
        for n in range(120)
    ]
    intake.take(river.pk, readings)
    subscribe(river, force.room_id)
    subscribe(river, "!other:x", "7")
    newer = [replace(one, value=one.value + 1, observed_at=at(14, 51)) for one in readings]
    with django_assert_max_num_queries(25):
        intake.take(river.pk, newer)
    told: dict[str, list[list[str]]] = {job["room_id"]: [] for job in deferred("bots.sync_status")}
    for job in deferred("bots.sync_status"):
        told[job["room_id"]].append(job["subject_ids"].split(","))
    subjects = {str(one.pk) for one in Subject.objects.all()}
    assert {one for part in told[force.room_id] for one in part} == subjects
    assert [len(part) for part in told[force.room_id]] == [50, 50, 20]
    assert told["!other:x"] == [[str(Subject.objects.get(code="7").pk)]]


def test_a_record_is_one_card_that_its_source_closes(river, force, desk):
    subscribe(river, force.room_id, masks=("举报人",))
    first = Record(
        "XM-1", "case", "违章占道", "01", at(9), place="城东", limit_days=5, fields={"举报人": "张三"}
    )
    intake.take(river.pk, [first])
    row = Row.objects.get()
    assert deferred("bots.sync_record") == [{"record_id": str(row.pk), "room_id": force.room_id}]
    card = record_card(row.pk, force.room_id)
    assert card is not None
    assert (card.title, card.state and card.state.word) == ("违章占道", "待处理")
    assert "张三" not in card.fallback
    intake.take(river.pk, [first])
    assert len(deferred("bots.sync_record")) == 1
    intake.take(river.pk, [Record("XM-1", "case", "违章占道", "09", at(10), place="城东")])
    closed = record_card(row.pk, force.room_id)
    assert closed is not None
    assert (closed.state and closed.state.word, [one.text for one in closed.lines]) == (
        "已办结",
        ["07月17日 09:00 立案", "07月17日 10:00 结案"],
    )
    assert closed.version > card.version


def test_the_brief_comes_once_at_its_hour_on_its_days(river, force, desk):
    wanted = {"brief_at": "08:00", "brief_days": [1, 2, 3, 4, 5]}
    subscribe(river, force.room_id, what=("status", "brief"), when=wanted)
    give(river, "28.2", at(14, 58))
    give(river, "20.10", at(9), code="2", name="马桥站")
    Subject.objects.create(connector=river, code="3", name="新站")
    for hour, minute in ((7, 55), (8, 0), (8, 5), (11, 0)):
        with clock.travel(at(hour, minute)):
            signals.post_briefs(clock.now())
    with clock.travel(at(8) + timedelta(days=1)):
        signals.post_briefs(clock.now())  # Saturday
    notice = Notice.objects.get(kind="brief")
    speech = rendering.compose(notice.key)
    assert speech is not None
    body = speech.content["body"]
    assert body.splitlines()[0] == "数据简报（07月17日）"
    assert "橙色预警：西河桥站水位28.20米，达到或高于警戒28米" in body
    assert "淦河·马桥站水位：失联，07月17日 09:00以来没有新数据" in body
    assert "20.10" not in body
    assert "新站：尚未取得数据" in body


def test_the_brief_has_small_charts(river, force, desk):
    if not pictures.can_draw():
        missing("a font with Chinese signs", package="fonts-noto-cjk")
    subscribe(river, force.room_id, what=("brief",))
    for minute in range(10):
        give(river, str(27 + minute / 10), at(14, minute))
    content = signals.content_of(Notice(kind="brief", room_id=force.room_id), accounts.bot_actor(SHUJU))
    assert content is not None
    picture = content[CARD]["picture"]
    assert picture.startswith("mxc://")
    media = picture.rpartition("/")[2]
    assert Media.objects.get(media_id=media).mime == "image/png"
    assert media_uses.shows_files(content)  # so that who is in the room may open it
    assert media_uses.files_in(content) == [media]


def test_the_schedule_is_armed(desk):
    schedules.arm(DESK)
    assert ("brief", "*/5 * * * *") in [(one.name, one.when) for one in SHUJU.schedules]
