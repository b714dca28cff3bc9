from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from tests.support import command_line
from tests.support.places import SHOP


def run(*words: str) -> Result:
    return command_line.run("export", "--pack", str(SHOP), *words)


def test_the_sheet_is_exported_by_default(url: str) -> None:
    assert run().stdout_bytes == run("--sheet").stdout_bytes
    assert run("--sheet").stdout_bytes.startswith("\ufeff日期,姓名,".encode())
    assert run("--record", "--lang", "en").stdout_bytes.startswith("\ufeffCase,Customer,".encode())


def test_entries_are_written_to_a_file(url: str, tmp_path: Path) -> None:
    path = tmp_path / "entries.jsonl"
    result = run("--lines", "-o", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    (line,) = path.read_bytes().splitlines()
    assert json.loads(line)["kind"] == "decision"


def test_only_the_given_period_is_exported(url: str) -> None:
    assert run("--lines", "--to", "2020-12-31").stdout_bytes == b""
    assert len(run("--sheet", "--from", "2020-12-31").stdout_bytes.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--from", "yesterday"), "--from needs 2026-08-14"),
        (("--to", "2026-08-14T15:00:00"), "--to needs 2026-08-14"),
        (("-o", "/nowhere/at/all.csv"), "cannot write '/nowhere/at/all.csv'"),
    ],
)
def test_wrong_arguments_say_what_to_do(url: str, words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code != 0
    assert expected in result.stderr
