"""What recipients do, and what the board shows of it."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.errors import ForbiddenError, NotFoundError
from workflows.errors import NotAllowedNowError, RemindedLatelyError
from workflows.orders import board, evidence, issuing, receipts, ticks
from workflows.store.models import OrderRecipient, OrderUnit


@pytest.fixture(autouse=True)
def _morning():
    from tests.workflows.orders.conftest import NOW

    with clock.travel(NOW):
        yield


def row(order, number):
    return OrderRecipient.objects.get(order_id=order.id, version=1, staff__staff_number=number)


def test_delivered_read_signed_reported(issue, be):
    order = issue(report_by=clock.now() + timedelta(hours=3))
    assert row(order, "xayj_office").state == "pending"
    assert [one.id for one in receipts.my_orders(be("xayj_office"))[0]] == [order.id]
    assert row(order, "xayj_office").state == "delivered"
    opened = receipts.open_order(be("xayj_office"), order.id)
    assert opened.mine is not None
    assert opened.mine.state == "read"
    assert opened.mine.why == "按单位：咸宁市咸安区应急管理局"
    assert opened.scope is None  # who else got it is the issuer's to see
    signed = receipts.check_sign_for(actor=be("xayj_office"), order_id=order.id).order
    assert signed.mine is not None
    assert signed.mine.state == "signed_for"
    reported = receipts.check_report(actor=be("xayj_office"), order_id=order.id, text="已转移32户").order
    assert reported.mine is not None
    assert (reported.mine.state, reported.mine.report) == ("reported", "已转移32户")
    unit = OrderUnit.objects.get(order_id=order.id, unit_name__contains="咸安")
    assert (unit.by_post, unit.how) == ("办公室主任", "signed")


def test_a_persons_read_or_sign_is_not_the_units_receipt(issue, organs, be):
    from workflows.orders.views import OrderScopeIn

    order = issue(scope=OrderScopeIn(units=[organs.xayj.pk], everyone=True))
    receipts.check_sign_for(actor=be("xayj_handler"), order_id=order.id)
    unit = OrderUnit.objects.get(order_id=order.id)
    assert unit.received_at is None
    receipts.check_sign_for(actor=be("xayj_duty_officer"), order_id=order.id)
    unit.refresh_from_db()
    assert unit.received_at is not None


def test_whoever_comes_second_is_told_who_and_when(issue, be):
    order = issue()
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    with pytest.raises(NotAllowedNowError, match="xayj局长已于07月01日 10:00签收"):
        receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    with pytest.raises(NotAllowedNowError, match="xayj局长已于07月01日 10:00代表本单位签收"):
        receipts.check_substitute(actor=be("xayj_duty_officer"), order_id=order.id, reason="局长外出")


def test_the_duty_officer_signs_for_an_absent_post_and_for_the_unit(issue, be):
    order = issue()
    with pytest.raises((ForbiddenError, NotFoundError)):
        receipts.check_substitute(actor=be("xayj_handler"), order_id=order.id, reason="代")
    answer = receipts.check_substitute(
        actor=be("xayj_duty_officer"), order_id=order.id, user_id="xayj_head", reason="局长在途"
    )
    assert "代xayj局长签收" in answer.message
    assert row(order, "xayj_head").state == "substituted"
    unit = OrderUnit.objects.get(order_id=order.id, unit_name__contains="咸安")
    assert unit.how == "substitute"
    mine = receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id).order.mine
    assert mine is not None
    assert mine.state == "signed_for"


def test_not_ours_goes_back_with_the_reason(issue, be):
    order = issue()
    receipts.check_decline(actor=be("cbyj_head"), order_id=order.id, reason="不属我办")
    assert row(order, "cbyj_head").note == "不属我办"
    tree = board.tree(be("yjj_head"), order.id, parent="place:421281")
    assert (tree.items[0].state, tree.items[0].note) == ("declined", "不属我办")
    assert tree.counts.due == 5


def test_strangers_see_nothing_and_recipients_no_board(issue, be):
    order = issue()
    for look in (receipts.open_order, board.tree, board.ladder):
        with pytest.raises(NotFoundError):
            look(be("mzj_head"), order.id)
    for show in (board.tree, board.ladder, board.attempts):
        with pytest.raises(ForbiddenError):
            show(be("xayj_head"), order.id)


def test_the_tree_counts_by_place_unit_and_person(issue, be):
    order = issue()
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    top = board.tree(be("yjj_head"), order.id)
    assert [(node.name, node.counts and (node.counts.signed, node.counts.due)) for node in top.items] == [
        ("咸安区", (1, 3)),
        ("赤壁市", (0, 3)),
    ]
    assert (top.counts.units_due, top.counts.units_received) == (2, 1)
    assert top.by_level["county"].due == 6
    units = board.tree(be("yjj_head"), order.id, parent="place:421202")
    assert [(node.name, node.received) for node in units.items] == [("咸宁市咸安区应急管理局", True)]
    people = board.tree(be("yjj_head"), order.id, parent=units.items[0].id)
    assert [node.state for node in people.items] == ["signed_for", "pending", "pending"]
    left = board.tree(be("yjj_head"), order.id, by="person", only="unreached")
    assert len(left.items) == 5
    assert [node.name for node in board.tree(be("yjj_head"), order.id, query="赤壁").items] == [
        "赤壁市应急管理局"
    ]


def test_the_tree_costs_the_same_whatever_the_size(issue, be):
    order = issue()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        board.tree(be("yjj_head"), order.id)
    assert len(queries) < 25, [one["sql"][:90] for one in queries]


def test_open_boards_are_told_of_differences(issue, be, monkeypatch):
    order = issue()
    told = []
    monkeypatch.setattr(ticks, "tell_people", lambda staff, kind, body: told.append((staff, kind, body)))
    ticks.tell()
    assert told == []
    board.tree(be("yjj_head"), order.id)
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    ticks.tell()
    ((staff, kind, body),) = told
    assert (staff, kind) == ([be("yjj_head").staff_id], "order_board")
    assert body["counts"]["signed"] == 1
    assert [unit["name"] for unit in body["units"]] == ["咸宁市咸安区应急管理局"]
    ticks.tell()
    assert len(told) == 1


def test_pressing_by_hand_is_for_those_who_have_not_signed_and_has_a_pause(issue, be):
    order = issue()
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    assert "催办5人" in issuing.check_remind(actor=be("yjj_office"), order_id=order.id, units=[]).message
    with pytest.raises(RemindedLatelyError):
        issuing.check_remind(actor=be("yjj_office"), order_id=order.id, units=[])


def test_the_export_holds_every_receipt_and_the_hash_of_each_file(issue, be):
    import hashlib

    order = issue()
    receipts.check_decline(actor=be("cbyj_head"), order_id=order.id, reason="=HYPERLINK(1)")
    _name, data = evidence.export(actor=be("yjj_head"), order_id=order.id)
    archive = zipfile.ZipFile(io.BytesIO(data))
    told = json.loads(archive.read("sha256.json"))
    for file, digest in told["files"].items():
        assert hashlib.sha256(archive.read(file)).hexdigest() == digest
    rows = list(csv.DictReader(io.StringIO(archive.read("recipients.csv").decode("utf-8-sig"))))
    assert len(rows) == 6
    assert {one["为什么收到"] for one in rows} == {
        "按单位：咸宁市咸安区应急管理局",
        "按单位：赤壁市应急管理局",
    }
    assert [one["说明"] for one in rows if one["状态"] == "已退回"] == ["'=HYPERLINK(1)"]
    assert "yjj局长" in archive.read("order.html").decode()
    with pytest.raises(ForbiddenError):
        evidence.export(actor=be("xayj_head"), order_id=order.id)


def test_what_waits_is_in_the_pending_list(issue, be):
    from workflows.pending.registry import sources

    order = issue(report_by=clock.now() + timedelta(hours=3))
    of = {source.name: source for source in sources()}
    assert of["order_sign_for"].tally(be("xayj_head")).count == 1
    entry = of["order_sign_for"].page(be("xayj_head"), 5)[0]
    assert (entry.subject, entry.code) == (order.id, "red")
    receipts.check_sign_for(actor=be("cbyj_head"), order_id=order.id)
    assert of["order_sign_for"].tally(be("cbyj_head")).count == 0
    assert of["order_report"].tally(be("cbyj_head")).count == 1
    assert of["order_for_unit"].tally(be("xayj_handler")).count == 0
