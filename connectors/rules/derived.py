"""Values computed of others of the same subject and moment, such as the share of people moved."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter
from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

from connectors.rules.specs import Key, Strict

MOST = 20
PLACES = Decimal("0.000001")
LIMIT = Decimal(10) ** 11
OPERATORS = {
    node: run
    for node, run in DEFAULT_OPERATORS.items()
    if node.__name__ in {"Add", "Sub", "Mult", "Div", "USub", "UAdd", "Gt", "Lt", "GtE", "LtE", "Eq", "NotEq"}
}
FUNCTIONS = {"min": min, "max": max, "abs": abs}


def _computes(text: str) -> str:
    evaluator = SimpleEval()
    try:
        evaluator.parse(text)
    except (InvalidExpression, SyntaxError, ValueError, RecursionError) as err:
        raise ValueError("算式无法识别") from err
    return text


class Derived(Strict):
    """A metric of ours: its name, unit, and how it is computed of the source's metrics by their keys."""

    key: Key
    name: str = Field(min_length=1, max_length=60)
    unit: str = Field("", max_length=30)
    decimals: int = Field(2, ge=0, le=6)
    formula: Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_computes)]


READER: TypeAdapter[list[Derived]] = TypeAdapter(Annotated[list[Derived], Field(max_length=MOST)])


def read(raw: object) -> list[Derived]:
    """Raises pydantic.ValidationError."""
    return READER.validate_python(raw)


def compute(one: Derived, values: Mapping[str, Decimal]) -> Decimal | None:
    """The value, or None where a metric is missing or the sum has no answer (such as a division by nothing)."""
    evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=dict(values))
    try:
        found = evaluator.eval(one.formula)
        value = Decimal(found if isinstance(found, Decimal | int) else str(found))
        if not value.is_finite() or abs(value) >= LIMIT:
            return None
        return value.quantize(PLACES)
    except (InvalidExpression, ArithmeticError, InvalidOperation, TypeError, ValueError, RecursionError):
        return None


def compute_all(derived: Sequence[Derived], values: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """In order, so that a later one may use an earlier one."""
    known, made = dict(values), {}
    for one in derived:
        value = compute(one, known)
        if value is not None:
            known[one.key] = made[one.key] = value
    return made
