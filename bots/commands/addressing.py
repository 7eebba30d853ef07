"""Whether a message is meant for a bot, and what it says without the mention. Pure."""

import re
from dataclasses import dataclass
from typing import Any

from bots.commands.folding import clean, fold

TEXT_TYPES = frozenset({"m.text"})
_FALLBACK = re.compile(r"\A(?:> ?[^\n]*\n)+\n?")


@dataclass(frozen=True, slots=True)
class Me:
    """A bot as people write to it: `user_id` is `@bot-duban:server`, `name` 督办助手."""

    user_id: str
    name: str

    @property
    def localpart(self) -> str:
        return self.user_id.removeprefix("@").partition(":")[0]


def said_to(me: Me, content: dict[str, Any], *, direct: bool, about_my_card: bool = False) -> str | None:
    """The words for the bot without the mention, or None when it is not addressed.

    Addressed is: any text in a direct room; a reply to the bot's card; a mention by `m.mentions`, by a pill
    (matrix.to link), by `@name` or `@localpart` anywhere, or by the bare name at the beginning.
    """
    body = content.get("body")
    if content.get("msgtype") not in TEXT_TYPES or not isinstance(body, str) or is_edit(content):
        return None
    text = without_fallback(clean(body), content)
    marked = _is_marked(me, content)
    span = _find_mention(me, text, marked=marked)
    if span is None:
        return text.strip() if direct or about_my_card or marked else None
    return f"{text[: span[0]].rstrip()} {text[span[1] :].lstrip()}".strip()


def replied_to(content: dict[str, Any]) -> str | None:
    """The event that the message answers, if it is a reply."""
    relation = content.get("m.relates_to")
    reply = relation.get("m.in_reply_to") if isinstance(relation, dict) else None
    event_id = reply.get("event_id") if isinstance(reply, dict) else None
    return event_id if isinstance(event_id, str) else None


def is_edit(content: dict[str, Any]) -> bool:
    relation = content.get("m.relates_to")
    return isinstance(relation, dict) and relation.get("rel_type") == "m.replace"


def without_fallback(body: str, content: dict[str, Any]) -> str:
    """Older clients put the answered message, quoted, before a reply's own words."""
    return _FALLBACK.sub("", body) if replied_to(content) else body


def _is_marked(me: Me, content: dict[str, Any]) -> bool:
    mentions = content.get("m.mentions")
    users = mentions.get("user_ids") if isinstance(mentions, dict) else None
    if isinstance(users, list) and me.user_id in users:
        return True
    html = content.get("formatted_body")
    return isinstance(html, str) and re.search(_pill(me), html, re.IGNORECASE) is not None


def _pill(me: Me) -> str:
    user = re.escape(me.user_id)
    quoted = re.escape(me.user_id.replace("@", "%40").replace(":", "%3A"))
    return rf"https://matrix\.to/#/(?:{user}|{quoted})(?=[\"'?])"


def _find_mention(me: Me, text: str, *, marked: bool) -> tuple[int, int] | None:
    """Where the mention stands in the text. A pill's fallback is the bare name, wherever it stands."""
    folded = fold(text)
    name = re.escape(fold(me.name))
    server = re.escape(me.user_id.partition(":")[2])
    account = rf"{re.escape(me.localpart)}(?::{server})?(?![\w.=-])"
    after = r"\s*[:,]?\s*"
    at_sign = rf"@\s*(?:{name}|{account}){after}"
    patterns = [at_sign, rf"\A\s*{name}(?:\s*[:,]\s*|\s+|\Z)"]
    if marked:
        patterns.append(rf"(?:{name}|{account}){after}")
    for pattern in patterns:
        if match := re.search(pattern, folded):
            return match.span()
    return None
