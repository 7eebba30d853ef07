"""发文字号 under fifty issuers at once, without gap or double; voids stay in place and say why."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction

from common import clock
from common.errors import BadInputError, ConflictError, ForbiddenError
from tests.workflows.conftest import START
from workflows.models import FormalNumber, FormalSeries
from workflows.services import document_numbers as numbers
from workflows.services import ledgers

ISSUERS = 50


@pytest.fixture
def office(city, appoint, act):
    appoint("gov_office", "杜若谦", city.government, "office", "秘书科科长")
    actor = act("gov_office")
    numbers.check_add_code(actor=actor, code="咸政发", title="市政府文件")
    return actor


class ChangedMindError(Exception):
    """The deed failed after its number was taken."""


def _fail_each_tenth(place: int) -> None:
    if place % 10 == 9:
        raise ChangedMindError


@pytest.mark.django_db(transaction=True)
def test_fifty_issuers_at_once_leave_no_gap(office):
    start = threading.Barrier(ISSUERS)

    def issue(place: int) -> str:
        start.wait(60)
        try:
            with clock.travel(START), transaction.atomic():
                text = numbers.do_take(
                    actor=office, case_id=uuid4(), organ_code="咸政发", title=f"文件{place}"
                )
                _fail_each_tenth(place)
                return text
        except ChangedMindError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(ISSUERS) as pool:
        given = [one for one in pool.map(issue, range(ISSUERS)) if one]
    wanted = [f"咸政发〔2026〕{number}号" for number in range(1, 46)]
    assert sorted(given) == sorted(wanted)
    assert [one.text for one in FormalNumber.objects.order_by("sequence")] == wanted
    assert FormalSeries.objects.get().next == 46


@pytest.mark.django_db
def test_a_document_keeps_its_number_and_a_void_one_is_explained(office, act):
    case = uuid4()
    first = numbers.do_take(actor=office, case_id=case, organ_code="咸政发", title="关于防汛的通知")
    again = numbers.do_take(actor=office, case_id=case, organ_code="咸政发", title="关于防汛的通知")
    assert first == again == "咸政发〔2026〕1号"
    row = FormalNumber.objects.get()
    with pytest.raises(BadInputError) as refused:
        numbers.check_void(actor=office, number_id=row.pk, reason=" ")
    assert refused.value.field == "reason"
    with pytest.raises(ForbiddenError):
        numbers.check_void(actor=act("civil_head"), number_id=row.pk, reason="重复编号")
    void = numbers.check_void(actor=office, number_id=row.pk, reason="标题有误，重新编号", key="v1")
    assert numbers.check_void(actor=office, number_id=row.pk, reason="标题有误，重新编号", key="v1") == void
    with pytest.raises(ConflictError, match="标题有误"):
        numbers.check_void(actor=office, number_id=row.pk, reason="再作废一次")
    second = numbers.do_take(actor=office, case_id=case, organ_code="咸政发", title="关于防汛的通知")
    assert second == "咸政发〔2026〕2号"
    register = numbers.list_numbers(office, organ_code="咸政发", year=2026)
    assert [(one.text, one.void_reason) for one in register.items] == [
        (second, ""),
        (first, "标题有误，重新编号"),
    ]


@pytest.mark.django_db
def test_only_the_keeper_numbers(office, city, act, appoint):
    with pytest.raises(ForbiddenError, match="咸宁市人民政府"):
        numbers.do_take(actor=act("civil_head"), case_id=uuid4(), organ_code="咸政发", title="通知")
    with pytest.raises(BadInputError) as unknown:
        numbers.do_take(actor=office, case_id=uuid4(), organ_code="咸政函", title="通知")
    assert unknown.value.field == "organ_code"
    with pytest.raises(ForbiddenError):
        numbers.check_add_code(actor=act("civil_handler"), code="咸民发", title="市民政局文件")
    appoint("civil_office", "林知夏", city.units["civil"], "office", "办公室主任")
    other = act("civil_office")
    with pytest.raises(ConflictError, match="咸宁市人民政府"):
        numbers.check_add_code(actor=other, code="咸政发", title="市民政局文件")
    with pytest.raises(BadInputError):
        ledgers.check_create_ledger(actor=other, name="督办台账", organ_code="咸政发")
    with pytest.raises(ForbiddenError):
        numbers.list_numbers(other, organ_code="咸政发", year=2026)


@pytest.mark.django_db
def test_pages_of_the_register_and_a_new_year(office, later):
    for place in range(5):
        numbers.do_take(actor=office, case_id=uuid4(), organ_code="咸政发", title=f"文件{place}")
    first = numbers.list_numbers(office, organ_code="咸政发", year=2026, limit=3)
    rest = numbers.list_numbers(office, organ_code="咸政发", year=2026, limit=3, before=int(first.next or 0))
    assert [one.text[-2] for one in [*first.items, *rest.items]] == list("54321")
    assert rest.next is None
    with later(on="2027-01-04T09:00"):
        assert (
            numbers.do_take(actor=office, case_id=uuid4(), organ_code="咸政发", title="新年第一件")
            == "咸政发〔2027〕1号"
        )


@pytest.mark.django_db
def test_the_doors(office, call):
    numbers.do_take(actor=office, case_id=uuid4(), organ_code="咸政发", title="通知")
    mine, other = call("gov_office"), call("civil_handler")
    added = mine.post("/organ-codes", {"code": "咸政函", "title": "市政府函件"}, key="c1")
    assert added.status_code == 201
    assert other.post("/organ-codes", {"code": "咸民函", "title": "函"}).status_code == 403
    codes = mine.get("/organ-codes").json()["items"]
    assert [(one["code"], one["manage"]) for one in codes] == [("咸政函", True), ("咸政发", True)]
    register = "/document-numbers?organ_code=咸政发&year=2026"
    assert other.get(register).status_code == 403
    number = mine.get(register).json()["items"][0]
    path = f"/document-numbers/{number['id']}/void"
    assert other.post(path, {"reason": "重复"}).status_code == 403
    assert mine.post(path, {"reason": "重复"}).json()["void_reason"] == "重复"
