"""The source files of the project and of its tests, with what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.places import ROOT, TESTS

CORE = sorted(path for path in (ROOT / "rules").rglob("*.py") if path.parent.name != "lab")
LAB = sorted((ROOT / "rules" / "lab").glob("*.py"))
SERVICE = sorted((ROOT / "service").rglob("*.py"))
TEST_FILES = sorted(TESTS.rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, node: ast.AST) -> Iterator[str]:
    """Yield the full names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))
    elif isinstance(node, ast.ImportFrom):
        package = path.relative_to(ROOT).parent.parts
        base = ".".join(package[: len(package) - node.level + 1])
        names = [node.module] if node.module else [alias.name for alias in node.names]
        yield from (f"{base}.{name}" for name in names)


def imports(path: Path) -> set[str]:
    """Return every module that a file imports, wherever the import stands."""
    return {name for node in ast.walk(tree(path)) for name in imported(path, node)}


def modules(*paths: Path) -> dict[str, Path]:
    """Return files by the names of their modules."""
    return {shown(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__"): path for path in paths}
