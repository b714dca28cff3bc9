"""The house rules: a pure core, imports that point one way, tests that mirror the modules."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

from tests.support.layout import OF_NO_MODULE, OF_SEVERAL, TESTED_ELSEWHERE
from tests.support.places import ROOT, TESTS
from tests.support.source import CORE, LAB, SERVICE, TEST_FILES, imports, modules, shown, tree

CODE = re.compile(r"`([^`\n]+)`")
OTHERS = {"yaml", "durable_rules_engine"}  # all that the core takes from outside the standard library
IMPURE = {  # modules with a clock, files, a network, chance, threads of their own, an environment or a log
    "asyncio", "atexit", "ctypes", "fcntl", "getpass", "glob", "http", "io", "locale", "logging", "multiprocessing",
    "os", "pathlib", "pickle", "platform", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3",
    "subprocess", "sys", "tempfile", "time", "urllib", "uuid", "warnings",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "compile", "breakpoint", "__import__"}
IMPURE_NAMES = {"now", "today", "utcnow", "environ", "getenv", "read_text", "read_bytes", "write_text"}
SYSTEM = {  # what the engine needs of the system: to be used on both sides of a fork, and to be imported at all
    "rules/engine.py": {"os.register_at_fork"},
    "rules/lazy_binding.py": {"os.RTLD_LAZY", "sys.getdlopenflags", "sys.setdlopenflags"},
}


# ---- the pure core


@pytest.mark.parametrize("path", [*CORE, *LAB], ids=shown)
def test_the_core_imports_nothing_with_a_side_effect(path: Path) -> None:
    tops = {name.partition(".")[0] for name in imports(path)} - {"rules"}
    system = SYSTEM.get(shown(path), set())
    assert tops & IMPURE == {name.partition(".")[0] for name in system}
    assert tops <= {*sys.stdlib_module_names, *OTHERS}
    assert system_names(path) == system


def system_names(path: Path) -> set[str]:
    """Return the names of `os` and `sys` that a module uses."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "sys"):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("os", "sys"):
            names.add(ast.unparse(node))
    return names


