from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from service.api import logs
from service.api.app import create_app
from service.api.logs import MOST_CAUSES, REQUESTS, Lines
from service.api.server import Log
from service.ledger import keys
from service.ledger.store import Ledger
from service.ledger.tables import HEAD
from service.packs import Ready
from tests.support.failing import BROKEN

Logged = Callable[[], list[dict[str, Any]]]
SECRET = "13800138000"


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Return what gives the lines that were logged since."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    root, requested = logging.getLogger(), logging.getLogger(REQUESTS)
    root.addHandler(handler)
    requested.setLevel(logging.INFO)

    def logged() -> list[dict[str, Any]]:
        lines = stream.getvalue().splitlines()
        assert all(line.isascii() and line.isprintable() for line in lines)
        assert SECRET not in stream.getvalue()
        return [json.loads(line) for line in lines]

    yield logged
    root.removeHandler(handler)
    requested.setLevel(logging.NOTSET)


@pytest.fixture
def app(ready: Ready, ledger: Ledger) -> Flask:
    """Return a service as callers have it: what breaks within is answered, and not raised."""
    return create_app({"PACK": ready, "LEDGER": ledger, "CLOCK": lambda _: "2026-08-14T16:00:00+08:00"})


def breaking(app: Flask, error: Callable[[], Any]) -> FlaskClient:
    """Return a client of a service in which what shows a case breaks."""
    app.view_functions["cases.case"] = lambda case_no: f"{error()}{case_no}"
    return app.test_client()


def test_a_request_has_one_line(app: Flask, ledger: Ledger, logged: Logged) -> None:
    key, token = keys.make(ledger, "Wang Fang", "lead", (), "owner")
    asked = {"Authorization": f"Bearer {token}", "X-Request-ID": "r-1"}
    answer = app.test_client().post("/v1/decisions", json=BROKEN, headers=asked)
    (line,) = logged()
    assert line.pop("ms") >= 0
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "event": "request",
        "request_id": "r-1",
        "method": "POST",
        "route": "/v1/decisions",
        "status": 201,
        "key": key.id,
        "case_no": answer.json["case_no"],
    }


def test_the_line_holds_nothing_that_was_sent(app: Flask, logged: Logged) -> None:
    client = app.test_client()
    client.get(f"/v1/cases?customer={SECRET}")
    client.get(f"/v1/cases/{SECRET}")
    client.get(f"/{SECRET}")
    client.post("/v1/decisions", json={"customer": {"id": SECRET}}, headers={"User-Agent": SECRET, "Referer": SECRET})
    client.post("/v1/decisions", data=SECRET, headers={"Authorization": f"Bearer {SECRET}"})
    client.open("/v1/cases", method=f"X{SECRET}")
    lines = logged()
    assert [line["route"] for line in lines] == [
        *("/v1/cases", "/v1/cases/<case_no>", "none", "/v1/decisions", "/v1/decisions", "none")
    ]
    assert [line["case_no"] for line in lines] == [None] * 6
    assert lines[-1]["method"] == "OTHER"


def test_the_line_of_a_request_names_its_case(app: Flask, logged: Logged) -> None:
    client = app.test_client()
    decided = client.post("/v1/decisions", json=BROKEN).json
    no = decided["case_no"]
    client.get(f"/v1/decisions/{decided['id']}")
    client.get(f"/v1/cases/{no}")
    client.get(f"/v1/cases/{no}/timeline")
    assert [line["case_no"] for line in logged()] == [no] * 4


@pytest.mark.parametrize("sent", ['a"}\n{"level": "error', "a\x1b[2J", "a b", "\x85", "x" * 129])
def test_no_caller_can_forge_a_log_line(app: Flask, logged: Logged, sent: str) -> None:
    environ = {"HTTP_X_REQUEST_ID": sent, "PATH_INFO": f"/v1/{sent}"}
    app.test_client().get("/", environ_overrides=environ)
    (line,) = logged()
    assert len(line["request_id"]) == 32
    assert line["event"] == "request"


def test_an_answer_that_is_streamed_has_its_line_when_it_ends(app: Flask, logged: Logged) -> None:
    client = app.test_client()
    client.post("/v1/decisions", json=BROKEN)
    asked = EnvironBuilder(path="/v1/export", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})
    answer, _, _ = run_wsgi_app(app.wsgi_app, asked.get_environ())
    assert len(logged()) == 1
    assert b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    assert [line["route"] for line in logged()] == ["/v1/decisions", "/v1/export"]


