"""REST sources that answer JSON: ways of being known, pages, ETag.

What the answer means is connectors.mapping's; the network is connectors.web's.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import jmespath
from django.utils.translation import gettext as _
from jmespath.exceptions import JMESPathError

from connectors import mapping
from connectors.asking import Ask, Gathered, Pulled
from connectors.config import Paging, RestConfig, read_rest_config
from connectors.errors import SourceError
from connectors.items import Parsed
from connectors.web import Limits, Session


def pull(ask: Ask) -> Pulled:
    """Ask the source once. Blocks; `timeout_s` bounds each page.

    Raises:
        SourceError: whatever keeps the source from being used; nothing else.
    """
    config = read_rest_config(ask.config)
    limits = Limits(config.timeout_s, config.max_bytes, config.allow_private)
    total, tags, changed = Gathered(), {}, False
    with Session(limits, config.auth, dict(ask.secrets), ask.now) as session:
        pages = _Pages(config)
        for number, (url, params) in enumerate(pages, 1):
            known = ask.cursor.get(str(number), {}) if pages.may_be_unchanged else {}
            answer = session.get(url, params, str(known.get("etag", "")))
            if answer is None:
                tags[str(number)] = known
                pages.had(rows=int(known.get("rows", 0)))
                continue
            try:
                document = mapping.load(answer.body)
                part = mapping.parse(document, config.mapping, now=ask.now)
            except SourceError as err:
                err.payload = answer.body
                raise
            total.add(part, answer.body)
            changed = True
            tags[str(number)] = {"etag": answer.etag, "rows": part.rows}
            pages.had(rows=part.rows, document=document, next_link=answer.next_link)
    return Pulled(total.parsed(), unchanged=not changed, cursor=tags, raw=tuple(total.raw))


def read(raw: bytes, ask: Ask) -> Parsed:
    """One page as it was received. Raises SourceError."""
    return mapping.parse(mapping.load(raw), read_rest_config(ask.config).mapping, now=ask.now)


class _Pages:
    """The address and parameters of each page; `had` tells what the last one brought."""

    def __init__(self, config: RestConfig) -> None:
        self._url = config.url
        self._paging = config.paging
        self._rows = 0
        self._all_rows = 0
        self._document: Any = None
        self._link = ""

    @property
    def may_be_unchanged(self) -> bool:
        """A page whose place depends on the content before it is asked for anew each time."""
        return self._paging is None or self._paging.kind in {"page", "offset"}

    def had(self, *, rows: int, document: Any = None, next_link: str = "") -> None:
        self._rows, self._document, self._link = rows, document, next_link
        self._all_rows += rows

    def __iter__(self) -> Iterator[tuple[str, dict[str, str]]]:
        paging = self._paging
        if paging is None:
            yield self._url, {}
            return
        size = {paging.size_param: str(paging.size)}
        if paging.kind in {"page", "offset"}:
            for number in range(paging.max_pages):
                at = number + paging.first if paging.kind == "page" else self._all_rows
                yield self._url, {paging.page_param: str(at), **size}
                if self._rows < paging.size:
                    return
            return
        yield self._url, size
        for _number in range(paging.max_pages - 1):
            said = self._next(paging)
            if not said:
                return
            if paging.kind == "cursor":
                yield self._url, {paging.page_param: said, **size}
            else:
                yield self._same_host(said), {}

    def _next(self, paging: Paging) -> str:
        if paging.next is None:
            return self._link
        try:
            found = jmespath.search(paging.next, self._document)
        except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError, AttributeError):
            return ""
        return str(found)[:2000] if isinstance(found, str | int) and not isinstance(found, bool) else ""

    def _same_host(self, link: str) -> str:
        """Our secret goes to the host that the operator named, and to no other."""
        whole = urljoin(self._url, link)
        ours, theirs = urlsplit(self._url), urlsplit(whole)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            text = _("下一页的地址指向另一台主机（{host}），未访问。请核对数据源的分页方式。")
            raise SourceError("wrong_shape", text.format(host=theirs.netloc[:100]))
        self._url = whole
        return whole
