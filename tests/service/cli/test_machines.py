from __future__ import annotations

from datetime import timedelta

import pytest

from service import clock
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.executions import claims
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.command_line import run
from tests.support.machines import MACHINE, storm
from tests.support.rows import entries_of

pytestmark = pytest.mark.usefixtures("ledger_file")


def test_a_switch_is_turned_on_listed_and_off(ledger_file: str) -> None:
    assert run("switch", "list").stdout == "no switch is on\n"
    assert run("switch", "on", "all", "--reason", "drill").stdout == "switched off for machines: all *\n"
    assert "all * " in run("switch", "list").stdout
    assert "drill" in run("switch", "list").stdout
    assert run("switch", "off", "all", "--reason", "over").exit_code == 0
    assert run("switch", "list").stdout == "no switch is on\n"
    ledger = Ledger(ledger_file)
    assert [(kind, by) for kind, by, _ in entries_of(ledger, "switch.on", "switch.off")] == [
        ("switch.on", "owner"),
        ("switch.off", "owner"),
    ]
    ledger.close()


def test_a_name_that_no_decision_had_is_accepted_with_a_warning() -> None:
    result = run("switch", "on", "rule", "automation/good-stay", "--reason", "drill")
    assert result.exit_code == 0
    assert "check the name" in result.stderr
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
def test_a_switch_with_wrong_arguments_is_not_turned(words: tuple[str, ...]) -> None:
    assert run("switch", *words).exit_code == 2
    assert run("switch", "list").stdout == "no switch is on\n"


@pytest.fixture
def china(ledger_file: str, cn: Ready) -> CaseContext:
    """Return the context of a shop that has decided once."""
    ledger = Ledger(ledger_file)
    ledger.migrate()
    context = CaseContext(cn, ledger, Settings(), clock.now)
    decide(context, storm(1), "owner")
    return context


def test_a_budget_is_set_and_listed() -> None:
    assert "客户（customer） *  每天最多 2 次，合计 200.00" in run("budget", "list").stdout
    assert run("budget", "set", "customer", "*", "--most", "1", "--fen", "500").exit_code == 0
    assert "customer *  at most 1 a day and 5.00 in all" in run("budget", "list", "--lang", "en").stdout
    assert run("budget", "set", "planet", "*", "--most", "1", "--fen", "500").exit_code == 2
    assert run("budget", "set", "day", "*", "--most", "-1", "--fen", "500").exit_code == 2


def test_amounts_are_printed_in_the_currency_of_the_pack_that_decided(china: CaseContext) -> None:
    assert "当日合计（day） *  每天最多 300 次，合计 10000.00元" in run("budget", "list").stdout
    assert "day *  at most 300 a day and CNY 10,000.00 in all" in run("budget", "list", "--lang", "en").stdout
    printed = run("budget", "set", "merchant", "Shop One", "--most", "3", "--fen", "2560", "--lang", "en").stdout
    assert printed == "merchant Shop One  at most 3 a day and CNY 25.60 in all\n"


def test_names_are_printed_as_decisions_spell_them(china: CaseContext) -> None:
    decide(china, storm(2, merchant__id="Shop-Two"), "owner")
    run("budget", "set", "merchant", "SHOP two", "--most", "3", "--fen", "1")
    run("switch", "on", "merchant", "shop two", "--reason", "drill")
    budgets, switches = run("budget", "list", "--lang", "en").stdout, run("switch", "list").stdout
    assert "merchant Shop-Two  at most 3" in budgets
    assert "merchant Shop-Two  since" in switches
    assert "a name with ~" not in budgets + switches


def test_a_name_that_no_decision_had_is_printed_as_stored_under_its_own_heading() -> None:
    run("budget", "set", "merchant", "New Shop", "--most", "3", "--fen", "1")
    run("switch", "on", "merchant", "New Shop", "--reason", "drill")
    for listed in (run("budget", "list", "--lang", "en").stdout, run("switch", "list").stdout):
        heading, *rows = listed.splitlines()
        assert "a name with ~" in heading
        assert any(row.startswith("merchant ~newshop  ") for row in rows)


def test_a_sweep_prints_what_it_found() -> None:
    assert run("sweep").stdout == "no claim is late\n"


def test_a_sweep_names_the_claims_that_were_not_confirmed(china: CaseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    an_hour_ago = china.ledger.now() - timedelta(hours=1)
    late = decide(china, storm(2), MACHINE.name)
    with monkeypatch.context() as patch:
        patch.setattr(china.ledger, "now", lambda: an_hour_ago)
        claims.claim(china, late.id, MACHINE.name)
    assert run("sweep").stdout == f"{late.id} was not confirmed in time: a person must check it\n"
    assert run("sweep").stdout == "no claim is late\n"
