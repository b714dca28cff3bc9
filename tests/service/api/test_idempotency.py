from __future__ import annotations

import json
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.idempotency import idempotent
from service.api.requests import body
from service.auth import ADDRESSES, Need, Part
from service.errors import DomainError
from service.ledger import idempotency
from service.ledger.chain import zstd
from service.ledger.idempotency import KEPT, LEASE, Answer, Claim, KeyedRequest, claim
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, ENTRIES, REPLAYS
from service.packs import Ready
from tests.support.cases import CASE
from tests.support.clients import refused


def ask(client: FlaskClient, key: str | None = "k-1", query: str = "", case: Any = CASE) -> TestResponse:
    sent = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/v1/decisions{query}", json=case, headers=sent)


SENT = b"POST /v1/decisions?\n" + json.dumps(CASE, sort_keys=True).encode()  # as the test client sends it


def recorded(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()


def test_the_same_request_is_answered_again_and_has_no_second_effect(served: FlaskClient, ledger: Ledger) -> None:
    first, again = ask(served), ask(served)
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    for name in ("Content-Type", "Location"):
        assert again.headers[name] == first.headers[name]
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert recorded(ledger) == 1


def test_without_a_key_each_request_is_one_of_its_own(served: FlaskClient, ledger: Ledger) -> None:
    assert ask(served, None).json["id"] != ask(served, None).json["id"]
    assert recorded(ledger) == 2


def test_a_quoted_key_is_the_same_key(served: FlaskClient, ledger: Ledger) -> None:
    assert ask(served, "k-1").data == ask(served, '"k-1"').data
    assert recorded(ledger) == 1


@pytest.mark.parametrize(("query", "case"), [("?mode=simulate", CASE), ("", {**CASE, "channel": "chat"})])
def test_another_request_with_the_same_key_is_refused(
    served: FlaskClient, ledger: Ledger, query: str, case: dict[str, Any]
) -> None:
    ask(served)
    refused(ask(served, "k-1", query, case), 422, "other_request")
    assert recorded(ledger) == 1


@pytest.mark.parametrize("key", ["", '""', "a b", "x" * 201, "é", "a\tb"])
def test_an_invalid_key_is_refused(served: FlaskClient, ledger: Ledger, key: str) -> None:
    refused(ask(served, key), 400, "bad_idempotency_key")
    assert recorded(ledger) == 0


def test_an_invalid_request_can_be_corrected_under_the_same_key(served: FlaskClient) -> None:
    sent = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    refused(served.post("/v1/decisions", data=b"{", headers=sent), 400, "bad_json")
    refused(served.post("/v1/decisions", data=b"x", headers={**sent, "Content-Type": "text/plain"}), 415, "not_json")
    refused(served.post("/v1/decisions?mode=x", data=b"{}", headers=sent), 400, "bad_query")
    assert ask(served).status_code == 201


def test_a_refusal_is_repeated(served: FlaskClient) -> None:
    for _ in range(2):
        problem = refused(ask(served, case={**CASE, "issues": []}), 422, "case_does_not_fit")
    assert ask(served, case={**CASE, "issues": []}).headers["Idempotency-Replayed"] == "true"
    assert problem["errors"][0]["pointer"] == "/issues"


# ---- a route that requires a key, and may break


@pytest.fixture
def routed(ready: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(ADDRESSES, "POST /v1/payments", Need(Part.ALIKE))
    app = create_app({"PACK": ready, "LEDGER": ledger})

    @app.post("/v1/payments")
    @idempotent(required=True)
    def pay() -> Response:
        what = body()["what"]
        if what == "break":
            raise RuntimeError("before anything was written")
        if what == "spent":
            raise DomainError("not_now", "a", "b")
        with ledger.writing("me") as writer:
            writer.append("paid", {})
        if what == "break late":
            raise RuntimeError("after it was written")
        return jsonify({"paid": True})

    return app


def pay(app: Flask, what: str, key: str = "k-1") -> TestResponse:
    return app.test_client().post("/v1/payments", json={"what": what}, headers={"Idempotency-Key": key})


def paid(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return connection.execute(select(func.count()).where(ENTRIES.c.kind == "paid")).scalar_one()


def later(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    monkeypatch.setattr(ledger, "now", lambda: datetime.now(UTC) + by)


def test_a_key_can_be_required(routed: Flask) -> None:
    refused(routed.test_client().post("/v1/payments", json={"what": "pay"}), 400, "key_missing")


def test_a_refusal_by_state_is_repeated(routed: Flask) -> None:
    refused(pay(routed, "spent"), 409, "not_now")
    assert pay(routed, "spent").headers["Idempotency-Replayed"] == "true"


def test_a_request_that_failed_before_it_wrote_may_be_repeated(routed: Flask, ledger: Ledger) -> None:
    for _ in range(2):
        refused(pay(routed, "break"), 500, "internal")
    with ledger.reading() as connection:
        assert connection.execute(select(REPLAYS)).all() == []


def test_a_request_that_failed_after_it_wrote_never_runs_again_and_names_its_effect(
    routed: Flask, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(pay(routed, "break late"), 500, "internal")
    refused(pay(routed, "break late"), 409, "still_running")
    later(ledger, monkeypatch, LEASE + timedelta(seconds=1))
    with ledger.reading() as connection:
        id = connection.execute(select(ENTRIES.c.id).where(ENTRIES.c.kind == "paid")).scalar_one()
    assert id in refused(pay(routed, "break late"), 409, "outcome_unknown")["title"]
    assert paid(ledger) == 1


def test_callers_do_not_share_keys(ledger: Ledger) -> None:
    assert isinstance(claim(ledger, KeyedRequest("one", "k", b"a")), Claim)
    assert isinstance(claim(ledger, KeyedRequest("two", "k", b"b")), Claim)


def test_a_request_that_died_before_it_wrote_is_taken_over_and_should_it_live_can_write_no_more(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = KeyedRequest("one", "k", b"a")
    first = claim(ledger, asked)
    with pytest.raises(DomainError, match="still_running"):
        claim(ledger, asked)
    later(ledger, monkeypatch, LEASE + timedelta(seconds=1))
    second = claim(ledger, asked)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    with pytest.raises(DomainError, match="still_running"), ledger.writing("me") as writer:
        writer.append("paid", {})
        first.on_commit(writer)
    assert paid(ledger) == 0
    first.release()
    first.keep(Answer(200, [], b"{}"))
    with ledger.writing("me") as writer:
        writer.append("paid", {})
        second.on_commit(writer)
    second.keep(Answer(200, [], b'{"mine":1}'))
    assert claim(ledger, asked) == Answer(200, [], b'{"mine":1}')


def test_a_request_that_was_taken_over_is_refused_though_it_writes_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = claim(ledger, REQUEST)
    later(ledger, monkeypatch, LEASE + timedelta(seconds=1))
    second = claim(ledger, REQUEST)
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    with ledger.writing("me") as writer:
        second.on_commit(writer)
    with pytest.raises(DomainError, match="still_running"), ledger.writing("me") as writer:
        first.on_commit(writer)


def meanwhile(monkeypatch: pytest.MonkeyPatch, before: str, happens: Callable[[], Any]) -> None:
    """Let another process do something once, right before a step of a claim; SQLite would let it wait."""
    step, left = getattr(idempotency, before), [happens]

    def late(*values: Any) -> Any:
        if left:
            left.pop()()
        return step(*values)

    monkeypatch.setattr(idempotency, before, late)


@pytest.mark.parametrize("stored", ["postgresql"], indirect=True)
def test_of_two_that_take_over_a_request_one_may_run_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(ledger, REQUEST)
    later(ledger, monkeypatch, LEASE + timedelta(seconds=1))
    winners: list[Claim | Answer] = []
    meanwhile(monkeypatch, "_take_over", lambda: winners.append(claim(ledger, REQUEST)))
    with pytest.raises(DomainError, match="still_running"):
        claim(ledger, REQUEST)
    (winner,) = winners
    assert isinstance(winner, Claim)
    with ledger.writing("me") as writer:
        writer.append("paid", {})
        winner.on_commit(writer)
    assert paid(ledger) == 1


@pytest.mark.parametrize("stored", ["postgresql"], indirect=True)
def test_a_request_that_another_gives_up_at_that_moment_may_be_sent_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = claim(ledger, REQUEST)
    assert isinstance(first, Claim)
    meanwhile(monkeypatch, "_of", first.release)
    with pytest.raises(DomainError, match="still_running"):
        claim(ledger, REQUEST)
    assert isinstance(claim(ledger, REQUEST), Claim)


def test_an_answer_is_kept_for_a_day_and_then_swept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = claim(ledger, KeyedRequest("one", "k", b"a"))
    assert isinstance(claimed, Claim)
    claimed.keep(Answer(200, [("Location", "/x")], b"{}"))
    later(ledger, monkeypatch, timedelta(hours=24))
    assert isinstance(claim(ledger, KeyedRequest("one", "k", b"a")), Answer)
    later(ledger, monkeypatch, KEPT + timedelta(seconds=1))
    claim(ledger, KeyedRequest("one", "other", b"a"))
    with ledger.reading() as connection:
        assert len(connection.execute(select(REPLAYS)).all()) == 1


def test_the_stored_answer_of_a_request_is_unreadable(served: FlaskClient, ledger: Ledger) -> None:
    first = ask(served, "a-key-of-ours")
    with ledger.reading() as connection:
        row = connection.execute(select(REPLAYS)).one()
    kept = b"".join(part if isinstance(part, bytes) else str(part).encode() for part in row)
    assert b"a-key-of-ours" not in kept
    assert first.json["id"].encode() not in kept
    assert KeyedRequest(row.caller, "a-key-of-ours", SENT).opened(row.body, row.status, row.token) is not None
    for key, content in (("another-key", SENT), ("a-key-of-ours", b"another request")):
        assert KeyedRequest(row.caller, key, content).opened(row.body, row.status, row.token) is None


REQUEST = KeyedRequest("one", "k", b"a")


def kept(ledger: Ledger, *, effect: bool) -> None:
    """Keep an answer to the request, which had an effect or had none."""
    claimed = claim(ledger, REQUEST)
    assert isinstance(claimed, Claim)
    if effect:
        with ledger.writing("me") as writer:
            writer.append("paid", {})
            claimed.on_commit(writer)
    claimed.keep(Answer(201, [], b'{"name":"Li Wei"}'))


def change(ledger: Ledger, **values: Any) -> None:
    with ledger.counting() as connection:
        connection.execute(update(REPLAYS).values(values))


def test_an_answer_is_opened_by_its_own_request_alone(ledger: Ledger) -> None:
    kept(ledger, effect=True)
    with ledger.reading() as connection:
        row = connection.execute(select(REPLAYS)).one()
    assert b"Li Wei" in zstd.decompress(REQUEST.opened(row.body, 201, row.token) or b"")
    other = "0" * len(row.token)
    assert REQUEST.opened(row.body, 201, other) is None
    assert REQUEST.opened(row.body, 200, row.token) is None
    for place in range(len(row.body)):
        changed = bytearray(row.body)
        changed[place] ^= 1
        assert REQUEST.opened(bytes(changed), 201, row.token) is None
    for length in range(len(row.body)):
        assert REQUEST.opened(row.body[:length], 201, row.token) is None


def test_an_answer_is_never_sealed_the_same_way_twice() -> None:
    assert REQUEST.sealed(b"{}", 200, "00") != REQUEST.sealed(b"{}", 200, "00")


@pytest.mark.parametrize(
    "values",
    [
        {"body": b"what another version sealed in its own way"},
        {"body": b""},
        {"status": 200},
        {"token": "0" * 32},
    ],
)
@pytest.mark.parametrize(("effect", "code"), [(True, "outcome_unknown"), (False, "answer_lost")])
def test_a_request_whose_kept_answer_cannot_be_read_is_refused_and_never_runs_again(
    ledger: Ledger, values: dict[str, Any], effect: bool, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(ledger, effect=effect)
    change(ledger, **values)
    for _ in range(2):
        with pytest.raises(DomainError) as refusal:
            claim(ledger, REQUEST)
        assert refusal.value.code == code
        later(ledger, monkeypatch, LEASE + timedelta(seconds=1))


def test_where_the_answer_is_unreadable_the_effect_is_named(routed: Flask, ledger: Ledger) -> None:
    assert pay(routed, "pay").status_code == 200
    change(ledger, body=b"changed")
    with ledger.reading() as connection:
        id = connection.execute(select(ENTRIES.c.id).where(ENTRIES.c.kind == "paid")).scalar_one()
    assert id in refused(pay(routed, "pay"), 409, "outcome_unknown")["title"]
    assert paid(ledger) == 1


# ---- over several processes


def test_fifty_clients_with_one_key_have_one_effect(
    serving: tuple[subprocess.Popen[str], int],
    tmp_path: Path,
) -> None:
    _, port = serving
    sent = json.dumps(CASE).encode()

    def client(_: int) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Content-Type": "application/json", "Idempotency-Key": "one-for-all"}
        with closing(connection):
            while True:
                connection.request("POST", "/v1/decisions", sent, headers)
                response = connection.getresponse()
                content = json.loads(response.read())
                if response.status != 409:
                    return response.status, content["id"]
                assert content["code"] == "still_running"

    with ThreadPoolExecutor(50) as pool:
        answers = Counter(pool.map(client, range(50)))
    assert [status for status, _ in answers] == [201]
    with closing(sqlite3.connect(tmp_path / "redress.db")) as connection:
        assert connection.execute("SELECT count(*), max(id) FROM decisions").fetchone() == (1, next(iter(answers))[1])
        assert connection.execute("SELECT last FROM counters").fetchall() == [(1,)]
