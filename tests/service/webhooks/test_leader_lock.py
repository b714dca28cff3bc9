"""`redress serve` delivers: in one of its workers, and in another where that one dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import clock
from service.casework.context import CaseContext
from service.casework.executions.claims import claim
from service.ledger.store import Ledger
from service.packs import Ready
from service.settings import Settings
from service.webhooks import delivery
from service.webhooks.delivery import Deliverer
from service.webhooks.leader_lock import LeaderLock
from tests.support.machines import MACHINE, automatic, executions, storm
from tests.support.places import ROOT, SHOP
from tests.support.receiving import Receiver
from tests.support.webhooks import happen, listen

IN_TURN = """
import os, signal, time
from service.webhooks.leader_lock import LeaderLock

class Worker:
    def run(self, stop):
        os.write(1, f"{name} delivers\\n".encode())
        os.write(heard, b"x")
        stop.wait()

def fork():
    child = os.fork()
    if not child:
        lock.start()
        time.sleep(60)
        os._exit(1)
    return child

lock = LeaderLock(Worker())
hear, heard = os.pipe()
name = "first"
first = fork()
os.read(hear, 1)
name = "second"
second = fork()
time.sleep(0.5)
os.write(1, b"the first dies\\n")
os.kill(first, signal.SIGKILL)
os.read(hear, 1)
os.kill(second, signal.SIGKILL)
"""


def test_one_process_delivers_at_a_time() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IN_TURN], check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.stdout.splitlines() == ["first delivers", "the first dies", "second delivers"]


def test_a_process_delivers_in_the_background_until_it_is_stopped(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "PAUSE", 0.05)
    listen(ledger, receiver)
    lock = LeaderLock(Deliverer(ledger, [receiver.host]))
    lock.start()
    happen(ledger, "dec_1")
    assert receiver.came.wait(30)
    lock.stop()
    receiver.came.clear()
    happen(ledger, "dec_2")
    assert not receiver.came.wait(0.5)
    assert len(receiver.ids) == 1


@pytest.fixture
def serving(ledger: Ledger, receiver: Receiver, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "serve", "--pack", str(SHOP), "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env={
            **os.environ, "PYTHONPATH": str(ROOT), "REDRESS_WEBHOOK_HOSTS": receiver.host,
            "REDRESS_LEDGER": ledger.url.render_as_string(hide_password=False),
        },
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://")
        yield process
    finally:
        process.kill()
        process.communicate()


def workers(process: subprocess.Popen[str]) -> set[int]:
    found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not found.exists():
        pytest.skip("the system does not list the children of a process")
    return {int(pid) for pid in found.read_text().split()}


def test_a_serving_process_delivers_and_ends_quietly(
    serving: subprocess.Popen[str], ledger: Ledger, receiver: Receiver
) -> None:
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert receiver.came.wait(30)
    serving.send_signal(signal.SIGTERM)
    stdout, stderr = serving.communicate(timeout=20)
    assert (serving.returncode, stdout, stderr) == (0, "", "")
    assert len(receiver.ids) == 1


def test_a_serving_process_finds_a_late_claim_and_publishes_it(
    cn: Ready, ledger: Ledger, receiver: Receiver, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = CaseContext(cn, ledger, Settings(), clock.now)
    decision = automatic(context, storm())
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "now", lambda: datetime.now(UTC) - timedelta(hours=1))
        claim(context, decision, MACHINE.name)
    listen(ledger, receiver, "execution.late")
    request.getfixturevalue("serving")
    assert receiver.came.wait(30)
    ((_, body),) = receiver.received
    assert json.loads(body)["data"]["decision"] == decision
    assert executions(ledger) == {decision: "late"}


def test_another_worker_delivers_after_the_delivering_one_dies(
    serving: subprocess.Popen[str], ledger: Ledger, receiver: Receiver
) -> None:
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert receiver.came.wait(30)
    for worker in (first := workers(serving)):
        receiver.came.clear()
        os.kill(worker, signal.SIGKILL)
        happen(ledger, f"dec_{worker}")
        assert receiver.came.wait(30)
    assert len(set(receiver.ids)) == 1 + len(first)
