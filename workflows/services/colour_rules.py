"""Tables of the colour rule: seen by all who supervise, written and chosen by administrators."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import BaseModel

from chatops.services import admission
from common import audit, clock, jobs
from common.errors import BadInputError, NotFoundError
from directory.actors import Actor
from directory.services.rights import may, require
from workflows.rules.colour_tables import RuleTableError, fields_of, table_of, words_of
from workflows.services.deeds import once
from workflows.services.stamps import stamp
from workflows.store import colour_rules as store
from workflows.store import ledgers as ledger_store
from workflows.store import taskforces as force_store
from workflows.store.models import ColourRule, ColourRuleChoice
from workflows.store.models.items import ItemKind

MANAGE = "rule.manage"
VIEW = "rule.view"
MAX_NAME, MAX_NOTE = 60, 300


class RuleOut(BaseModel):
    """`words`: the table as sentences."""

    version: int
    name: str
    note: str
    table: dict[str, Any]
    words: list[str]
    by_name: str
    created_at: Any


class ChoiceOut(BaseModel):
    """`home_kind` is taskforce, ledger or "" (all); `kind` a type of item or ""."""

    home_kind: str
    home_id: UUID | None
    home_name: str
    kind: str
    kind_words: str
    version: int
    rule_name: str


class RulesOut(BaseModel):
    rules: list[RuleOut]
    choices: list[ChoiceOut]
    kinds: dict[str, str]
    abilities: dict[str, bool]


def describe(actor: Actor) -> RulesOut:
    """Raises ForbiddenError."""
    require(actor, VIEW)
    kinds = {str(value): str(label) for value, label in ItemKind.choices}
    return RulesOut(
        rules=[_out(rule) for rule in store.versions()],
        choices=[_choice_out(choice, kinds) for choice in store.choices()],
        kinds=kinds,
        abilities={"manage": may(actor, MANAGE)},
    )


def _out(rule: ColourRule) -> RuleOut:
    table = store.as_table(rule)
    return RuleOut(
        version=rule.version,
        name=rule.name,
        note=rule.note,
        table=fields_of(table),
        words=words_of(table),
        by_name=rule.by_name,
        created_at=rule.at,
    )


def _choice_out(choice: ColourRuleChoice, kinds: dict[str, str]) -> ChoiceOut:
    home = choice.taskforce or choice.ledger
    return ChoiceOut(
        home_kind="taskforce" if choice.taskforce_id else "ledger" if choice.ledger_id else "",
        home_id=home.pk if home else None,
        home_name=home.name if home else "",
        kind=choice.kind,
        kind_words=kinds.get(choice.kind, ""),
        version=choice.rule.version,
        rule_name=choice.rule.name,
    )


def check_add_rule(
    *, actor: Actor, name: str, table: dict[str, Any], note: str = "", key: str | None = None
) -> RuleOut:
    """A new version; nothing is judged by it until it is chosen. Raises ForbiddenError, BadInputError."""
    require(actor, MANAGE)
    name, note = name.strip(), note.strip()
    if not name or len(name) > MAX_NAME:
        raise BadInputError(field="name", message=_("请填写规则名称，不超过60个字。"))
    if len(note) > MAX_NOTE:
        raise BadInputError(field="note", message=_("说明不超过300个字，请压缩。"))
    admission.check(f"{name}\n{note}", actor=actor, where="title")
    try:
        checked = table_of(0, table)
    except RuleTableError as wrong:
        raise BadInputError(field=wrong.field, message=wrong.sentence) from wrong

    def deed() -> RuleOut:
        rule = ColourRule.objects.create(
            version=store.next_version(),
            name=name,
            note=note,
            table=fields_of(checked),
            **stamp(actor, clock.now()),
        )
        audit.record(
            actor=actor, verb="rule.add", subject="colour_rule", subject_id=rule.version, new=rule.table
        )
        return _out(rule)

    return once(actor=actor, key=key, verb="rule.add", subject_id="colour_rule", answer=RuleOut, deed=deed)


def check_choose(
    *,
    actor: Actor,
    version: int,
    taskforce_id: UUID | None,
    ledger_id: UUID | None,
    kind: str,
    drop: bool = False,
) -> RulesOut:
    """Let this table judge a task force, a ledger or all, one type or all; `drop` takes the choice back.

    The items concerned are judged anew at once, by a job.

    Raises: ForbiddenError, BadInputError (unknown version, type, or two homes), NotFoundError (no such home).
    """
    require(actor, MANAGE)
    if kind and kind not in ItemKind.values:
        raise BadInputError(field="kind", message=_("事项类型无效，请从列表中选择。"))
    if taskforce_id and ledger_id:
        raise BadInputError(field="ledger_id", message=_("专班与台账只能选择一个。"))
    if (taskforce_id and force_store.find(taskforce_id) is None) or (
        ledger_id and ledger_store.find(ledger_id) is None
    ):
        raise NotFoundError
    rule = store.find_version(version)
    if rule is None:
        raise BadInputError(field="version", message=_("没有这个版本的规则，请刷新后重新选择。"))
    where = {"taskforce_id": taskforce_id, "ledger_id": ledger_id, "kind": kind}
    with transaction.atomic():
        before = store.choice_of(taskforce_id=taskforce_id, ledger_id=ledger_id, kind=kind)
        old = {"version": before.rule.version} if before else None
        if before:
            before.delete()
        if not drop:
            ColourRuleChoice.objects.create(rule=rule, **where, **stamp(actor, clock.now()))
        audit.record(
            actor=actor,
            verb="rule.drop" if drop else "rule.choose",
            subject="colour_rule",
            subject_id=taskforce_id or ledger_id or "all",
            old=old,
            new=None if drop else {"version": version, "kind": kind},
        )
        home = str(taskforce_id or ledger_id or "")
        jobs.defer("workflows.recolour_by_choice", home_id=home)
    return describe(actor)
