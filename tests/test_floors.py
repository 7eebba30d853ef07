"""No floor names a higher one in words: what the import contract cannot see.

`get_model`, task names, model strings, dotted paths and `reverse()` reach upwards without an import.
"""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FLOORS = ["common", "directory", "chatops", "connectors", "workflows", "bots"]
NAME = re.compile(rf"({'|'.join(FLOORS)})[.:][\w.:]*")
REVERSES = {"reverse", "reverse_lazy", "resolve_url"}


def files(floor: str) -> list[Path]:
    return [path for path in sorted((ROOT / floor).rglob("*.py")) if "migrations" not in path.parts]


def faults(source: str, floor: str) -> list[tuple[int, str]]:
    """(line, what) of everything in the source that names a floor above."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            named = NAME.fullmatch(node.value)
            if named and FLOORS.index(named[1]) > FLOORS.index(floor):
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "get_model":
                found.append((node.lineno, "get_model("))
            elif called in REVERSES and node.args and not _names_a_floor(node.args[0]):
                found.append((node.lineno, f"{called}() without the floor that it names"))
    return found


def _names_a_floor(argument: ast.expr) -> bool:
    """A literal "floor:name"; which floor is judged with all other strings."""
    return (
        isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and NAME.fullmatch(argument.value) is not None
    )


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_names_none_above(floor):
    assert len(files(floor)) > 3
    found = {
        f"{path.relative_to(ROOT)}:{line}": what
        for path in files(floor)
        for line, what in faults(path.read_text(encoding="utf-8"), floor)
    }
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        'apps.get_model("directory", "Staff")',
        "get_model(name)",
        'jobs.defer("workflows.recolour_all")',
        'jobs.defer(f"bots.{name}")',
        'models.ForeignKey("workflows.Item", models.PROTECT)',
        'import_string("workflows.services.acts.sign_for")',
        'reverse("bots:card")',
        'reverse("api:card")',
        "urls.reverse(view)",
    ],
)
def test_reaching_up_is_seen(line):
    assert len(faults(line, "chatops")) == 1


@pytest.mark.parametrize(
    "line",
    [
        'jobs.defer("chatops.sweep")',
        'models.ForeignKey("directory.Staff", models.PROTECT)',
        'reverse("chatops:room")',
        "events.reverse()",
        '"""workflows asks this floor."""',
    ],
)
def test_reaching_down_or_about_is_allowed(line):
    assert faults(line, "chatops") == []
