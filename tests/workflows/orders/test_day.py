"""Who issued an order sees on the workbench how many have not signed for it yet."""

from workflows.models import OrderRecipient
from workflows.services.day import describe_day


def test_an_order_stands_among_the_notes_until_all_have_signed(issue, be):
    order = issue()
    left = OrderRecipient.objects.filter(order=order.id).count()
    [note] = describe_day(be("yjj_office")).notes
    assert (note.kind, note.link) == ("order", f"/orders/{order.id}")
    assert note.text == f"{order.number}“{order.title}”还有{left}人未签收"
    OrderRecipient.objects.filter(order=order.id).update(state="signed_for")
    assert describe_day(be("yjj_office")).notes == []
    assert describe_day(be("yjj_head")).notes == []
