from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from socket import socket

import pytest
from click.testing import Result

from service.settings import Settings, variable
from tests.support.command_line import run


@pytest.fixture(autouse=True)
def place(ledger_file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REDRESS_PACK", raising=False)


def started(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[Result, list[str]]:
    """Start the service up to the point where it would answer; return its output and its greetings."""
    greetings: list[str] = []

    def serve(_app: object, listener: socket, greeting: str, beside: object) -> None:
        greetings.append(greeting)
        listener.close()

    for name in ("service.api.logs.configure", "service.api.metrics.count_together"):
        monkeypatch.setattr(name, lambda: None)  # both change the whole process
    monkeypatch.setattr("service.webhooks.leader_lock.LeaderLock", lambda _: None)  # it would hold a file
    monkeypatch.setattr("service.api.server.serve", serve)
    return run("serve", "--port", "0", *words), greetings


def test_without_a_pack_the_first_one_serves_and_a_line_says_so(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result, (greeting,) = started(monkeypatch)
    assert result.exit_code == 0
    assert result.stderr == "no pack is named: using one; --pack or REDRESS_PACK selects another: two\n"
    assert " of policies/one, " in greeting


def test_the_only_pack_serves_without_a_message(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (two / "one").rename(two.parent / "elsewhere")
    result, (greeting,) = started(monkeypatch)
    assert (result.stderr, " of policies/two, " in greeting) == ("", True)


@pytest.mark.parametrize(("words", "served"), [((), "two"), (("--pack", "one"), "one")])
def test_the_pack_of_the_settings_serves_unless_the_command_names_one(
    two: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], served: str
) -> None:
    monkeypatch.setenv("REDRESS_PACK", "two")
    result, (greeting,) = started(monkeypatch, *words)
    assert (result.stderr, f" of policies/{served}, " in greeting) == ("", True)


def test_a_pack_of_the_settings_that_does_not_exist_is_refused(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_PACK", "three")
    result, greetings = started(monkeypatch)
    assert (result.exit_code, greetings) == (2, [])
    assert "there is no pack 'three'; give a folder or one of: one, two" in result.stderr


def test_the_help_lists_each_setting_with_its_type_and_default() -> None:
    words = " ".join(run("serve", "--help").stdout.split())
    assert "REDRESS_DRAWN_PERCENT Percentage of automatic decisions that are drawn for review by a person. " in words
    assert " [a number from 0 to 100; default: 5]" in words
    assert "[one of mask, leave_out, keep; default: mask]" in words
    assert "[hosts such as example.com or 127.0.0.1:9000; default: none]" in words
    assert [setting.name for setting in fields(Settings) if variable(setting.name) not in words] == []
