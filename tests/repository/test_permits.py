"""A permit is built in one place, and everything that may leave asks for one (DESIGN, principle 2)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from istmo.policy import Permit, deciding

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "src/istmo/policy/deciding.py"


def names_of_permit(tree: ast.AST) -> set[str]:
    """`Permit` and every other name under which it is imported or kept."""
    imported = (alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names)
    names = {"Permit", *(alias.asname for alias in imported if alias.name == "Permit" and alias.asname)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in names:
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def built_in(tree: ast.AST) -> Iterator[int]:
    """The lines that build a permit, or change one: `Permit(…)`, `outcome.Permit(…)`, `replace(permit, …)`."""
    names = names_of_permit(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if node.args else None
        changed = called == "replace" and isinstance(first, ast.Name) and first.id in ("permit", "permitted")
        unmade = called == "__new__" and isinstance(first, ast.Name) and first.id in names
        changed |= called == "__setattr__" and isinstance(first, ast.Name) and first.id in ("permit", "permitted")
        if called in names or changed or unmade:
            yield node.lineno


def test_a_permit_is_built_in_one_place_alone() -> None:
    found = {
        path
        for folder in ("src", "bench", "docs", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if list(built_in(ast.parse(path.read_text("utf-8"))))
    }
    assert found == {BUILDER}
    tree = ast.parse(BUILDER.read_text("utf-8"))
    (line,) = built_in(tree)
    around = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.lineno <= line]
    assert max(around, key=lambda one: one.lineno).name == "_permit"
    assert deciding.Permit is Permit


@pytest.mark.parametrize(
    "text",
    [
        "Permit(1)",
        "policy.Permit(1)",
        "from istmo.policy import Permit as Pass\nPass(1)",
        "from istmo.policy import Permit\nMade = Permit\nMade(1)",
        "replace(permit, fields=all_fields)",
        "object.__new__(Permit)",
        "Permit.__new__(Permit)",
        "object.__setattr__(permit, 'fields', all_fields)",
    ],
)
def test_each_way_of_building_one_would_be_found(text: str) -> None:
    assert list(built_in(ast.parse(text)))
