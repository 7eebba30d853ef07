"""From a draft to a number and a snapshot."""

from datetime import timedelta

import pytest

from chatops.services.admission import SecrecyRefusedError
from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError, NotFoundError
from directory.store.models import Appointment
from workflows.burden.guard import BurdenRefusedError
from workflows.errors import NotAllowedNowError
from workflows.orders import drafts, issuing, reading, receipts, scopes
from workflows.orders.views import OrderRungIn, OrderScopeIn
from workflows.store.models import Order, OrderRecipient, OrderUnit, OrderVersion


@pytest.fixture(autouse=True)
def _morning():
    from tests.workflows.orders.conftest import NOW

    with clock.travel(NOW):
        yield


def numbers(order_id, **filters):
    rows = OrderRecipient.objects.filter(order_id=order_id, **filters)
    return sorted(rows.values_list("staff__staff_number", flat=True))


def test_an_order_is_drafted_approved_issued_and_reaches_its_line(issue):
    order = issue()
    assert (order.state, order.number) == ("issued", "指令〔2026〕1号")
    assert numbers(order.id) == [
        f"{unit}_{role}" for unit in ("cbyj", "xayj") for role in ("duty_officer", "head", "office")
    ]
    whys = set(OrderRecipient.objects.filter(order_id=order.id).values_list("why", flat=True))
    assert whys == {"按单位：咸宁市咸安区应急管理局", "按单位：赤壁市应急管理局"}
    assert OrderUnit.objects.filter(order_id=order.id, expects=True, is_request=False).count() == 2
    assert order.counts.due == order.counts.pending == 6


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (lambda o: {"subtree": [o.yjj.pk]}, {"yjj", "cbyj"}),
        (lambda _: {"levels": ["county"]}, {"xazf", "xayj", "cbyj"}),
        (lambda _: {"regions": ["421202"]}, {"xazf", "xayj"}),
        (lambda _: {"levels": ["county"], "regions": ["421281"]}, {"cbyj"}),
        (lambda o: {"duty": [o.xayj.pk]}, {"xayj"}),
        (
            lambda _: {"roles": [{"role": "head", "level": "county", "region": "421200"}]},
            {"xazf", "xayj", "cbyj"},
        ),
        (lambda _: {"people": ["cbyj_handler"]}, {"cbyj"}),
    ],
    ids=["subtree", "level", "region", "level in region", "duty", "role", "person"],
)
def test_each_way_of_naming_recipients(organs, draft, be, scope, wanted):
    made = draft(scope=OrderScopeIn(**scope(organs)))
    count = drafts.head_count_of_order(be("yjj_office"), made.id)
    resolved = scopes.resolve(made.scope, drafts.issuing_of(Order.objects.get(pk=made.id)))
    assert {row.pk for row in resolved.rows} == {getattr(organs, word).pk for word in wanted}
    assert count.units == len(wanted)


def test_a_person_with_two_posts_gets_it_once_and_signs_for_both_units(organs, issue, be):
    post = Appointment.objects.get(staff__staff_number="cbyj_head").post
    twice = Appointment.objects.get(staff__staff_number="xayj_head").staff
    Appointment.objects.create(staff=twice, post=post, valid_from="2020-01-01")
    order = issue()
    assert numbers(order.id, staff=twice) == ["xayj_head"]
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    assert OrderUnit.objects.filter(order_id=order.id, received_at__isnull=False).count() == 2


def test_numbers_run_without_a_gap_per_organ_code_and_year(issue, draft, be):
    first = issue()
    wrong = draft(sign_by=clock.now() + timedelta(minutes=5), organ_code="咸应急")
    issuing.check_approve(actor=be("yjj_head"), order_id=wrong.id)
    with clock.travel(clock.now() + timedelta(hours=2)), pytest.raises(BadInputError) as late:
        issuing.check_issue(actor=be("yjj_office"), order_id=wrong.id)  # its limit has passed
    assert late.value.field == "sign_by"
    other, second = issue(organ_code="咸应急"), issue(organ_code="")
    with clock.travel(clock.now() + timedelta(days=300)):
        later = issue(organ_code="")
    assert [one.number for one in (first, other, second, later)] == [
        "指令〔2026〕1号",
        "咸应急指令〔2026〕1号",
        "指令〔2026〕2号",
        "指令〔2027〕1号",
    ]


