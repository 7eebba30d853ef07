"""Secrets of connectors: encrypted at rest, written but never shown.

One Fernet text a connector holds all its secrets by name. CONNECTOR_KEY is one key or several with commas: the first
encrypts, all decrypt, so that a key can be changed without a break.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from common.errors import BadInputError
from connectors.errors import SourceError
from connectors.store.models import Connector


def seal(values: Mapping[str, str]) -> str:
    """The encrypted text of these secrets; "" for none. Raises BadInputError(secrets) where no key is set."""
    if not values:
        return ""
    crypt = _crypt()
    if crypt is None:
        text = _("本站没有设置加密密钥 CONNECTOR_KEY，不能保存密钥。请由管理员设置后重试。")
        raise BadInputError(field="secrets", message=text)
    return crypt.encrypt(json.dumps(dict(values)).encode()).decode()


def opened(connector: Connector) -> dict[str, str]:
    """Name → secret, for adapters alone. Raises SourceError(bad_config) where they cannot be read."""
    return unsealed(connector.secrets)


def unsealed(text: str) -> dict[str, str]:
    """What `seal` made. Raises SourceError(bad_config) where it cannot be read."""
    if not text:
        return {}
    words = _("数据源的密钥无法解密，加密密钥 CONNECTOR_KEY 可能已更换。请由管理员重新填写密钥。")
    crypt = _crypt()
    if crypt is None:
        raise SourceError("bad_config", words)
    try:
        return dict(json.loads(crypt.decrypt(text.encode())))
    except InvalidToken as err:
        raise SourceError("bad_config", words) from err


def changed(connector: Connector, values: Mapping[str, str | None]) -> str:
    """The encrypted text after these were set; None takes a secret away, a name left out stays as it was."""
    kept = opened(connector) | {name: value for name, value in values.items() if value}
    return seal({name: value for name, value in kept.items() if values.get(name, value) is not None})


def names(connector: Connector) -> list[str]:
    """Which secrets are set: all that anybody may see of them."""
    try:
        return sorted(opened(connector))
    except SourceError:
        return []


def _crypt() -> MultiFernet | None:
    keys = [key for key in settings.CONNECTOR_KEYS if key]
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys]) if keys else None


def _fernet_key(text: str) -> bytes:
    """A Fernet key of any text: the keys that a site makes are long and random."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"tongzhou connectors:" + text.encode()).digest())
