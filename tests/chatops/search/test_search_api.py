"""The search at the REST door, with its filters, and the page around a hit."""

from datetime import timedelta

import pytest

from chatops.services import membership, rooms, search_text
from common import clock
from directory.models import Staff
from directory.services import tree
from tests.chatops.search.conftest import catch_up, edit, say, send
from tests.chatops.test_api import Rest
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_directory():
    tree.drop()
    yield
    tree.drop()


def search(person, q, **more):
    answer = Rest(person).get("/search", q=q, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_without_a_kind_each_group_shows_its_first_few(owner, member, room):
    for number in range(7):
        say(owner, room, f"汛情通报第{number}期")
    send(owner, room, {"msgtype": "m.file", "body": "汛情图.pdf", "url": "mxc://x/y", "info": {"size": 7}})
    catch_up()
    answer = search(member, "汛情")
    assert [len(answer[group]["items"]) for group in ("messages", "files", "rooms", "people")] == [5, 1, 1, 0]
    assert answer["messages"]["next"]
    [file] = answer["files"]["items"]
    assert (file["file"]["name"], file["file"]["size"]) == ("汛情图.pdf", 7)
    hit = answer["messages"]["items"][0]
    assert (hit["room"], hit["room_name"], hit["sender"]) == (room.room_id, "汛情会商", owner.user_id)
    [(low, high)] = hit["ranges"]
    assert hit["snippet"][low:high] == "汛情"
    assert answer["rooms"]["items"][0]["ranges"] == [[0, 2]]


def test_pages_of_a_kind_go_on_by_cursor(owner, room):
    sent = [say(owner, room, f"汛情通报第{number}期").event_id for number in range(7)]
    catch_up()
    first = search(owner, "汛情", kind="message", limit=4)
    assert first["people"] is first["rooms"] is first["files"] is None
    second = search(owner, "汛情", kind="message", limit=4, cursor=first["messages"]["next"])
    hits = [hit["event_id"] for page in (first, second) for hit in page["messages"]["items"]]
    assert hits == sent[::-1]
    assert second["messages"]["next"] is None


@pytest.mark.parametrize("cursor", ["x", "1-2", "1-2-x", "9" * 30 + "-1-1", "-1-2-3"])
def test_a_made_up_cursor_is_refused(owner, cursor):
    answer = Rest(owner).get("/search", q="汛情", kind="message", cursor=cursor)
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")


def test_one_character_finds_names_and_asks_for_two(owner, member, room):
    say(owner, room, "汛")
    catch_up()
    answer = search(owner, "罗")
    assert "两个" in answer["note"]
    assert answer["messages"]["items"] == answer["files"]["items"] == []
    assert [each["name"] for each in answer["people"]["items"]] == ["罗清和"]
    assert [each["name"] for each in search(owner, "汛")["rooms"]["items"]] == ["汛情会商"]
    assert search(owner, "汛", kind="message")["note"]
    assert search(owner, "汛 情", kind="message")["note"]
    assert search(owner, "")["note"]


@pytest.mark.parametrize("typed", ["罗清", "luoqing", "lqh", "Luo Qing"])
def test_people_and_direct_rooms_are_found_by_pinyin_and_initials(owner, member, typed):
    Staff.objects.filter(pk=member.pk).update(pinyin="luo qing he", initials="lqh")
    rooms.open_direct(actor=owner.actor(), with_staff=member.pk)
    answer = search(owner, typed)
    assert [each["user_id"] for each in answer["people"]["items"]] == [member.user_id]
    assert [each["name"] for each in answer["rooms"]["items"]] == ["罗清和"]


@pytest.mark.parametrize("typed", ["xqhs", "xunqing", "hs"])
def test_rooms_are_found_by_pinyin_and_initials(owner, room, typed):
    assert [each["room"] for each in search(owner, typed, kind="room")["rooms"]["items"]] == [room.room_id]


def test_rooms_of_others_are_not_found(outsider, room):
    assert search(outsider, "汛情", kind="room")["rooms"]["items"] == []


def test_filters_by_room_person_unit_and_day(owner, member, room):
    other = make_unit("市应急管理局")
    guest = make_person("田家英", unit=other)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[guest.pk])
    second = rooms.create_room(actor=owner.actor(), kind="work", name="另一群", members=[member.pk])
    with clock.travel(clock.now() - timedelta(days=3)):
        old = say(owner, room, "防汛一").event_id
    by_guest = say(guest, room, "防汛二").event_id
    elsewhere = say(member, second, "防汛三").event_id
    catch_up()
    today = clock.today()

    def hits(**more):
        page = search(owner, "防汛", kind="message", **more)["messages"]
        return {hit["event_id"] for hit in page["items"]}

    assert hits() == {old, by_guest, elsewhere}
    assert hits(room=second.room_id) == {elsewhere}
    assert hits(sender=guest.user_id) == {by_guest}
    assert hits(unit=str(other.pk)) == {by_guest}
    assert hits(**{"from": str(today)}) == {by_guest, elsewhere}
    assert hits(to=str(today - timedelta(days=3))) == {old}
    assert hits(to=str(today - timedelta(days=4))) == set()
    everything = search(owner, "防汛", sender=guest.user_id)
    assert everything["people"] is everything["rooms"] is None
    refused = Rest(owner).get("/search", q="防汛", sender="@nobody:tongzhou.localhost")
    assert (refused.status_code, refused.json()["field"]) == (400, "sender")


