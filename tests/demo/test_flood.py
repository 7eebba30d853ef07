"""The flood on command plays through product services alone, tells its progress, and goes on after a stop."""

import socket
import threading
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from connectors.adapters import sl651
from connectors.asking import Ask
from connectors.items import Raw
from connectors.services import intake, pull
from connectors.store.models import Alert, Connector
from demo.city.flood import Flood
from demo.city.load import load
from demo.neighbours import telemetry
from demo.neighbours.bulletins import Bulletins
from workflows.store.models import Order, OrderRecipient, Trigger
from workflows.triggers.applying import apply_to_alert

pytestmark = pytest.mark.django_db


class StoppedError(Exception):
    """Somebody pressed Ctrl-C."""


class World:
    """What gateway, worker and bots do meanwhile: at each pause the stations report and the jobs run."""

    def __init__(self, offices: Bulletins) -> None:
        self.offices = offices
        self.lines: list[str] = []
        self.stop_after = ""
        self.serial = 0

    def say(self, line: str) -> None:
        self.lines.append(line)
        if self.stop_after and self.stop_after in line:
            self.stop_after = ""
            raise StoppedError

    def pause(self, _seconds: float) -> None:
        self.serial += 1
        now = datetime.now(telemetry.LOCAL)  # noqa: TID251 - a device's clock
        source = Connector.objects.get(key="telemetry")
        number, _name, mean, _swing = telemetry.STATIONS[0]
        value = {"stage": mean + self.offices.office.raised_m + self.serial / 1000}
        raw = telemetry.frame(number, self.serial, now, now.replace(second=0), value, 0x32)
        parsed = sl651.read(raw, Ask(source.config, {}, now))
        assert parsed.readings
        intake.take(source.pk, parsed.readings, Raw(raw))
        pull.pull(Connector.objects.get(key="weather-alerts").pk)
        for job in ProcrastinateJob.objects.filter(task_name="workflows.apply_to_alert"):
            apply_to_alert(job.args["alert_id"])


@pytest.fixture
def offices():
    server = Bulletins()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.timeout(400)
def test_a_flood_from_the_first_drop_to_the_end(offices, settings, monkeypatch):
    settings.DEMO = True
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("NEIGHBOUR_SL651_PORT", str(probe.getsockname()[1]))
    monkeypatch.setenv("NEIGHBOUR_HJ212_PORT", "9")
    monkeypatch.setenv("NEIGHBOUR_OFFICES_PORT", str(offices.server_address[1]))
    assert load().made
    world = World(offices)
    flood = Flood(world.say, pause=world.pause, patience_s=60, pace_s=0)

    world.stop_after = "按模板签发指令"
    with pytest.raises(StoppedError):
        flood.play()
    assert Order.objects.filter(title__contains="西河桥站").count() == 1
    world.lines.clear()
    flood.play()

    [order] = Order.objects.filter(title__contains="西河桥站")
    [alert] = Alert.objects.filter(subject__code="42120001", kind="threshold")
    assert (order.state, alert.closed_at is not None) == ("closed", True)
    assert len(offices.office.alerts) == 2, "预警信号发布一次、解除一次"
    signed = OrderRecipient.objects.filter(order=order, signed_at__isnull=False).values_list(
        "unit__code", flat=True
    )
    assert set(signed) == {"xa-wq", "xa-mq"}
    assert OrderRecipient.objects.filter(order=order).exclude(report="").count() == 1
    told = "\n".join(world.lines)
    for word in ("西河桥站", "签收", "反馈", "回落", "解除", "办结"):
        assert word in told
    assert "上涨" not in told, "接着演，水不再涨一次"

    world.lines.clear()
    flood.play()
    assert Order.objects.filter(title__contains="西河桥站").count() == 2, "再演一次是新的一次"
    assert Trigger.objects.count() == 1


def test_without_a_demo_city_it_says_what_to_do():
    with pytest.raises(CommandError, match="make run"):
        call_command("flood", stdout=StringIO())
