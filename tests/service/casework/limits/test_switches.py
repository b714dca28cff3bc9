from __future__ import annotations

import subprocess
import sys

import pytest

from service.casework.context import CaseContext
from service.casework.executions.claims import claim
from service.casework.limits.switches import active, turn_off, turn_on
from service.ledger.store import Ledger
from tests.support.machines import MACHINE, automatic, decided, not_claimed, storm
from tests.support.rows import entries_of

RULE = "automation/goods-stay"


@pytest.mark.parametrize(
    ("scope", "name", "code"),
    [
        ("all", "*", "switch:all:*"),
        ("pack", "cn", "switch:pack:cn"),
        ("rule", RULE, f"switch:rule:{RULE}"),
        ("merchant", "ＳＨＯＰ one ", "switch:merchant:shopone"),
    ],
)
def test_a_switch_stops_decisions_and_claims_of_what_it_concerns(
    context: CaseContext, ledger: Ledger, scope: str, name: str, code: str
) -> None:
    before = automatic(context, storm(1))
    with ledger.writing("root") as writer:
        assert turn_on(writer, scope, name, "drill")["met"] is True
    found = decided(context, storm(2))
    assert (found.mode, found.held) == ("agent", (code,))
    assert not_claimed(context, before) == (code,)
    with ledger.writing("root") as writer:
        turn_off(writer, scope, name, "over")
    claim(context, automatic(context, storm(3)), MACHINE.name)


@pytest.mark.parametrize(("scope", "name"), [("pack", "eu"), ("rule", "automation/health"), ("merchant", "shop two")])
def test_a_switch_stops_nothing_else(context: CaseContext, ledger: Ledger, scope: str, name: str) -> None:
    with ledger.writing("root") as writer:
        assert turn_on(writer, scope, name, "drill")["met"] is False
    claim(context, automatic(context, storm()), MACHINE.name)


def test_another_process_sees_a_switch_at_once(context: CaseContext, ledger: Ledger) -> None:
    decision = automatic(context, storm())
    elsewhere = Ledger(ledger.url.render_as_string(hide_password=False))
    with elsewhere.writing("root") as writer:
        turn_on(writer, "all", "*", "drill")
    elsewhere.close()
    assert not_claimed(context, decision) == ("switch:all:*",)


def test_each_change_of_a_switch_is_one_entry(ledger: Ledger) -> None:
    with ledger.writing("root") as writer:
        turn_on(writer, "all", "anything", "drill")
        turn_on(writer, "all", "*", "no drill")
        found = active(writer.connection)
        turn_off(writer, "all", "*", "over")
        turn_off(writer, "all", "*", "over")
        assert active(writer.connection) == []
    assert [(one["scope"], one["name"], one["reason"], one["by"]) for one in found] == [
        ("all", "*", "no drill", "root")
    ]
    assert [kind for kind, _, _ in entries_of(ledger, "switch.on", "switch.off")] == [
        "switch.on",
        "switch.on",
        "switch.off",
    ]


def test_naming_what_bounds_machines_does_not_load_the_database_library() -> None:
    code = "import sys, service.cli.budget, service.cli.switch; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
