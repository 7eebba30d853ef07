"""One question, one answer: by somebody entitled, never by who asked, and the later one is told who was first."""

import threading
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common import clock, timers
from common.errors import BadInputError, DomainError, ForbiddenError, NotFoundError
from common.ids import new_uuid
from common.models import AuditEntry, Timer
from directory.services.rights import Scope
from tests.workflows.conftest import START
from workflows.consents import ApproverRule, ConsentKind, registry, services
from workflows.errors import ConsentEndedError, KeyReusedError, NotAllowedNowError
from workflows.models import Absence, Consent
from workflows.pending import list_pending
from workflows.rules.consents import CONSENT_MOVES, ConsentAct, ConsentEnded, ConsentState, next_consent_state


@given(st.lists(st.sampled_from(list(ConsentAct)), max_size=6))
def test_a_consent_ends_at_most_once(acts):
    state, ended = ConsentState.ASKED, 0
    for act in acts:
        try:
            state = next_consent_state(state, act)
            ended += 1
        except ConsentEnded as error:
            ended += error.state != state
    assert ended == min(1, len(acts))
    assert set(CONSENT_MOVES.values()) == set(ConsentState) - {ConsentState.ASKED}


def test_asked_agreed_and_told_once(question, act, done):
    consent = question(reason="已核对")
    assert [
        entry.title for entry in services.list_mine(act("inspector"), box="to_decide", offset=0, limit=9)[0]
    ] == ["发布第3期"]
    answer = services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True, key="k")
    again = services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True, key="k")
    assert again == answer
    assert (answer.consent.state_words, answer.consent.decided_by_name) == ("已同意", "方既白")
    assert done == [("agree", "agreed")]
    verbs = set(AuditEntry.objects.filter(subject="test").values_list("verb", flat=True))
    assert verbs == {"consent.ask_release", "consent.agree_release"}
    with pytest.raises(KeyReusedError):
        services.check_decide(
            actor=act("inspector"), consent_id=consent.pk, agree=False, reason="不", key="k"
        )


def test_a_no_needs_a_reason_and_a_mark_is_refused(question, act, done):
    consent = question()
    with pytest.raises(BadInputError) as refused:
        services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=False)
    assert refused.value.field == "reason"
    with pytest.raises(DomainError, match="secrecy_refused"):
        services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=False, reason="机密★3年")
    services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=False, reason="数字有误")
    assert done == [("refuse", "refused")]


def test_never_ones_own_request_even_when_entitled(question, act, done):
    consent = question(by="inspector")
    with pytest.raises(ForbiddenError, match="本人"):
        services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
    assert services.list_mine(act("inspector"), box="to_decide", offset=0, limit=9)[0] == []
    assert services.check_withdraw(actor=act("inspector"), consent_id=consent.pk).consent.state == "withdrawn"
    assert done == [("end", "withdrawn")]


def test_who_has_nothing_to_do_with_it_does_not_see_it(question, act):
    consent = question()
    with pytest.raises(NotFoundError):
        services.check_decide(actor=act("land_head"), consent_id=consent.pk, agree=True)
    with pytest.raises(ForbiddenError):
        services.check_withdraw(actor=act("inspector"), consent_id=consent.pk)


def test_the_same_question_is_open_once(question):
    question()
    with pytest.raises(NotAllowedNowError) as refused:
        question(by="civil_head")
    assert "07月01日 10:00" in refused.value.user_message()


def test_the_later_decider_is_told_who_and_when(question, act, appoint, city):
    appoint("inspector2", "江映月", city.government, "supervision_officer", "督查专员")
    consent = question()
    services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
    with pytest.raises(ConsentEndedError) as refused:
        services.check_decide(actor=act("inspector2"), consent_id=consent.pk, agree=False, reason="不宜")
    assert refused.value.user_message() == "方既白已于07月01日 10:00审批（已同意），无需再次处理。"


def test_unanswered_it_lapses_by_timer(question, act, done, later):
    consent = question(lapses_at=START + timedelta(days=1))
    assert Timer.objects.get(key=f"consent:{consent.pk}").task == "workflows.lapse_consent"
    assert services.lapse(consent.pk) is False
    with later(days=1):
        with pytest.raises(ConsentEndedError):
            services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
        timers.tick()
        assert services.lapse(consent.pk) is True
        assert services.lapse(consent.pk) is False
    assert done == [("end", "lapsed")]
    assert Consent.objects.get().decided_by_name == "时限"