def test_who_may_not_be_commanded_is_named_and_asked_instead(organs, draft, be, issue):
    wide = OrderScopeIn(units=[organs.xayj.pk, organs.xazf.pk, organs.rd.pk, organs.swj.pk, organs.mzj.pk])
    made = draft(scope=wide)
    issuing.check_approve(actor=be("yjj_head"), order_id=made.id)
    with pytest.raises(BadInputError) as refused:
        issuing.check_issue(actor=be("yjj_office"), order_id=made.id)
    named = {one["name"]: one["why"] for one in refused.value.facts["out_of_scope"]}
    assert set(named) == {organs.xazf.name, organs.rd.name, organs.swj.name, organs.mzj.name}
    assert all("商请" in why for why in named.values())
    assert Order.objects.get(pk=made.id).number is None
    order = issuing.check_issue(actor=be("yjj_office"), order_id=made.id, ask_others=True).order
    asked = OrderUnit.objects.filter(order_id=order.id, is_request=True)
    assert {row.unit_name: row.why_not_commanded for row in asked} == named
    declined = receipts.check_decline(actor=be("swj_head"), order_id=order.id, reason="须先报省局").order
    assert declined.mine is not None
    assert (declined.mine.request, declined.mine.state) == (True, "declined")
    assert OrderUnit.objects.get(order_id=order.id, unit=organs.swj).reason == "须先报省局"


def test_only_the_office_with_a_mandate_commands_a_county_government(organs, draft, be, issue):
    to_county = OrderScopeIn(units=[organs.xazf.pk])
    count = drafts.head_count_of(
        be("zfb_head"), scope=to_county, mandate="市政府专题会议纪要〔2026〕5号", taskforce_id=None, rungs=[]
    )
    assert count.out_of_scope == []
    alone = drafts.head_count_of(be("zfb_head"), scope=to_county, mandate="", taskforce_id=None, rungs=[])
    assert [one.name for one in alone.out_of_scope] == [organs.xazf.name]
    with pytest.raises(BadInputError) as refused:
        drafts.head_count_of(be("yjj_head"), scope=to_county, mandate="口头", taskforce_id=None, rungs=[])
    assert refused.value.field == "mandate"
    order = issue(
        by="zfb_office", approver="zfb_head", scope=to_county, mandate="市政府专题会议纪要〔2026〕5号"
    )
    assert order.state == "issued"


def test_what_is_missing_is_named(draft, be):
    missing_ones = {"title": "", "text": "", "scope": OrderScopeIn(), "sign_by": None}
    for field, value in missing_ones.items():
        made = draft(**{field: value})
        with pytest.raises(BadInputError) as refused:
            issuing.check_approve(actor=be("yjj_head"), order_id=made.id)
        assert refused.value.field == field


def test_a_secret_mark_is_refused_in_title_and_text(draft):
    for field in ("title", "text"):
        with pytest.raises(SecrecyRefusedError):
            draft(**{field: "机密★3年 转移方案"})


def test_who_may_draft_approve_and_see(draft, be):
    with pytest.raises(ForbiddenError):
        draft(by="yjj_handler")
    made = draft()
    with pytest.raises(ForbiddenError):
        issuing.check_approve(actor=be("yjj_office"), order_id=made.id)
    with pytest.raises(NotFoundError):
        issuing.check_approve(actor=be("mzj_head"), order_id=made.id)
    assert reading.list_orders(be("mzj_head"))[0] == []
    assert [one.id for one in reading.list_orders(be("yjj_head"))[0]] == [made.id]


def test_two_editors_do_not_overwrite_each_other_and_an_edit_takes_approval_back(draft, be):
    made = draft()
    drafts.check_edit_order(
        actor=be("yjj_office"), order_id=made.id, fields={"title": "新"}, held_edit=made.edit
    )
    with pytest.raises(ConflictError) as refused:
        drafts.check_edit_order(
            actor=be("yjj_head"), order_id=made.id, fields={"title": "旧"}, held_edit=made.edit
        )
    assert refused.value.facts["edit"] == made.edit + 1
    issuing.check_approve(actor=be("yjj_head"), order_id=made.id)
    again = drafts.check_edit_order(actor=be("yjj_office"), order_id=made.id, fields={"text": "改"}).order
    assert again.state == "draft"
    with pytest.raises(NotAllowedNowError, match="草稿"):
        issuing.check_issue(actor=be("yjj_office"), order_id=made.id)


