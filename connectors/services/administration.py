"""An operator's deeds on a source: connect, change, pause, remove. Each is a right and an audit entry.

What an operator types is trusted less than what the house itself sets up (`manage.connect`): inside addresses and
the house's own secrets need an administrator, and a secret is never sent to another host than it was given for.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock, ids
from common.errors import BadInputError, ConflictError
from connectors.config import Strict
from connectors.errors import SourceError
from connectors.kinds import check_config
from connectors.mapping import is_allowed
from connectors.rules.levels import WORDS
from connectors.services import manage, pull, secrets
from connectors.services.manage import access_connector
from connectors.store import sources as store
from connectors.store.models import Connector, RecordState
from directory.actors import Actor
from directory.services.rights import Scope, require
from directory.store.models import Staff, Unit
from directory.store.posts import find_unit
from directory.store.sessions import find_staff

KEY = re.compile(r"[a-z0-9][a-z0-9-]{2,59}")
SECRET = re.compile(r"[A-Z0-9_]{1,60}")
MOST_DAYS = {"intake_days": 400, "item_days": 4000}
REASON_MOST = 200
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


def read_settings(actor: Actor, connector_id: UUID) -> tuple[Connector, list[str]]:
    """The source and the names of its secrets. Raises NotFoundError, ForbiddenError."""
    connector = access_connector(actor, connector_id, verb="connector.manage")
    return connector, secrets.names(connector)


def create(*, actor: Actor, key: str, settings: Settings) -> Connector:
    """Connect a source and let it be asked at once. The same key again is the same source.

    Raises:
        ForbiddenError, SecrecyRefusedError; ConflictError: the key is another source's.
        BadInputError: `field` names what cannot be used, such as config, sources or secrets.
    """
    if not KEY.fullmatch(key):
        text = _("标识应为 3 至 60 个小写字母、数字或短横线，请修改。")
        raise BadInputError(field="key", message=text)
    unit = _unit(actor, settings)
    known = store.find_by_key(key)
    if known is not None:
        if (known.name, known.owner_unit_id, known.kind) == (settings.name.strip(), unit.pk, settings.kind):
            return known
        raise ConflictError(message=_("标识 {key} 已被其他数据源使用，请换一个。").format(key=key))
    try:
        with transaction.atomic():
            connector = Connector(key=key)
            _apply(actor, connector, settings, unit)
            connector.save(force_insert=True)
            _record(actor, connector, None, facts(connector))
            pull.arm(connector.pk, clock.now())
    except IntegrityError as err:  # two who took the same key at the same moment
        raise ConflictError from err
    return connector


def change(*, actor: Actor, connector_id: UUID, settings: Settings) -> Connector:
    """Everything but key and kind. Raises as `create`, and NotFoundError."""
    with transaction.atomic():
        access_connector(actor, connector_id, verb="connector.manage")
        connector = store.lock(connector_id)
        if connector is None:
            raise ConflictError
        if settings.kind != connector.kind:
            raise BadInputError(field="kind", message=_("方式不能修改。请新建数据源后移除这一个。"))
        old = facts(connector)
        _apply(actor, connector, settings, _unit(actor, settings))
        new = facts(connector)
        if old != new or settings.secrets:
            if old["config"] != new["config"]:
                connector.cursor = {}  # what was unchanged at another address says nothing here
            connector.save()
            _record(actor, connector, old, new | {"secrets_set": sorted(settings.secrets)})
        pull.arm(connector.pk, clock.now())
    return connector


def pause(*, actor: Actor, connector_id: UUID, reason: str) -> Connector:
    """Stop asking and listening, with the reason shown. Raises NotFoundError, ForbiddenError, BadInputError(reason)."""
    why = _reason(actor, reason)
    return _switch(actor, connector_id, is_enabled=False, why=why)


def resume(*, actor: Actor, connector_id: UUID) -> Connector:
    """Ask it again, at once. Raises NotFoundError, ForbiddenError."""
    return _switch(actor, connector_id, is_enabled=True, why="")


def remove(*, actor: Actor, connector_id: UUID, reason: str) -> None:
    """Take a source out of use for good: no more calls, secrets and subscriptions; what it said stays its days.

    Raises NotFoundError (also for one that is removed already), ForbiddenError, BadInputError(reason).
    """
    why = _reason(actor, reason)
    with transaction.atomic():
        access_connector(actor, connector_id, verb="connector.manage")
        connector = store.lock(connector_id)
        if connector is None:
            raise ConflictError
        old = facts(connector)
        connector.is_enabled, connector.removed_at, connector.secrets = False, clock.now(), ""
        connector.key = f"{connector.key[:40]}~{str(connector.pk)[-12:]}"  # the key is free for a new source
        connector.paused_why = why
        connector.save(update_fields=["is_enabled", "removed_at", "secrets", "key", "paused_why"])
        connector.subscriptions.all().delete()
        _record(actor, connector, old, {"removed": True, "reason": why})


def facts(connector: Connector) -> dict[str, Any]:
    """The settings as the audit shows them: of secrets no more than their names."""
    names = (
        "key", "name", "kind", "config", "interval_s", "fresh_for_s", "lost_after_s", "sources", "field_allow_list",
        "stages", "missing_level", "day_starts_hour", "intake_days", "item_days", "is_enabled",
    )  # fmt: skip
    owner = connector.owner.staff_number if connector.owner else ""
    more = {"owner_unit": str(connector.owner_unit_id), "owner": owner, "secrets": secrets.names(connector)}
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
    moved = known is not None and host_of(old) != host_of(settings.config)
    held = set(secrets.names(known)) if known is not None else set()
    if moved and held - set(settings.secrets):
        text = _("数据源的主机已更换，原密钥不会发往新的主机。请重新填写密钥：{names}。")
        names = "、".join(sorted(held - set(settings.secrets)))
        raise BadInputError(field="secrets", message=text.format(names=names))
    inside = bool(settings.config.get("allow_private"))
    if inside and (known is None or moved or not old.get("allow_private")):
        require(actor, "connector.allow_inside")
    given = held | {name for name, value in settings.secrets.items() if value}
    used = secret_names(settings.config)
    if used - given - secret_names(old) or (moved and used - given):
        # A name without a value of its own is read from the environment of the house.
        require(actor, "connector.allow_inside")
    return config


def secret_names(config: Mapping[str, Any]) -> set[str]:
    """The secrets that a configuration names."""
    auth = config.get("auth")
    named = [config.get("secret"), auth.get("secret") if isinstance(auth, Mapping) else None]
    return {str(one) for one in named if one}


def host_of(config: Mapping[str, Any]) -> str:
    """Where requests go: hosts with ports, that of the token included."""
    auth = config.get("auth")
    token = str(auth.get("token_url", "")) if isinstance(auth, Mapping) else ""
    parts = [urlsplit(str(config.get("url", ""))).netloc, urlsplit(token).netloc]
    return " ".join(
        [*parts, str(config.get("host", "")), str(config.get("port", "")), str(config.get("folder", ""))]
    )


def _apply(actor: Actor, connector: Connector, settings: Settings, unit: Unit) -> None:
    known = None if connector._state.adding else connector  # noqa: SLF001 - how Django tells a new row
    name = settings.name.strip()
    if not 0 < len(name) <= 120:  # noqa: PLR2004 - the column's
        raise BadInputError(field="name", message=_("请填写名称，不超过120个字。"))
    admission.check(name, actor=actor, where="connector")
    checked_config(actor, settings, known)
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
    connector.stages = _stages(settings)
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


def _unit(actor: Actor, settings: Settings) -> Unit:
    require(actor, "connector.manage", Scope(unit_id=settings.owner_unit_id))
    unit = find_unit(settings.owner_unit_id)
    if unit is None:
        raise BadInputError(field="owner_unit_id", message=_("没有这个单位，请重新选择。"))
    return unit


def _owner(actor: Actor, settings: Settings, known: Connector | None) -> Staff | None:
    if not settings.owner_user_id:
        return known.owner if known is not None else find_staff(actor.staff_number)
    number = ids.staff_number_of(settings.owner_user_id)
    found = find_staff(number) if number else None
    if found is None or found.kind != "person":
        raise BadInputError(field="owner_user_id", message=_("没有这名负责人，请重新选择。"))
    return found


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


def _stages(settings: Settings) -> dict[str, dict[str, str]]:
    found = {}
    for code, stage in settings.stages.items():
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


def _switch(actor: Actor, connector_id: UUID, *, is_enabled: bool, why: str) -> Connector:
    with transaction.atomic():
        access_connector(actor, connector_id, verb="connector.manage")
        connector = store.lock(connector_id)
        if connector is None:
            raise ConflictError
        if connector.is_enabled != is_enabled or connector.paused_why != why:
            old = {"is_enabled": connector.is_enabled}
            connector.is_enabled, connector.paused_why = is_enabled, why
            connector.save(update_fields=["is_enabled", "paused_why"])
            _record(actor, connector, old, {"is_enabled": is_enabled, "reason": why})
        pull.arm(connector.pk, clock.now())
    return connector


def _reason(actor: Actor, reason: str) -> str:
    text = reason.strip()
    if not 0 < len(text) <= REASON_MOST:
        message = _("请填写原因，不超过{most}个字。").format(most=REASON_MOST)
        raise BadInputError(field="reason", message=message)
    admission.check(text, actor=actor, where="connector")
    return text


def _record(actor: Actor, connector: Connector, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
    about = {"verb": "connector.manage", "subject": "connector", "subject_id": str(connector.pk)}
    audit.record(actor=actor, old=old, new=new, **about)
