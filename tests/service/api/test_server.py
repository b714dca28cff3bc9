from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from service.api import logs, server
from service.errors import CannotListen
from service.ledger import keys
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.cases import CASE
from tests.support.failing import fill, small_disk
from tests.support.serving import ask, start

DECIDED = b"redress_decisions_total{"


def test_the_server_logs_one_line_a_request_and_leaves_only_its_ledger_behind(
    serving: tuple[subprocess.Popen[str], int], ready: Ready, tmp_path: Path
) -> None:
    process, port = serving
    assert ask(port, "GET", "/readyz")[0] == 200
    status, content = ask(port, "POST", "/v1/decisions", json.dumps(CASE).encode())
    assert (status, json.loads(content)["case_no"]) == (201, "Tousu-20260814-0001")
    status, content = ask(port, "POST", "/v1/decisions?mode=simulate", json.dumps(CASE).encode())
    assert (status, json.loads(content)["recommendation"]) == (200, ready.decide(CASE))
    assert ask(port, "POST", "/v1/decisions", b" " * 2 * 2**20)[0] == 413
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (0, "")
    lines = [json.loads(line) for line in stderr.splitlines()]
    assert [(line["event"], line["status"]) for line in lines] == [
        ("request", status) for status in (200, 201, 200, 413)
    ]
    assert {path.name for path in tmp_path.iterdir()} <= {"redress.db", "redress.db-wal", "redress.db-shm"}


def test_what_is_no_http_is_logged_without_what_was_sent(serving: tuple[subprocess.Popen[str], int]) -> None:
    process, port = serving
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /13800138000\x01 13800138000\r\n13800138000\r\n\r\n")
        assert b"400" in connection.recv(2**16)
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=20)
    assert [json.loads(line)["event"] for line in stderr.splitlines()] == [server.INVALID]
    assert "13800138000" not in stderr


def children(process: subprocess.Popen[str]) -> list[Path]:
    """Return the processes that one has forked, as the system lists them."""
    return [Path("/proc", pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def counting(process: subprocess.Popen[str]) -> set[Path]:
    """Return the folders in which the processes of a server count."""
    try:
        mapped = "".join((child / "maps").read_text() for child in children(process)).splitlines()
    except OSError:
        pytest.skip("the system does not list the memory maps of a process")
    return {Path(line.split()[-1]).parent for line in mapped if "redress-metrics-" in line}


def test_all_processes_count_together_and_leave_nothing_behind(tmp_path: Path) -> None:
    process = start(home=tmp_path)
    assert process.stdout is not None
    port = int(process.stdout.readline().split(" ")[0].rpartition(":")[2])
    with ThreadPoolExecutor(4) as clients:
        list(clients.map(lambda _: ask(port, "POST", "/v1/decisions", json.dumps(CASE).encode()), range(12)))
    _, counts = ask(port, "GET", "/metrics")
    (folder,) = counting(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert sum(float(line.rpartition(b" ")[2]) for line in counts.splitlines() if line.startswith(DECIDED)) == 12
    assert not folder.exists()


def test_what_a_server_that_was_killed_counted_in_goes_when_the_next_one_starts(tmp_path: Path) -> None:
    processes = []
    try:
        for _ in range(2):
            processes.append(start(home=tmp_path))
            assert processes[-1].stdout is not None
            port = int(processes[-1].stdout.readline().split(" ")[0].rpartition(":")[2])
            assert ask(port, "GET", "/healthz")[0] == 200
        killed, alive = (counting(process) for process in processes)
        orphans = children(processes[0])
        processes[0].kill()
        processes[0].communicate()
        while any(orphan.exists() for orphan in orphans):  # they end by themselves when they notice
            time.sleep(0.1)
        processes.append(start(home=tmp_path))
        assert processes[-1].stdout is not None
        processes[-1].stdout.readline()
        assert [folder.exists() for folder in (*killed, *alive)] == [False, True]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_full_disk_for_temporary_files_ends_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk") as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        process = start(home=tmp_path)
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().split(" ")[0].rpartition(":")[2])
            fill(disk)
            assert [ask(port, "POST", "/v1/decisions", json.dumps(CASE).encode())[0] for _ in range(8)] == [201] * 8
        finally:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_cleanly(serving: tuple[subprocess.Popen[str], int], number: int) -> None:
    process, port = serving
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        ask(port, "GET", "/healthz")


def test_a_request_that_is_under_way_is_ended_properly(serving: tuple[subprocess.Popen[str], int]) -> None:
    process, port = serving
    body = json.dumps(CASE).encode()
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest("POST", "/v1/decisions")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[:10])
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    connection.send(body[10:])
    answer = connection.getresponse()
    assert (answer.status, b"recommendation" in answer.read()) == (201, True)
    connection.close()
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_port_in_use_is_reported() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port}: Address already in use"):
            server.listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])
def test_only_this_machine_is_served(host: str) -> None:
    with pytest.raises(CannotListen):
        server.listen(host, 0)


def test_once_there_is_a_key_other_addresses_will_do(tmp_path: Path) -> None:
    refused = start("--host", "0.0.0.0", home=tmp_path)
    assert "redress keys make" in refused.communicate(timeout=20)[1]
    assert refused.returncode == 2
    _, token = keys.make(Ledger(f"sqlite:///{tmp_path / 'redress.db'}"), "shop", "back_end", (), "owner")
    process = start("--host", "0.0.0.0", home=tmp_path)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split(" ")[0].rpartition(":")[2])
        body = json.dumps(CASE).encode()
        assert ask(port, "POST", "/v1/decisions", body)[0] == 401
        assert ask(port, "POST", "/v1/decisions", body, Authorization=f"Bearer {token}")[0] == 201
    finally:
        process.kill()
        process.communicate()


def test_behind_a_proxy_it_says_that_it_wants_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDRESS_PROXIES", "1")
    process = start(home=tmp_path)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline().split(" ")[0].rpartition(":")[2])
        assert json.loads(process.stderr.readline())["event"] == logs.NO_KEY
        assert [ask(port, "GET", path)[0] for path in ("/v1/cases", "/readyz")] == [403, 503]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_every_loopback_address_will_do(host: str) -> None:
    with server.listen(host, 0) as listener:
        assert server.address_of(listener).startswith("http://127.0.0.")
