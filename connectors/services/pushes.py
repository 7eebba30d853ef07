"""Documents that a source pushes, signed: who it is, that it is fresh, and that the same push counts once.

The caller sends three headers: X-Tongzhou-Time (seconds since 1970), X-Tongzhou-Id (its own name of this push) and
X-Tongzhou-Signature, the hex HMAC-SHA256 of time, id and body, one a line, under the connector's secret.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.delivery.limits import SendLimits
from common import clock
from common.errors import BadInputError, ConflictError, NotFoundError, RateLimitedError, TooLargeError
from connectors import net
from connectors.adapters import pushed
from connectors.asking import Ask
from connectors.config import read_config
from connectors.errors import SourceError
from connectors.items import Raw
from connectors.secretbox import find_secret
from connectors.services import intake, secrets
from connectors.signing import is_signed
from connectors.store import intake as intake_store
from connectors.store import sources as store
from connectors.store.models import Connector

KIND = "webhook"
ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_limits: dict[tuple[UUID, int], SendLimits] = {}


class PushRefusedError(NotFoundError):
    """One answer for a source that is not there, one that may not speak from here, and a wrong signature."""

    code = "push_refused"

    def default_message(self) -> str:
        return _("推送未被接受。请核对地址、来源网络、签名和时间，或联系本单位的数据源管理员。")


@dataclass(frozen=True)
class Push:
    """What came, as it came."""

    key: str
    peer: str
    time: str
    id: str
    signature: str
    body: bytes


@dataclass(frozen=True)
class Pushed:
    """`repeated`: this push was taken before, and nothing was done now."""

    repeated: bool
    rows: int = 0
    stored: int = 0
    rejected: int = 0


def take(push: Push) -> Pushed:
    """Check and store a push. What this has returned for is committed.

    Raises:
        PushRefusedError: unknown, switched off, from elsewhere, or not signed.
        BadInputError: the document cannot be used; it is kept and shown to the operator. `field` is body.
        ConflictError: the same id came before with another body.
        RateLimitedError, TooLargeError.
    """
    connector = store.find_by_key(push.key)
    if connector is None or connector.kind != KIND or not connector.is_enabled:
        raise PushRefusedError
    if not net.is_among(push.peer, map(str, connector.sources)):
        raise PushRefusedError
    config = read_config(pushed.WebhookConfig, connector.config)
    _limit(connector, config)
    if len(push.body) > config.max_bytes:
        raise TooLargeError
    now = clock.now()
    _check_signature(connector, config, push, now)
    return _store(connector, config, push, now)


def _limit(connector: Connector, config: pushed.WebhookConfig) -> None:
    """A source's own pace: its 429 slows nobody else."""
    limits = _limits.setdefault((connector.pk, config.calls_per_minute), SendLimits(config.calls_per_minute))
    if wait_ms := limits.take(0):
        raise RateLimitedError(retry_after_ms=wait_ms)


def _check_signature(connector: Connector, config: pushed.WebhookConfig, push: Push, now: datetime) -> None:
    secret = find_secret(config.secret, secrets.opened(connector))
    digits = push.time.isascii() and push.time.isdecimal() and len(push.time) <= 12  # noqa: PLR2004 - of seconds
    if not digits or not ID.fullmatch(push.id):
        raise PushRefusedError
    if abs(now.timestamp() - int(push.time)) > config.freshness_s:
        raise PushRefusedError
    if not is_signed(secret, [push.time, push.id], push.body, push.signature):
        raise PushRefusedError


def _store(connector: Connector, config: pushed.WebhookConfig, push: Push, now: datetime) -> Pushed:
    sender = f"{push.peer} {push.id}"
    error: SourceError | None = None
    with transaction.atomic():
        store.lock(connector.pk)  # pushes of one source come one after the other
        known = intake_store.digests_of(
            connector.pk, push.id, since=now - timedelta(seconds=2 * config.freshness_s)
        )
        if known:
            if hashlib.sha256(push.body).hexdigest() not in known:
                raise ConflictError(message=_("同一推送编号已用于另一份内容。请换用新的编号后重发。"))
            return Pushed(repeated=True)
        try:
            parsed = pushed.read_webhook(push.body, Ask(connector.config, {}, now))
        except SourceError as err:
            error = err
            intake.take(connector.pk, (), Raw(push.body, sender, error=err.user_message()))
        else:
            raw = Raw(push.body, sender, rejections=parsed.rejections)
            taken = intake.take(connector.pk, (*parsed.readings, *parsed.records), raw)
            rejected = len(parsed.rejections) + len(taken.rejections)
            return Pushed(repeated=False, rows=parsed.rows, stored=taken.stored, rejected=rejected)
    raise BadInputError(field="body", message=error.user_message()) from error