@pytest.mark.parametrize("path", [*CORE, *LAB], ids=shown)
def test_the_core_reads_no_clock_file_or_environment(path: Path) -> None:
    called = {
        node.func.id for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    attributes = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    assert not called & IMPURE_CALLS
    assert not attributes & IMPURE_NAMES
    for call in (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fromtimestamp":
            assert len(call.args) == 2  # without a zone it would read that of the machine


def test_one_module_alone_reads_the_clock() -> None:
    """Others are given a clock."""
    read = re.compile(r"datetime\.(now|utcnow|today)|date\.today|time\.(?!sleep)\w+")
    reading = {
        shown(path)
        for path in SERVICE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and read.fullmatch(ast.unparse(node))
    }
    assert reading == {"service/clock.py"}


def test_one_module_alone_imports_the_engine() -> None:
    touching = {shown(path) for path in (*CORE, *LAB, *SERVICE) if any("durable" in name for name in imports(path))}
    assert touching == {"rules/engine.py"}


# ---- what a key sees


def arguments_of(function: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield the arguments of a function, each with its default."""
    named = [*function.args.posonlyargs, *function.args.args]
    without: list[ast.expr | None] = [None] * (len(named) - len(function.args.defaults))
    yield from zip(named, [*without, *function.args.defaults], strict=True)
    yield from zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)


def test_every_reader_names_the_cases_that_its_caller_may_see() -> None:
    functions = [
        (shown(path), node) for path in SERVICE for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)
    ]
    seeing = [
        (path, function.name, default)
        for path, function in functions
        for argument, default in arguments_of(function)
        if argument.arg == "seen" or (argument.annotation and ast.unparse(argument.annotation).startswith("Sight"))
    ]
    assert {("service/casework/cases/listing.py", "list_cases", None), ("service/ledger/search.py", "find", None)} <= {
        *seeing
    }
    assert [found for found in seeing if found[2] is not None] == []  # a default would show a bound key everything


# ---- the order of the folders


@pytest.mark.parametrize("path", [*CORE, *LAB], ids=shown)
def test_the_core_imports_nothing_of_the_service(path: Path) -> None:
    assert not [name for name in imports(path) if name.partition(".")[0] in ("service", "tests")]


@pytest.mark.parametrize("path", CORE, ids=shown)
def test_the_core_imports_no_tool_for_editors(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("rules.lab")]


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports for types alone count too."""
    files = modules(*CORE, *LAB, *SERVICE)
    try:
        tuple(TopologicalSorter({name: imports(path) & files.keys() for name, path in files.items()}).static_order())
    except CycleError as error:
        pytest.fail(f"modules import each other: {' <- '.join(error.args[1])}")


LAYERS: Final = (  # a folder imports only from those before it
    "rules.text", "rules.values", "rules.language", "rules.compiling", "rules.deciding", "rules.recommending",
    "rules.lab",
    "service.i18n", "service.validation", "service.auth", "service.privacy", "service.ledger", "service.webhooks",
    "service.rendering", "service.casework", "service.audit", "service.reports", "service.export",
    "service.api.schemas", "service.api", "service.cli",
)  # fmt: skip
CASEWORK: Final = tuple(
    f"service.casework.{folder}"
    for folder in ("limits", "payments", "projection", "decisions", "executions", "outcomes", "cases")
)


def layer_of(module: str, folders: tuple[str, ...]) -> int:
    """Return the place of a module's folder among some; -1 for a module of none of them."""
    return next((at for at, folder in enumerate(folders) if f"{module}.".startswith(f"{folder}.")), -1)


@pytest.mark.parametrize("folders", [LAYERS, CASEWORK], ids=["house", "casework"])
def test_a_folder_imports_only_from_those_before_it(folders: tuple[str, ...]) -> None:
    files = modules(*CORE, *LAB, *SERVICE)
    arrows = {(name, other) for name, path in files.items() for other in imports(path)}
    assert not {(a, b) for a, b in arrows if -1 < layer_of(a, folders) < layer_of(b, folders)}


def test_modules_that_casework_shares_import_none_of_its_folders() -> None:
    shared = modules(*(ROOT / "service" / "casework").glob("*.py"))
    arrows = {(name, other) for name, path in shared.items() for other in imports(path)}
    assert not {(a, b) for a, b in arrows if layer_of(b, CASEWORK) >= 0}


def test_every_folder_has_its_place_in_the_order() -> None:
    folders = {name for name, path in modules(*CORE, *LAB, *SERVICE).items() if path.name == "__init__.py"}
    apart = {"rules", "service", "service.scripts"}
    single = {"service.auth"}  # a module of its own
    assert folders == {*LAYERS, *CASEWORK} - single | apart


# ---- tests


def is_of_tests(module: str) -> bool:
    """Return whether a module holds tests or the fixtures of a folder."""
    return any(part == "conftest" or part.startswith("test_") for part in module.split("."))


def test_no_test_imports_from_another_or_from_a_conftest() -> None:
    arrows = [(shown(path), name) for path in TEST_FILES for name in imports(path) if name.startswith("tests.")]
    assert not [(path, name) for path, name in arrows if is_of_tests(name)]


def test_one_module_knows_where_the_folders_are() -> None:
    """A test may read its own folder."""
    elsewhere = re.compile(r"Path\(__file__\)(?!\.parent\b(?!\.parent))")
    assert [shown(path) for path in TEST_FILES if elsewhere.search(path.read_text(encoding="utf-8"))] == [
        "tests/support/places.py"
    ]


def has_behaviour(path: Path) -> bool:
    return path.stem[:2] != "__" and any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree(path)))


def dotted(path: str) -> str:
    return path.replace("/", ".")


def lies_in(module: str, folder: str) -> bool:
    return f"{module}.".startswith(f"{folder}.")


def folder_of(module: str) -> str:
    return module.rpartition(".")[0]


def named_for(module: str, test: str) -> bool:
    """Return whether a test stands in the mirrored folder under the name of a module, or of an aspect of it."""
    return f"{test}_".startswith(f"tests.{folder_of(module)}.test_{module.rpartition('.')[2]}_")


def covered_in_their_folder(files: Mapping[str, Path], tests: Mapping[str, Path]) -> set[str]:
    """Return the modules that a test of their folder is named for or imports, and what those use of their folder."""
    found = {name for name in files for test in tests if named_for(name, test)}
    for test, path in tests.items():
        found |= {name for name in imports(path) & files.keys() if f"tests.{folder_of(name)}" == folder_of(test)}
    waiting = list(found)
    while waiting:
        module = waiting.pop()
        parts = {name for name in imports(files[module]) & files.keys() if folder_of(name) == folder_of(module)}
        waiting += parts - found
        found |= parts
    return found


def test_every_module_has_its_tests() -> None:
    """A module that neither has tests in its folder nor stands in `TESTED_ELSEWHERE` is named."""
    files = modules(*CORE, *LAB, *SERVICE)
    tests = modules(*(path for path in TEST_FILES if path.stem.startswith("test_")))
    behaving = {name for name, path in files.items() if has_behaviour(path) and "migrations" not in path.parts}
    without = behaving - covered_in_their_folder(files, tests)
    listed = {(name, one) for name in TESTED_ELSEWHERE for one in without if lies_in(one, dotted(name))}
    assert without == {one for _, one in listed}
    assert {name for name, _ in listed} == TESTED_ELSEWHERE.keys()
    assert not {f"tests.{dotted(test)}" for test in TESTED_ELSEWHERE.values()} - tests.keys()
    assert len(TESTED_ELSEWHERE) <= 25


def test_tests_mirror_the_modules() -> None:
    """A test that neither is named for a module nor stands in a folder of its own kind is named."""
    files = modules(*CORE, *LAB, *SERVICE)
    paths = [path for top in ("rules", "service") for path in sorted((TESTS / top).rglob("test_*.py"))]
    apart = [
        path.relative_to(TESTS).as_posix().removesuffix(".py")
        for test, path in modules(*paths).items()
        if path.parent.name not in OF_NO_MODULE and not any(named_for(name, test) for name in files)
    ]
    assert apart == sorted(OF_SEVERAL)


def test_the_contents_of_the_tests_are_complete() -> None:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    listed = {name.rstrip("/") for row in re.findall(r"^\|(.*?)\|", text, re.MULTILINE) for name in CODE.findall(row)}
    top = {path.name for path in TESTS.iterdir() if path.is_dir() or path.name.startswith("test_")}
    apart = {path.relative_to(TESTS).as_posix() for name in OF_NO_MODULE for path in TESTS.glob(f"*/{name}")}
    assert (top - {"__pycache__"} | apart) <= listed
    assert not [name for name in listed if not (TESTS / name).exists()]
    assert len(text.splitlines()) <= 50


def test_the_commands_for_the_tests_name_existing_files_and_tests() -> None:
    text = (TESTS / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"pytest .*?(tests/\S+)(?: -k (\w+))?", text)
    assert len(commands) == 2
    for file, word in commands:
        assert re.search(rf"^def test_\w*{word}", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    for name in CODE.findall(text):
        assert "/" not in name or (TESTS / name).exists() or (ROOT / name).exists(), name
    assert {f"`{profile}`" for profile in ("ci", "deep")} <= set(re.findall(r"`\w+`", text))


# ---- docstrings


@pytest.mark.parametrize("path", [*CORE, *LAB, *SERVICE], ids=shown)
def test_every_module_has_a_docstring(path: Path) -> None:
    said = ast.get_docstring(tree(path))
    assert said or not tree(path).body
