"""What the tests of the whole project share."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import settings

from tests import budget

REPORT = "report"  # the property under which a test records a line for the summary
STORES = ("sqlite", "postgresql")  # the parameters under which a test runs on a store

PROFILES = ("ci", "deep")


def pytest_configure() -> None:
    """Make the profile that the environment names the one of all tests."""
    if budget.PROFILE not in PROFILES:
        raise pytest.UsageError(f"REDRESS_TESTS is '{budget.PROFILE}'; write one of: {', '.join(PROFILES)}")
    settings.load_profile(budget.PROFILE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what proofs recorded: how many cases, which shares, how long; and how many tests ran on each store."""
    told = [
        f"{name_of(report).rpartition('::')[2]}: {text}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, text in getattr(report, "user_properties", ())
        if name == REPORT
    ]
    if stores := on_stores(terminalreporter):
        told.append(stores)
    if told:
        terminalreporter.section(f"proofs, profile {budget.PROFILE}")
        for line in told:
            terminalreporter.write_line(line)


def name_of(report: pytest.TestReport) -> str:
    """Return a test's name without the group that keeps it with others in one process."""
    name, at, group = report.nodeid.rpartition("@")
    return name if at and "]" not in group else report.nodeid


def on_stores(terminalreporter: pytest.TerminalReporter) -> str:
    """Say how many tests ran on each store, and how many could not; nothing where there are none of them."""
    counted: Counter[tuple[str, str]] = Counter()
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(outcome):
            parameters = name_of(report).partition("[")[2].rstrip("]").split("-")
            counted.update(
                (store, "skipped" if outcome == "skipped" else "ran") for store in STORES if store in parameters
            )
    counts = [f"{counted[store, 'ran']} on {store} ({counted[store, 'skipped']} skipped)" for store in STORES]
    return f"tests of storage: {', '.join(counts)}" if counted else ""
