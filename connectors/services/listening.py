"""What the gateway listens for, and what it reports of a port that cannot be had."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from connectors.errors import SourceError
from connectors.kinds import KINDS
from connectors.services import secrets
from connectors.store import sources as store
from connectors.store.models import Connector


@dataclass(frozen=True)
class Post:
    """A connector that speaks by itself; `config` is its configuration as JSON, so that posts can be compared."""

    connector_id: UUID
    key: str
    kind: str
    config: str
    sources: tuple[str, ...]
    sealed: str

    def raw_config(self) -> dict[str, Any]:
        return dict(json.loads(self.config))


def list_posts() -> list[Post]:
    """Those that are switched on, in order of their keys."""
    kinds = [name for name, kind in KINDS.items() if kind.listens]
    return [
        Post(
            one.pk,
            one.key,
            one.kind,
            json.dumps(one.config, sort_keys=True, ensure_ascii=False),
            tuple(map(str, one.sources)),
            one.secrets,
        )
        for one in store.list_listening(kinds)
    ]


def secrets_of(post: Post) -> dict[str, str]:
    """Raises SourceError(bad_config)."""
    return secrets.opened(Connector(secrets=post.sealed))


def report_failure(connector_id: UUID, err: Exception) -> None:
    """Let the connector's health tell that its line is down, in a sentence without addresses and secrets."""
    if isinstance(err, SourceError):
        text = err.user_message()
    elif isinstance(err, OSError) and err.errno:
        text = _("监听端口无法打开（{problem}）。请检查端口是否被占用，或换一个端口。").format(
            problem=err.strerror
        )
    else:
        text = _("与数据源的连接中断，正在重连。长时间如此请检查对方服务和网络。")
    store.note_failure(connector_id, text[:500])