def test_an_error_is_logged_once_with_its_place_and_without_values(app: Flask, logged: Logged) -> None:
    def fails() -> None:
        try:
            int(SECRET + "x")
        except ValueError as error:
            raise KeyError(SECRET) from error

    client = breaking(app, fails)
    answer = client.get(f"/v1/cases/{SECRET}?phone={SECRET}", json=SECRET, headers={"X-Request-ID": "r-2"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    error, request = logged()
    assert (error["level"], error["request_id"], request["request_id"]) == ("error", "r-2", "r-2")
    assert [one["class"] for one in error["error"]] == ["KeyError", "ValueError"]
    assert error["error"][0]["trace"][-1].endswith(" fails")
    assert error["error"][0]["trace"][-1].startswith("tests/service/api/test_logs.py:")
    assert (request["route"], request["status"]) == ("/v1/cases/<case_no>", 500)


def test_an_error_of_the_store_is_logged_by_its_codes(app: Flask, ledger: Ledger, logged: Logged) -> None:
    def twice() -> None:
        with ledger.writing("owner") as writer:
            writer.connection.execute(insert(HEAD).values(one=1, seq=7, hash=SECRET))

    answer = breaking(app, twice).get(f"/v1/cases/{SECRET}")
    assert answer.status_code == 500
    error, _ = logged()
    assert {"IntegrityError", "UniqueViolation"} & {one["class"] for one in error["error"]}
    codes = {one.get("sqlstate") or one.get("sqlite") for one in error["error"]}
    assert codes & {"23505", "SQLITE_CONSTRAINT_PRIMARYKEY"}


def test_the_store_does_not_put_values_into_its_errors(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError) as found, ledger.writing("owner") as writer:
        writer.connection.execute(insert(HEAD), {"one": 1, "seq": 7, "hash": SECRET})
    assert SECRET not in str(found.value)


def test_a_chain_of_causes_has_an_end(logged: Logged) -> None:
    error: Exception = ValueError(SECRET)
    for _ in range(9):
        try:
            raise ValueError(SECRET) from error
        except ValueError as next_one:
            error = next_one
    logging.getLogger("any").error("broke: %s after %d", SECRET, 9, exc_info=error)
    (line,) = logged()
    assert line["event"] == "broke: ... after 9"
    assert len(line["error"]) == MOST_CAUSES


def test_the_signal_that_ended_a_worker_is_logged(logged: Logged) -> None:
    logging.getLogger("gunicorn.error").error("Worker (pid:%s) was sent %s!%s", 7, "SIGKILL", SECRET)
    assert [line["event"] for line in logged()] == ["Worker (pid:7) was sent SIGKILL!..."]


def test_the_log_of_an_invalid_http_request_omits_what_was_sent(logged: Logged) -> None:
    server = Log(Config())
    server.warning(f"Invalid request from ip=127.0.0.1: {SECRET}")
    server.warning("Worker %d is slow", 7)
    assert [line["event"] for line in logged()] == ["Invalid request", "Worker 7 is slow"]


def test_a_message_that_cannot_be_formatted_is_logged_unformatted(logged: Logged) -> None:
    record = logging.LogRecord("any", logging.ERROR, "any.py", 1, "%d of %s", (SECRET, 3), None)
    assert json.loads(Lines().format(record))["event"] == "%d of %s"
    logging.getLogger("any").error("%(phone)s", {"phone": SECRET})
    assert [line["event"] for line in logged()] == ["%(phone)s"]


# ---- what a program logs


@contextmanager
def configured() -> Iterator[Logged]:
    """Log as a program does that serves; yield what gives the lines on standard error."""
    stream = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for place, name in ((logging, "raiseExceptions"), (sys, "excepthook"), (threading, "excepthook")):
            patch.setattr(place, name, getattr(place, name))
        patch.setattr(sys, "stderr", stream)
        patch.setattr(logging.getLogger(), "handlers", [])  # those of pytest stay as they are
        logs.configure()
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger(REQUESTS).setLevel(logging.NOTSET)


def fail() -> None:
    raise ValueError(SECRET)


def test_a_program_logs_requests_warnings_and_errors_and_nothing_less() -> None:
    names = (REQUESTS, "redress", "any.library")
    with configured() as lines:
        for name in names:
            for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
                logging.getLogger(name).log(level, name)
        logged = [(line["event"], line["level"]) for line in lines()]
    assert logged[0] == (REQUESTS, "info")
    assert logged[1:] == [(name, level) for name in names for level in ("warning", "error")]


def test_a_program_that_fails_logs_the_place_and_no_values() -> None:
    with configured() as lines:
        try:
            fail()
        except ValueError:
            sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        (line,) = lines()
    assert line["level"] == "critical"
    (error,) = line["error"]
    assert (error["class"], error["trace"][-1].endswith(" fail")) == ("ValueError", True)
    assert SECRET not in json.dumps(line)


def test_a_thread_that_fails_is_logged_in_the_same_way() -> None:
    with configured() as lines:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        (line,) = lines()
    assert [error["class"] for error in line["error"]] == ["ValueError"]
    assert SECRET not in json.dumps(line)


def test_a_failure_to_log_breaks_nothing_and_prints_nothing() -> None:
    with configured() as lines:
        logging.getLogger("any").error("event", extra={logs.FIELDS: {"key": object()}})
        logging.getLogger("any").error("the next one")
        assert [line["event"] for line in lines()] == ["the next one"]
