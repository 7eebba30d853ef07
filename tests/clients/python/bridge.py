"""A bridge on mautrix. Arguments: homeserver, domain, as_token, hs_token, port. Prints one JSON line per event.

It makes a ghost, names it, opens a room with an alias of its own, sends there with the time of long ago, invites the
person named on standard input (nobody: nothing of this), and then tells what it hears.
"""

import asyncio
import json
import sys

from mautrix.appservice import AppService
from mautrix.types import MessageType, TextMessageEventContent

homeserver, domain, as_token, hs_token, port = sys.argv[1:]


def say(**what):
    print(json.dumps(what, ensure_ascii=False), flush=True)  # noqa: T201


async def main():
    service = AppService(
        homeserver, domain, as_token, hs_token, "bridgebot", "test", state_store=None, bridge_name="test"
    )
    await service.start("127.0.0.1", int(port))

    @service.matrix_event_handler
    async def heard(event):
        say(
            type=str(event.type),
            sender=event.sender,
            room=event.room_id,
            id=event.event_id,
            body=getattr(event.content, "body", None),
        )

    if person := sys.stdin.readline().strip():
        await found(service, person)
    await asyncio.sleep(3600)


async def found(service, person):
    await service.intent.ensure_registered()
    ghost = service.intent.user(f"@ghost_maria:{domain}")
    await ghost.ensure_registered()
    await ghost.set_displayname("玛丽亚（外单位）")
    room = await ghost.create_room(alias_localpart="ghost_room", name="外部联络", invitees=[person])
    content = TextMessageEventContent(msgtype=MessageType.TEXT, body="很久以前")
    sent = await ghost.send_message(room, content, timestamp=1_500_000_000_000)
    say(room=room, sent=sent)


asyncio.run(main())
