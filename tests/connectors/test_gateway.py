"""The gateway's listeners on real ports: what is stored, answered, refused and shown."""

import asyncio
import contextlib
import socket
from datetime import datetime
from decimal import Decimal

import pytest

from common import clock
from common.aio import call_service
from connectors.gateway import process
from connectors.protocols import hj212, sl651
from connectors.services import listening, manage
from connectors.store.models import Connector, Metric, RawIntake, StatusItem
from directory.actors import system_actor
from tests.connectors.protocols import test_sl651
from tests.support.world import make_unit

pytestmark = pytest.mark.django_db(transaction=True)
MN = "010000A8900016F000169DC0"
OUTLETS = {MN: {"name": "温泉污水处理厂总排口", "place": "咸安区", "factors": {"w01018": {"permit": "50"}}}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_listener(kind: str, sources: list[str] | None = None, **config) -> listening.Post:
    port = free_port()
    base = {"port": port, "bind": "127.0.0.1"}
    source = manage.Source(
        f"{kind}-{port}", "排污监测", base | config, kind=kind, fresh_for_s=7200, lost_after_s=9000
    )
    connector = manage.connect(actor=system_actor("测试"), owner=make_unit(), source=source)
    Connector.objects.filter(pk=connector.pk).update(sources=["127.0.0.0/8"] if sources is None else sources)
    (post,) = [one for one in listening.list_posts() if one.connector_id == connector.pk]
    return post


def hour_frame(hour: int, value: str = "63.2", *, flag: int = 5, mn: str = MN, mark: str = "N") -> bytes:
    today = clock.local(clock.now()).strftime("%Y%m%d")
    text = (
        f"QN={today}{hour:02d}0000000;ST=32;CN=2061;PW=123456;MN={mn};Flag={flag};"
        f"CP=&&DataTime={today}{hour:02d}0000;w01018-Avg={value},w01018-Flag={mark}&&"
    )
    return hj212.frame(text.encode())


@contextlib.asynccontextmanager
async def listening_for(post: listening.Post):
    task = asyncio.create_task(process.work(post))
    port = post.raw_config()["port"]
    for _ in range(200):
        if task.done():
            task.result()
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        break
    try:
        yield port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def talk(port: int, *chunks: bytes, answers: int = 0) -> list[hj212.Message]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    framer = hj212.Framer()
    said: list[hj212.Message] = []
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(20):
        while len(said) < answers:
            chunk = await reader.read(4096)
            if not chunk:
                break
            said.extend(one for one in framer.feed(chunk) if isinstance(one, hj212.Message))
    writer.close()
    return said


async def eventually(check, seconds: float = 10.0):
    async with asyncio.timeout(seconds):
        while not (found := await call_service(check)):  # noqa: ASYNC110 - a database has no event
            await asyncio.sleep(0.05)
    return found


@pytest.fixture
def noon(monkeypatch):
    """Hours of today up to eleven are past."""
    moment = clock.local(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: moment)


async def test_a_frame_is_stored_and_then_answered(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        (said,) = await talk(port, hour_frame(9), answers=1)
    assert (said.cn, said.mn) == ("9014", MN)

    def stored() -> None:
        metric = Metric.objects.get(key="w01018_hour")
        assert (metric.value, metric.warning, metric.unit) == (Decimal("63.2"), Decimal(50), "毫克每升")
        assert metric.subject.name == "温泉污水处理厂总排口"
        assert bytes(RawIntake.objects.get().payload) == hour_frame(9)

    await call_service(stored)


async def test_split_joined_replayed_and_reordered_frames_are_the_same_items_once(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    frames = [hour_frame(hour, str(40 + hour)) for hour in (3, 1, 2, 2, 3)]
    stream = b"".join(frames)
    async with listening_for(post) as port:
        await talk(port, *[stream[at : at + 7] for at in range(0, len(stream), 7)], answers=5)
        await talk(port, stream, answers=5)

    def items() -> list[tuple[int, Decimal]]:
        rows = StatusItem.objects.order_by("observed_at").values_list("observed_at", "value")
        return [(clock.local(at).hour, value) for at, value in rows]

    assert await call_service(items) == [(hour, Decimal(40 + hour)) for hour in (1, 2, 3)]


async def test_bad_frames_are_counted_kept_and_shown_and_not_answered(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    damaged = bytearray(hour_frame(9))
    damaged[60] ^= 1
    async with listening_for(post) as port:
        said = await talk(port, bytes(damaged), b"GET / HTTP/1.1\r\n\r\n", hour_frame(10), answers=1)
    assert [one.qn[8:10] for one in said] == ["10"]

    def shown() -> list[tuple[str, str]]:
        return [(one.outcome, one.error[:5]) for one in RawIntake.objects.order_by("received_at", "id")]

    assert sorted(await call_service(shown)) == [("refused", "校验码不符"), ("taken", "")]


async def test_an_outlet_that_is_not_registered_is_kept_answered_and_shown(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        said = await talk(port, hour_frame(9, mn="UNKNOWN01"), answers=1)
    assert len(said) == 1
    raw = await call_service(RawIntake.objects.get)
    assert "未登记" in raw.error
    assert not await call_service(Metric.objects.exists)


async def test_another_version_of_the_protocol_is_said(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        await talk(port, hour_frame(9, flag=1), answers=1)
    raw = await call_service(RawIntake.objects.get)
    assert "版本" in raw.error


@pytest.mark.parametrize("mark", ["F", "M", "S", "D", "C", "T", "B"])
async def test_marked_values_are_kept_with_their_mark(noon, mark):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        await talk(port, hour_frame(9, "900", mark=mark), answers=1)
    metric = await call_service(Metric.objects.get)
    assert metric.quality == hj212.QUALITIES[mark] != "good"


@pytest.mark.parametrize("sources", [[], ["10.0.0.0/8"]])
async def test_who_is_not_on_the_list_of_sources_is_not_heard(sources, noon):
    post = await call_service(make_listener, "hj212", sources, outlets=OUTLETS)
    async with listening_for(post) as port:
        with contextlib.suppress(ConnectionError):
            assert await talk(port, hour_frame(9), answers=1) == []
    assert not await call_service(RawIntake.objects.exists)


async def test_a_frame_that_does_not_end_blocks_nobody(noon):
    post = await call_service(make_listener, "hj212", outlets=OUTLETS, stall_s=0.2, connections_most=20)
    async with listening_for(post) as port:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"##9999QN=1;")
        await writer.drain()
        said = await talk(port, hour_frame(9), answers=1)
        assert len(said) == 1
        await eventually(lambda: RawIntake.objects.filter(error__contains="没有收完").exists())
        writer.write(hour_frame(10))  # the same connection, after the pause
        await writer.drain()
        await eventually(lambda: StatusItem.objects.count() == 2)
        writer.close()


async def test_while_the_database_is_away_nothing_is_answered(noon, monkeypatch):
    from django.db import OperationalError

    from connectors.gateway import writer as module

    away = {"times": 3}
    real = module.store

    def flaky(connector_id, batch):
        if away["times"]:
            away["times"] -= 1
            raise OperationalError("gone")
        real(connector_id, batch)

    monkeypatch.setattr(module, "store", flaky)
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        (said,) = await talk(port, hour_frame(9), answers=1)
    assert said.cn == "9014"
    assert away["times"] == 0
    assert await call_service(StatusItem.objects.count) == 1


async def test_one_frame_that_cannot_be_stored_keeps_nobody_out(noon, monkeypatch):
    from connectors.gateway import writer as module

    real = module.store

    def picky(connector_id, batch):
        if any(item.value == 13 for deed in batch for item in deed.items):
            raise ValueError("cannot")
        real(connector_id, batch)

    monkeypatch.setattr(module, "store", picky)
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    async with listening_for(post) as port:
        await talk(port, hour_frame(8, "12") + hour_frame(9, "13") + hour_frame(10, "14"), answers=3)

    def kept() -> tuple[list[int], list[str]]:
        values = [
            int(value) for value in StatusItem.objects.order_by("observed_at").values_list("value", flat=True)
        ]
        return values, [one.error[:6] for one in RawIntake.objects.exclude(error="")]

    assert await call_service(kept) == ([12, 14], ["解析结果无法"])


async def test_a_station_s_message_is_stored_and_confirmed():
    stations = {"42120001": {"name": "西河桥站", "place": "淦河", "limits": {"stage": {"warning": "28"}}}}
    post = await call_service(make_listener, "sl651", stations=stations)
    async with listening_for(post) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(test_sl651.OURS), 5):
            writer.write(test_sl651.OURS[at : at + 5])
            await writer.drain()
        async with asyncio.timeout(10):
            said = await reader.readexactly(25)
        writer.write(test_sl651.make(test_sl651.HEAD[:8], function=sl651.LINK))
        writer.close()
    assert said[:8].hex() == "7e7e004212000101"
    assert said[-3] == sl651.ESC

    def stored() -> dict[str, tuple[Decimal | None, datetime | None]]:
        return {one.key: (one.value, one.observed_at) for one in Metric.objects.all()}

    found = await call_service(stored)
    moment = datetime(2024, 7, 2, 8, 0, tzinfo=clock.SHANGHAI)
    assert found == {
        "stage": (Decimal("28.960"), moment),
        "rain_total": (Decimal("123.5"), moment),
        "voltage": (Decimal("12.50"), moment),
    }


async def test_a_port_that_is_taken_is_said_in_the_connector_s_health():
    post = await call_service(make_listener, "hj212", outlets=OUTLETS)
    with socket.socket() as other:
        other.bind(("127.0.0.1", post.raw_config()["port"]))
        other.listen()
        with pytest.raises(OSError, match="in use") as refused:
            await process.work(post)
    await call_service(listening.report_failure, post.connector_id, refused.value)
    connector = await call_service(Connector.objects.get)
    assert connector.health == "failing"
    assert "端口" in connector.last_error
