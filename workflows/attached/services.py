"""Registering apps, knowing their calls, and what they may do: pending items and case rooms."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chatops.services import admission, rooms
from chatops.services.tell import tell_people
from chatops.store.rooms import find_room
from common import audit, clock
from common.errors import (
    BadInputError,
    DomainError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    SignedOutError,
)
from common.ids import new_secret
from connectors.services import secrets
from directory.actors import Actor
from directory.services.acting import actor_of
from directory.services.rights import Scope, may, require
from directory.store.models import Staff
from workflows.attached import calls
from workflows.attached.signing import MOST_NONCE, WINDOW, Call, holds, is_recent
from workflows.orders.scopes import unit_of
from workflows.store.models import AppCall, AppPending, AppRoom, AttachedApp

MINUTE = timedelta(minutes=1)
MOST_ITEMS, MOST_PEOPLE = 200, 200
MOST_ID, MOST_TITLE, MOST_LINK, MOST_NAME = 120, 200, 500, 60
LEAST_CALLS, MOST_CALLS = 1, 6000


class UnsignedError(SignedOutError):
    """An unknown app, a wrong or old signature: they look alike."""

    code = "bad_signature"

    def default_message(self) -> str:
        return _("应用签名无效或已过期，请核对 AppKey、密钥和时间。")


@dataclass(frozen=True)
class Registered:
    """`secret` is shown this once."""

    app: AttachedApp
    secret: str


@dataclass(frozen=True)
class PendingIn:
    """One thing for one person; `id` is the app's own."""

    id: str
    person: str
    title: str
    link: str
    due_at: datetime


def list_apps(actor: Actor) -> list[AttachedApp]:
    """Raises ForbiddenError."""
    require(actor, "app.manage")
    rows = AttachedApp.objects.select_related("unit", "owner")
    return [row for row in rows if may(actor, "app.manage", Scope(unit_id=row.unit_id))]


def check_register_app(*, actor: Actor, name: str, calls_per_minute: int = 120) -> Registered:
    """An app of the actor's unit, in the actor's name. Raises ForbiddenError, BadInputError, SecrecyRefusedError."""
    require(actor, "app.manage", Scope(unit_id=actor.unit_id))
    name = name.strip()
    if not name or len(name) > MOST_NAME or "\x00" in name:
        raise BadInputError(field="name", message=_("请填写名称，不超过{most}个字。").format(most=MOST_NAME))
    if not LEAST_CALLS <= calls_per_minute <= MOST_CALLS:
        text = _("每分钟调用次数应在{least}至{most}之间，请修改。")
        message = text.format(least=LEAST_CALLS, most=MOST_CALLS)
        raise BadInputError(field="calls_per_minute", message=message)
    admission.check(name, actor=actor, where="title")
    secret = new_secret()
    with transaction.atomic():
        app = AttachedApp.objects.create(
            key=f"app_{new_secret()[:20]}",
            name=name,
            unit=unit_of(actor),
            owner_id=actor.staff_id,
            secret=secrets.seal({"secret": secret}),
            calls_per_minute=calls_per_minute,
            created_at=clock.now(),
        )
        _record(actor, app, {"name": name, "calls_per_minute": calls_per_minute})
    return Registered(app, secret)


def check_renew_secret(*, actor: Actor, app_id: UUID) -> Registered:
    """Another secret; the one before ends at once. Raises NotFoundError, ForbiddenError."""
    with transaction.atomic():
        app, secret = _locked(actor, app_id), new_secret()
        app.secret = secrets.seal({"secret": secret})
        app.save(update_fields=["secret"])
        _record(actor, app, {"secret": "renewed"})
    return Registered(app, secret)


def set_enabled(*, actor: Actor, app_id: UUID, is_enabled: bool) -> AttachedApp:
    """Raises NotFoundError, ForbiddenError."""
    with transaction.atomic():
        app = _locked(actor, app_id)
        app.is_enabled = is_enabled
        app.save(update_fields=["is_enabled"])
        _record(actor, app, {"is_enabled": is_enabled})
    return app


