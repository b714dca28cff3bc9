from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.commands import redress
from service.ledger.store import Ledger
from tests.service.machines import told


@pytest.fixture(autouse=True)
def ledger_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("REDRESS_LEDGER", url)
    return url


def run(*words: str) -> Result:
    result = CliRunner().invoke(redress, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_switch_is_turned_on_listed_and_off(ledger_file: str) -> None:
    assert run("switch", "list").stdout == "no switch is on\n"
    assert run("switch", "on", "all", "--reason", "drill").stdout == "switched off for machines: all *\n"
    assert "all * " in run("switch", "list").stdout
    assert "drill" in run("switch", "list").stdout
    assert run("switch", "off", "all", "--reason", "over").exit_code == 0
    assert run("switch", "list").stdout == "no switch is on\n"
    ledger = Ledger(ledger_file)
    assert [(kind, by) for kind, by, _ in told(ledger, "switch.on", "switch.off")] == [
        ("switch.on", "owner"),
        ("switch.off", "owner"),
    ]
    ledger.close()


def test_a_name_that_no_decision_had_is_doubted_and_taken() -> None:
    result = run("switch", "on", "rule", "automation/good-stay", "--reason", "drill")
    assert result.exit_code == 0
    assert "is the name right?" in result.stderr
    assert "automation/good-stay" in run("switch", "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("on", "all"),
        ("on", "merchant", "--reason", "x"),
        ("on", "all", "m1", "--reason", "x"),
        ("on", "customer", "c1", "--reason", "x"),
    ],
)
def test_a_switch_that_is_not_meant_is_not_turned(words: tuple[str, ...]) -> None:
    assert run("switch", *words).exit_code == 2
    assert run("switch", "list").stdout == "no switch is on\n"


def test_a_budget_is_set_and_listed() -> None:
    assert "customer *  at most 2 a day and 20000 fen" in run("budget", "list").stdout
    assert run("budget", "set", "customer", "*", "--most", "1", "--fen", "500").exit_code == 0
    assert "customer *  at most 1 a day and 500 fen" in run("budget", "list").stdout
    assert run("budget", "set", "planet", "*", "--most", "1", "--fen", "500").exit_code == 2
    assert run("budget", "set", "day", "*", "--most", "-1", "--fen", "500").exit_code == 2


def test_a_sweep_tells_what_it_found() -> None:
    assert run("sweep").stdout == "no claim is late\n"
