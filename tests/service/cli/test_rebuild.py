from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from service.cli.commands import redress
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, SWITCHES
from tests.support.tampering import tampering


@pytest.fixture(autouse=True)
def ledger_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("REDRESS_LEDGER", url)
    return url


def run(*words: str) -> Result:
    result = CliRunner().invoke(redress, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


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
