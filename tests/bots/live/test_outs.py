"""What happens in a bot's rooms is told to an address elsewhere: signed, once per event, and its answer is said."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bots.hooks import own
from bots.models import OutCall, SyncPosition
from bots.services import hook_admin, outs
from chatops.models import Event, Room
from chatops.services import card_actions, messages
from chatops.services.rooms import create_room
from chatops.store import edits
from common.aio import call_service
from tests.bots.hooks.test_doors import post
from tests.bots.live.conftest import eventually
from tests.bots.live.test_hooks import make, said

pytestmark = pytest.mark.django_db(transaction=True)


class Receiver:
    """Keeps what it is told. `status` and `answer` are what it says."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status, self.answer = 200, b'{"text": "\xe5\xb7\xb2\xe5\x8f\x97\xe7\x90\x86"}'
        self.url = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            found.calls.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/in?a=1"
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def ready(scene, receiver, settings):
    settings.HOOK_OUT_NETWORKS = ["127.0.0.0/8"]
    head, bot, room_id, _url = make(scene)
    out, secret = outs.create(
        actor=head.actor(), bot_id=bot.pk, label="工单", url=receiver.url,
        events=["mention", "command", "card_action"], commands=[{"name": "工单", "says": "建工单"}],
    )  # fmt: skip
    return head, bot, room_id, out, secret


def kinds():
    return sorted(OutCall.objects.values_list("kind", flat=True))


async def test_mentions_commands_and_buttons_are_told_once(scene, ready, receiver, bots_running):
    head, record, room_id, _out, secret = ready

    def talk():
        card = {
            "kind": "ticket", "subject": "1", "version": 1, "title": "工单", "v": 1,
            "actions": [{"name": "take", "label": "接单"}],
        }  # fmt: skip
        from bots.services.accounts import bot_actor
        from bots.services.queue import as_bot

        bot = as_bot(record)
        assert bot is not None
        speaker = bot_actor(bot)
        sent = messages.send(
            actor=speaker, room_id=room_id, type="m.room.message", txn_id="c1",
            content={"msgtype": "m.notice", "body": "工单", "org.tongzhou.card": card},
        )  # fmt: skip
        scene.say(head, "大家好", room_id)
        scene.say(head, "@监控助手 现在几度", room_id)
        scene.say(head, "/工单 二号机房漏水", room_id)
        scene.say(head, "/别的 指令", room_id)
        card_actions.act(
            actor=head.actor(), room_id=room_id, event_id=sent.event_id, action="take", params={}, key="k1"
        )

    async with bots_running():
        await eventually(SyncPosition.objects.filter(bot="bot-jiankong").exists)
        await call_service(talk)
        await eventually(kinds, lambda found: len(found) == 3)
    position = await call_service(SyncPosition.objects.get, bot="bot-jiankong")
    assert await call_service(kinds) == ["card_action", "command", "mention"]
    position.next_batch = ""
    await call_service(position.save)
    async with bots_running():  # read again from the last moment: nothing is told twice
        await eventually(SyncPosition.objects.filter(bot="bot-jiankong").exclude(next_batch="").exists)
    call = await call_service(OutCall.objects.select_related("out").get, kind="command")

    await call_service(outs.deliver, call.pk)
    await call_service(outs.deliver, call.pk)  # a second job finds it done
    [(headers, body)] = receiver.calls
    told = json.loads(body)
    assert (told["id"], told["command"], told["text"]) == (str(call.pk), "工单", "二号机房漏水")
    assert told["sender"] == head.user_id
    assert headers["X-Tongzhou-Signature"] == own.sign(secret, headers["X-Tongzhou-Timestamp"], body)
    assert headers["X-Tongzhou-Event"] == str(call.pk)
    async with bots_running():
        await eventually(lambda: said(room_id), lambda found: "已受理" in found)


