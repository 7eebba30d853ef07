"""Who has read and answered a message: who may see what, answering, reminding, the sheet."""

import csv
import io

import pytest

from chatops.services import confirmations, membership, messages, nudges, receipt_sheet, receipts, rooms
from chatops.store.models import Inbox, Mention, StreamKind
from chatops.store.nudges import PAUSE
from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError, RateLimitedError
from directory.models import PostRole
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(unit):
    other = make_unit("市气象局")
    return {
        "reader": make_person("周牧远", unit=unit),
        "late": make_person("罗清和", unit=other),
        "third": make_person("韩小满", unit=other),
    }


@pytest.fixture
def sender(unit):
    return make_person("魏承希", unit=unit)


@pytest.fixture
def room(owner, sender, people):
    staff = [sender.pk, *(person.pk for person in people.values())]
    return rooms.create_room(actor=owner.actor(), kind="work", name="汛情会商", members=staff)


def say(person, room, **content):
    body = {"msgtype": "m.text", "body": "请阅", **content}
    return messages.send(actor=person.actor(), room_id=room.room_id, type="m.room.message", content=body)


def ask(person, room):
    return say(person, room, **{"org.tongzhou.confirm": {"required": True}})


def read(person, room, seq):
    receipts.mark_read(actor=person.actor(), room_id=room.room_id, seq=seq)


def of(person, room, sent):
    return receipts.receipts_of(actor=person.actor(), room_id=room.room_id, event_id=sent.event_id)


def names(person, room, sent, state, **more):
    found = receipts.people_of(
        actor=person.actor(), room_id=room.room_id, event_id=sent.event_id, state=state, **more
    )
    return [row["name"] for row in found["items"]]


def test_counts_are_by_unit_in_protocol_order_for_everybody(room, sender, people, owner):
    sent = say(sender, room)
    read(people["reader"], room, sent.seq)
    read(people["third"], room, sent.seq)
    seen = of(people["late"], room, sent)
    assert (seen["total"], seen["read"], seen["unread"], seen["names"]) == (4, 2, 2, False)
    rows = [(unit["name"], unit["read"], unit["unread"]) for unit in seen["units"]]
    assert rows == [("市水利和湖泊局", 1, 1), ("市气象局", 1, 1)]


def test_names_are_for_the_sender_the_owner_and_the_supervision_officer(room, sender, people, owner, unit):
    officer = make_person("督查员", unit=unit, role=PostRole.SUPERVISION_OFFICER)
    head_elsewhere = make_person("外单位主任", unit=make_unit("市财政局"), role=PostRole.HEAD)
    membership.add_members(
        actor=owner.actor(), room_id=room.room_id, staff_ids=[officer.pk, head_elsewhere.pk]
    )
    sent = say(sender, room)
    read(people["reader"], room, sent.seq)
    for entitled in (sender, owner, officer):
        assert names(entitled, room, sent, "read") == ["周牧远"]
    for other in (people["late"], head_elsewhere):
        with pytest.raises(ForbiddenError):
            names(other, room, sent, "unread")
        with pytest.raises(ForbiddenError):
            receipt_sheet.as_csv(actor=other.actor(), room_id=room.room_id, event_id=sent.event_id)
        with pytest.raises(ForbiddenError):
            nudges.remind(actor=other.actor(), room_id=room.room_id, event_id=sent.event_id)


def test_who_came_later_and_who_left_are_in_no_list(room, sender, people, owner, outsider):
    sent = say(sender, room)
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[outsider.pk])
    read(outsider, room, sent.seq)
    membership.leave(actor=people["late"].actor(), room_id=room.room_id)
    assert of(sender, room, sent)["total"] == 3
    assert "魏承希" not in names(sender, room, sent, "all")
    assert "罗清和" not in names(sender, room, sent, "unread")
    with pytest.raises(NotFoundError):
        of(people["late"], room, sent)


def test_names_come_page_by_page_and_by_unit(room, sender, people):
    sent = say(sender, room)
    unit_id = of(sender, room, sent)["units"][1]["unit_id"]
    assert names(sender, room, sent, "unread", unit=unit_id) == ["罗清和", "韩小满"]
    args = {"actor": sender.actor(), "room_id": room.room_id, "event_id": sent.event_id, "state": "unread"}
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = receipts.people_of(**args, cursor=cursor, limit=1)
        found += [row["name"] for row in page["items"]]
        cursor = page["next"]
    assert found == names(sender, room, sent, "unread")
    with pytest.raises(BadInputError):
        receipts.people_of(**args, cursor="-1")


