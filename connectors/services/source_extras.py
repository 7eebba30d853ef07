"""What else an operator may say of a source: values computed of others, where results go, who alone gets its cards."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from common import ids
from common.errors import BadInputError
from connectors.adapters import write_back
from connectors.errors import SourceError
from connectors.store import sources as store
from connectors.store.models import Connector
from directory.store.models import Staff
from directory.store.sessions import find_staff

MOST_OFFICERS = 50


def person(user_id: str, field: str) -> Staff:
    """Raises BadInputError."""
    number = ids.staff_number_of(user_id)
    found = find_staff(number) if number else None
    if found is None or found.kind != "person":
        raise BadInputError(field=field, message=_("没有这名人员，请重新选择。"))
    return found


def checked_write_back(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Where results go, as it is kept; nothing for nowhere. Raises BadInputError(write_back)."""
    if not raw:
        return {}
    try:
        return write_back.check(raw).model_dump(mode="json", exclude_defaults=True)
    except SourceError as err:
        raise BadInputError(field="write_back", message=err.user_message()) from err


def write_back_host(raw: Mapping[str, Any]) -> str:
    try:
        return site_of(str(raw.get("url", "")))
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """https://host:port, "" for no address: a secret that went by https goes to nobody by http."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def officers_of(user_ids: Sequence[str]) -> list[Staff]:
    """Raises BadInputError(officer_ids)."""
    if len(user_ids) > MOST_OFFICERS:
        text = _("指定人员最多{most}名。").format(most=MOST_OFFICERS)
        raise BadInputError(field="officer_ids", message=text)
    return [person(one, "officer_ids") for one in dict.fromkeys(user_ids)]


def put_officers(connector: Connector, officers: Sequence[Staff]) -> None:
    """Whom alone the cards go to; none: rooms may have them.

    Raises: BadInputError(officer_ids): a room has a subscription that would go on telling others.
    """
    named = {one.pk for one in officers}
    rooms = [one.room_id for one in store.subscriptions_to(connector.pk)]
    if named and not all(store.is_direct_with(room_id, named) for room_id in rooms):
        text = _("还有群组订阅着该数据源。请先取消这些订阅，再指定人员。")
        raise BadInputError(field="officer_ids", message=text)
    connector.officers.set(officers)
