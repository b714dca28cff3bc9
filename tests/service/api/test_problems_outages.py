from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from service import clock
from service.api.app import create_app
from service.audit.verification import verify
from service.ledger import idempotency
from service.ledger.idempotency import LEASE
from service.ledger.readiness import MEMORY
from service.ledger.store import Ledger, Writer
from service.packs import Ready
from tests.support.emptying import empty
from tests.support.failing import BROKEN, end_connections, fill, named, small_disk, wired

Serving = Callable[[str], tuple[FlaskClient, Ledger]]


@pytest.fixture
def serving(ready: Ready) -> Iterator[Serving]:
    """Return what serves an empty ledger at a URL, as it is served to callers."""
    opened: list[Ledger] = []

    def serving(url: str) -> tuple[FlaskClient, Ledger]:
        ledger = Ledger(url)
        ledger.migrate()
        opened.append(empty(ledger))
        return create_app({"PACK": ready, "LEDGER": ledger}).test_client(), ledger

    yield serving
    for ledger in opened:
        ledger.close()


def ask(client: FlaskClient, key: str | None = None) -> TestResponse:
    return client.post("/v1/decisions", json=BROKEN, headers={} if key is None else {"Idempotency-Key": key})


def unavailable(answer: TestResponse, code: str) -> None:
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json["code"] == code
    assert int(answer.headers["Retry-After"]) > 0


def not_ready(client: FlaskClient, code: str) -> None:
    unavailable(client.get("/readyz"), code)
    assert client.get("/healthz").status_code == 200


def kept(client: FlaskClient, answers: list[TestResponse]) -> list[int]:
    return [client.get(f"/v1/decisions/{answer.json['id']}").status_code for answer in answers]


