"""Both colours are kept and shown; nobody lowers one silently; each change is told once to each role."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from common import clock
from common.errors import BadInputError, DomainError, ForbiddenError
from common.models import Timer
from workflows.consents import services as consents
from workflows.errors import NotAllowedNowError
from workflows.models import ColourNotice, ColourOverride, Consent, Item, ItemHistory
from workflows.rules.colours import Colour
from workflows.rules.overrides import worse
from workflows.rules.working_days import SHANGHAI
from workflows.services import acts, colour_rules, colour_views, colours, nightly, overrides
from workflows.store import items as item_store
from workflows.store.colour_rules import RuleBook

LATER = date(2026, 7, 31)


def at(text):
    return clock.travel(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def test_a_hand_raises_with_a_reason_and_both_colours_are_shown(signed, act):
    answer = overrides.check_override(
        actor=act("civil_head"), item_id=signed.id, colour="red", reason="施工受阻", key="k"
    )
    again = overrides.check_override(
        actor=act("civil_head"), item_id=signed.id, colour="red", reason="施工受阻", key="k"
    )
    assert again == answer
    item = answer.item
    assert (item.colour, item.computed_colour, item.overridden, item.chip) == (
        "red",
        "green",
        True,
        "人工调整",
    )
    assert item.because == (
        "人工调整为红（未定期限）：施工受阻，民政局（局长）。系统判定为绿：计划完成0%，实际完成0%，按计划推进"
    )
    assert ColourOverride.objects.get().lowered_from == ""
    acts_ = list(ItemHistory.objects.filter(item_id=signed.id).values_list("act", flat=True))
    assert acts_[-2:] == ["override_colour", "colour"]


def test_lowering_needs_an_officer_a_reason_and_an_end(signed, act):
    with at("2027-01-05T10:00"):
        nightly.recolour_all()
        lower = {"item_id": signed.id, "colour": "yellow", "reason": "已现场核实"}
        with pytest.raises(ForbiddenError, match="督查专员"):
            overrides.check_override(actor=act("leader"), **lower, ends_on=date(2027, 1, 20))
        with pytest.raises(BadInputError) as refused:
            overrides.check_override(actor=act("inspector"), **lower)
        assert refused.value.field == "ends_on"
        with pytest.raises(BadInputError) as refused:
            overrides.check_override(actor=act("inspector"), **lower, ends_on=date(2027, 1, 4))
        assert "2027年1月5日" in refused.value.user_message()
        with pytest.raises(BadInputError) as refused:
            overrides.check_override(actor=act("inspector"), **{**lower, "reason": " "}, ends_on=LATER)
        assert refused.value.field == "reason"
        answer = overrides.check_override(actor=act("inspector"), **lower, ends_on=date(2027, 1, 20))
    assert (answer.item.colour, answer.item.computed_colour) == ("yellow", "red")
    assert "（至2027年1月20日）" in answer.item.because
    assert "系统判定为红：已逾期5天" in answer.item.because


def test_what_an_officer_set_ends_by_timer(signed, act):
    overrides.check_override(
        actor=act("inspector"), item_id=signed.id, colour="yellow", reason="待核", ends_on=LATER
    )
    row = ColourOverride.objects.get()
    timer = Timer.objects.get(key=f"override:{row.pk}")
    assert timer.due_at == datetime(2026, 8, 1, 0, 0, tzinfo=SHANGHAI)
    with at("2026-07-31T23:59"):
        assert overrides.expire(row.pk) is False
    with at("2026-08-01T00:00"):
        assert overrides.expire(row.pk) is True
        assert overrides.expire(row.pk) is True
    item = Item.objects.get()
    assert (item.overridden, item.colour == item.computed_colour) == (False, True)
    assert ItemHistory.objects.filter(act="override_expired").count() == 1


def test_an_end_that_no_timer_told_holds_all_the_same(signed, act):
    overrides.check_override(
        actor=act("inspector"), item_id=signed.id, colour="red", reason="待核", ends_on=date(2026, 7, 3)
    )
    with at("2026-07-04T00:05"):
        nightly.recolour_all()
    assert Item.objects.get().colour == "green"


def test_ending_early_is_the_makers_or_an_officers(signed, act):
    overrides.check_override(actor=act("civil_head"), item_id=signed.id, colour="red", reason="受阻")
    with pytest.raises(ForbiddenError):
        overrides.check_end_override(actor=act("leader"), item_id=signed.id, reason="不必")
    with pytest.raises(ForbiddenError):
        overrides.check_override(actor=act("leader"), item_id=signed.id, colour="yellow", reason="不至于")
    answer = overrides.check_end_override(actor=act("civil_head"), item_id=signed.id, reason="已解决")
    assert (answer.item.colour, answer.item.overridden) == ("green", False)
    with pytest.raises(NotAllowedNowError):
        overrides.check_end_override(actor=act("civil_head"), item_id=signed.id, reason="已解决")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"colour": "blue"}, "colour"), ({"colour": "green"}, "colour"), ({"reason": ""}, "reason")],
)
def test_bad_overrides_name_their_field(signed, act, change, field):
    asked = {"colour": "red", "reason": "受阻", **change}
    with pytest.raises(BadInputError) as refused:
        overrides.check_override(actor=act("civil_head"), item_id=signed.id, **asked)
    assert refused.value.field == field


def test_grey_is_not_overridden(add, act):
    with pytest.raises(NotAllowedNowError, match="灰"):
        overrides.check_override(actor=act("leader"), item_id=add().id, colour="red", reason="受阻")


def test_each_change_is_told_once_to_each_role(signed, act):
    overrides.check_override(actor=act("civil_head"), item_id=signed.id, colour="red", reason="受阻")
    found = ColourNotice.objects.order_by("role").values_list("role", "staff__staff_number", "change_no")
    number = Item.objects.get().colour_changes
    mine = [one for one in found if one[2] == number]
    assert mine == [
        ("leader", "leader", number),
        ("owner", "civil_liaison", number),
        ("supervisor", "data_office", number),
    ]
    item = Item.objects.get()
    colours.tell(
        item, colours.Recoloured(True, True, True, "green"), clock.now()
    )  # a repeated job tells nobody again
    assert ColourNotice.objects.filter(change_no=number).count() == 3


def test_the_nights_changes_wait_for_the_morning_and_red_by_hand_does_not(signed, act):
    with at("2027-01-01T00:05"):
        nightly.recolour_all()
    waits = set(ColourNotice.objects.filter(new="red").values_list("deliver_at", flat=True))
    assert waits == {datetime(2027, 1, 1, 8, 30, tzinfo=SHANGHAI)}
    with at("2027-01-02T23:00"):
        overrides.check_override(
            actor=act("inspector"), item_id=signed.id, colour="yellow", reason="核", ends_on=date(2027, 1, 20)
        )
        overrides.check_end_override(actor=act("inspector"), item_id=signed.id, reason="有误")
    last = ColourNotice.objects.order_by("-change_no").first()
    assert last is not None
    assert (last.new, last.deliver_at) == ("red", datetime(2027, 1, 2, 23, 0, tzinfo=SHANGHAI))


def test_who_may_not_lower_asks_an_officer(signed, act):
    with at("2027-01-05T10:00"):
        nightly.recolour_all()
        asked = {"item_id": signed.id, "colour": "yellow", "reason": "材料已补", "ends_on": date(2027, 1, 20)}
        overrides.check_ask_lower(actor=act("civil_head"), **asked)
        with pytest.raises(NotAllowedNowError):
            overrides.check_ask_lower(actor=act("leader"), **asked)
        consent = Consent.objects.get()
        with pytest.raises(DomainError):
            consents.check_decide(actor=act("leader"), consent_id=consent.pk, agree=True)
        consents.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
    item = Item.objects.get()
    assert (item.colour, item.computed_colour, item.override_ends_on) == ("yellow", "red", date(2027, 1, 20))


@pytest.fixture
def variant(force, act, django_capture_on_commit_callbacks):
    colour_rules.check_choose(
        actor=act("inspector"), version=2, taskforce_id=force.id, ledger_id=None, kind=""
    )
    nightly.recolour_by_choice(force.id)


def test_under_the_variant_caught_up_is_yellow_until_an_officer_has_looked(signed, act, variant):
    acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=10)
    with at("2026-09-10T00:05"):
        nightly.recolour_all()
        assert Item.objects.get().colour == "red"
    with at("2026-09-10T10:00"):
        answer = acts.check_report(actor=act("civil_head"), item_id=signed.id, percent=60)
        assert (answer.item.colour, answer.item.reason_code) == ("yellow", "caught_up")
        assert answer.item.because.startswith("黄：2026年9月10日起曾落后，现已赶上")
        with pytest.raises(ForbiddenError):
            overrides.check_confirm_caught_up(actor=act("leader"), item_id=signed.id, reason="属实")
        answer = overrides.check_confirm_caught_up(actor=act("inspector"), item_id=signed.id, reason="属实")
    assert (answer.item.colour, answer.item.reason_code) == ("green", "on_plan")
    with pytest.raises(NotAllowedNowError):
        overrides.check_confirm_caught_up(actor=act("inspector"), item_id=signed.id, reason="属实")


def test_administrators_write_and_choose_tables(signed, act, force):
    with pytest.raises(ForbiddenError):
        colour_rules.check_add_rule(actor=act("civil_head"), name="严", table={"yellow_lag": 5})
    with pytest.raises(BadInputError) as refused:
        colour_rules.check_add_rule(actor=act("inspector"), name="严", table={"yellow_lag": 40})
    assert refused.value.field == "red_lag"
    rule = colour_rules.check_add_rule(
        actor=act("inspector"), name="严格规则", table={"yellow_lag": 2, "red_lag": 5}
    )
    assert rule.version == 3
    assert "滞后超过5个百分点" in "".join(rule.words)
    told = colour_rules.check_choose(
        actor=act("inspector"), version=3, taskforce_id=None, ledger_id=None, kind="project"
    )
    assert [(one.kind, one.version) for one in told.choices] == [("project", 3)]
    with at("2026-07-15T10:00"):
        assert nightly.recolour_by_choice(None) == 1
    item = Item.objects.get()
    assert (item.colour, item.rule_version) == ("red", 3)
    told = colour_rules.check_choose(
        actor=act("inspector"), version=1, taskforce_id=force.id, ledger_id=None, kind=""
    )
    assert RuleBook.read().rule_of(item).version == 1  # the closer choice holds
    told = colour_rules.check_choose(
        actor=act("inspector"), version=1, taskforce_id=force.id, ledger_id=None, kind="", drop=True
    )
    assert len(told.choices) == 1


DEEDS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["report", "raise", "lower", "end", "night", "confirm"]),
        st.integers(0, 99),
        st.sampled_from(["red", "yellow", "green"]),
        st.sampled_from(["civil_head", "inspector", "leader"]),
    ),
    min_size=3,
    max_size=8,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(DEEDS)
@pytest.mark.parametrize("version", [1, 2])
def test_recomputing_gives_the_same_and_nothing_is_lowered_silently(signed, act, force, version, deeds):
    from django.db import transaction

    with transaction.atomic():
        colour_rules.check_choose(
            actor=act("inspector"), version=version, taskforce_id=force.id, ledger_id=None, kind=""
        )
        day = datetime(2026, 7, 1, 10, tzinfo=SHANGHAI)
        for days, deed, number, colour, who in deeds:
            day += timedelta(days=days, minutes=1)
            with clock.travel(day):
                _try(deed, act(who), signed.id, number, colour, day)
                item = Item.objects.get(pk=signed.id)
                _nothing_silent(item, version)
                again = Item.objects.get(pk=signed.id)
                nodes = item_store.milestones(again)
                colours.set_colour(again, nodes, day)  # by the new day, where the deed was refused
                _nothing_silent(again, version)
                assert not colours.set_colour(again, nodes, day).reworded
        transaction.set_rollback(True)


def _try(deed, actor, item_id, number, colour, now):
    try:
        if deed == "report":
            acts.check_report(actor=actor, item_id=item_id, percent=number, text="进展")
        elif deed in {"raise", "lower"}:
            overrides.check_override(
                actor=actor,
                item_id=item_id,
                colour=colour,
                reason="核",
                ends_on=now.date() + timedelta(days=number) if deed == "lower" else None,
            )
        elif deed == "end":
            overrides.check_end_override(actor=actor, item_id=item_id, reason="结束")
        elif deed == "confirm":
            overrides.check_confirm_caught_up(actor=actor, item_id=item_id, reason="属实")
        else:
            nightly.recolour_all()
    except DomainError:
        return


def _nothing_silent(item, version):
    if worse(Colour(item.computed_colour), Colour(item.colour)):
        row = ColourOverride.objects.get(item=item, state="active")
        assert row.by_post == "督查专员"
        assert row.reason
        assert row.ends_on
    if version == 2 and item.computed_colour == "green":
        assert item.fell_behind_on is None


def test_why_is_told_in_full_at_rest(signed, call, act):
    answer = call("civil_head").post(f"/items/{signed.id}/colour", {"colour": "red", "reason": "施工受阻"})
    assert (answer.status_code, answer.json()["item"]["computed_colour"]) == (200, "green")
    told = call("inspector").get(f"/items/{signed.id}/colour").json()
    assert (told["colour"], told["computed_colour"], told["rule_name"]) == ("red", "green", "通用规则")
    assert told["active"]["by_name"] == "民政局"
    assert told["abilities"] == {"raise": True, "lower": True, "end": True, "confirm": False}
    assert {one["role"] for one in told["notices"]} == {"owner", "supervisor", "leader"}
    assert call("outside_head").get(f"/items/{signed.id}/colour").status_code == 404
    assert (
        call("outside_head").post(f"/items/{signed.id}/colour", {"colour": "red", "reason": "无"}).status_code
        == 404
    )
    refused = call("civil_handler").post(
        f"/items/{signed.id}/colour", {"colour": "green", "reason": "核", "ends_on": "2026-07-09"}
    )
    assert (refused.status_code, refused.json()["facts"]["reason"]) == (403, "post")
    lowered = call("inspector").post(f"/items/{signed.id}/colour/end", {"reason": "已解决"})
    assert lowered.status_code == 200
    assert call("civil_head").get("/colour-rules").json()["abilities"] == {"manage": False}
    assert call("civil_head").post("/colour-rules", {"name": "x", "table": {}}).status_code == 403
    assert colour_views.describe(act("civil_head"), signed.id).active is None


def test_a_night_of_changes_costs_a_fixed_number_of_queries(force, add, act, django_assert_max_num_queries):
    from workflows.services import items

    for number in range(3):
        add(f"事项{number}", due_on=date(2026, 7, 10))
    for number in range(6):
        add(f"晚{number}", due_on=date(2026, 7, 20))
    items.check_dispatch(actor=act("leader"), taskforce_id=force.id, item_ids=None)
    with at("2026-07-11T00:05"), django_assert_max_num_queries(80) as few:
        nightly.recolour_home(force.id)
    few = len(few)
    with at("2026-07-21T00:05"), django_assert_max_num_queries(few + 3 * 14):
        nightly.recolour_home(force.id)
