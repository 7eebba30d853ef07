"""Disputes, series, evidence, messages: what happens to an item besides its daily deeds."""

from datetime import date

import pytest

from chatops.services import rooms
from chatops.services.messages import send
from chatops.store.models import Media
from common import clock
from common.errors import BadInputError, ForbiddenError, NotFoundError
from workflows import events as told
from workflows.errors import NotAllowedNowError
from workflows.models import Evidence, Item, LeadDispute
from workflows.pending import list_pending
from workflows.rules.moves import ItemAct
from workflows.services import acts, disputes, ledgers, origins, registering, series
from workflows.services.evidence import NewEvidence
from workflows.services.items import NewItem
from workflows.services.origins import Origin
from workflows.services.registering import Home, TakenAlreadyError
from workflows.store.models import Deed

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(city, appoint, act):
    appoint("gov_office", "杜若谦", city.government, "office", "督查室主任")
    return act("gov_office")


@pytest.fixture
def home(office):
    return Home(ledger_id=ledgers.check_create_ledger(actor=office, name="督办", kind="unit").id)


@pytest.fixture
def register(office, home, city):
    def make(**fields):
        new = NewItem(
            **{
                "title": "清理河道",
                "lead_unit_id": city.units["civil"].pk,
                "starts_on": clock.today(),
                "due_on": date(2026, 8, 31),
                **fields,
            }
        )
        return registering.check_register(actor=office, home=home, new=new, dispatch=True).item

    return make


def waiting(actor, name):
    return next((one.count for one in list_pending(actor).sources if one.source == name), 0)


def test_a_dispute_goes_up_after_two_working_days_and_is_settled_there(register, city, act, office, later):
    item = register()
    civil, land = act("civil_liaison"), city.units["land"]
    disputes.check_dispute(actor=civil, item_id=item.id, claimed_unit_id=land.pk, reason="属规划职责")
    with pytest.raises(NotAllowedNowError, match="正在协商"):
        disputes.check_dispute(actor=civil, item_id=item.id, claimed_unit_id=land.pk, reason="再提一次")
    dispute = LeadDispute.objects.get()
    assert clock.local(dispute.escalates_at).date() == date(2026, 7, 3)
    assert waiting(office, "settle_lead") == 0
    with later(on="2026-07-03T17:31"):
        disputes.escalate(dispute.pk)
        disputes.escalate(dispute.pk)
        dispute.refresh_from_db()
        assert dispute.superior_id == city.government.pk
        assert waiting(office, "settle_lead") == 1
        with pytest.raises(ForbiddenError):
            disputes.check_settle(
                actor=act("civil_head"), item_id=item.id, lead_unit_id=land.pk, reason="自己裁定"
            )
        done = disputes.check_settle(
            actor=office, item_id=item.id, lead_unit_id=land.pk, reason="按三定方案"
        ).item
        assert (done.lead_unit.id, done.state) == (land.pk, "dispatched")
        with pytest.raises(NotAllowedNowError, match="杜若谦已于07月03日 17:31裁定"):
            disputes.check_settle(actor=office, item_id=item.id, lead_unit_id=land.pk, reason="再裁定")
        assert waiting(office, "settle_lead") == 0


def test_the_next_of_a_series_is_made_exactly_once(register, later):
    rule = {"every": "month", "day": 25, "since": "2026-07-01", "shift": "before"}
    item = register(due_on=date(2026, 7, 24), recurrence=rule)
    assert item.recurring
    with later(on="2026-07-27T00:30"):
        made = series.make_next(item.id)
        assert made is not None
        assert series.make_next(item.id) is None
        after = Item.objects.get(pk=made)
        assert (after.previous_id, after.due_on, after.state) == (item.id, date(2026, 8, 25), "dispatched")
        assert Item.objects.count() == 2


