"""The little Markdown that robots send, as Matrix HTML. Pure; everything that is not markup is escaped.

Robots know headings, bold, italics, code, quotes, lists, links and pictures; tables and HTML they do not. A picture
becomes its address: nothing is fetched from elsewhere when somebody reads a message.
"""

import re
from html import escape

from bots.hooks.values import web_url

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\d{1,3}[.、)]\s+(.*)")
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\(([^()\s]{1,2000})\)")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)\*\*")
_ITALIC = re.compile(r"(?<![*\w])\*(?=\S)([^*\n]+?)\*(?![*\w])")
_FONT = re.compile(r"</?font[^<>\n]{0,100}>")
_BREAK = re.compile(r"<br\s*/?>")


def plain(markdown: str) -> str:
    """The same to read as plain text: links as label and address, marks that only decorate left out."""
    text = _BREAK.sub("\n", _FONT.sub("", markdown))
    text = _LINK.sub(_plain_link, text)
    text = _BOLD.sub(r"\1", text)
    return "\n".join(_HEADING.sub(r"\2", line) for line in text.split("\n"))


def _plain_link(found: re.Match[str]) -> str:
    label, address = found[1].strip(), web_url(found[2])
    if not address:
        return label
    return address if not label or label == address else f"{label}（{address}）"


def html(markdown: str) -> str:
    """HTML of Matrix's subset. Never fails; what is not understood stays as text."""
    out: list[str] = []
    open_list = ""
    lines = _BREAK.sub("\n", _FONT.sub("", markdown)).split("\n")
    for at, line in enumerate(lines):
        stripped = line.strip()
        bullet, numbered = _BULLET.fullmatch(stripped), _NUMBERED.fullmatch(stripped)
        kind = "ul" if bullet else "ol" if numbered else ""
        if open_list and kind != open_list:
            out.append(f"</{open_list}>")
        if kind and kind != open_list:
            out.append(f"<{kind}>")
        open_list = kind
        if item := bullet or numbered:
            out.append(f"<li>{_inline(item[1])}</li>")
        elif heading := _HEADING.fullmatch(stripped):
            out.append(f"<h{len(heading[1])}>{_inline(heading[2])}</h{len(heading[1])}>")
        elif stripped.startswith(">"):
            out.append(f"<blockquote>{_inline(stripped[1:].strip())}</blockquote>")
        elif re.fullmatch(r"(-{3,}|\*{3,})", stripped):
            out.append("<hr>")
        elif stripped:
            out.append(_inline(line) + ("<br>" if at + 1 < len(lines) and lines[at + 1].strip() else ""))
    if open_list:
        out.append(f"</{open_list}>")
    return "\n".join(out)


def _inline(line: str) -> str:
    """Links and code are set aside first, so that stars inside them stay stars."""
    kept: list[str] = []

    def keep(markup: str) -> str:
        kept.append(markup)
        return f"\x00{len(kept) - 1}\x00"

    line = line.replace("\x00", "")
    line = _CODE.sub(lambda found: keep(f"<code>{escape(found[1])}</code>"), line)
    line = _LINK.sub(lambda found: keep(_link(found)), line)
    line = escape(line)
    line = _BOLD.sub(r"<strong>\1</strong>", line)
    line = _ITALIC.sub(r"<em>\1</em>", line)
    for _again in range(2):  # code inside a link's label
        line = re.sub(r"\x00(\d{1,6})\x00", lambda found: kept[int(found[1])], line)
    return line


def _link(found: re.Match[str]) -> str:
    label, address = found[1].strip(), web_url(found[2])
    if not address:
        return escape(label)
    return f'<a href="{escape(address)}">{escape(label) or escape(address)}</a>'
