from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli.commands import redress
from service.ledger.store import Ledger
from tests.support.places import ROOT
from tests.support.receiving import Receiver, genuine
from tests.support.webhooks import happen


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(autouse=True)
def settings(ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_LEDGER", ledger.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REDRESS_WEBHOOK_HOSTS", receiver.host)


def run(*words: str) -> Result:
    return CliRunner().invoke(redress, ["webhooks", *words], catch_exceptions=False)


def add(receiver: Receiver) -> tuple[str, str]:
    printed = run("add", receiver.url, "--event", "decision.created", "--event", "case.overdue").stdout.split()
    return printed[0], printed[-1]


def test_a_webhook_is_added_used_and_removed(ledger: Ledger, receiver: Receiver) -> None:
    id, secret = add(receiver)
    happen(ledger, "dec_1")
    result = run("deliver", "--once")
    assert (result.exit_code, result.stdout) == (0, "1 delivered, 0 failed\n")
    ((headers, body),) = receiver.received
    assert genuine(secret, headers, body, int(headers["webhook-timestamp"]))
    result = run("list")
    assert result.stdout == f"{id}  {receiver.url}  decision.created case.overdue\n"
    assert [item["id"] for item in json.loads(run("list", "--json").stdout)["items"]] == [id]
    assert run("remove", id).exit_code == 0
    assert run("list").stdout == ""


def test_a_rotated_secret_signs(ledger: Ledger, receiver: Receiver) -> None:
    id, old = add(receiver)
    new = run("rotate", id, "--grace-hours", "0").stdout.split()[-1]
    happen(ledger, "dec_1")
    run("deliver", "--once")
    ((headers, body),) = receiver.received
    now = int(headers["webhook-timestamp"])
    assert [genuine(secret, headers, body, now) for secret in (old, new)] == [False, True]


def test_a_failed_delivery_exits_with_1(ledger: Ledger, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    add(receiver)
    happen(ledger, "dec_1")
    result = run("deliver", "--once")
    assert (result.exit_code, result.stdout) == (1, "0 delivered, 1 failed\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("add", "https://example.com/", "--event", "case.overdue"), "REDRESS_WEBHOOK_HOSTS"),
        (("add", "https://example.com/", "--event", "nothing"), "decision.created"),
        (("add", "https://example.com/"), "--event"),
        (("remove", "whk_0"), "no webhook whk_0"),
        (("rotate", "whk_0"), "no webhook whk_0"),
        (("rotate", "whk_0", "--grace-hours", "999"), "0<=x<=168"),
    ],
)
def test_misuse_is_reported(words: tuple[str, ...], expected: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert expected in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_delivers_until_a_signal_ends_it(
    ledger: Ledger, receiver: Receiver, tmp_path: Path, number: signal.Signals
) -> None:
    add(receiver)
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "webhooks", "deliver"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    happen(ledger, "dec_1")
    assert receiver.came.wait(30)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout, stderr) == (0, b"", b"")
