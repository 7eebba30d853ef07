"""The index follows what is said, edited and recalled; it goes on where it stood."""

import pytest

from chatops.models import Room, SearchDoc, SearchGram, SearchPosition, StreamHead
from chatops.services import redactions, search_index
from chatops.store import search_index as store
from tests.chatops.search.conftest import catch_up, drain, edit, found, say, send

pytestmark = pytest.mark.django_db


def test_words_are_found_inside_sentences_newest_first(owner, member, room):
    first = say(owner, room, "请各县市区今晚加强防汛值守")
    second = say(member, room, "防汛物资已到位")
    say(member, room, "收到")
    catch_up()
    assert found(member, "防汛") == [second.event_id, first.event_id]
    assert found(member, "汛值") == [first.event_id]
    assert found(member, "预案") == []


def test_what_was_just_sent_is_there_after_one_step(owner, room):
    sent = say(owner, room, "水位超警")
    drain()
    assert search_index.step() is False
    assert found(owner, "超警") == [sent.event_id]


def test_an_edit_is_found_by_its_newest_text_only(owner, room):
    sent = say(owner, room, "会商定于九点")
    catch_up()
    edit(owner, room, sent, "会商定于十点")
    edit(owner, room, sent, "会商改到明天")
    assert found(owner, "九点") == []  # also before the index knows
    catch_up()
    assert [found(owner, text) for text in ("九点", "十点", "明天")] == [[], [], [sent.event_id]]


def test_a_recalled_edit_gives_back_the_text_before_it(owner, room):
    sent = say(owner, room, "闸门一号")
    change = edit(owner, room, sent, "闸门二号")
    catch_up()
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=change.event_id)
    catch_up()
    assert [found(owner, text) for text in ("一号", "二号")] == [[sent.event_id], []]


def test_a_recalled_message_is_gone_at_once(owner, member, room):
    sent = say(owner, room, "误发的话")
    catch_up()
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    assert found(member, "误发") == []
    assert not SearchDoc.objects.filter(seq=sent.seq).exists()


def test_a_message_recalled_before_it_was_indexed_never_enters(owner, room):
    sent = say(owner, room, "误发的话")
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    catch_up()
    assert not SearchDoc.objects.exists()


def test_a_stale_document_of_a_recalled_message_shows_nothing(owner, room):
    """The indexer may have read the message just before the recall and written just after it."""
    sent = say(owner, room, "误发的话")
    catch_up()
    row = SearchDoc.objects.get(seq=sent.seq)
    redactions.recall(actor=owner.actor(), room_id=room.room_id, event_id=sent.event_id)
    store.put([row])
    assert found(owner, "误发") == []
    catch_up()
    assert not SearchDoc.objects.exists()


def test_files_are_a_kind_of_their_own(owner, room):
    file = send(owner, room, {"msgtype": "m.file", "body": "防汛预案.docx", "url": "mxc://x/y"})
    text = say(owner, room, "防汛预案见附件")
    catch_up()
    assert found(owner, "预案", kind="file") == [file.event_id]
    assert found(owner, "docx", kind="file") == [file.event_id]
    assert found(owner, "预案") == [text.event_id]


def test_doing_it_twice_changes_nothing(owner, room):
    say(owner, room, "防汛值守")
    catch_up()
    before = list(SearchDoc.objects.values()), list(SearchGram.objects.values())
    SearchPosition.objects.update(pos=0)
    catch_up()
    assert (list(SearchDoc.objects.values()), list(SearchGram.objects.values())) == before


def test_a_step_that_fails_leaves_the_position_where_it_was(owner, room, monkeypatch):
    say(owner, room, "防汛值守")
    drain()
    before = SearchPosition.objects.get().pos

    def broken(_docs):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(store, "put", broken)
        with pytest.raises(RuntimeError):
            search_index.step()
    assert SearchPosition.objects.get().pos == before
    catch_up()
    assert len(found(owner, "防汛")) == 1


def test_older_messages_are_filled_in_by_batches_that_remember_how_far_they_got(owner, room, monkeypatch):
    """As after an upgrade: the index begins at the stream's head, everything before it is the back-fill's."""
    monkeypatch.setattr(search_index, "STEP", 4)
    sent = [say(owner, room, f"旧消息第{number}条") for number in range(10)]
    edit(owner, room, sent[3], "旧消息已改")
    drain()
    head = StreamHead.objects.get().pos
    SearchPosition.objects.update(pos=head, fill_until=Room.objects.order_by("-pk")[0].pk)
    fresh = say(owner, room, "新消息")
    drain()

    search_index.step()
    assert found(owner, "新消息") == [fresh.event_id]  # what is new does not wait for what is old
    assert 0 < len(found(owner, "旧消息")) < 10
    catch_up()
    assert set(found(owner, "旧消息")) == {one.event_id for one in sent}
    assert found(owner, "已改") == [sent[3].event_id]
    done = SearchPosition.objects.get()
    assert (done.fill_room, done.fill_seq) == (done.fill_until, 0)
    assert search_index.step() is False
