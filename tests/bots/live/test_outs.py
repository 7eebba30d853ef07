"""What happens in a bot's rooms is told to an address elsewhere: signed, once per event, and its answer is said."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bots.hooks import own
from bots.models import OutCall, SyncPosition
from bots.services import outs
from chatops.services import card_actions, messages
from chatops.services.rooms import create_room
from common.aio import call_service
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
        card = {"kind": "ticket", "subject": "1", "version": 1, "title": "工单", "v": 1}
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
