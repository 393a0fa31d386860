"""Nothing leaves an installation without a `Permit`, and one function alone makes it."""

import ast
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src" / "istmo"


def test_a_permit_is_built_in_one_place_alone() -> None:
    found = [
        (path.relative_to(SOURCES).as_posix(), _function(tree, call))
        for path in SOURCES.rglob("*.py")
        for tree in [ast.parse(path.read_text("utf-8"))]
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call.func) == "Permit"
    ]
    assert found == [("policy/deciding.py", "_permit")]


def test_nobody_gets_a_permit_by_another_name_or_by_changing_one() -> None:
    for path in SOURCES.rglob("*.py"):
        text = path.read_text("utf-8")
        for trick in ("Permit as ", "replace(permit", "Permit.__new__", "= Permit\n", "object.__setattr__(permit"):
            assert trick not in text, f"{path.name}: {trick}"


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _function(tree: ast.Module, call: ast.Call) -> str:
    around = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.lineno <= call.lineno]
    return max(around, key=lambda one: one.lineno).name if around else ""
