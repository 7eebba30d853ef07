"""Expressions of drawn processes and forms: a small part of Python's grammar over known names, and nothing else.

Text is read by Python's own parser, every node of it is compared with a list of what is allowed, and only then does
simpleeval work it out. A field that is not filled in is None; comparing None with a number is false.
"""

import ast
import functools
import operator
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

import simpleeval

MAX_LENGTH = 500
MAX_NODES = 120
MAX_RESULT = 10_000

_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In,
    ast.NotIn, ast.Is, ast.IsNot, ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple,
    ast.Subscript, ast.Attribute,
)  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}


class ExpressionError(ValueError):
    """The expression cannot be taken, or cannot be worked out; `str()` is a Chinese sentence."""


def _days(first: str | None, last: str | None) -> int | None:
    """Calendar days from the first to the last day, both counted."""
    if not first or not last:
        return None
    return (date.fromisoformat(last[:10]) - date.fromisoformat(first[:10])).days + 1


def _total(rows: list[Mapping[str, Any]] | None, column: str) -> float:
    """The sum of one column of a table of the form."""
    return sum(row.get(column) or 0 for row in rows or [])


def _count(value: Collection[Any] | None) -> int:
    return len(value) if value else 0


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _count, "count": _count, "min": min, "max": max, "sum": sum, "abs": abs, "round": round, "int": int,
    "float": float, "str": str, "days": _days, "total": _total,
}  # fmt: skip


def _if_known(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: left is not None and right is not None and compare(left, right)


def _multiply(left: Any, right: Any) -> Any:
    """Of numbers only: a text times a number would fill the memory."""
    if isinstance(left, str | list | tuple) or isinstance(right, str | list | tuple):
        raise ExpressionError("只有数字可以相乘")
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    """Of numbers only: with a text this would be formatting, to any width."""
    if isinstance(left, str):
        raise ExpressionError("只有数字可以求余")
    return left % right


_OPERATORS = {
    **simpleeval.DEFAULT_OPERATORS,
    ast.Gt: _if_known(operator.gt), ast.GtE: _if_known(operator.ge),
    ast.Lt: _if_known(operator.lt), ast.LtE: _if_known(operator.le),
    ast.Mult: _multiply, ast.Mod: _remainder,
}  # fmt: skip


class _Evaluator(simpleeval.SimpleEval):  # type: ignore[misc]  # untyped library
    def __init__(self, names: Mapping[str, Any]) -> None:
        super().__init__(operators=_OPERATORS, functions=dict(FUNCTIONS), names={**_CONSTANTS, **names})
        self.nodes.update({ast.List: self._items, ast.Tuple: self._items})

    def _items(self, node: ast.List | ast.Tuple) -> list[Any]:
        return [self._eval(one) for one in node.elts]


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.Expression:
    text = text.strip()
    if not text:
        raise ExpressionError("表达式为空")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"表达式超过{MAX_LENGTH}个字符")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"“{text}”不是可用的表达式") from error
    nodes = list(ast.walk(tree))
    if len(nodes) > MAX_NODES:
        raise ExpressionError("表达式过长，请拆成决策表")
    for node in nodes:
        _allow(node, text)
    return tree


def _allow(node: ast.AST, text: str) -> None:
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(f"“{text}”中不能使用{type(node).__name__}")
    match node:
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return
        case ast.Call():
            raise ExpressionError(f"“{text}”调用了未提供的函数，可用的有：{'、'.join(sorted(FUNCTIONS))}")
        case ast.Attribute(value=ast.Name(), attr=attr) if not attr.startswith("_"):
            return
        case ast.Attribute():
            raise ExpressionError(f"“{text}”访问了表单以外的内容")
        case ast.Name(id=name) if name.startswith("_"):
            raise ExpressionError(f"“{text}”访问了表单以外的内容")
        case ast.Constant(value=value) if not isinstance(value, str | int | float | bool | None):
            raise ExpressionError(f"“{text}”中的常量不可用")
        case _:
            return


def names_in(text: str) -> set[str]:
    """The names that the expression asks for, functions and constants left out. Raises ExpressionError."""
    nodes = list(ast.walk(_parsed(text)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    return found - _CONSTANTS.keys()


def check(text: str, known: Collection[str] | None = None) -> None:
    """Raises ExpressionError: reaches outside, or asks for a name that is not known."""
    unknown = names_in(text) - set(known) if known is not None else set()
    if unknown:
        raise ExpressionError(f"“{text}”使用了表单中没有的字段：{'、'.join(sorted(unknown))}")


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Work the expression out. A known name without a value counts as None. Raises ExpressionError."""
    tree = _parsed(text)
    asked = names_in(text)
    try:
        answer = _Evaluator({**dict.fromkeys(asked), **{k: v for k, v in names.items() if k in asked}}).eval(
            text.strip(), previously_parsed=tree.body
        )
    except ExpressionError:
        raise
    except Exception as error:
        raise ExpressionError(f"“{text}”无法计算（{error}）") from error
    if isinstance(answer, str | list) and len(answer) > MAX_RESULT:
        raise ExpressionError(f"“{text}”的结果过长")
    return answer
