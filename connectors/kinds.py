"""Which adapter speaks for which kind of source."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from connectors.adapters import cap, files, hj212, prometheus, pushed, rest, sl651, sql
from connectors.asking import Ask, Pulled
from connectors.config import RestConfig, RowMapping, Strict, read_config
from connectors.errors import SourceError
from connectors.items import Parsed


class ManualConfig(Strict):
    """Values that a person types in. The mapping is that of uploaded tables; none is needed for typing."""

    mapping: RowMapping | None = None


@dataclass(frozen=True)
class KindOf:
    """What we know of a kind.

    Attributes:
        pull: asks the source; None for sources that speak by themselves.
        read: a payload as it was received or kept, for test pulls and replay. Both raise SourceError only.
        listens: the gateway has a port, or a line to a broker, for it.
    """

    config: type[Strict]
    read: Callable[[bytes, Ask], Parsed]
    pull: Callable[[Ask], Pulled] | None = None
    listens: bool = False


def _read_manual(_raw: bytes, _ask: Ask) -> Parsed:
    raise SourceError("bad_config", _("人工填报的数据没有原始报文，不能重放。"))


KINDS: dict[str, KindOf] = {
    "rest": KindOf(RestConfig, rest.read, rest.pull),
    "sql": KindOf(sql.SqlConfig, sql.read, sql.pull),
    "file": KindOf(files.FileConfig, files.read, files.pull),
    "cap": KindOf(cap.CapConfig, cap.read, cap.pull),
    "prometheus": KindOf(prometheus.PrometheusConfig, prometheus.read, prometheus.pull),
    "webhook": KindOf(pushed.WebhookConfig, pushed.read_webhook),
    "mqtt": KindOf(pushed.MqttConfig, pushed.read_mqtt, listens=True),
    "hj212": KindOf(hj212.Hj212Config, hj212.read, listens=True),
    "sl651": KindOf(sl651.Sl651Config, sl651.read, listens=True),
    "manual": KindOf(ManualConfig, _read_manual),
}


def check_config(kind: str, raw: dict[str, Any]) -> Strict:
    """Raises SourceError(bad_config) with the first field at fault, also for a kind that there is not."""
    known = KINDS.get(kind)
    if known is None:
        raise SourceError("bad_config", _("没有这种数据源：{kind}。请重新选择。").format(kind=kind))
    return read_config(known.config, raw)


def patience_s(kind: str, raw: dict[str, Any]) -> float:
    """How long a pull may take at most, by the source's own limits."""
    try:
        config = check_config(kind, raw)
    except SourceError:
        return 0
    documents = 1
    if isinstance(config, RestConfig) and config.paging is not None:
        documents = config.paging.max_pages
    if isinstance(config, cap.CapConfig):
        documents = config.max_alerts + 1
    return float(getattr(config, "timeout_s", 0)) * 2 * documents
