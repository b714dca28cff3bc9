from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service import clock
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.cli.commands import redress
from service.ledger.store import Ledger
from service.packs import Ready, prepare, read_policies
from service.settings import Settings
from tests.support.at_counter import COUNTER, complaint
from tests.support.cases import CASE
from tests.support.command_line import run
from tests.support.places import SHOP

Decided = Callable[[Path, Any], str]
AT_COUNTER = complaint(submitted_at="2020-01-01T09:00:00+08:00", at="2020-01-01T10:00:00+08:00")


@pytest.fixture
def decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Decided]:
    """Return what decides a case by the pack of a folder and returns its number, in a place that has no packs."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("REDRESS_LEDGER", url)
    ledger = Ledger(url)
    ledger.migrate()
    opened: list[Ready] = []

    def decided(folder: Path, case: Any) -> str:
        ready, _ = prepare(read_policies(folder))
        assert ready is not None
        opened.append(ready)
        return decide(CaseContext(ready, ledger, Settings(), clock.now), case, "owner").case_no

    yield decided
    for ready in opened:
        ready.close()
    ledger.close()


COMMANDS = (("report", "remedy"), ("export", "--sheet"), ("cases", "overdue", "--escalate"))


def test_the_only_pack_that_has_decided_is_taken_from_the_ledger(decided: Decided) -> None:
    no = decided(SHOP, CASE)
    assert "25.60" in run("report", "remedy").stdout
    assert run("export", "--record").stdout_bytes.decode().count(no) == 1
    assert run("cases", "show", no).stdout.splitlines()[0] == f"投诉单 {no}"


def test_the_names_of_several_packs_that_decided_are_printed_and_accepted(decided: Decided) -> None:
    decided(SHOP, CASE)
    no = decided(COUNTER, AT_COUNTER)
    for command in (*COMMANDS, ("cases", "show", no)):
        result = run(*command)
        assert result.exit_code == 2
        assert "which pack? these have decided: counter, shop; name one with --pack" in result.stderr
    assert "25.60" in run("report", "remedy", "--pack", "shop").stdout
    assert run("cases", "show", no, "--pack", "counter").exit_code == 0
    assert run("report", "remedy", "--pack", "another").exit_code == 2


def test_a_named_pack_takes_precedence(decided: Decided) -> None:
    decided(SHOP, CASE)
    assert "25.60" not in run("report", "remedy", "--pack", str(COUNTER)).stdout


def test_before_anything_was_decided_the_folders_count(decided: Decided) -> None:
    for command in COMMANDS:
        assert "which pack? name one with --pack: " in run(*command).stderr


def test_a_case_is_decided_by_the_folder_of_the_pack_and_never_by_its_copy_in_the_ledger(
    decided: Decided, tmp_path: Path
) -> None:
    decided(COUNTER, AT_COUNTER)
    refused = run("cases", "overdue", "--escalate")
    assert (refused.exit_code, "there is no pack 'counter'" in refused.stderr) == (2, True)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "counter").symlink_to(COUNTER)
    assert "respond_by  escalate_to_lead -> lead" in run("cases", "overdue", "--escalate").stdout


def test_a_copy_that_was_changed_is_not_used(decided: Decided, monkeypatch: pytest.MonkeyPatch) -> None:
    decided(SHOP, CASE)
    monkeypatch.setattr("service.ledger.pack_archive.digest_of", lambda _: "sha256:0")
    result = run("report", "remedy")
    assert (result.exit_code, "name the pack's folder with --pack" in result.stderr) == (2, True)


def test_an_invalid_setting_is_reported_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_PERSONAL", "everything")
    result = CliRunner().invoke(redress, ["switch", "list"])
    assert (result.exit_code, "REDRESS_PERSONAL must be one of mask, leave_out, keep" in result.stderr) == (2, True)
