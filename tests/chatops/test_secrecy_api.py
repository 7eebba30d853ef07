"""After a refusal: an appeal by the refused person, a decision by a security officer, and what it frees."""

import json

import pytest
from django.test import Client

from chatops.models import Event, Inbox, Media, SecrecyRefusal
from chatops.services import media_keep, messages, rooms
from chatops.services.admission import SecrecyRefusedError, check
from common.store.models import AuditEntry
from directory.models import PostRole
from tests.support import files
from tests.support.world import make_person, make_unit

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "培训用例：机密★3年 只是样式"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_DIR = tmp_path / "media"


class Rest:
    def __init__(self, person):
        self.client = Client(headers={"authorization": f"Bearer {person.secret}"})

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path, body):
        return self.client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def officer():
    return make_person("沈砚秋", unit=make_unit(), role=PostRole.SECURITY_ADMIN)


@pytest.fixture
def say(owner):
    room = rooms.create_room(actor=owner.actor(), kind="work", name="会商").room_id

    def send(text=TEXT):
        content = {"msgtype": "m.text", "body": text}
        return messages.send(actor=owner.actor(), room_id=room, type="m.room.message", content=content)

    return send


def refused(deed):
    with pytest.raises(SecrecyRefusedError) as error:
        deed()
    return error.value.facts["refusal"]


def notices(person):
    return [
        row.body
        for row in Inbox.objects.filter(staff_id=person.staff.pk)
        if (row.body or {}).get("kind") == "notice"
    ]


def test_the_whole_way_of_an_appeal(owner, member, officer, say):
    refusal = refused(say)
    [told] = notices(officer)
    assert (told["about"], told["refusal"], told["mark"]) == ("secrecy.refused", refusal, "机密")
    path = f"/secrecy/refusals/{refusal}"
    assert Rest(member).post(f"{path}/appeal", {"text": "不是我的"}).status_code == 404
    assert Rest(owner).post(f"{path}/appeal", {"text": "  "}).status_code == 400
    assert Rest(owner).post(f"{path}/appeal", {"text": "原文是机密★3年"}).status_code == 400
    assert Rest(owner).post(f"{path}/appeal", {"text": "保密培训课件中的示例。"}).status_code == 204
    assert Rest(owner).post(f"{path}/appeal", {"text": "再说一次"}).status_code == 409
    assert notices(officer)[-1]["about"] == "secrecy.appealed"

    seen = Rest(officer).get("/secrecy/refusals", state="appealed").json()
    [row] = seen["items"]
    assert (row["state"], row["appeal"], row["where"], seen["waiting"]) == (
        "appealed",
        "保密培训课件中的示例。",
        "message",
        1,
    )
    assert "样式" not in json.dumps(seen, ensure_ascii=False)
    for person in (owner, member):
        assert Rest(person).get("/secrecy/refusals").status_code == 403
        assert Rest(person).post(f"{path}/decision", {"decision": "granted", "note": "可"}).status_code == 403
    done = Rest(officer).post(f"{path}/decision", {"decision": "granted", "note": "属培训示例。"})
    assert (done.status_code, done.json()["state"]) == (200, "granted")
    assert notices(owner) == [
        {
            "kind": "notice",
            "about": "secrecy.decided",
            "refusal": refusal,
            "decision": "granted",
            "note": "属培训示例。",
        }
    ]
    assert say().seq
    refused(lambda: say(TEXT + "。"))  # exactly that text, no other
    verbs = AuditEntry.objects.filter(subject="refusal").order_by("pk").values_list("verb", "staff_number")
    assert list(verbs) == [("secrecy.appeal", owner.number), ("secrecy.decide", officer.number)]
    assert "样式" not in "".join(map(str, AuditEntry.objects.values_list("new", "old")))


def test_an_upheld_one_stays_refused_and_a_grant_can_be_taken_back(owner, officer, say):
    refusal = refused(say)

    def decide(word):
        body = {"decision": word, "note": "已核。"}
        return Rest(officer).post(f"/secrecy/refusals/{refusal}/decision", body)

    assert decide("upheld").status_code == 200
    refused(say)
    assert decide("granted").status_code == 200
    assert say()
    assert decide("upheld").status_code == 200
    refused(say)
    entry = AuditEntry.objects.filter(verb="secrecy.decide").latest("pk")
    assert entry.old is not None
    assert entry.new is not None
    assert (entry.old["decision"], entry.new["decision"]) == ("granted", "upheld")
    assert Rest(owner).post(f"/secrecy/refusals/{refusal}/appeal", {"text": "请复核"}).status_code == 409


def test_a_granted_file_passes_and_another_does_not(owner, officer):
    def upload(body):
        coming = media_keep.begin(actor=owner.actor(), filename="课件.docx", mime="")
        try:
            coming.write(body)
            return coming.finish()
        finally:
            coming.abort()

    lesson = files.docx("培训", "机密★3年")
    refusal = refused(lambda: upload(lesson))
    assert not Media.objects.exists()
    Rest(officer).post(f"/secrecy/refusals/{refusal}/decision", {"decision": "granted", "note": "可。"})
    assert upload(lesson).filename == "课件.docx"
    refused(lambda: upload(files.docx("别的", "机密★3年")))


def test_nobody_decides_their_own(officer):
    refusal = refused(lambda: check(TEXT, actor=officer.actor(), where="message"))
    answer = Rest(officer).post(
        f"/secrecy/refusals/{refusal}/decision", {"decision": "granted", "note": "可。"}
    )
    assert answer.status_code == 403


def test_retries_are_one_refusal_and_the_digest_tells_nothing(owner, say, settings):
    assert refused(say) == refused(say)
    [row] = SecrecyRefusal.objects.all()
    before = row.digest
    assert len(before) == 64
    SecrecyRefusal.objects.all().delete()
    settings.SECRET_KEY = "another key"
    refused(say)
    assert SecrecyRefusal.objects.get().digest != before
    assert not Event.objects.filter(content__body=TEXT).exists()


def test_pages_and_states(owner, officer, say, monkeypatch):
    monkeypatch.setattr("chatops.services.secrecy.PAGE", 2)
    for number in range(3):
        refused(lambda number=number: say(f"机密★{number + 1}年"))
    first = Rest(officer).get("/secrecy/refusals").json()
    rest = Rest(officer).get("/secrecy/refusals", cursor=first["next"]).json()
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next"] is None
    assert len({row["id"] for row in first["items"] + rest["items"]}) == 3
    assert Rest(officer).get("/secrecy/refusals", state="granted").json()["items"] == []
    for bad in ({"state": "x"}, {"cursor": "x"}):
        assert Rest(officer).get("/secrecy/refusals", **bad).status_code == 400