def entries(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM entries").scalar_one())


def decisions(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM decisions").scalar_one())


# ---- PostgreSQL


def test_a_server_that_goes_away_is_503_and_all_is_well_when_it_is_back(
    serving: Serving, schema_of_our_own: str
) -> None:
    with wired(schema_of_our_own) as (wire, url):
        client, ledger = serving(url)
        answers = [ask(client), ask(client)]
        wire.cut()
        for _ in range(3):
            unavailable(ask(client), "ledger_silent")
            unavailable(client.get("/v1/cases"), "ledger_silent")
            not_ready(client, "ledger_silent")
        wire.mend()
        assert client.get("/readyz").status_code == 200
        answers += [ask(client), ask(client)]
        assert [answer.status_code for answer in answers] == [201] * 4
        assert kept(client, answers) == [200] * 4
        assert verify(ledger, None).sound


def test_whatever_is_asked_while_a_server_comes_and_goes_takes_effect_once_or_not_at_all(
    serving: Serving, schema_of_our_own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LEASE", timedelta())  # a request that was answered 503 may be asked again at once
    with wired(schema_of_our_own) as (wire, url):
        client, ledger = serving(url)
        before = decisions(ledger)
        put_off: list[int] = []

        def insist(number: int) -> TestResponse:
            asking = client.application.test_client()
            while True:
                answer = ask(asking, f"k-insist-{number}")
                if answer.json.get("code") not in ("ledger_silent", "still_running"):
                    return answer
                put_off.append(number)

        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(insist, number) for number in range(24)]
            while not all(one.done() for one in asked):
                wire.cut()
                wire.mend()
                wait(asked, timeout=0.15)
            answers = [one.result() for one in asked]
        assert put_off
        found = {(answer.status_code, answer.json.get("code")) for answer in answers}
        assert found <= {(201, None), (409, "outcome_unknown")}
        made = [answer for answer in answers if answer.status_code == 201]
        assert made
        assert kept(client, made) == [200] * len(made)
        assert decisions(ledger) - before == len(answers)
        assert verify(ledger, None).sound


@contextmanager
def ending_when_it_writes(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[None]:
    """Let the server end each connection when what a request adds is to be sent."""
    send = Writer.send

    def ended(writer: Writer) -> None:
        end_connections(url)
        send(writer)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "send", ended)
        yield


def test_a_connection_that_is_ended_within_a_request_keeps_nothing_and_the_retry_takes_effect_once(
    serving: Serving, schema_of_our_own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, ledger = serving(named(schema_of_our_own))
    before = entries(ledger)
    with ending_when_it_writes(monkeypatch, schema_of_our_own):
        unavailable(ask(client, "k-ended"), "ledger_silent")
    assert entries(ledger) == before
    retried, again = ask(client, "k-ended"), ask(client, "k-ended")
    assert (retried.status_code, again.data) == (201, retried.data)
    assert kept(client, [retried]) == [200]


def test_a_connection_that_is_lost_after_the_commit_never_lets_the_request_run_twice(
    serving: Serving, schema_of_our_own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, ledger = serving(schema_of_our_own)
    administrator, before = Ledger(schema_of_our_own), entries(ledger)
    commit = ledger.engine.dialect.do_commit

    def lost(connection: Any) -> None:
        commit(connection)
        if entries(administrator) > before:
            connection.driver_connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(ledger.engine.dialect, "do_commit", lost)
        unavailable(ask(client, "k-lost"), "ledger_silent")
    administrator.close()
    written = entries(ledger)
    too_soon = ask(client, "k-lost")
    assert (too_soon.status_code, too_soon.json["code"]) == (409, "still_running")
    assert int(too_soon.headers["Retry-After"]) > 0
    ledger.now = lambda: clock.utc() + 2 * LEASE
    answer = ask(client, "k-lost")
    assert (answer.status_code, answer.json["code"]) == (409, "outcome_unknown")
    assert entries(ledger) == written > before


def test_connections_that_were_ended_while_nobody_asked_are_not_noticed_by_callers(
    serving: Serving, schema_of_our_own: str
) -> None:
    client, _ = serving(named(schema_of_our_own))
    for _ in range(3):
        assert ask(client).status_code == 201
        end_connections(schema_of_our_own)
    assert client.get("/readyz").status_code == 200


def test_a_server_that_has_become_read_only_is_503_and_can_be_read(serving: Serving, schema_of_our_own: str) -> None:
    client, ledger = serving(schema_of_our_own)
    answers = [ask(client)]

    @event.listens_for(ledger.engine, "begin")
    def _read_only(connection: Any) -> None:
        connection.exec_driver_sql("SET default_transaction_read_only = on")

    client.get("/v1/cases")  # the setting holds from the next transaction on
    unavailable(ask(client), "ledger_read_only")
    not_ready(client, "ledger_read_only")
    assert kept(client, answers) == [200]


# ---- SQLite


def test_a_full_disk_is_503_and_nothing_that_was_promised_is_lost(serving: Serving, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 16) as disk:
        client, ledger = serving(f"sqlite:///{disk / 'ledger.db'}")
        answers = [ask(client)]
        filling = fill(disk)
        refusals = [ask(client, f"k-{number}") for number in range(20)]  # some fit what the log has left
        answers += [answer for answer in refusals if answer.status_code == 201]
        refusals = [answer for answer in refusals if answer.status_code != 201]
        assert refusals
        for refusal in refusals:
            unavailable(refusal, "ledger_full")
        not_ready(client, "ledger_full")
        assert kept(client, answers) == [200] * len(answers)
        filling.unlink()
        assert client.get("/readyz").status_code == 503  # for as long as a failure is remembered
        answers += [ask(client, f"k-{number}") for number in range(20)]
        assert client.get("/readyz").status_code == 200
        assert kept(client, answers) == [200] * len(answers)
        assert verify(ledger, None).sound
        ledger.close()


def test_a_failed_write_is_forgotten_after_a_while_so_that_others_are_sent_here_again(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, ledger = serving(f"sqlite:///{tmp_path / 'ledger.db'}")

    @event.listens_for(ledger.engine, "begin")
    def _small(connection: Any) -> None:
        connection.connection.cursor().execute("PRAGMA max_page_count = 1")

    now = clock.elapsed()
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    number = 0
    while ask(client, f"k-{number}").status_code == 201:  # until its pages are full
        number += 1
    not_ready(client, "ledger_full")
    monkeypatch.setattr(clock, "elapsed", lambda: now + MEMORY + 1)
    assert client.get("/readyz").status_code == 200


def test_a_folder_that_is_gone_is_not_ready(serving: Serving, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    client, _ = serving(f"sqlite:///{folder / 'ledger.db'}")
    assert client.get("/readyz").status_code == 200
    folder.rename(tmp_path / "there")
    not_ready(client, "ledger_silent")


def test_a_batch_of_which_nothing_could_be_kept_is_503_as_a_whole(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = serving(f"sqlite:///{tmp_path / 'ledger.db'}")

    def full(_: Writer) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("INSERT", None, error)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "send", full)
        unavailable(client.post("/v1/decisions/batch", json={"items": [BROKEN, BROKEN, 7]}), "ledger_full")
