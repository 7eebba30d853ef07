"""Connecting a source, and who gets to see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from common import audit, clock
from common.errors import BadInputError, NotFoundError
from connectors.config import SubscriptionFilter, SubscriptionTimes
from connectors.errors import SourceError
from connectors.kinds import check_config
from connectors.services import pull
from connectors.store import sources as store
from connectors.store.models import Connector, Shows, Subject, Subscription, every_card
from directory.actors import Actor
from directory.services.rights import Scope, require
from directory.store.models import Unit

SHORTEST_INTERVAL_S = 1
LONGEST_INTERVAL_S = 7 * 24 * 3600


@dataclass(frozen=True)
class Source:
    """What an operator says of a source; times in seconds (docs/connectors.md)."""

    key: str
    name: str
    config: dict[str, Any]
    interval_s: int = 60
    fresh_for_s: int = 600
    lost_after_s: int = 3600
    kind: str = "rest"


def connect(*, actor: Actor, owner: Unit, source: Source) -> Connector:
    """Create the connector, or change it when the key is known, and let it be asked at once.

    Raises:
        ForbiddenError: not the actor's unit's business.
        BadInputError: the configuration cannot be used; `field` is config or interval_s.
    """
    require(actor, "connector.manage", Scope(unit_id=owner.pk))
    _check(source)
    with transaction.atomic():
        known = store.find_by_key(source.key)
        if known is not None:
            require(actor, "connector.manage", Scope(unit_id=known.owner_unit_id))
        old = _facts(known) if known else None
        connector = known or Connector(key=source.key)
        connector.owner_unit, connector.name, connector.kind = owner, source.name, source.kind
        connector.config, connector.interval_s = source.config, source.interval_s
        connector.fresh_for_s, connector.lost_after_s = source.fresh_for_s, source.lost_after_s
        new = _facts(connector)
        if old != new:
            connector.cursor = {}  # another address or mapping: what was unchanged there says nothing here
            connector.save()
            _record(actor, connector, old, new)
        pull.arm(connector.pk, clock.now())
    return connector


def set_enabled(*, actor: Actor, connector_id: UUID, is_enabled: bool) -> Connector:
    """Stop asking a source, or ask it again. What it said before goes on growing old."""
    with transaction.atomic():
        connector = access_connector(actor, connector_id, verb="connector.manage")
        if connector.is_enabled != is_enabled:
            connector.is_enabled = is_enabled
            connector.save(update_fields=["is_enabled"])
            _record(actor, connector, {"is_enabled": not is_enabled}, {"is_enabled": is_enabled})
        pull.arm(connector.pk, clock.now())
    return connector


@dataclass(frozen=True)
class Wish:
    """What a room wants of a source; the meaning of each is at `store.models.Subscription`."""

    codes: tuple[str, ...] = ()
    what: tuple[str, ...] | None = None
    filter: Mapping[str, Any] = field(default_factory=dict)
    when: Mapping[str, Any] = field(default_factory=dict)
    masks: tuple[str, ...] = ()


def subscribe(*, actor: Actor, connector: Connector, room_id: str, codes: list[str]) -> Subscription:
    """Let a room have the source's subjects named by their codes, or all of them; says it anew each time."""
    return put_subscription(actor=actor, connector=connector, room_id=room_id, wish=Wish(tuple(codes)))


def put_subscription(*, actor: Actor, connector: Connector, room_id: str, wish: Wish) -> Subscription:
    """Let a room have what it wants of a source, in place of what it had.

    Raises:
        ForbiddenError: the source is not the actor's unit's; BadInputError names what cannot be meant.
    """
    require(actor, "connector.subscribe", Scope(unit_id=connector.owner_unit_id))
    wanted = checked_wish(wish)
    _require_named_officers(connector, room_id)
    known = set(connector.subjects.filter(code__in=wish.codes).values_list("code", flat=True))
    if unknown := sorted(set(wish.codes) - known):
        # Without any subject named a room has all of them, so a wrong code must not pass for none.
        text = _("该数据源没有编码为“{code}”的对象，请核对。")
        raise BadInputError(field="codes", message=text.format(code=unknown[0]))
    with transaction.atomic():
        subscription = store.put_subscription(room_id, connector, list(wish.codes), wanted)
        audit.record(
            actor=actor,
            verb="connector.subscribe",
            subject="subscription",
            subject_id=subscription.pk,
            new={"room_id": room_id, "connector": connector.key, "subjects": sorted(wish.codes), **wanted},
        )
    return subscription


def checked_wish(wish: Wish) -> dict[str, Any]:
    """The columns of a subscription. Raises BadInputError."""
    shown = [str(one) for one in wish.what] if wish.what is not None else every_card()
    if not shown or set(shown) - set(Shows.values):
        raise BadInputError(field="what", message=_("请至少选择一种卡片：状态、预警、事项、简报。"))
    try:
        chosen = SubscriptionFilter.model_validate(dict(wish.filter))
        hours = SubscriptionTimes.model_validate(dict(wish.when))
    except ValidationError as err:
        name = str(err.errors()[0]["loc"][0]) if err.errors()[0]["loc"] else "filter"
        raise BadInputError(
            field=name, message=_("订阅条件“{name}”无法识别，请修改。").format(name=name)
        ) from err
    return {
        "what": shown,
        "filter": chosen.model_dump(exclude_defaults=True),
        "when": hours.model_dump(exclude_defaults=True, by_alias=True),
        "masks": list(wish.masks),
    }


