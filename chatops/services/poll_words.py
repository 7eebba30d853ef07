"""Polls for clients that know none: what they read, and which answers their replies and reactions mean. Pure."""

import re
from typing import Any

from django.utils.translation import gettext as _

from chatops.services.polls_read import read_poll
from common.errors import BadInputError

MESSAGE = "m.room.message"
_KEYCAP = re.compile("([1-9])\ufe0f?\u20e3")
_QUOTED = re.compile(r"\A(?:> .*\n)+\n?")  # what a client puts before a reply for those that show none
_PLACES = re.compile(r"\s*\d{1,2}(?:[\s,，、]+\d{1,2})*\s*")


def shown(event_type: str, content: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A poll's beginning or end as a message that any client shows; anything else, and what is empty, as it is."""
    if event_type == "m.poll.start":
        try:
            words = _words(content)
        except BadInputError:  # recalled
            return event_type, content
        return MESSAGE, {**content, "msgtype": "m.text", "body": words}
    if event_type == "m.poll.end" and isinstance(content.get("body"), str):
        return MESSAGE, {**content, "msgtype": "m.notice"}
    return event_type, content


def _words(content: dict[str, Any]) -> str:
    """Raises BadInputError for what is no poll."""
    poll = read_poll(content)
    lines = [_("【投票】{question}").format(question=poll.question)]
    lines += [f"{place}. {text}" for place, (_key, text) in enumerate(poll.answers, start=1)]
    if poll.anonymous:
        lines.append(_("匿名投票，请在同舟客户端的投票卡片上投票。"))
    elif poll.max_selections > 1:
        lines.append(_("最多选 {most} 项：可回复本条写明序号，如“1 2”。").format(most=poll.max_selections))
    else:
        lines.append(_("单选：可回复本条写明序号，或以数字表情回应。"))
    return "\n".join(lines)


def place_of(key: object) -> int | None:
    """The answer that a reaction means, counted from one."""
    found = _KEYCAP.fullmatch(key.strip()) if isinstance(key, str) else None
    return int(found[1]) if found else None


def reply_to(content: dict[str, Any]) -> str:
    """The event that a message of nothing but places answers; "" for any other message."""
    relation = content.get("m.relates_to")
    answered = relation.get("m.in_reply_to") if isinstance(relation, dict) else None
    event_id = answered.get("event_id") if isinstance(answered, dict) else None
    return event_id if isinstance(event_id, str) and places(content) else ""


def places(content: dict[str, Any]) -> list[int]:
    """The answers that a reply names by their places, each once; none if it says anything else."""
    body = content.get("body")
    said = _QUOTED.sub("", body) if isinstance(body, str) else ""
    if not _PLACES.fullmatch(said):
        return []
    return list(dict.fromkeys(int(one) for one in re.findall(r"\d+", said)))
