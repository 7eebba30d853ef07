"""The secrecy gate: what is refused, what passes, and what is kept of a refusal."""

import sys
import unicodedata

import pytest

from chatops.models import Event, SecrecyRefusal
from chatops.services import messages, rooms
from chatops.services.admission import SecrecyRefusedError, find_mark
from directory.models import PostRole
from tests.support.world import make_person, make_unit


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("机密★3年", "机密"),
        ("文件 绝密★", "绝密"),
        ("秘密 ★ 长期", "秘密"),
        ("密级：秘密\n关于会议的通知", "秘密"),
        ("通知\n　密 级: 机 密", "机密"),
        ("【绝密】", "绝密"),
        ("机\u200b密★10年", "机密"),
        ("机密*1年", "机密"),
        ("请各单位做好保密教育", None),
        ("涉及商业秘密的材料请单独报送", None),
        ("国家秘密载体管理办法学习", None),
        ("密级：公开", None),
        ("内部★", None),
    ],
)
def test_marks(text, mark):
    assert find_mark(text) == mark


def test_no_other_character_folds_to_the_one_that_every_mark_has():
    """`find_mark` lets a text without it pass before folding."""
    every = (chr(code) for code in range(sys.maxunicode + 1))
    assert [char for char in every if "密" in unicodedata.normalize("NFKC", char)] == ["密"]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_recorded_without_the_content_even_when_the_deed_rolls_back():
    person = make_person("周牧远", unit=make_unit(), role=PostRole.OFFICE)
    room = rooms.create_room(actor=person.actor(), kind="work", name="会商")
    before = Event.objects.count()
    content = {"msgtype": "m.text", "body": "机密★3年 防线部署"}
    with pytest.raises(SecrecyRefusedError) as refused:
        messages.send(actor=person.actor(), room_id=room.room_id, type="m.room.message", content=content)
    assert "机密" in refused.value.user_message()
    assert Event.objects.count() == before
    [row] = SecrecyRefusal.objects.values()
    assert (row["mark"], row["where"], row["staff_number"]) == ("机密", "message", person.number)
    assert "防线" not in str(row)
    with pytest.raises(SecrecyRefusedError):
        rooms.create_room(actor=person.actor(), kind="work", name="绝密★ 专项")
