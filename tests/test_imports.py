"""Imports run one way: from the model up, and nothing heavy where it is not used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "runline"

ALLOWED = {
    "model": set(),
    "versions": set(),
    "invariants": {"model"},
    "evidence": {"model", "designs", "invariants"},
    "designs": {"model"},
    "simulator": {"model", "designs", "invariants", "versions"},
    "explorer": {"model", "designs", "invariants", "simulator"},
    "testing": {"model", "designs", "invariants", "simulator", "explorer"},
    "reports": {"model", "invariants", "evidence", "simulator", "designs", "versions", "explorer", "testing"},
    "cli": {"model", "designs", "invariants", "evidence", "simulator", "explorer", "testing", "reports", "versions"},
    "__main__": {"cli"},
    "__init__": {"model", "invariants", "evidence", "simulator", "designs", "explorer", "reports", "versions"},
}
"""Which parts each part may import, besides itself."""

HEAVY = ("matplotlib", "networkx", "pydantic", "hypothesis", "sqlalchemy", "rich", "croniter")


def _imports(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", _modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(module: Path) -> None:
    """A part imports only the parts below it."""
    part = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert part in ALLOWED, f"say in ALLOWED what {part} may import"
    for name in _imports(ast.parse(module.read_text("utf-8"))):
        if name.startswith("runline."):
            other = name.split(".")[1]
            assert other == part or other in ALLOWED[part], f"{module.name} imports {name}"


def test_model_knows_no_clock_no_random_no_files() -> None:
    """The model has no I/O, no randomness and no clock of the machine."""
    forbidden = {"random", "time", "os", "pathlib", "io", "socket", "subprocess"}
    for module in (PACKAGE / "model").rglob("*.py"):
        text = module.read_text("utf-8")
        used = {name.split(".")[0] for name in _imports(ast.parse(text))}
        assert not used & forbidden, f"{module.name} imports {used & forbidden}"
        assert "now()" not in text.replace("self.now()", ""), f"{module.name} asks the machine for the time"


def test_command_starts_without_what_is_heavy() -> None:
    """Asking for help imports none of the heavy packages."""
    code = (
        "import sys; from runline.cli.main import run; run(['--help']); "
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("heavy: []"), done.stdout.splitlines()[-1]


def test_modules_stay_small() -> None:
    """No module grows beyond 400 lines."""
    for module in _modules():
        lines = len(module.read_text("utf-8").splitlines())
        assert lines <= 400, f"{module.relative_to(PACKAGE)} has {lines} lines"