def test_a_hit_in_a_thread_names_the_root(owner, member, room):
    root = say(owner, room, "预案请大家看看")
    reply = say(
        member, room, "附件三有误", **{"m.relates_to": {"rel_type": "m.thread", "event_id": root.event_id}}
    )
    catch_up()
    [hit] = search(owner, "附件三", kind="message")["messages"]["items"]
    assert (hit["event_id"], hit["thread"]) == (reply.event_id, root.event_id)


# ---- the page around a hit ----------------------------------------------------------------------------------------


def around(person, room, event, **more):
    return Rest(person).get(f"/rooms/{room.room_id}/context", event=event, **more)


def test_the_page_around_a_hit_has_both_sides_and_folds_edits(owner, member, room):
    sent = [say(owner, room, f"第{number}条") for number in range(60)]
    edit(owner, room, sent[31], "改过")
    answer = around(member, room, sent[30].event_id, before=3, after=4).json()
    ids = [event["event_id"] for event in answer["items"]]
    assert ids == [one.event_id for one in sent[27:35]]
    assert answer["event"] == sent[30].event_id
    assert answer["items"][4]["content"]["body"] == "改过"
    assert (answer["last"], answer["at_end"]) == (sent[34].seq, False)
    assert answer["next"] == str(sent[27].seq)


def test_at_the_end_it_reaches_the_rooms_head(owner, room):
    sent = say(owner, room, "最后一条")
    edit(owner, room, sent, "最后改过")
    answer = around(owner, room, sent.event_id).json()
    assert answer["at_end"]
    assert answer["last"] == sent.seq + 1


def test_an_edit_leads_to_its_message(owner, room):
    sent = say(owner, room, "一")
    change = edit(owner, room, sent, "二")
    assert around(owner, room, change.event_id).json()["event"] == sent.event_id


def test_nobody_looks_around_where_they_may_not_read(owner, member, outsider, room):
    sent = say(owner, room, "内部")
    assert around(outsider, room, sent.event_id).status_code == 404
    assert around(owner, room, "$nothing").status_code == 404
    type(room).objects.filter(pk=room.pk).update(history_shared=False)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[outsider.pk])
    assert around(outsider, room, sent.event_id).status_code == 404


def test_too_long_a_query_is_refused(owner):
    answer = Rest(owner).get("/search", q="防" * 101)
    assert (answer.status_code, answer.json()["field"]) == (400, "q")
    assert len(search_text.runs_of(" ".join(f"w{n}" for n in range(30)))) == search_text.MAX_RUNS
