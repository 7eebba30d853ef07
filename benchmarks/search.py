"""How long a reader waits for a search in 1,000,000 messages, by how frequent the word is. Never in CI.

The messages go into the table of events by COPY (sending a million takes hours), the index is filled by the worker's
own back-fill. How frequent a word really is was counted by reading all messages.
"""

import http.client
import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.db import connection

from benchmarks.cast import Person
from benchmarks.fleet import App, all_running
from benchmarks.stage import Stage
from chatops.models import Membership, Room, SearchPosition
from chatops.services import search_index
from common import clock, ids

MESSAGES, ROOMS, SENDERS = 1_000_000, 2_000, 90
FEW, MANY = 5, 300
WORDS = 50  # of each frequency
SHARES = {"20 %": 0.2, "1 %": 0.01, "0.01 %": 0.0001}
NEVER = "0"
FIRST_TS, STEP_MS = 1_760_000_000_000, 10_000
INDEXED_FIRST = 20_000
TARGET_P95_MS = 300.0


@dataclass(frozen=True)
class Word:
    text: str
    share: str
    found_in: int


@dataclass(frozen=True)
class City:
    """`readers`: in five and in three hundred rooms. `rates`: messages a second into the index."""

    readers: dict[int, Person]
    own: dict[int, int]
    words: list[Word]
    rates: dict[str, float]


@dataclass(frozen=True)
class Waited:
    what: str
    p50_ms: float
    p95_ms: float
    worst_ms: float
    worst: Word


class Language:
    """Words out of common characters; fillers are as unevenly frequent as words are (Zipf)."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        rows, cells = range(0xB0, 0xD7), range(0xA1, 0xFF)  # GB/T 2312, level 1
        self.signs = [bytes([row, cell]).decode("gb2312") for row in rows for cell in cells][:2500]
        self.chance.shuffle(self.signs)
        self._weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self.signs))))
        made: dict[str, None] = {}
        while len(made) < 40_000:
            made[self.word()] = None
        words = list(made)
        self.planted = {share: self._take(words) for share in SHARES}
        self.fillers = words
        self._filler_weights = list(itertools.accumulate(1 / (rank + 60) for rank in range(len(words))))

    def word(self) -> str:
        length = self.chance.choices((2, 3, 4), weights=(70, 18, 12))[0]
        return "".join(self.chance.choices(self.signs, cum_weights=self._weights, k=length))

    def _take(self, words: list[str]) -> list[str]:
        taken = [words.pop() for _ in range(WORDS)]
        return [word if rank % 3 else word[:2] for rank, word in enumerate(taken)]

    def messages(self, count: int) -> Iterator[str]:
        rare = self.planted["0.01 %"]
        places = {
            place: word for word in rare for place in self.chance.sample(range(count), round(count * 0.0001))
        }
        for place in range(count):
            length = max(2, min(60, int(self.chance.lognormvariate(2.2, 0.6))))
            words = self.chance.choices(self.fillers, cum_weights=self._filler_weights, k=length)
            for share in ("20 %", "1 %"):
                words += [word for word in self.planted[share] if self.chance.random() < SHARES[share]]
            if place in places:
                words.append(places[place])
            self.chance.shuffle(words)
            yield "".join(word + ("，" if self.chance.random() < 0.12 else "") for word in words)

    def never(self) -> Iterator[str]:
        """Half of them strange, half sewn together from words that stand in every fifth message."""
        while True:
            yield self.word() + self.word()
            yield "".join(self.chance.sample(self.planted["20 %"], 4))


def prepare(people: list[Person]) -> City:
    few, many, *writers = people
    language = Language(31)
    rooms = _rooms()
    chance = random.Random(5)
    own = {FEW: chance.sample(rooms, FEW), MANY: chance.sample(rooms, MANY)}
    now = int(clock.now().timestamp() * 1000)
    for number, person in ((FEW, few), (MANY, many)):
        Membership.objects.bulk_create(
            Membership(room_id=room.pk, staff_id=person.pk, membership="join", read_ts=now)
            for room in own[number]
        )
    written, bodies = _write(rooms, writers[:SENDERS], language)
    rates = _index()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    mine = {number: sum(written[room.pk] for room in own[number]) for number in own}
    return City({FEW: few, MANY: many}, mine, _words(language, bodies), rates)


def _rooms() -> list[Room]:
    made = Room.objects.bulk_create(
        Room(room_id=ids.new_room_id(), kind="work", name=f"工作群 {number}", created_at=clock.now())
        for number in range(ROOMS)
    )
    return list(made)


def _write(rooms: list[Room], writers: list[Person], language: Language) -> tuple[dict[int, int], list[str]]:
    """Messages in the order of time, over rooms of uneven size; answers how many each room has, and their texts."""
    chance = random.Random(9)
    weights = list(itertools.accumulate(1 / (rank + 20) ** 0.7 for rank in range(ROOMS)))
    written = dict.fromkeys((room.pk for room in rooms), 0)
    bodies = []
    copy = "COPY chatops_event (room_id, seq, n, event_id, type, sender_id, ts, content, display, countable) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy) as rows:
        for place, body in enumerate(language.messages(MESSAGES)):
            room = chance.choices(rooms, cum_weights=weights)[0].pk
            written[room] += 1
            seq = written[room]
            content = json.dumps({"msgtype": "m.text", "body": body}, ensure_ascii=False)
            sender, ts = chance.choice(writers).pk, FIRST_TS + place * STEP_MS
            rows.write_row(
                (
                    room,
                    seq,
                    seq,
                    f"$b{place}",
                    "m.room.message",
                    sender,
                    ts,
                    content,
                    True,
                    True,
                )
            )
            bodies.append(body)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE chatops_room SET last_seq = %s, n = %s WHERE id = %s",
            [(count, count, room) for room, count in written.items()],
        )
    return written, bodies


def _index() -> dict[str, float]:
    """Fill the index by the worker's back-fill: the first ones into it, the rest faster, to be sorted once."""
    SearchPosition.objects.update(fill_until=Room.objects.order_by("-pk").values_list("pk", flat=True)[0])
    began, steps = time.perf_counter(), INDEXED_FIRST // search_index.STEP
    for _ in range(steps):
        search_index.step()
    in_place = INDEXED_FIRST / (time.perf_counter() - began)
    made = Path(search_index.__file__).parents[1] / "migrations" / "sql" / "search.sql"
    with connection.cursor() as cursor:
        for name in ("grams", "time", "files", "sender"):
            cursor.execute(f"DROP INDEX chatops_searchdoc_{name}")
        began = time.perf_counter()
        while search_index.step():
            pass
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute("CREATE INDEX" + made.read_text(encoding="utf-8").partition("CREATE INDEX")[2])
    return {"index in place": in_place, "sorted once": MESSAGES / (time.perf_counter() - began)}


