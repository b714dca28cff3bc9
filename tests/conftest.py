"""What the tests of the whole project share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from service.packs import Ready, prepare, read_policies
from tests.support import budget
from tests.support.places import CN, ROOT
from tests.support.walk import Walk

REPORT = "report"  # the property under which a test records a line for the summary
STORES = ("sqlite", "postgresql")  # the parameters under which a test runs on a store

PROFILES = ("ci", "deep")
LONGEST = "tests/service/invariants/test_paid_once.py"  # the longest file that decides no policy tests
LAWS = "tests/policies/test_metamorphic.py"  # the longest file that decides policy tests, in a deep run
APART = ("part1", "postgresql") if budget.DEEP else ()  # in the names of tests that may run beside others of their file


def pytest_configure(config: pytest.Config) -> None:
    """Make the profile that the environment names the one of all tests, and keep their order."""
    if budget.PROFILE not in PROFILES:
        raise pytest.UsageError(f"REDRESS_TESTS is '{budget.PROFILE}'; write one of: {', '.join(PROFILES)}")
    settings.load_profile(budget.PROFILE)
    config.option.loadscopereorder = False  # pytest-xdist begins with the files of the most tests, not the longest ones


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker ends with one of them alone."""
    first = {*walking(), LONGEST}
    items.sort(key=lambda item: item.nodeid.partition("::")[0] not in first)


@cache
def walking() -> frozenset[str]:
    """Return the files whose tests take `walks`: pytest-xdist shares out tests by their names alone."""
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(
        path.relative_to(ROOT).as_posix() for path in files if re.search(r"\bwalks: ", path.read_text(encoding="utf-8"))
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Print what fails at once in a deep run: it takes an hour, and its summary is lost where it is broken off."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if budget.DEEP and reporter is not None:
        session.config.pluginmanager.register(_Failures(reporter))


class _Failures:
    """Prints each failure when it is reported."""

    def __init__(self, reporter: Any) -> None:
        self.reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.reporter.write_line(f"\nFAILED {report.nodeid}\n{report.longreprtext}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, and those of several files that share the decided policy tests.

    The groups of pytest-xdist would do, but pytest 9.2 does not let it rename tests.
    """
    from xdist.scheduler import LoadScopeScheduling

    together = walking() - {LAWS} if budget.DEEP else walking()

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file, _, name = nodeid.partition("::")
            if any(apart in name for apart in APART):
                return f"{file}, apart"
            return "policies" if file in together else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def walks() -> Iterator[Callable[[Path], Walk]]:
    """Return what gives the policy tests of a folder, decided once."""
    known: dict[Path, Walk] = {}

    def walk(folder: Path) -> Walk:
        folder = folder.resolve()
        if folder not in known:
            known[folder] = Walk(folder)
        return known[folder]

    yield walk
    for one in known.values():
        one.close()


@pytest.fixture(scope="session")
def cn() -> Iterator[Ready]:
    """Return the China pack, with decisions that machines may carry out."""
    ready, problems = prepare(read_policies(CN))
    assert ready is not None, problems
    yield ready
    ready.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what proofs recorded: how many cases, which shares, how long; and how many tests ran on each store."""
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {text}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, text in getattr(report, "user_properties", ())
        if name == REPORT
    ]
    if stores := on_stores(terminalreporter):
        lines.append(stores)
    if lines:
        terminalreporter.section(f"proofs, profile {budget.PROFILE}")
        for line in lines:
            terminalreporter.write_line(line)


def on_stores(terminalreporter: pytest.TerminalReporter) -> str:
    """Say how many tests ran on each store, and how many could not; nothing where there are none of them."""
    counted: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(outcome):
            parameters = report.nodeid.partition("[")[2].rstrip("]").split("-")
            counted.update(
                (store, "skipped" if outcome == "skipped" else "ran") for store in STORES if store in parameters
            )
    counts = [f"{counted[store, 'ran']} on {store} ({counted[store, 'skipped']} skipped)" for store in STORES]
    return f"tests of storage: {', '.join(counts)}" if counted else ""
