"""What the tests of the whole project share."""

from __future__ import annotations

import pytest

REPORT = "report"  # the property under which a test records a line for the summary


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what proofs recorded: how many cases, which shares, how long."""
    told = [
        f"{report.nodeid.rpartition('::')[2]}: {text}"
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, text in getattr(report, "user_properties", ())
        if name == REPORT
    ]
    if told:
        terminalreporter.section("proofs")
        for line in told:
            terminalreporter.write_line(line)
