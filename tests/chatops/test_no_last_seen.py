"""No door tells, and no table keeps, when somebody read something or was on line (issue: receipts).

Walks the REST answers, socket frames and Matrix answers that tell about other people, after somebody has read and come
and gone, and looks for moments that only reading or being there could have made.
"""

import json
import re
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import models

from chatops.models import Inbox, Membership
from chatops.services import confirmations, membership, messages, nudges, rooms
from common import clock
from config.api import openapi
from tests.chatops.test_api import Rest

pytestmark = pytest.mark.django_db

# Words under which other products tell it. `read_seq` and `read` are positions and counts.
TELLING = re.compile(
    r"last_?(seen|active|online)|seen_at|read_(at|ts|time)|online_(at|since)|active_ago|idle", re.IGNORECASE
)
# One's own devices, to oneself, by the day; the right to be refused an unknown address stands on it.
KNOWN_COLUMNS = {("directory_device", "last_seen_on"), ("directory_device", "last_seen_addr")}
# Left over: the moment of joining, never written by reading.
KNOWN_COLUMNS |= {("chatops_membership", "read_ts")}
# When a bot, which is no person, last synchronised.
KNOWN_COLUMNS |= {("bots_syncposition", "read_at")}
# The receipt of an order, which a unit answers for; of talk nothing is kept.
KNOWN_COLUMNS |= {("workflows_orderrecipient", "read_at")}


def test_no_table_has_a_column_for_it():
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.column and TELLING.search(field.column)
    }
    assert found == KNOWN_COLUMNS
    device = apps.get_model("directory", "Device")._meta.get_field("last_seen_on")
    assert isinstance(device, models.DateField)
    assert not isinstance(device, models.DateTimeField)


def test_no_shape_of_the_rest_door_has_a_field_for_it():
    found = {
        (name, field)
        for name, shape in openapi()["components"]["schemas"].items()
        for field in shape.get("properties", {})
        if TELLING.search(field)
    }
    assert found == {("DeviceOut", "last_seen_on"), ("DeviceOut", "last_seen_addr")}


def moments_in(body) -> set[int]:
    """Every number that could be a moment in ms, and every RFC 3339 time."""
    text = json.dumps(body, default=str)
    numbers = {int(number) for number in re.findall(r"\b1[0-9]{12}\b", text)}
    times = re.findall(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)", text)
    return numbers | {int(datetime.fromisoformat(time).timestamp() * 1000) for time in times}


@pytest.fixture
def told(owner, member, outsider):
    """A room in which `member` reads and answers an hour after the message came, and what that hour is."""
    room = rooms.create_room(
        actor=owner.actor(), kind="work", name="汛情会商", members=[member.pk, outsider.pk]
    )
    content = {"msgtype": "m.text", "body": "请阅", "org.tongzhou.confirm": {"required": True}}
    sent = messages.send(actor=owner.actor(), room_id=room.room_id, type="m.room.message", content=content)
    read_at = clock.now() + timedelta(hours=1)
    with clock.travel(read_at):
        Rest(member).post(f"/rooms/{room.room_id}/read", {"seq": sent.seq})
        confirmations.confirm(
            actor=member.actor(), room_id=room.room_id, event_id=sent.event_id, answer="received"
        )
        Rest(member).put("/person/status", {"kind": "meeting"})
    return (
        room,
        sent,
        range(int(read_at.timestamp() * 1000) - 60_000, int(read_at.timestamp() * 1000) + 60_000),
    )


def test_no_rest_answer_about_others_holds_the_moment(owner, member, outsider, told):
    room, sent, hour = told
    here = f"/rooms/{room.room_id}"
    event = f"{here}/events/{sent.event_id}"
    paths = [
        "/rooms", here, f"{here}/members", f"{here}/members/tree?q=罗", f"{here}/timeline", f"{here}/receipts",
        f"{event}/receipts", f"{event}/receipts/people?state=read", f"{event}/receipts/people?state=received",
        f"{event}/receipts/people?state=all", f"{event}/confirmations", f"{here}/filtered?kinds=orders",
        f"/person/statuses?users={member.user_id}", f"/directory/people/{member.user_id}", "/directory/people?q=罗清和",
        f"/directory/units/{member.actor().unit_id}/people",
    ]  # fmt: skip
    for caller in (owner, outsider):
        for path in paths:
            answer = Rest(caller).client.get(f"/api/v1{path}")
            assert answer.status_code in {200, 403}, path
            assert [moment for moment in moments_in(answer.json()) if moment in hour] == [], path
    sheet = Rest(owner).client.get(f"/api/v1{event}/receipts.csv").content.decode("utf-8-sig")
    assert "罗清和" in sheet
    assert [line for line in sheet.splitlines()[1:] if re.search(r"\d\d:\d\d", line)] == []


def test_what_the_stream_carries_of_reading_holds_no_moment(told, member):
    for change in Inbox.objects.filter(kind=2):
        assert set(change.body or {}) == {"old"}
    assert Membership.objects.get(staff_id=member.pk).read_ts not in told[2]


def test_a_reminder_tells_its_receivers_nothing_of_each_other(owner, member, outsider, told):
    room, sent, _hour = told
    nudges.remind(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id, of="unconfirmed")
    [row] = Inbox.objects.filter(kind=6, body__kind="nudge")
    assert row.staff_id == outsider.pk
    assert member.user_id not in json.dumps(row.body)
    membership.leave(actor=outsider.actor(), room_id=room.room_id)