def _require_named_officers(connector: Connector, room_id: str) -> None:
    """Where officers are named, only a direct room with one of them may have the cards. Raises BadInputError."""
    named = set(connector.officers.values_list("pk", flat=True))
    if named and not store.is_direct_with(room_id, named):
        text = _("该数据源的卡片只发给指定人员。请由指定人员在与数据助手的单聊中订阅。")
        raise BadInputError(field="room_id", message=text)


def add_subjects(
    *, actor: Actor, connector: Connector, room_id: str, subjects: Sequence[Subject]
) -> Subscription:
    """Let a room have these subjects beside those that it has. Raises as `put_subscription`."""
    known = store.find_subscription(room_id, connector.pk)
    if known is None:
        codes = tuple(one.code for one in subjects)
        return put_subscription(actor=actor, connector=connector, room_id=room_id, wish=Wish(codes))
    named = set(known.subjects.values_list("code", flat=True))
    if not named:
        return known  # it has all of them
    codes = tuple(sorted(named | {one.code for one in subjects}))
    return put_subscription(actor=actor, connector=connector, room_id=room_id, wish=_same(known, codes))


def remove_subjects(*, actor: Actor, connector: Connector, room_id: str, subjects: Sequence[Subject]) -> bool:
    """End a room's subscription to these subjects; whether there was one. Raises ForbiddenError."""
    require(actor, "connector.subscribe", Scope(unit_id=connector.owner_unit_id))
    known = store.find_subscription(room_id, connector.pk)
    if known is None:
        return False
    named = set(known.subjects.values_list("code", flat=True)) or set(
        connector.subjects.values_list("code", flat=True)
    )
    left = named - {one.code for one in subjects}
    if not left:
        return unsubscribe(actor=actor, connector=connector, room_id=room_id)
    put_subscription(
        actor=actor, connector=connector, room_id=room_id, wish=_same(known, tuple(sorted(left)))
    )
    return True


def set_brief(*, actor: Actor, room_id: str, at: str | None) -> int:
    """Let a room have a daily brief at that time, or none; of how many sources it will tell.

    Raises: ForbiddenError, BadInputError(brief_at).
    """
    changed = 0
    for known in store.subscriptions_of_room(room_id):
        what = [one for one in known.what if one != Shows.BRIEF] + ([Shows.BRIEF] if at else [])
        if not what:
            what = [Shows.STATUS]
        when = {name: value for name, value in known.when.items() if name != "brief_at"}
        if at:
            when["brief_at"] = at
        codes = tuple(known.subjects.values_list("code", flat=True))
        wish = replace(_same(known, codes), what=tuple(what), when=when)
        put_subscription(actor=actor, connector=known.connector, room_id=room_id, wish=wish)
        changed += 1
    return changed


def _same(known: Subscription, codes: tuple[str, ...]) -> Wish:
    return Wish(codes, tuple(known.what), known.filter, known.when, tuple(known.masks))


def unsubscribe(*, actor: Actor, connector: Connector, room_id: str) -> bool:
    """Whether there was a subscription to end."""
    require(actor, "connector.subscribe", Scope(unit_id=connector.owner_unit_id))
    with transaction.atomic():
        ended = store.remove_subscription(room_id, connector.pk)
        if ended:
            audit.record(
                actor=actor,
                verb="connector.subscribe",
                subject="subscription",
                subject_id=room_id,
                old={"room_id": room_id, "connector": connector.key},
            )
    return ended


def list_subscriptions(actor: Actor, connector_id: UUID) -> list[Subscription]:
    """Raises NotFoundError, ForbiddenError."""
    return store.subscriptions_to(find_subscribable(actor, connector_id).pk)


def find_subscribable(actor: Actor, connector_id: UUID) -> Connector:
    """A source that the actor may subscribe rooms to. Raises NotFoundError, ForbiddenError."""
    return access_connector(actor, connector_id, verb="connector.subscribe")


def access_connector(actor: Actor, connector_id: UUID, *, verb: str = "connector.view") -> Connector:
    """Raises NotFoundError also when it is not the actor's to see."""
    connector = store.find(connector_id)
    if connector is None:
        raise NotFoundError
    require(actor, verb, Scope(unit_id=connector.owner_unit_id))
    return connector


def _check(source: Source) -> None:
    try:
        check_config(source.kind, source.config)
    except SourceError as err:
        raise BadInputError(field="config", message=err.user_message()) from err
    check_rhythm(source.interval_s, source.fresh_for_s, source.lost_after_s)


def check_rhythm(interval_s: int, fresh_for_s: int, lost_after_s: int) -> None:
    """Raises BadInputError: interval_s, fresh_for_s."""
    if not SHORTEST_INTERVAL_S <= interval_s <= LONGEST_INTERVAL_S:
        text = _("取数间隔应在 1 秒到 7 天之间，请修改。")
        raise BadInputError(field="interval_s", message=text)
    if not interval_s <= fresh_for_s <= lost_after_s:
        text = _("时限应满足：取数间隔不大于新鲜时限，新鲜时限不大于失联时限。请修改。")
        raise BadInputError(field="fresh_for_s", message=text)


def _record(actor: Actor, connector: Connector, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
    about = {"verb": "connector.manage", "subject": "connector", "subject_id": str(connector.pk)}
    audit.record(actor=actor, old=old, new=new, **about)


def _facts(connector: Connector) -> dict[str, Any]:
    names = ("key", "name", "kind", "config", "interval_s", "fresh_for_s", "lost_after_s")
    return {name: getattr(connector, name) for name in names} | {"owner_unit": str(connector.owner_unit_id)}
