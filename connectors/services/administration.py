"""An operator's deeds on a source: connect, change, pause, remove. Each is a right and an audit entry."""

import re
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import BadInputError, ConflictError
from connectors.services import alerts, pull, secrets
from connectors.services.manage import access_connector
from connectors.services.source_extras import officers_of, put_officers
from connectors.services.source_settings import Settings, apply, facts, unit_of
from connectors.store import sources as store
from connectors.store.models import Connector
from directory.actors import Actor

KEY = re.compile(r"[a-z0-9][a-z0-9-]{2,59}")
REASON_MOST = 200


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
    unit = unit_of(actor, settings)
    known = store.find_by_key(key)
    if known is not None:
        if (known.name, known.owner_unit_id, known.kind) == (settings.name.strip(), unit.pk, settings.kind):
            return known
        raise ConflictError(message=_("标识 {key} 已被其他数据源使用，请换一个。").format(key=key))
    try:
        with transaction.atomic():
            connector = Connector(key=key)
            apply(actor, connector, settings, unit)
            officers = officers_of(settings.officer_ids)
            connector.save(force_insert=True)
            put_officers(connector, officers)
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
        apply(actor, connector, settings, unit_of(actor, settings))
        put_officers(connector, officers_of(settings.officer_ids))
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
        text = _("数据源已移除：{reason}").format(reason=why)
        alerts.close_all(connector, text, clock.now())  # before the subscriptions go: rooms are told
        connector.subscriptions.all().delete()
        _record(actor, connector, old, {"removed": True, "reason": why})


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
