"""CAP 1.2 (OASIS; in China GB/T 35965.1) and the Atom or RSS feed that lists alerts. No entities, nothing fetched.

An alert's chain begins with the first message: an Update or Cancel names the messages that it replaces.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from lxml import etree

NAMESPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
MOST_BYTES = 2_000_000
MOST_INFOS, MOST_AREAS, MOST_REFERENCES, MOST_LINKS = 20, 200, 100, 200

MESSAGE_TYPES = frozenset({"Alert", "Update", "Cancel"})
# CAP's own words, and the colour words that Chinese publishers write in their place (general practice).
LEVELS = {
    "extreme": "red", "severe": "orange", "moderate": "yellow", "minor": "blue",
    "red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue",
    "红": "red", "橙": "orange", "黄": "yellow", "蓝": "blue",
    "红色": "red", "橙色": "orange", "黄色": "yellow", "蓝色": "blue",
}  # fmt: skip


class CapError(Exception):
    """Reasons: not_xml, doctype (a document type is declared), not_cap, missing (`field` says what), time."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(f"{reason} {field}".strip())
        self.reason, self.field = reason, field


@dataclass(frozen=True, slots=True)
class Area:
    """Where an alert holds; `code` is the region's, where one is given."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. `level` is red, orange, yellow, blue or "" (unknown); `references` are identifiers, oldest first.

    The texts are of the info block in Chinese, else of the first.
    """

    identifier: str
    sender: str
    sent: datetime
    status: str
    kind: str
    references: tuple[str, ...]
    event: str
    event_code: str
    headline: str
    description: str
    instruction: str
    severity: str
    level: str
    onset: datetime | None
    expires: datetime | None
    publisher: str
    link: str
    areas: tuple[Area, ...]


def read_alert(raw: bytes) -> Alert:
    """Raises CapError."""
    root = _root(raw)
    if root.tag != f"{NAMESPACE}alert":
        raise CapError("not_cap")
    identifier, kind = _must(root, "identifier"), _must(root, "msgType")
    if kind not in MESSAGE_TYPES:
        raise CapError("missing", "msgType")
    references = tuple(_reference(word) for word in _text(root, "references").split()[:MOST_REFERENCES])
    if kind != "Alert" and not references:
        raise CapError("missing", "references")
    infos = root.findall(f"{NAMESPACE}info")[:MOST_INFOS]
    info = next((one for one in infos if _text(one, "language").lower().startswith("zh")), None)
    if info is None:
        info = infos[0] if infos else etree.Element("none")
    severity = _text(info, "severity") or _parameter(info, "severity")
    sent = _moment(_must(root, "sent"))
    if sent is None:
        raise CapError("time", "sent")
    return Alert(
        identifier=identifier[:200],
        sender=_must(root, "sender")[:200],
        sent=sent,
        status=_text(root, "status") or "Actual",
        kind=kind,
        references=references,
        event=_text(info, "event")[:120],
        event_code=_value(info, "eventCode")[:60],
        headline=_text(info, "headline")[:300],
        description=_text(info, "description")[:4000],
        instruction=_text(info, "instruction")[:4000],
        severity=severity[:40],
        level=LEVELS.get(severity.strip().lower(), ""),
        onset=_moment(_text(info, "onset") or _text(info, "effective")),
        expires=_moment(_text(info, "expires")),
        publisher=_text(info, "senderName")[:120],
        link=_web(_text(info, "web")),
        areas=tuple(_areas(info)),
    )


def read_links(raw: bytes, base: str) -> list[str] | None:
    """The addresses of the alerts that a feed lists; None when the document is an alert itself. Raises CapError."""
    root = _root(raw)
    if root.tag == f"{NAMESPACE}alert":
        return None
    found: list[str] = []
    if root.tag == f"{ATOM}feed":
        for entry in root.findall(f"{ATOM}entry"):
            links = entry.findall(f"{ATOM}link")
            best = next(
                (one for one in links if "cap" in (one.get("type") or "")), links[0] if links else None
            )
            found.append("" if best is None else best.get("href") or "")
    elif root.tag == "rss":
        found = [item.findtext("link") or "" for item in root.iterfind("channel/item")]
    else:
        raise CapError("not_cap")
    whole = (urljoin(base, link.strip()) for link in found[:MOST_LINKS] if link.strip())
    return list(dict.fromkeys(link for link in whole if _web(link)))


def _root(raw: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    if len(raw) > MOST_BYTES:
        raise CapError("not_xml")
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as err:
        raise CapError("not_xml") from err
    if root is None:
        raise CapError("not_xml")
    if b"<!DOCTYPE" in raw[:MOST_BYTES] or root.getroottree().docinfo.internalDTD is not None:
        raise CapError("doctype")
    return root


def _text(element: etree._Element, name: str) -> str:
    found = element.find(f"{NAMESPACE}{name}")
    return "" if found is None else " ".join((found.text or "").split())


def _must(element: etree._Element, name: str) -> str:
    text = _text(element, name)
    if not text:
        raise CapError("missing", name)
    return text


def _value(info: etree._Element, name: str) -> str:
    found = info.find(f"{NAMESPACE}{name}")
    return "" if found is None else _text(found, "value")


def _parameter(info: etree._Element, name: str) -> str:
    for one in info.findall(f"{NAMESPACE}parameter"):
        if _text(one, "valueName").lower() == name:
            return _text(one, "value")
    return ""


def _areas(info: etree._Element) -> list[Area]:
    found = info.findall(f"{NAMESPACE}area")[:MOST_AREAS]
    return [Area(_text(one, "areaDesc")[:120], _value(one, "geocode")[:60]) for one in found]


def _reference(word: str) -> str:
    """The identifier of `sender,identifier,sent`."""
    parts = word.split(",")
    return (parts[1] if len(parts) > 1 else parts[0])[:200]


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        moment.timestamp()
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else None


def _web(text: str) -> str:
    try:
        return text[:500] if urlsplit(text).scheme in {"http", "https"} else ""
    except ValueError:
        return ""
