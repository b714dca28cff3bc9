from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.values import MultiProcessValue

from service.api import metrics
from service.api.app import create_app
from service.api.metrics import FOLDER, PREFIX, Metrics
from service.ledger.chain import Entry
from service.ledger.store import Ledger
from service.packs import Ready
from tests.support.cases import AFTERNOON, CASE
from tests.support.clients import post


@pytest.fixture
def served(ready: Ready, ledger: Ledger) -> FlaskClient:
    """Return a client of a service that has counted nothing yet."""
    return create_app({"PACK": ready, "LEDGER": ledger, "CLOCK": lambda _: AFTERNOON, "TESTING": True}).test_client()


def counts(client: FlaskClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {name: float(count) for name, _, count in (line.rpartition(" ") for line in lines if line[:1] != "#")}


def record(client: FlaskClient, case: dict[str, Any] = CASE) -> Any:
    return client.post("/v1/decisions", json=case).json


def entry(kind: str) -> Entry:
    return Entry(1, "ent_1", kind, None, None, "2026-08-14T08:00:00.000000Z", "somebody", "0" * 64)


def test_what_is_recorded_is_counted_by_outcome_and_mode_and_what_is_simulated_is_not(served: FlaskClient) -> None:
    made = [record(served), record(served)]
    post(served, CASE)
    name = f'redress_decisions_total{{mode="{made[0]["mode"]}",outcome="{made[0]["recommendation"]["outcome"]}"}}'
    found = counts(served)
    assert found[name] == 2.0
    assert found['redress_entries_total{kind="decision"}'] == 2.0


def test_methods_that_callers_make_up_count_as_one(served: FlaskClient) -> None:
    for number in range(3):
        served.open("/v1/cases", method=f"MADE{number}")
    found = counts(served)
    assert [name for name in found if "MADE" in name] == []
    assert found['redress_request_seconds_count{method="OTHER",route="none",status="405"}'] == 3.0


def test_every_answer_is_timed_by_its_route_and_status(served: FlaskClient) -> None:
    served.get("/healthz")
    served.get("/v1/decisions/dec_1")
    served.get("/v1/nothing/that/a/caller/could/think/of")
    found = counts(served)
    counted = {
        ("/healthz", 200): 1.0,
        ("/v1/decisions/<decision_id>", 404): 1.0,
        ("none", 404): 1.0,
    }
    for (route, status), count in counted.items():
        assert found[f'redress_request_seconds_count{{method="GET",route="{route}",status="{status}"}}'] == count


def test_executions_and_what_was_held_back_are_counted() -> None:
    counted = Metrics()
    decided = {"recommendation": {"outcome": "remedy"}, "mode": "agent", "held": ["line:1", "line:2", "switch:all:*"]}
    counted.count([(entry("decision"), decided), (entry("execution.claimed"), {}), (entry("execution.failed"), {})])
    exposed = counted.exposed().decode()
    for line in (
        'redress_held_total{by="line"} 2.0',
        'redress_held_total{by="switch"} 1.0',
        'redress_executions_total{state="claimed"} 1.0',
        'redress_executions_total{state="failed"} 1.0',
    ):
        assert line in exposed


def test_what_was_not_recorded_is_not_counted(served: FlaskClient, ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.writing("somebody") as writer:
        writer.append("note", {})
        raise RuntimeError
    assert 'redress_entries_total{kind="note"}' not in counts(served)


def test_a_failure_to_count_does_not_undo_the_request(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    ledger.listeners.append(lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR), ledger.writing("somebody") as writer:
        writer.append("note", {})
    ledger.listeners.clear()
    assert "a listener of the ledger broke" in caplog.text
    with ledger.writing("somebody") as writer:
        assert writer.seq == 1


def test_a_service_without_a_ledger_has_metrics_too(client: FlaskClient) -> None:
    assert client.get("/metrics").content_type.startswith("text/plain; version=0.0.4")


# ---- several processes


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder in which servers make theirs; this process counts alone before and afterwards."""
    monkeypatch.setattr(metrics, "MEMORY", tmp_path)
    yield tmp_path
    metrics.forget()


@pytest.fixture
def lock() -> Iterator[Callable[[Path], None]]:
    """Return what holds a folder as a server does that lives."""
    with ExitStack() as held:

        def lock(folder: Path) -> None:
            descriptor = os.open(folder, os.O_RDONLY)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)

        yield lock


@pytest.mark.usefixtures("memory")
def test_any_process_publishes_the_counts_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.count_together()
    processes = []
    for number in (1, 2):
        of_process = MultiProcessValue(lambda number=number: number)
        monkeypatch.setattr("prometheus_client.values.ValueClass", of_process)
        processes.append(Metrics())
        processes[-1].count([(entry("execution.claimed"), {})] * number)
        of_process.close_all_files()
    for process in processes:
        assert 'redress_executions_total{state="claimed"} 3.0' in process.exposed().decode()


def test_a_server_counts_in_a_folder_of_its_own_and_takes_it_away(memory: Path) -> None:
    metrics.count_together()
    (folder,) = memory.iterdir()
    assert os.environ[FOLDER] == str(folder)
    metrics.forget()
    assert (list(memory.iterdir()), FOLDER in os.environ) == ([], False)


def test_the_folders_of_killed_servers_go_and_those_of_living_ones_stay(
    memory: Path, lock: Callable[[Path], None]
) -> None:
    killed, alive, foreign = (memory / name for name in (f"{PREFIX}killed", f"{PREFIX}alive", "another program"))
    for folder in (killed, alive, foreign):
        folder.mkdir()
        (folder / "counter_7.db").touch()
    lock(alive)
    metrics.count_together()
    assert [folder.exists() for folder in (killed, alive, foreign)] == [False, True, True]
    assert os.environ[FOLDER] not in (str(killed), str(alive))


def test_a_server_leaves_a_folder_that_another_took_while_it_started(
    memory: Path, lock: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def made(**names: Any) -> str:
        folder = mkdtemp(**names)
        if not taken:
            taken.append(folder)
            lock(Path(folder))
        return folder

    monkeypatch.setattr(metrics, "mkdtemp", made)
    metrics.count_together()
    assert os.environ[FOLDER] not in taken


def test_where_memory_cannot_be_written_processes_count_on_the_disk(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "MEMORY", memory / "missing")
    monkeypatch.setattr("tempfile.tempdir", str(memory))
    metrics.count_together()
    assert Path(os.environ[FOLDER]).parent == memory