def test_what_a_kind_refuses_leaves_the_question_open(question, act, monkeypatch):
    def refuse(_actor, _consent):
        raise NotAllowedNowError(message="已不需要")

    consent = question()
    monkeypatch.setitem(registry._kinds, "release", ConsentKind("release", lambda: "发布", refuse))
    with pytest.raises(NotAllowedNowError):
        services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
    assert Consent.objects.get().state == "asked"


def test_a_named_post_decides_or_who_stands_in_for_its_holder(question, act):
    leader = act("leader")
    consent = question(approver=ApproverRule(post_id=leader.post_id))
    with pytest.raises(NotFoundError):
        services.check_decide(actor=act("inspector"), consent_id=consent.pk, agree=True)
    Absence.objects.create(
        staff_id=leader.staff_id,
        acting_id=act("data_office").staff_id,
        starts_on=date(2026, 7, 1),
        ends_on=date(2026, 7, 3),
        at=START,
        by_name="贺临川",
    )
    (source,) = [one for one in list_pending(act("data_office")).sources if one.source == "decide_consent"]
    assert [entry.title for entry in source.items] == ["（代贺临川）发布第3期"]
    answer = services.check_decide(actor=act("data_office"), consent_id=consent.pk, agree=True)
    assert (answer.consent.decided_by_name, answer.consent.decided_for) == ("周牧远", "贺临川")


def test_pending_costs_the_same_for_one_and_many(question, act, django_assert_max_num_queries):
    for _ in range(5):
        question(approver=ApproverRule("item.override_colour", Scope(unit_id=act("civil_head").unit_id)))
        for row in Consent.objects.all():
            Consent.objects.filter(pk=row.pk).update(subject_id=new_uuid())
    with django_assert_max_num_queries(4):
        found, _next = services.list_mine(act("inspector"), box="to_decide", offset=0, limit=3)
    assert len(found) == 3


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_are_one_deed(question, act, appoint, city, done):
    appoint("inspector2", "江映月", city.government, "supervision_officer", "督查专员")
    consent = question()
    one, other = act("inspector"), act("inspector2")
    results: list[object] = [None, None]
    start = threading.Barrier(2)

    def run(place, actor, agree):
        start.wait(10)
        try:
            with clock.travel(START):
                results[place] = services.check_decide(
                    actor=actor, consent_id=consent.pk, agree=agree, reason="已阅"
                )
        except DomainError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(0, one, True)),
        threading.Thread(target=run, args=(1, other, False)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (late,) = [each for each in results if isinstance(each, ConsentEndedError)]
    assert len(done) == 1
    winner = Consent.objects.get().decided_by_name
    assert late.user_message().startswith(f"{winner}已于07月01日 10:00审批")


def test_rest_decides_and_shows_who_may(question, call, act):
    consent = question()
    listed = call("inspector").get("/consents").json()
    assert [one["id"] for one in listed["items"]] == [str(consent.pk)]
    assert listed["items"][0]["abilities"] == {"decide": True, "withdraw": False}
    assert call("land_head").get(f"/consents/{consent.pk}").status_code == 404
    wrong = call("inspector").post(f"/consents/{consent.pk}/decide", {"agree": False})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "reason")
    done = call("inspector").post(f"/consents/{consent.pk}/decide", {"agree": True}, key="a")
    assert (done.status_code, done.json()["consent"]["state"]) == (200, "agreed")
    late = call("civil_liaison").post(f"/consents/{consent.pk}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")
    assert call("civil_liaison").get("/consents?box=asked").json()["items"][0]["state"] == "agreed"
    assert call("civil_liaison").get("/consents?box=zz").json()["field"] == "box"


def test_its_card_has_buttons_for_the_approver_alone(question, act):
    from workflows.consents.card import abilities, consent_card, handle

    consent = question(reason="已核对")
    card = consent_card(consent)
    assert [one.name for one in card.actions] == ["agree", "refuse"]
    subject = str(consent.pk)
    assert abilities(act("inspector"), [subject])[subject].abilities == ["agree", "refuse"]
    assert abilities(act("civil_liaison"), [subject])[subject].abilities == ["withdraw"]
    assert abilities(act("land_head"), [subject, "no"]) == {}
    handle(actor=act("inspector"), subject=subject, action="agree", params={}, key="c")
    assert "agree" in abilities(act("inspector"), [subject])[subject].done
    assert consent_card(Consent.objects.get()).actions == []


def test_datetime_is_shown_locally():
    assert services.moment(datetime.fromisoformat("2026-07-01T02:00:00+00:00")) == "07月01日 10:00"
