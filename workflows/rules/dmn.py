"""Decision tables: the names they answer, and what in them could not be worked out in the sandbox."""

from collections.abc import Collection, Iterator

from lxml import etree

from workflows.rules import expressions
from workflows.rules.bpmn import elements_of, local
from workflows.rules.texts import can_be_kept

MAX_BYTES = 500_000
_COMPARISONS = ("<=", ">=", "==", "!=", "<", ">")


class DmnUnreadable(ValueError):  # noqa: N818 - it says what is so
    """Not a decision table."""


def parse(text: str) -> etree._Element:
    """Raises DmnUnreadable."""
    if not can_be_kept(text):
        raise DmnUnreadable("决策表含有无法保存的字符")
    if len(text.encode()) > MAX_BYTES:
        raise DmnUnreadable("决策表过大")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise DmnUnreadable(f"决策表不是完整的XML文件（第{error.lineno}行）") from error
    if root.getroottree().docinfo.doctype:
        raise DmnUnreadable("决策表带有DOCTYPE声明，不能使用")
    if not any(local(node) == "decisionTable" for node in elements_of(root)):
        raise DmnUnreadable("文件中没有决策表")
    return root


def outputs(text: str) -> list[str]:
    """The fields of the case that the table sets. Raises DmnUnreadable."""
    return [node.get("name") or "" for node in elements_of(parse(text)) if local(node) == "output"]


def problems(text: str, names: Collection[str]) -> Iterator[tuple[str, int, str]]:
    """(element, line, sentence). Raises DmnUnreadable."""
    for node in elements_of(parse(text)):
        if local(node) == "output" and not (node.get("name") or "").isidentifier():
            yield (
                node.get("id") or "output",
                node.sourceline or 0,
                "决策表的输出须有名称（字母、数字和下划线）",
            )
        if local(node) not in {"inputExpression", "inputEntry", "outputEntry"}:
            continue
        words = "".join("".join(one.itertext()) for one in node if isinstance(one.tag, str)).strip()
        if not words or words == "-":
            continue
        try:
            expressions.check(
                _as_expression(words, local(node)), {*names, "x_"} if local(node) == "inputEntry" else names
            )
        except expressions.ExpressionError as error:
            yield node.get("id") or local(node), node.sourceline or 0, f"决策表中{error}"


def _as_expression(words: str, kind: str) -> str:
    """An entry such as `> 5` or `? in [1, 2]` as the comparison that it stands for."""
    if kind != "inputEntry":
        return words
    if "?" in words:
        return words.replace("?", "x_")
    return f"x_ {words}" if words.startswith(_COMPARISONS) or words.startswith(("in ", "not in ")) else words
