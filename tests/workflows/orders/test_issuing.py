"""From a draft to a number and a snapshot."""

from workflows.store.models import OrderRecipient, OrderUnit


def test_an_order_is_drafted_approved_issued_and_reaches_its_line(issue, organs):
    order = issue()
    assert (order.state, order.number) == ("issued", "指令〔2026〕1号")
    rows = OrderRecipient.objects.filter(order_id=order.id)
    assert sorted(rows.values_list("staff__staff_number", flat=True)) == [
        f"{unit}_{role}" for unit in ("cbyj", "xayj") for role in ("duty_officer", "head", "office")
    ]
    assert set(rows.values_list("why", flat=True)) == {
        "按单位：咸宁市咸安区应急管理局",
        "按单位：赤壁市应急管理局",
    }
    assert OrderUnit.objects.filter(order_id=order.id, expects=True, is_request=False).count() == 2
    assert order.counts.due == order.counts.pending == 6
