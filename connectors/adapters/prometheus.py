"""Prometheus queries: each series is a row of its labels with `value` and `time`."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field

from connectors import mapping
from connectors.asking import Ask, Pulled
from connectors.config import Auth, RowMapping, Strict, read_config, web_address
from connectors.errors import SourceError
from connectors.items import Parsed
from connectors.protocols import prometheus
from connectors.web import Limits, Session


class PrometheusConfig(Strict):
    """`url` is the server's own address, `query` a PromQL expression; rows are named in the mapping by labels."""

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    query: str = Field(min_length=1, max_length=2000)
    auth: Auth = Auth()
    timeout_s: float = Field(10.0, gt=0, le=60)
    max_bytes: int = Field(2_000_000, ge=1, le=50_000_000)
    allow_private: bool = False
    mapping: RowMapping


def pull(ask: Ask) -> Pulled:
    """Raises SourceError."""
    config = read_config(PrometheusConfig, ask.config)
    limits = Limits(config.timeout_s, config.max_bytes, config.allow_private)
    url = f"{config.url.rstrip('/')}/api/v1/query"
    with Session(limits, config.auth, dict(ask.secrets), ask.now) as session:
        answer = session.get(url, {"query": config.query, "time": f"{ask.now.timestamp():.3f}"})
    body = answer.body if answer else b""
    return Pulled(read(body, ask), unchanged=False, cursor={}, raw=(body,))


def read(raw: bytes, ask: Ask) -> Parsed:
    """Raises SourceError."""
    config = read_config(PrometheusConfig, ask.config)
    document: Any = mapping.load(raw)
    try:
        rows = prometheus.read_rows(document)
    except prometheus.PrometheusError as err:
        if err.reason == "failed":
            text = _("Prometheus 报告查询失败：{said}。请核对查询语句。")
        else:
            text = _("{host} 的答复不是 Prometheus 查询结果。请核对地址。")
        host = urlsplit(config.url).netloc
        said = text.format(said=err.said, host=host)
        raise SourceError("wrong_shape", said, sample=mapping.sample_of(raw)) from err
    return mapping.parse({"rows": rows}, config.mapping, now=ask.now)
