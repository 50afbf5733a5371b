"""Values that are built without a call of their class have all their fields: what mypy does not see is counted here."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import runline
from runline.model.records import TaskKey
from runline.model.values import make

ROOT = Path(runline.__file__).parent


def _made() -> Iterator[tuple[str, str, ast.expr]]:
    """Where something is made: the module, the name of what, and the values."""
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(("runline", *path.relative_to(ROOT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "make":
                kind, values = node.args
                yield module, ast.unparse(kind), values


def test_what_is_made_is_what_its_class_would_build() -> None:
    """It equals what a call of the class builds, and is of that class."""
    made = make(TaskKey, ("sales", "load", 1))
    assert made == TaskKey("sales", "load", 1)
    assert type(made) is TaskKey


def test_what_is_made_is_given_all_its_fields() -> None:
    """Each place that makes a value written out gives as many values as its class has fields."""
    counted = 0
    for module, kind, values in _made():
        if isinstance(values, ast.Tuple):
            found: Any = getattr(importlib.import_module(module), "Start" if kind == "type(self)" else kind)
            assert len(values.elts) == len(found._fields), (module, ast.unparse(values))
            counted += 1
    assert counted > 10