def authenticate(app_key: str, call: Call, signature: str) -> AttachedApp:
    """The app that signed this call, and counts it. A signature is good once.

    Raises: UnsignedError; RateLimitedError for this app alone.
    """
    app = AttachedApp.objects.select_related("unit", "owner").filter(key=app_key, is_enabled=True).first()
    secret = (
        secrets.unsealed(app.secret).get("secret", "") if app else hmac.new(b"", b"", "sha256").hexdigest()
    )
    now = clock.now()
    is_signed = holds(secret, call, signature) and is_recent(call, now) and 0 < len(call.nonce) <= MOST_NONCE
    if app is None:
        raise UnsignedError
    try:
        if not is_signed:
            raise UnsignedError
        _count(app, call.nonce, now)
    except DomainError as refusal:
        calls.tally(app, "door", refusal)
        raise
    return app


def _count(app: AttachedApp, nonce: str, now: datetime) -> None:
    AppCall.objects.filter(app=app, at__lt=now - 2 * WINDOW).delete()
    if AppCall.objects.filter(app=app, at__gt=now - MINUTE).count() >= app.calls_per_minute:
        oldest = AppCall.objects.filter(app=app, at__gt=now - MINUTE).order_by("at").first()
        wait = (oldest.at + MINUTE - now) if oldest else MINUTE
        raise RateLimitedError(retry_after_ms=max(1, int(wait.total_seconds() * 1000)))
    try:
        with transaction.atomic():
            AppCall.objects.create(app=app, nonce=nonce, at=now)
    except IntegrityError as err:
        raise UnsignedError from err
    AttachedApp.objects.filter(pk=app.pk).update(called_at=now)


def put_pending(app: AttachedApp, items: Sequence[PendingIn]) -> int:
    """Put things before people, or change what is there by the app's own id; how many there are open now.

    Raises: BadInputError names the item and field; SecrecyRefusedError. Nothing is taken then.
    """
    if not 0 < len(items) <= MOST_ITEMS:
        raise BadInputError(field="items", message=_("一次提交1至{most}条待办。").format(most=MOST_ITEMS))
    who = _owner(app)
    people = _people([item.person for item in items])
    rows = []
    for place, item in enumerate(items):
        where = f"items.{place}"
        _text(item.id, f"{where}.id", most=MOST_ID)
        _text(item.title, f"{where}.title", most=MOST_TITLE)
        _link(item.link, f"{where}.link")
        if item.person not in people:
            raise BadInputError(field=f"{where}.person", message=_("没有这名在职人员，请核对工号。"))
        admission.check(item.title, actor=who, where="title")
        rows.append((item, people[item.person]))
    now = clock.now()
    with transaction.atomic():
        for item, person in rows:
            AppPending.objects.update_or_create(
                app=app,
                external_id=item.id,
                person_id=person,
                defaults={
                    "title": item.title.strip(),
                    "link": item.link,
                    "due_at": item.due_at
                    if item.due_at.tzinfo
                    else item.due_at.replace(tzinfo=clock.SHANGHAI),
                    "state": AppPending.State.OPEN,
                    "done_at": None,
                },
                create_defaults={
                    "title": item.title.strip(),
                    "link": item.link,
                    "due_at": item.due_at
                    if item.due_at.tzinfo
                    else item.due_at.replace(tzinfo=clock.SHANGHAI),
                    "created_at": now,
                },
            )
        tell_people({person for _item, person in rows}, "pending")
    return AppPending.objects.filter(app=app, state=AppPending.State.OPEN).count()


def finish_pending(app: AttachedApp, ids: Sequence[str], *, cancelled: bool = False) -> int:
    """The app says that these are done, for everybody; how many were open. The same again finishes none."""
    if not 0 < len(ids) <= MOST_ITEMS:
        raise BadInputError(field="ids", message=_("一次提交1至{most}条待办。").format(most=MOST_ITEMS))
    state = AppPending.State.CANCELLED if cancelled else AppPending.State.DONE
    with transaction.atomic():
        rows = AppPending.objects.select_for_update().filter(
            app=app, external_id__in=ids, state=AppPending.State.OPEN
        )
        people = set(rows.values_list("person_id", flat=True))
        count = rows.update(state=state, done_at=clock.now())
        tell_people(people, "pending")
    return count