def test_an_answer_is_counted_and_may_be_changed(room, sender, people):
    sent = ask(sender, room)
    here = {"room_id": room.room_id, "event_id": sent.event_id}
    actor = people["reader"].actor()
    with pytest.raises(BadInputError):
        confirmations.confirm(actor=actor, **here, answer="difficulty")
    first = confirmations.confirm(actor=actor, **here, answer="difficulty", note="人手不足")
    assert (first["difficulty"], first["received"], first["own"]["note"]) == (1, 0, "人手不足")
    second = confirmations.confirm(actor=actor, **here, answer="received")
    assert (second["difficulty"], second["received"]) == (0, 1)
    handed = confirmations.confirm(
        actor=people["late"].actor(), **here, answer="transferred", handed_to=people["third"].number
    )
    assert (handed["transferred"], handed["own"]["handed_to"]) == (1, "韩小满")
    assert Mention.objects.filter(staff_id=people["third"].pk, seq=sent.seq).exists()
    assert names(sender, room, sent, "unconfirmed") == ["周牧远", "韩小满"]


def test_reading_is_no_answer_and_only_who_was_asked_may_answer(room, sender, people, owner, outsider):
    sent, plain = ask(sender, room), say(sender, room)
    read(people["reader"], room, plain.seq)
    assert of(sender, room, sent)["received"] == 0
    membership.add_members(actor=owner.actor(), room_id=room.room_id, staff_ids=[outsider.pk])
    for person, event in ((sender, sent), (outsider, sent), (people["reader"], plain)):
        with pytest.raises(ConflictError):
            confirmations.confirm(
                actor=person.actor(), room_id=room.room_id, event_id=event.event_id, answer="received"
            )
    rooms.set_archived(actor=owner.actor(), room_id=room.room_id, archived=True)
    with pytest.raises(ConflictError):
        confirmations.confirm(
            actor=people["reader"].actor(), room_id=room.room_id, event_id=sent.event_id, answer="received"
        )


def test_the_list_tells_what_waits_for_an_answer(room, sender, people):
    def waiting():
        return rooms.list_rooms(people["reader"].actor())[0]["to_confirm"]

    sent = ask(sender, room)
    ask(sender, room)
    read(people["reader"], room, sent.seq)
    assert waiting() == 2
    confirmations.confirm(
        actor=people["reader"].actor(), room_id=room.room_id, event_id=sent.event_id, answer="received"
    )
    assert waiting() == 1


def test_a_reminder_reaches_only_those_who_have_not_read_and_once_in_half_an_hour(room, sender, people):
    sent = ask(sender, room)
    read(people["reader"], room, sent.seq)
    confirmations.confirm(
        actor=people["late"].actor(), room_id=room.room_id, event_id=sent.event_id, answer="received"
    )
    Inbox.objects.all().delete()
    here = {"actor": sender.actor(), "room_id": room.room_id, "event_id": sent.event_id}
    told = nudges.remind(**here)
    reached = Inbox.objects.filter(kind=StreamKind.PERSON, body__kind="nudge").values_list(
        "staff_id", flat=True
    )
    assert set(reached) == set(Mention.objects.values_list("staff_id", flat=True))
    assert people["reader"].pk not in reached
    assert people["third"].pk in reached
    assert told["reached"] == len(reached) == 3
    with pytest.raises(RateLimitedError):
        nudges.remind(**here, of="unconfirmed")
    with clock.travel(clock.now() + PAUSE):
        assert nudges.remind(**here, of="unconfirmed")["reached"] == 3
        assert rooms.list_rooms(people["third"].actor())[0]["mentions"] == 1


def test_the_sheet_says_who_made_it_and_runs_nothing(room, sender, people):
    people["reader"].staff.name = "=HYPERLINK(1)"
    people["reader"].staff.save()
    sent = ask(sender, room)
    confirmations.confirm(
        actor=people["late"].actor(),
        room_id=room.room_id,
        event_id=sent.event_id,
        answer="difficulty",
        note="@缺车",
    )
    sheet = receipt_sheet.as_csv(actor=sender.actor(), room_id=room.room_id, event_id=sent.event_id)
    assert sheet.startswith(b"\xef\xbb\xbf")
    mark, head, *rows = csv.reader(io.StringIO(sheet.decode("utf-8-sig")))
    assert "魏承希" in mark[0]
    assert "市水利和湖泊局" in mark[0]
    assert head == ["单位", "姓名", "职务", "阅读", "回执", "说明", "承接人"]
    assert len(rows) == 4
    assert "'=HYPERLINK(1)" in [row[1] for row in rows]
    assert ["市气象局", "罗清和", "科员", "未读", "有困难", "'@缺车", ""] in rows
