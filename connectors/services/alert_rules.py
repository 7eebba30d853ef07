"""Rules beside the limits, as an official writes them: kept with the sentence that each reads as, audited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from chatops.services import admission
from common import audit, clock
from common.errors import NotFoundError
from connectors.rules.sentences import sentence
from connectors.services import alerts, typed
from connectors.services.manage import access_connector
from connectors.store import alerts as store
from connectors.store import sources
from connectors.store.models import AlertRule, Connector
from directory.actors import Actor

MOST_SENTENCE = 500


@dataclass(frozen=True)
class RuleIn:
    name: str
    level: str
    spec: Mapping[str, Any]
    metric: str = ""
    subject_id: UUID | None = None
    is_enabled: bool = True


def list_rules(actor: Actor, connector_id: UUID) -> list[AlertRule]:
    return list(access_connector(actor, connector_id).alert_rules.select_related("subject"))


def check_put_rule(
    *, actor: Actor, connector_id: UUID, new: RuleIn, rule_id: UUID | None = None
) -> AlertRule:
    """Keep a rule, or change it; what it remembered is forgotten, and so is what it no longer looks at.

    Raises: NotFoundError, ForbiddenError, SecrecyRefusedError; BadInputError names the field.
    """
    connector = access_connector(actor, connector_id, verb="connector.manage")
    spec, level = typed.spec(new.spec), typed.level(new.level, "level")
    name = typed.text(new.name, "name", most=120)
    admission.check(name, actor=actor, where="connector")
    with transaction.atomic():
        rule = AlertRule(connector=connector, unit_id=connector.owner_unit_id, created_at=clock.now())
        old, place = None, None
        if rule_id is not None:
            sources.lock(connector.pk)  # before its alerts, as those who judge do
            found = connector.alert_rules.select_for_update(of=("self",)).filter(pk=rule_id).first()
            if found is None:
                raise NotFoundError
            rule, old, place = found, facts_of(found), (found.metric, found.subject_id)
        rule.name, rule.level = name, level
        rule.metric = typed.metric(new.metric) if new.metric else ""
        rule.subject = typed.subject(connector, new.subject_id)
        rule.spec = spec.model_dump(mode="json")
        rule.sentence = sentence(spec, level, store.names_of(connector.pk))[:MOST_SENTENCE]
        rule.is_enabled = new.is_enabled
        rule.save()
        if place is not None and (not rule.is_enabled or place != (rule.metric, rule.subject_id)):
            _withdraw(connector, rule)
        _forget(actor, rule, old, facts_of(rule))
    return rule


def delete_rule(*, actor: Actor, rule_id: UUID) -> None:
    """Raises NotFoundError, ForbiddenError."""
    rule = AlertRule.objects.filter(pk=rule_id).first()
    if rule is None:
        raise NotFoundError
    connector = access_connector(actor, rule.connector_id, verb="connector.manage")
    with transaction.atomic():
        sources.lock(connector.pk)
        _withdraw(connector, rule)
        _forget(actor, rule, facts_of(rule), None)
        rule.delete()


def facts_of(rule: AlertRule) -> dict[str, Any]:
    about = ("name", "level", "metric", "spec", "sentence", "is_enabled")
    return {name: getattr(rule, name) for name in about}


def _withdraw(connector: Connector, rule: AlertRule) -> None:
    """Nobody would judge whether it still holds: an alert that rests on it would never end."""
    why = _("规则“{name}”已停用、修改对象或删除。").format(name=rule.name)
    alerts.withdraw(connector, f"rule:{rule.pk}", why, clock.now())


def _forget(actor: Actor, rule: AlertRule, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
    """Into the audit, and nothing of what it had counted stays."""
    store.forget_rule(f"rule:{rule.pk}")
    about = {"verb": "connector.manage", "subject": "alert_rule"}
    audit.record(actor=actor, subject_id=rule.pk, old=old, new=new, **about)