def open_room(
    app: AttachedApp, *, external_id: str, name: str, purpose: str, people: Sequence[str]
) -> AppRoom:
    """A room for one of the app's cases, in the name of the app's owner; the same case again is the same room.

    Raises: BadInputError, ForbiddenError, SecrecyRefusedError.
    """
    _text(external_id, "id", most=MOST_ID)
    if len(people) > MOST_PEOPLE:
        raise BadInputError(field="people", message=_("一次最多{most}人。").format(most=MOST_PEOPLE))
    known = AppRoom.objects.filter(app=app, external_id=external_id).first()
    if known is not None:
        return known
    found = _people(people)
    missing = [number for number in people if number not in found]
    if missing:
        text = _("没有工号为{number}的在职人员，请核对。")
        raise BadInputError(field="people", message=text.format(number=missing[0]))
    owner = _owner(app)
    with transaction.atomic():
        AttachedApp.objects.select_for_update().get(pk=app.pk)
        known = AppRoom.objects.filter(app=app, external_id=external_id).first()
        if known is not None:
            return known
        purpose = f"{app.name}：{purpose}".strip("：")
        room = rooms.create_room(
            actor=owner,
            kind="work",
            name=name,
            purpose=purpose,
            members=list(found.values()),
            unit=app.unit_id,
        )
        return AppRoom.objects.create(
            app=app, external_id=external_id, room_id=room.room_id, opened_at=clock.now()
        )


def close_room(app: AttachedApp, *, external_id: str) -> AppRoom:
    """Archive the room of a case; once. Raises NotFoundError."""
    with transaction.atomic():
        row = AppRoom.objects.select_for_update().filter(app=app, external_id=external_id).first()
        if row is None:
            raise NotFoundError
        room = find_room(row.room_id)
        if row.closed_at is None and room is not None:
            rooms.do_set_archived(actor=_owner(app), room=room, archived=True)
            row.closed_at = clock.now()
            row.save(update_fields=["closed_at"])
    return row


def _owner(app: AttachedApp) -> Actor:
    """The person in whose name the app acts. Raises ForbiddenError once they have left."""
    actor = actor_of(app.owner.staff_number, "api")
    if actor is None or actor.post_id is None:
        raise ForbiddenError(message=_("应用的负责人已不在岗，请由所属单位重新登记应用。"))
    return actor


def _people(numbers: Sequence[str]) -> dict[str, int]:
    rows = Staff.objects.filter(staff_number__in=set(numbers), is_active=True, kind="person")
    return dict(rows.values_list("staff_number", "pk"))


def _locked(actor: Actor, app_id: UUID) -> AttachedApp:
    app = AttachedApp.objects.select_for_update(of=("self",)).filter(pk=app_id).first()
    if app is None:
        raise NotFoundError
    require(actor, "app.manage", Scope(unit_id=app.unit_id))
    return app


def _record(actor: Actor, app: AttachedApp, new: dict[str, object]) -> None:
    audit.record(actor=actor, verb="app.manage", subject="attached_app", subject_id=app.pk, new=new)


def _text(text: str, field: str, *, most: int) -> None:
    if not text.strip() or len(text) > most or "\x00" in text:
        raise BadInputError(field=field, message=_("请填写，且不超过{most}个字。").format(most=most))


def _link(link: str, field: str) -> None:
    """A page of the app: http(s) without a password in it."""
    _text(link, field, most=MOST_LINK)
    try:
        parts = urlsplit(link)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_usable = False
    if not is_usable:
        raise BadInputError(field=field, message=_("链接须为 http 或 https 网址，且不含用户名和口令。"))