def test_a_redirect_is_not_followed_and_a_failure_is_tried_again_later(ready, receiver):
    from common.store.models import Timer

    _head, bot, room_id, _out, _secret = ready
    outs.tell(bot, "mention", room_id=room_id, event={"event_id": "$1"})
    call = OutCall.objects.get()
    receiver.status = 302
    outs.deliver(call.pk)
    receiver.status = 500
    outs.deliver(call.pk)
    call.refresh_from_db()
    assert (call.state, call.attempts, call.status) == ("waiting", 2, 500)
    assert call.next_at is not None
    timer = Timer.objects.get(key=f"out:{call.pk}")
    assert (timer.task, timer.args) == ("bots.call_out", {"call": str(call.pk)})
    receiver.status = 204
    outs.deliver(call.pk)
    call.refresh_from_db()
    assert (call.state, call.attempts) == ("delivered", 3)
    assert len(receiver.calls) == 3


def test_only_rooms_of_the_allow_list_are_told(ready, scene):
    from bots.services import hearing
    from bots.services.queue import as_bot
    from chatops.services import membership

    head, bot, _room_id, _out, _secret = ready
    speaker = as_bot(bot)
    assert speaker is not None
    other = create_room(actor=head.actor(), kind="work", name="名单外")
    from directory.store.sessions import find_staff

    account = find_staff(bot.number)
    assert account is not None
    membership.add_members(actor=head.actor(), room_id=other.room_id, staff_ids=[account.pk])
    event = {
        "event_id": "$1", "type": "m.room.message", "sender": head.user_id,
        "content": {"msgtype": "m.text", "body": "@监控助手 你好"},
    }  # fmt: skip
    assert hearing.meaning(speaker, other.room_id, event)[0] == "mention"
    assert hearing.hear(speaker, other.room_id, event) == 0
    by_bot = event | {"sender": "@bot-duban:tongzhou.localhost"}
    assert hearing.meaning(speaker, other.room_id, by_bot)[0] == ""


CARD = {
    "card": {
        "title": "机房告警",
        "actions": [{"name": "take", "label": "接单", "style": "primary"}],
        "menu": [{"name": "hand_on", "label": "转交", "input": [{"key": "to", "label": "交给"}]}],
    }
}


async def test_buttons_of_a_card_by_webhook_call_back_and_the_answer_takes_its_place(
    scene, ready, receiver, bots_running
):
    head, record, room_id, _out, _secret = ready
    made = await call_service(
        hook_admin.create, actor=await call_service(head.actor), bot_id=record.pk, kind="own", label="监控",
        room_id=room_id,
    )  # fmt: skip

    def call_in():
        assert post(made.url, CARD).status_code == 200

    def card_event():
        found = Event.objects.filter(room_id=Room.objects.get(room_id=room_id).pk, type="m.room.message")
        return next((one for one in found if "org.tongzhou.card" in one.content), None)

    def shown():
        at = card_event()
        newest = edits.newest_edit(at) if at else None
        return newest.content["m.new_content"] if newest else None

    def react_and_reply(at):
        relation = {"rel_type": "m.annotation", "event_id": at, "key": "👍"}
        messages.send(
            actor=head.actor(), room_id=room_id, type="m.reaction", content={"m.relates_to": relation}
        )
        answer = {"m.relates_to": {"m.in_reply_to": {"event_id": at}}}
        scene.say(head, "转交", room_id, **answer)  # to whom is missing: asked for, not told
        scene.say(head, "转交 二组", room_id, **answer)

    def told():
        return [call.body for call in OutCall.objects.filter(kind="card_action").order_by("created_at")]

    done = {"card": {"title": "机房告警", "state": {"code": "done", "word": "已接单"}}}
    receiver.answer = json.dumps(done).encode()
    async with bots_running():
        await call_service(call_in)
        at = (await eventually(card_event)).event_id
        await call_service(react_and_reply, at)
        first, second = await eventually(told, lambda found: len(found) == 2)
        assert (first["card"], first["action"], first["params"]) == (at, "take", {})
        assert (second["action"], second["params"]) == ("hand_on", {"to": "二组"})
        assert first["sender"] == head.user_id
        await eventually(lambda: said(room_id), lambda found: any("格式：转交 交给" in one for one in found))
        call = await call_service(OutCall.objects.filter(kind="card_action").earliest, "created_at")
        await call_service(outs.deliver, call.pk)
        content = await eventually(shown)
    card = content["org.tongzhou.card"]
    assert (card["state"]["word"], card["version"], card["actions"]) == ("已接单", 2, [])
    assert card["subject"] == (await call_service(card_event)).content["org.tongzhou.card"]["subject"]