def _words(language: Language, bodies: list[str]) -> list[Word]:
    words = [
        Word(text, share, sum(text in body for body in bodies))
        for share, planted in language.planted.items()
        for text in planted
    ]
    absent: Iterable[str] = (text for text in language.never() if not any(text in body for body in bodies))
    return words + [Word(text, NEVER, 0) for text in itertools.islice(absent, WORDS)]


def measure(stage: Stage, servers: list[str], city: City) -> list[Waited]:
    waited = []
    with all_running(stage, servers, ["ours"]) as apps:
        for app in apps:
            for number, reader in city.readers.items():
                for what, more in (("messages", {"kind": "message"}), ("first few of each", {})):
                    title = f"{what}; {number} rooms; {app.server}"
                    waited += _ask_all(app, reader, city.words, title, more)
    return waited


def _ask_all(app: App, reader: Person, words: list[Word], title: str, more: dict[str, str]) -> list[Waited]:
    line = http.client.HTTPConnection("127.0.0.1", app.port, timeout=120)
    headers = {"Cookie": f"tz_session={reader.secret}"}
    waits: dict[Word, float] = {}
    mixed = random.Random(3).sample(words, len(words))
    for word in [*mixed[:5], *mixed]:  # the first five warm up
        began = time.perf_counter()
        line.request("GET", "/api/v1/search?" + urlencode({"q": word.text, **more}), headers=headers)
        answer = line.getresponse()
        body = json.loads(answer.read())
        waits[word] = 1000 * (time.perf_counter() - began)
        hits = len(body["messages"]["items"])
        if answer.status != 200 or (hits > 0) > (word.found_in > 0):
            raise RuntimeError(f"{word}: {answer.status}, {hits} hits")
    line.close()
    shares = [*SHARES, NEVER]
    parts = [(share, [word for word in words if word.share == share]) for share in shares]
    return [_waited(f"{title}; {share}", part, waits) for share, part in parts] + [
        _waited(f"**{title}; all**", words, waits)
    ]


def _waited(what: str, words: list[Word], waits: dict[Word, float]) -> Waited:
    ranked = sorted(words, key=waits.__getitem__)
    times = [waits[word] for word in ranked]
    return Waited(what, times[len(times) // 2], times[int(len(times) * 0.95)], times[-1], ranked[-1])
