"""The first administrator of an empty installation, by a one-time link that the operator prints."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from common import audit, clock, events, ids
from common.errors import BadInputError, ConflictError, NotFoundError
from directory.actors import Actor
from directory.events import DirectoryChanged, RightsChanged
from directory.services import accounts
from directory.services.devices import SignedIn, hash_secret, open_device
from directory.services.passwords import check_strength, set_password
from directory.store import first_admin as store
from directory.store import people
from directory.store.models import DeviceKind

LINK_LIVES = timedelta(hours=24)


class AdminExistsError(ConflictError):
    code = "admin_exists"

    def default_message(self) -> str:
        return _("系统已有可登录的系统管理员，不再签发首个管理员链接；请由现任管理员新建或重置账户。")


class LinkSpentError(NotFoundError):
    code = "link_spent"

    def default_message(self) -> str:
        return _("链接无效、已使用或已过期，请在服务器上运行 manage.py first-admin 重新签发。")


@transaction.atomic
def make_link() -> tuple[str, datetime]:
    """A link and the moment until which it works; earlier unused links stop working.

    Raises:
        AdminExistsError: somebody can sign in as a system administrator.
    """
    store.lock()
    if people.has_active_admin(clock.today()):
        raise AdminExistsError
    token, until = ids.new_secret(), clock.now() + LINK_LIVES
    store.replace_link(hash_secret(token), clock.now(), until)
    audit.record(actor=None, verb="first_admin.link", subject="first_admin", subject_id="")
    # The token is behind the #: it reaches no server's log and no Referer.
    return f"{settings.PUBLIC_URL}/first-admin#{token}", until


def create(
    *,
    token: str,
    staff_number: str,
    name: str,
    password: str,
    addr: str = "",
    device_id: str | None = None,
) -> SignedIn:
    """Spend the link: make the person, a unit and post where there are none, and sign in.

    Raises:
        LinkSpentError: unknown, used or expired.
        AdminExistsError: an administrator has appeared meanwhile.
        BadInputError: number, name or password cannot be taken; the link stays good.
    """
    with transaction.atomic():
        store.lock()
        link = store.find_link(hash_secret(token), clock.now())
        if link is None:
            raise LinkSpentError
        if people.has_active_admin(clock.today()):
            raise AdminExistsError
        staff_number, name = accounts.check_staff_number(staff_number), accounts.check_name(name)
        staff = people.by_staff_number(staff_number)
        if staff is not None and staff.kind != "person":
            raise BadInputError(field="staff_number", message=_("该工号属于机器人，请换一个工号。"))
        staff = staff or accounts.new_staff(staff_number=staff_number, name=name)
        check_strength(password, staff)
        set_password(staff, password, must_change=False)
        appointment = store.appoint(staff, clock.today())
        store.spend(link, clock.now())
        audit.record(
            actor=Actor(staff_id=staff.pk, staff_number=staff_number, name=name, door="web"),
            verb="first_admin.create",
            subject="staff",
            subject_id=staff_number,
            new={"post": appointment.post.title, "unit": appointment.post.unit.name},
        )
        events.publish(DirectoryChanged())
        events.publish(RightsChanged((staff.pk,)))
        return open_device(staff, kind=DeviceKind.WEB, device_id=device_id, addr=addr)