def test_a_cancelled_item_ends_its_series(register, office):
    rule = {"every": "week", "day": 5, "since": "2026-07-01"}
    item = register(recurrence=rule)
    acts.check_suspend(actor=office, item_id=item.id, act=ItemAct.CANCEL, reason="不再需要")
    assert series.make_next(item.id) is None


def test_the_report_of_the_whole_needs_evidence_where_it_is_asked_for(register, act):
    item = register(evidence_required=True)
    civil = act("civil_liaison")
    acts.check_sign_for(actor=civil, item_id=item.id)
    acts.check_report(actor=civil, item_id=item.id, percent=50)
    with pytest.raises(BadInputError, match="佐证") as refused:
        acts.check_report(actor=civil, item_id=item.id, percent=100)
    assert refused.value.field == "evidence"
    for mime in ("application/zip", "image/svg+xml", "text/html"):
        media = Media.objects.create(
            media_id=f"m{mime[-3:]}", owner_id=civil.staff_id, mime=mime, size=1, sha256="0", storage_key="k",
            filename="附件", created_at=clock.now(),
        )  # fmt: skip
        with pytest.raises(BadInputError, match="不是可用的佐证类型"):
            acts.check_report(
                actor=civil, item_id=item.id, percent=100, evidence=[NewEvidence(media_id=media.media_id)]
            )
    for link in ("javascript:alert(1)", "ftp://x/y", "http://"):
        with pytest.raises(BadInputError, match="http://"):
            acts.check_report(actor=civil, item_id=item.id, percent=100, evidence=[NewEvidence(url=link)])
    photo = Media.objects.create(
        media_id="photo", owner_id=civil.staff_id, mime="image/jpeg", size=1, sha256="0", storage_key="k",
        filename="现场.jpg", created_at=clock.now(),
    )  # fmt: skip
    done = acts.check_report(
        actor=civil, item_id=item.id, percent=100, evidence=[NewEvidence(media_id=photo.media_id)]
    ).item
    assert done.state == "reported"
    assert Evidence.objects.get().name == "现场.jpg"
    with pytest.raises(BadInputError):  # somebody else's file
        acts.check_report(
            actor=act("land_liaison"), item_id=item.id, percent=100, evidence=[NewEvidence(media_id="photo")]
        )


def test_a_message_becomes_an_item_once_with_its_due_phrase(office, act, city, heard):
    room = rooms.create_room(
        actor=office, kind="work", name="河道整治", members=[act("civil_liaison").staff_id]
    )
    sent = send(
        actor=office, room_id=room.room_id, type="m.room.message",
        content={"msgtype": "m.text", "body": "请市民政局3个工作日内报送河道整治名单"},
    )  # fmt: skip
    origin = Origin(room.room_id, sent.event_id)
    draft = origins.draft_of_message(office, origin)
    assert draft.due is not None
    assert (draft.due.phrase, draft.due.due_on) == ("3个工作日内", date(2026, 7, 6))
    assert draft.sender.endswith("杜若谦 督查室主任")
    new = NewItem(draft.title, city.units["civil"].pk, clock.today(), draft.due.due_on, kind="message")
    made = registering.check_register(actor=office, home=Home(), new=new, origin=origin, dispatch=True)
    assert made.item.origin is not None
    assert made.item.origin.event_id == sent.event_id
    [event] = heard.of(told.ItemFromMessage)
    assert (event.room_id, event.event_id) == (room.room_id, sent.event_id)
    assert Item.objects.get().room_ids == (room.room_id,)
    with pytest.raises(TakenAlreadyError) as taken:
        registering.check_register(actor=office, home=Home(), new=new, origin=origin)
    assert "杜若谦于07月01日 10:00" in taken.value.user_message()
    again = registering.check_register(actor=office, home=Home(), new=new, origin=origin, again=True)
    assert again.item.number == 2
    with pytest.raises(NotFoundError):  # not in the room
        origins.draft_of_message(act("land_liaison"), origin)
    assert Deed.objects.count() == 0
