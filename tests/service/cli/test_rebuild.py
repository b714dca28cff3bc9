from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, SWITCHES
from tests.support.command_line import run
from tests.support.tampering import tampering

pytestmark = pytest.mark.usefixtures("ledger_file")


def test_a_forged_row_is_restored(ledger_file: str) -> None:
    run("switch", "on", "all", "--reason", "drill")
    ledger = Ledger(ledger_file)
    with tampering(ledger) as connection:
        connection.execute(update(SWITCHES).values(reason="forged"))
    assert run("verify").exit_code == 1
    done = run("rebuild")
    assert done.exit_code == 0
    assert "switches: 1 rows, 1 changed, 0 added, 0 removed\n" in done.stdout
    assert "kept: packs\n" in done.stdout
    assert run("verify").exit_code == 0
    report = json.loads(run("rebuild", "--json").stdout)
    assert report["tables"]["switches"] == {"rows": 1, "changed": 0, "added": 0, "removed": 0, "unmade": []}
    assert report["verify"]["sound"]
    ledger.close()


def test_an_unsound_chain_is_refused(ledger_file: str) -> None:
    run("switch", "on", "all", "--reason", "drill")
    ledger = Ledger(ledger_file)
    with tampering(ledger) as connection:
        connection.execute(update(ENTRIES).values(by="another"))
    done = run("rebuild")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the chain is not sound, and nothing was changed" in done.stderr
    ledger.close()
