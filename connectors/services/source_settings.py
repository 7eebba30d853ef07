"""What an operator says of a source, and whether this operator may say so.

What an operator types is trusted less than what the house itself sets up (`manage.connect`): inside addresses and
the house's own secrets need an administrator, and a secret is never sent to another host than it was given for.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from chatops.services import admission
from common.errors import BadInputError
from connectors.adapters.cap import STAGES as CAP_STAGES
from connectors.adapters.pushed import WebhookConfig
from connectors.config import Strict
from connectors.errors import SourceError
from connectors.kinds import check_config
from connectors.mapping import is_allowed
from connectors.rules.levels import WORDS
from connectors.secretbox import find_secret
from connectors.services import derived, manage, secrets
from connectors.services.source_extras import checked_write_back, person, site_of, write_back_host
from connectors.store.models import Connector, Kind, RecordState
from directory.actors import Actor
from directory.services.rights import Scope, require
from directory.store.models import Staff, Unit
from directory.store.posts import find_unit
from directory.store.sessions import find_staff

SECRET = re.compile(r"[A-Z0-9_]{1,60}")
MOST_DAYS = {"intake_days": 400, "item_days": 4000}
PATHS = ("subject", "observed_at", "metrics", "quality", "source_ref", "record")


@dataclass(frozen=True)
class Settings:
    """What an operator says of a source; the meaning of each is at `store.models.Connector`.

    `secrets`: name → new value; null takes it away, a name left out stays. `owner_user_id` "": who saves it first.
    """

    name: str
    kind: str
    owner_unit_id: UUID
    config: Mapping[str, Any]
    interval_s: int = 60
    fresh_for_s: int = 600
    lost_after_s: int = 3600
    owner_user_id: str = ""
    secrets: Mapping[str, str | None] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    field_allow_list: tuple[str, ...] = ()
    stages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing_level: str = "yellow"
    day_starts_hour: int = 0
    intake_days: int = 7
    item_days: int = 800
    derived: tuple[Mapping[str, Any], ...] = ()
    write_back: Mapping[str, Any] = field(default_factory=dict)
    officer_ids: tuple[str, ...] = ()


def facts(connector: Connector) -> dict[str, Any]:
    """The settings as the audit shows them: of secrets no more than their names."""
    names = (
        "key", "name", "kind", "config", "interval_s", "fresh_for_s", "lost_after_s", "sources", "field_allow_list",
        "stages", "missing_level", "day_starts_hour", "intake_days", "item_days", "derived", "write_back", "is_enabled",
    )  # fmt: skip
    owner = connector.owner.staff_number if connector.owner else ""
    more = {"owner_unit": str(connector.owner_unit_id), "owner": owner, "secrets": secrets.names(connector)}
    more["officers"] = sorted(one.staff_number for one in connector.officers.all()) if connector.pk else []
    return {name: getattr(connector, name) for name in names} | more


def checked_config(actor: Actor, settings: Settings, known: Connector | None) -> Strict:
    """What its kind makes of the configuration, when this actor may use it so.

    Raises BadInputError: config, or secrets where one would go to another host; ForbiddenError for inside addresses
    and for secrets of the house.
    """
    try:
        config = check_config(settings.kind, dict(settings.config))
    except SourceError as err:
        raise BadInputError(field="config", message=err.user_message()) from err
    old = known.config if known is not None else {}
    moved = known is not None and (
        host_of(old) != host_of(settings.config) or _sends_elsewhere(known, settings)
    )
    held = set(secrets.names(known)) if known is not None else set()
    if moved and held - set(settings.secrets):
        text = _("数据源的地址已更换（协议、主机或端口），原密钥不会发往新的地址。请重新填写密钥：{names}。")
        names = "、".join(sorted(held - set(settings.secrets)))
        raise BadInputError(field="secrets", message=text.format(names=names))
    given_back = known.write_back if known is not None else {}
    for new, before in ((settings.config, old), (settings.write_back, given_back)):
        if new.get("allow_private") and (known is None or moved or not before.get("allow_private")):
            require(actor, "connector.allow_inside")
    given = held | {name for name, value in settings.secrets.items() if value}
    used = secret_names(settings.config) | secret_names(settings.write_back)
    if used - given - secret_names(old) - secret_names(given_back) or (moved and used - given):
        # A name without a value of its own is read from the environment of the house.
        require(actor, "connector.allow_inside")
    return config


def _require_secret(config: WebhookConfig, settings: Settings, known: Connector | None) -> None:
    """Without the secret no push would ever be taken, and its sender be told no more. Raises BadInputError(secrets)."""
    held = secrets.opened(known) if known is not None else {}
    given = {name: value for name, value in settings.secrets.items() if value}
    try:
        find_secret(config.secret, held | given)
    except SourceError as err:
        raise BadInputError(field="secrets", message=err.user_message()) from err


def _sends_elsewhere(known: Connector, settings: Settings) -> bool:
    """Whether results would go to a host that has had none of the secrets so far."""
    host = write_back_host(settings.write_back)
    trusted = {"", write_back_host(known.write_back), *host_of(known.config).split()}
    return host not in trusted


def secret_names(config: Mapping[str, Any]) -> set[str]:
    """The secrets that a configuration names."""
    auth = config.get("auth")
    named = [config.get("secret"), auth.get("secret") if isinstance(auth, Mapping) else None]
    return {str(one) for one in named if one}


def host_of(config: Mapping[str, Any]) -> str:
    """Where requests go: schemes, hosts and ports, those of the token included."""
    auth = config.get("auth")
    token = str(auth.get("token_url", "")) if isinstance(auth, Mapping) else ""
    parts = [site_of(str(config.get("url", ""))), site_of(token)]
    return " ".join(
        [*parts, str(config.get("host", "")), str(config.get("port", "")), str(config.get("folder", ""))]
    )


def apply(actor: Actor, connector: Connector, settings: Settings, unit: Unit) -> None:
    """Onto the row, unsaved. Raises ForbiddenError, SecrecyRefusedError; BadInputError names the field."""
    known = None if connector._state.adding else connector  # noqa: SLF001 - how Django tells a new row
    name = settings.name.strip()
    if not 0 < len(name) <= 120:  # noqa: PLR2004 - the column's
        raise BadInputError(field="name", message=_("请填写名称，不超过120个字。"))
    admission.check(name, actor=actor, where="connector")
    config = checked_config(actor, settings, known)
    if isinstance(config, WebhookConfig):
        _require_secret(config, settings, known)
    manage.check_rhythm(settings.interval_s, settings.fresh_for_s, settings.lost_after_s)
    _check_fields(settings)
    connector.owner = _owner(actor, settings, known)
    connector.secrets = _sealed(connector, settings)
    connector.name, connector.kind, connector.owner_unit = name, settings.kind, unit
    connector.config = dict(settings.config)
    connector.interval_s, connector.fresh_for_s = settings.interval_s, settings.fresh_for_s
    connector.lost_after_s = settings.lost_after_s
    connector.sources = _networks(settings)
    connector.field_allow_list = [one.strip() for one in settings.field_allow_list if one.strip()]
    connector.stages = stages_of(settings)
    connector.derived = derived.check([dict(one) for one in settings.derived])
    connector.write_back = checked_write_back(settings.write_back)
    if settings.missing_level not in {"", *WORDS}:
        raise BadInputError(field="missing_level", message=_("请选择失联预警的级别，或不预警。"))
    connector.missing_level = settings.missing_level
    if not 0 <= settings.day_starts_hour <= 23:  # noqa: PLR2004 - hours of a day
        raise BadInputError(field="day_starts_hour", message=_("日界应为 0 至 23 时，请修改。"))
    connector.day_starts_hour = settings.day_starts_hour
    for column, most in MOST_DAYS.items():
        days = getattr(settings, column)
        if not 1 <= days <= most:
            text = _("保留天数应在 1 至 {most} 天之间，请修改。")
            raise BadInputError(field=column, message=text.format(most=most))
        setattr(connector, column, days)


def unit_of(actor: Actor, settings: Settings) -> Unit:
    """The owner. Raises ForbiddenError, BadInputError(owner_unit_id)."""
    require(actor, "connector.manage", Scope(unit_id=settings.owner_unit_id))
    unit = find_unit(settings.owner_unit_id)
    if unit is None:
        raise BadInputError(field="owner_unit_id", message=_("没有这个单位，请重新选择。"))
    return unit


def _owner(actor: Actor, settings: Settings, known: Connector | None) -> Staff | None:
    if not settings.owner_user_id:
        return known.owner if known is not None else find_staff(actor.staff_number)
    return person(settings.owner_user_id, "owner_user_id")


def _sealed(connector: Connector, settings: Settings) -> str:
    for name, value in settings.secrets.items():
        if not SECRET.fullmatch(name) or (value is not None and not 0 < len(value) <= 8000):  # noqa: PLR2004
            raise BadInputError(
                field="secrets", message=_("密钥的名称应为大写字母、数字或下划线，内容不能为空。")
            )
    if not settings.secrets:
        return connector.secrets
    try:
        return secrets.changed(connector, settings.secrets)
    except SourceError as err:
        raise BadInputError(field="secrets", message=err.user_message()) from err


def _networks(settings: Settings) -> list[str]:
    found = []
    for each in settings.sources:
        text = each.strip()
        try:
            found.append(
                str(ipaddress.ip_network(text, strict=False))
                if "/" in text
                else str(ipaddress.ip_address(text))
            )
        except ValueError as err:
            said = _("“{text}”不是 IP 地址或网段，例如 10.1.2.3 或 10.1.2.0/24。请修改。").format(
                text=text[:60]
            )
            raise BadInputError(field="sources", message=said) from err
    return found


def stages_of(settings: Settings) -> dict[str, dict[str, str]]:
    """The table of stages; CAP has codes of its own, so a feed of alerts needs none. Raises BadInputError(stages)."""
    found = {}
    stages = settings.stages or (CAP_STAGES if settings.kind == Kind.CAP else {})
    for code, stage in stages.items():
        state, name = str(stage.get("state", "")), str(stage.get("name", "")).strip()
        if not code.strip() or len(code) > 60 or len(name) > 60 or state not in RecordState.values:  # noqa: PLR2004
            text = _("环节“{code}”没有对应的状态，请选择：待处理、办理中、已办结、已撤回。")
            raise BadInputError(field="stages", message=text.format(code=code[:60]))
        found[code.strip()] = {"state": state, "name": name}
    return found


def _check_fields(settings: Settings) -> None:
    """A mapping may read no field that the list does not allow. Raises BadInputError(field_allow_list)."""
    allowed = [one.strip() for one in settings.field_allow_list if one.strip()]
    mapping = settings.config.get("mapping")
    if not allowed or not isinstance(mapping, Mapping):
        return
    for part in PATHS:
        for path in _paths(part, mapping.get(part)):
            if not is_allowed(path, allowed):
                text = _("映射用到了清单之外的字段：{path}。请从映射中去掉，或加入允许取用的清单。")
                raise BadInputError(field="field_allow_list", message=text.format(path=path))


# What stands in a mapping beside paths.
WORDS_OF = frozenset({"key", "name", "unit", "decimals", "near_margin", "format", "zone", "kind", "words"})


def _paths(part: str, value: Any, name: str = "") -> list[str]:
    if isinstance(value, str):
        is_word = name in WORDS_OF and not (part == "subject" and name == "name")
        return [] if is_word else [value]
    if isinstance(value, Mapping):
        return [
            path for key, each in value.items() if key != "words" for path in _paths(part, each, str(key))
        ]
    if isinstance(value, list):
        return [path for each in value for path in _paths(part, each, name)]
    return []
