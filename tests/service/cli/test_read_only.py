from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest
from click.testing import Result

from service import clock
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.ledger import outages
from service.ledger.readiness import outage
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from tests.support import command_line
from tests.support.failing import BROKEN, read_only

NO = "Tousu-20260814-0001"
READING = (
    ("cases", "--json"),
    ("cases", "show", NO),
    ("cases", "overdue"),
    ("report", "remedy"),
    ("export", "--lines"),
    ("export", "--record"),
    ("verify",),
    ("replay", "--all"),
    ("keys", "list"),
    ("budget", "list"),
    ("switch", "list"),
    ("webhooks", "list"),
    ("erase", "--case", NO, "--dry-run"),
)
WRITING = (
    ("sweep",),
    ("keys", "make", "shop", "--role", "lead"),
    ("switch", "on", "all", "--reason", "a test"),
    ("erase", "--case", NO, "--reason", "asked"),
    ("webhooks", "deliver", "--once"),
    ("cases", "overdue", "--escalate"),
)


def run(url: str, *words: str) -> Result:
    return command_line.run(*words, REDRESS_LEDGER=url)


def record(ready: Ready, ledger: Ledger) -> str:
    """Keep a decision, and return the number of its case."""
    return decide(CaseContext(ready, ledger, Settings(), clock.now), BROKEN, "owner").case_no


@pytest.fixture
def folder(ready: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a ledger of one decision."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "here"
    folder.mkdir()
    ledger = Ledger(f"sqlite:///{folder / 'redress.db'}")
    ledger.migrate()
    assert record(ready, ledger) == NO
    ledger.close()
    return folder


def at(folder: Path) -> str:
    return f"sqlite:///{folder / 'redress.db'}"


@pytest.fixture
def mounted(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """Return the folder as a disk shows it that cannot be written."""
    with read_only(folder, tmp_path / "there") as disk:
        yield disk


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_commands_print_the_same_for_a_read_only_ledger(
    folder: Path, mounted: Path, words: tuple[str, ...]
) -> None:
    written, found = run(at(folder), *words), run(at(mounted), *words)
    assert written.exit_code in (0, 1)
    assert (found.exit_code, found.stdout) == (written.exit_code, written.stdout)


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_writing_commands_report_that_the_ledger_is_read_only(mounted: Path, words: tuple[str, ...]) -> None:
    refused = run(at(mounted), *words)
    assert refused.exit_code == 2
    assert "can only be read here, but this command writes to it" in refused.stderr


def test_a_service_on_a_read_only_ledger_is_not_ready(mounted: Path) -> None:
    ledger = Ledger(at(mounted))
    assert outage(ledger) is outages.READ_ONLY
    ledger.close()


def test_serving_a_read_only_ledger_is_refused(mounted: Path) -> None:
    from tests.support.filed import SHOP

    refused = run(at(mounted), "serve", "--pack", str(SHOP), "--port", "0")
    assert (refused.exit_code, "can only be read here" in refused.stderr) == (2, True)


def test_a_ledger_that_is_written_elsewhere_is_read_with_its_newest_entries(
    ready: Ready, folder: Path, mounted: Path
) -> None:
    ledger = Ledger(at(folder))
    with ledger.writing("owner") as writer:  # and it stays open, so that this lies in the log
        writer.append("note", {})
    assert "2 entries" in run(at(mounted), "verify").stdout
    ledger.close()


def test_an_unreadable_log_is_reported_and_never_ignored(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    ledger = Ledger(at(folder))
    with ledger.writing("owner") as writer:
        writer.append("note", {})
    for name in ("redress.db", "redress.db-wal"):
        copyfile(folder / name, copy / name)
    ledger.close()
    with read_only(copy, tmp_path / "elsewhere") as disk:
        refused = run(at(disk), "verify")
    assert (refused.exit_code, "redress.db-wal beside it holds its newest entries" in refused.stderr) == (2, True)


def test_a_ledger_is_read_through_a_link(folder: Path, mounted: Path, tmp_path: Path) -> None:
    (tmp_path / "name.db").symlink_to(mounted / "redress.db")
    found = [run(url, "cases", "--json").stdout for url in (at(folder), f"sqlite:///{tmp_path / 'name.db'}")]
    assert NO in found[0]
    assert found[1] == found[0]
    assert "can only be read here" in run(f"sqlite:///{tmp_path / 'name.db'}", "sweep").stderr


def test_an_older_ledger_that_cannot_be_written_says_so(folder: Path, mounted: Path) -> None:
    with closing(sqlite3.connect(folder / "redress.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    refused = run(at(mounted), "verify")
    assert (refused.exit_code, "an older version wrote it" in refused.stderr) == (2, True)


def test_a_newer_ledger_says_so(folder: Path, mounted: Path) -> None:
    with closing(sqlite3.connect(folder / "redress.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for place in (folder, mounted):
        refused = run(at(place), "verify")
        assert (refused.exit_code, "a newer version of this program wrote it" in refused.stderr) == (2, True)


def test_a_missing_file_is_reported(folder: Path, mounted: Path) -> None:
    refused = run(f"sqlite:///{mounted / 'another.db'}", "cases")
    assert (refused.exit_code, "cannot open the ledger" in refused.stderr) == (2, True)
    assert not (folder / "another.db").exists()


def test_a_read_only_server_is_read(
    ready: Ready, schema_of_our_own: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(schema_of_our_own)
    ledger.migrate()
    no = record(ready, ledger)
    options = f"{ledger.url.query['options']} -cdefault_transaction_read_only=on"
    url = ledger.url.update_query_dict({"options": options}).render_as_string(hide_password=False)
    ledger.close()
    for words in READING:
        asked = tuple(no if word == NO else word for word in words)
        written, found = run(schema_of_our_own, *asked), run(url, *asked)
        assert (found.exit_code, found.stdout) == (written.exit_code, written.stdout), words
    refused = run(url, "switch", "on", "all", "--reason", "a test")
    assert (refused.exit_code, "The ledger is read-only at the moment" in refused.stderr) == (2, True)
