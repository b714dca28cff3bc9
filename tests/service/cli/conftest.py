"""Fixtures of the command line."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from service import clock
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support.cases import CASE
from tests.support.places import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(copytree(SHOP, tmp_path / "shop"))


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        copytree(SHOP, tmp_path / "policies" / name)
    return tmp_path / "policies"


@pytest.fixture
def ledger_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a ledger that nothing has made yet, which is the one of the settings."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("REDRESS_LEDGER", url)
    return url


@pytest.fixture
def url(ledger_file: str, ready: Ready) -> str:
    """Return a ledger with one decision, which is the one of the settings."""
    ledger = Ledger(ledger_file)
    ledger.migrate()
    decide(CaseContext(ready, ledger, Settings(), clock.now), CASE, "owner")
    ledger.close()
    return ledger_file
