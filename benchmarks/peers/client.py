"""The load of `benchmarks.client` on the peers, in their own protocols. Started by `benchmarks.fleet`."""

import asyncio
import json
import re
from typing import Any
from urllib.parse import quote

import uvloop

from benchmarks.client import Crowd, Member, now_ns, serve
from benchmarks.line import Line

WINDOW = 8
CHUNK = 1 << 16
STANZA = b"</message>"
OWN = re.compile(rb"@@[0-9a-f]{2}:([0-9a-f]{16})@@")
OPEN = (
    b"<stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams'>"
)


class Peer(Member):
    """A member of a peer. `reading`: the task that follows the room."""

    reading: asyncio.Task[None]

    def heard(self, data: bytes) -> None:
        self.crowd.delivered += data.count(self.crowd.mark)
        self.crowd.frames += 1
        self.crowd.last_ns = now_ns()


class XmppMember(Peer):
    """A TCP client of ejabberd in a group chat (RFC 6120, XEP-0045): its message comes back as the acknowledgement."""

    def __init__(
        self, crowd: Crowd, seat: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        super().__init__(crowd, seat)
        self.reader, self.writer = reader, writer
        self.room = b"%b@conference.localhost" % seat["room"].encode()

    @classmethod
    async def connect(cls, crowd: Crowd, seat: dict[str, Any]) -> None:
        member = cls(crowd, seat, *await asyncio.open_connection("127.0.0.1", seat["port"]))
        await member.expect(b"<?xml version='1.0'?>" + OPEN, b"</stream:features>")
        anonymous = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>"
        await member.expect(anonymous, b"<success")
        await member.expect(OPEN, b"</stream:features>")
        bind = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
        await member.expect(bind, b"</iq>")
        join = (
            b"<presence/><presence to='%b/%b'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
            b"</presence>" % (member.room, seat["name"].encode())
        )
        await member.expect(join, b"110")  # "this is you": the end of joining
        member.reading = asyncio.create_task(member.read())
        crowd.members.append(member)

    async def expect(self, out: bytes, wanted: bytes) -> None:
        self.writer.write(out)
        said = b""
        async with asyncio.timeout(60):
            while wanted not in said:
                if not (part := await self.reader.read(CHUNK)):
                    raise SystemExit(f"ejabberd closed the line after {said.decode()[-300:]}")
                said += part

    async def read(self) -> None:
        rest = b""
        while part := await self.reader.read(CHUNK):
            rest += part
            whole = rest.rfind(STANZA) + len(STANZA)
            if whole >= len(STANZA):
                self.heard(rest[:whole])
                if self.pending:
                    self.crowd.acked(self, OWN.findall(rest[:whole]))
                rest = rest[whole:]

    def say(self, key: bytes, text: bytes) -> None:
        stanza = b"<message to='%b' type='groupchat' id='%b'><body>%b</body></message>" % (
            self.room,
            key,
            text,
        )
        self.writer.write(stanza)


class MatrixMember(Peer):
    """A client of Synapse that long-polls; those who send have a kept connection for each message on the way."""

    def __init__(self, crowd: Crowd, seat: dict[str, Any]) -> None:
        super().__init__(crowd, seat)
        self.path = f"/rooms/{quote(seat['room'])}/send/m.room.message"
        self.free = [Line(seat["port"], seat["secret"]) for _ in range(WINDOW)] if seat["sends"] else []
        self.sending: set[asyncio.Future[None]] = set()

    @classmethod
    async def connect(cls, crowd: Crowd, seat: dict[str, Any]) -> None:
        member, line = cls(crowd, seat), Line(seat["port"], seat["secret"])
        since = (await line.sync("", 0))["next_batch"]
        member.reading = asyncio.create_task(member.follow(line, since))
        crowd.members.append(member)

    async def follow(self, line: Line, since: str) -> None:
        only = quote(json.dumps({"room": {"timeline": {"limit": 100}, "state": {"lazy_load_members": True}}}))
        while True:
            body = await line.ask("GET", f"/sync?timeout=30000&filter={only}&since={since}")
            found = re.search(rb'"next_batch":"([^"]+)"', body)
            assert found, body
            since = found[1].decode()
            self.heard(body)

    def say(self, key: bytes, text: bytes) -> None:
        self.sending.add(sent := asyncio.ensure_future(self.put(key, text)))
        sent.add_done_callback(self.sending.discard)

    async def put(self, key: bytes, text: bytes) -> None:
        line = self.free.pop()
        body = json.dumps({"msgtype": "m.text", "body": text.decode()}).encode()
        await line.ask("PUT", f"{self.path}/{key.decode()}", body)
        self.free.append(line)
        self.crowd.acked(self, [key])


if __name__ == "__main__":
    uvloop.run(serve({"ejabberd": XmppMember, "synapse": MatrixMember}))