def test_a_large_order_needs_another_who_is_entitled(settings, draft, be):
    from workflows import consents
    from workflows.store.models import Consent

    settings.ORDER_SECOND_APPROVER_ABOVE = 5
    made = draft()
    asked = issuing.check_approve(actor=be("yjj_head"), order_id=made.id).order
    assert asked.release == "asked"
    with pytest.raises(NotAllowedNowError, match="另一位"):
        issuing.check_issue(actor=be("yjj_office"), order_id=made.id)
    consent = Consent.objects.get(kind="second_approver")
    offered = {
        who: receipts.open_order(be(who), made.id).release_consent for who in ("yjj_head", "yjj_deputy_head")
    }
    assert offered == {"yjj_head": None, "yjj_deputy_head": consent.pk}
    with pytest.raises(ForbiddenError):
        consents.check_decide(actor=be("yjj_head"), consent_id=consent.pk, agree=True)
    answer = consents.check_decide(actor=be("yjj_deputy_head"), consent_id=consent.pk, agree=True)
    assert "同意签发" in answer.message
    assert issuing.check_issue(actor=be("yjj_office"), order_id=made.id).order.state == "issued"


def test_calls_among_the_steps_need_one_too_and_an_edit_withdraws_the_question(settings, draft, be):
    from workflows.store.models import Consent

    settings.VOICE_GATEWAY_URL = "http://127.0.0.1:9/"
    assert "voice" not in {rung.step for rung in draft().rungs}  # so nobody asks a second person unawares
    made = draft(rungs=[OrderRungIn(step="voice", minutes=10)])
    assert issuing.check_approve(actor=be("yjj_head"), order_id=made.id).order.release == "asked"
    drafts.check_edit_order(actor=be("yjj_office"), order_id=made.id, fields={"text": "改"})
    assert Consent.objects.get(kind="second_approver").state == "withdrawn"


def test_a_correction_is_a_new_version_whose_receipts_start_afresh(issue, be):
    order = issue()
    receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)
    corrected = issuing.check_correct(
        actor=be("yjj_head"), order_id=order.id, reason="时间有误", fields={"text": "改为19时前完成。"}
    ).order
    assert (corrected.version, corrected.counts.signed, corrected.counts.due) == (2, 0, 6)
    assert [row.reason for row in corrected.versions] == ["", "时间有误"]
    mine = receipts.open_order(be("xayj_head"), order.id).mine
    assert mine is not None
    assert mine.state == "read"
    kept = OrderRecipient.objects.get(order_id=order.id, version=1, staff__staff_number="xayj_head")
    assert kept.state == "signed_for"
    texts = OrderVersion.objects.filter(order_id=order.id).values_list("text", flat=True)
    assert list(texts) == ["请按名单转移，转移一户登记一户。", "改为19时前完成。"]


def test_a_correction_asks_nothing_that_an_order_may_not(issue, be):
    order = issue()
    with pytest.raises(BurdenRefusedError) as refusal:
        issuing.check_correct(
            actor=be("yjj_head"), order_id=order.id, reason="补充", fields={"text": "请干部每日打卡。"}
        )
    assert refusal.value.field == "text"
    assert OrderVersion.objects.filter(order_id=order.id).count() == 1


def test_a_recalled_order_says_why_and_asks_nothing_more(issue, be):
    order = issue()
    issuing.check_recall(actor=be("yjj_head"), order_id=order.id, reason="险情解除")
    assert receipts.my_orders(be("xayj_head"))[0] == []
    with pytest.raises(NotAllowedNowError, match="险情解除"):
        receipts.check_sign_for(actor=be("xayj_head"), order_id=order.id)


def test_the_same_deed_twice_is_one(draft, be):
    made = draft()
    issuing.check_approve(actor=be("yjj_head"), order_id=made.id, key="a")
    first = issuing.check_issue(actor=be("yjj_office"), order_id=made.id, key="k")
    assert (
        issuing.check_issue(actor=be("yjj_office"), order_id=made.id, key="k").order.number
        == first.order.number
    )
    assert OrderRecipient.objects.filter(order_id=made.id).count() == 6
    with pytest.raises(NotAllowedNowError, match="无需再次签发"):
        issuing.check_issue(actor=be("yjj_office"), order_id=made.id, key="other")


def test_a_drill_is_marked_wherever_its_title_stands(issue, be):
    order = issue(is_drill=True)
    assert order.title.startswith("【演练】")
    assert receipts.my_orders(be("xayj_head"))[0][0].title.startswith("【演练】")


def test_templates_keep_what_can_be_used_again(be):
    kept = drafts.check_keep_template(
        actor=be("yjj_office"), name="防汛", draft={"title": "转移", "sign_by": "x"}
    )
    assert kept.draft == {"title": "转移"}
    assert [one.name for one in drafts.list_templates(be("yjj_head"))] == ["防汛"]
    assert drafts.list_templates(be("mzj_head")) == []
    with pytest.raises(NotFoundError):
        drafts.check_drop_template(actor=be("mzj_head"), template_id=kept.id)
