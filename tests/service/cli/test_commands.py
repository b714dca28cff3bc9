from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cases import CASE
from tests.support.command_line import BROKEN, run
from tests.support.places import SHOP


@pytest.mark.parametrize(
    "words",
    [
        ("decide", "--pack", str(SHOP), "/nowhere/case.yaml"),
        ("decide", "--pack", str(SHOP), str(SHOP)),
        ("decide", "--pack", str(SHOP), "a\0b"),
        ("decide", "--pack", str(SHOP), "--at", "yesterday", BROKEN),
        ("decide", "--pack", str(SHOP), "--at", "2026-08-14T15:00:00", BROKEN),
        ("decide", "--pack", str(SHOP), "--lang", "fr", BROKEN),
        ("decide", "--pack", str(SHOP)),
        ("decide", "--pack", "nowhere", BROKEN),
        ("check", "nowhere"),
        ("test", "nowhere"),
        ("serve", "--pack", str(SHOP), "--port", "70000"),
        ("serve", "--pack", str(SHOP), "--host", "0.0.0.0"),
        ("serve", "--pack", str(SHOP), "--host", "example.org"),
        ("dcide",),
    ],
)
def test_misuse_exits_with_2_and_says_what_is_wrong(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Error" in result.stderr or "Usage" in result.stderr
    assert "Traceback" not in result.stderr


def test_all_packs_are_checked_and_tested_where_none_is_named(two: Path) -> None:
    checked = run("check")
    assert (checked.exit_code, checked.stdout) == (0, "policies/one: no problems\npolicies/two: no problems\n")
    assert run("test").stdout == "4 passed, 0 failed\n"
    (two / "two" / "words.yaml").write_text("sorry: {zh: 很抱歉。}\n", encoding="utf-8")
    report = json.loads(run("check", "--json").stdout)
    assert report["packs"] == ["policies/one", "policies/two"]
    assert [problem["file"] for problem in report["problems"]] == ["policies/two/words.yaml"]
    assert run("check").exit_code == 1
    assert run("test").stdout.splitlines()[-1] == "2 passed, 0 failed, 1 with problems"
    assert run("test", "one").exit_code == 0


def test_of_several_packs_one_has_to_be_named(two: Path) -> None:
    result = run("decide", "-", stdin=json.dumps(CASE).encode())
    assert result.exit_code == 2
    assert "--pack: one, two" in result.stderr


def test_a_missing_pack_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.packs.__file__", str(tmp_path / "elsewhere" / "service" / "packs.py"))
    monkeypatch.chdir(tmp_path)
    for command in ("check", "test"):
        assert (run(command).exit_code, "pack.yaml" in run(command).stderr) == (2, True)


@pytest.mark.parametrize("command", ["decide", "check", "test", "serve"])
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout
