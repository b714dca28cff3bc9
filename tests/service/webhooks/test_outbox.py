from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.ledger.store import Ledger, instant
from service.ledger.tables import OUTBOX
from service.webhooks import endpoints, outbox
from service.webhooks.events import outcome_in_force, overdue
from tests.support.cases import CASE
from tests.support.receiving import Receiver
from tests.support.webhooks import Time, happen, listen


def waiting(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger.reading() as connection:
        return [json.loads(body) for body in connection.execute(select(OUTBOX.c.body).order_by(OUTBOX.c.id)).scalars()]


def many(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one())


def leased(ledger: Ledger, endpoint: str, minutes: int = 2) -> outbox.Message | None:
    now = ledger.now()
    with ledger.counting() as connection:
        return outbox.lease(connection, endpoint, instant(now), instant(now + timedelta(minutes=minutes)))


@pytest.mark.meets("S-124")
def test_the_message_of_a_decision_names_nobody(served: FlaskClient, ledger: Ledger, receiver: Receiver) -> None:
    listen(ledger, receiver)
    decision = served.post("/v1/decisions", json=CASE).json
    (message,) = waiting(ledger)
    assert message == {
        "type": "decision.created",
        "timestamp": decision["at"],
        "data": {
            "id": decision["id"],
            "case_no": decision["case_no"],
            "outcome": decision["recommendation"]["outcome"],
            "mode": decision["mode"],
            "total_fen": decision["recommendation"]["remedy"]["total_fen"],
            "currency": decision["recommendation"]["remedy"]["currency"],
            "at": decision["at"],
        },
    }


def test_nothing_is_stored_without_an_endpoint(served: FlaskClient, ledger: Ledger, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    endpoints.remove(ledger, "owner", id)
    assert served.post("/v1/decisions", json=CASE).status_code == 201
    assert many(ledger) == 0


def test_each_endpoint_gets_the_events_of_its_subscription(ledger: Ledger, time: Time, receiver: Receiver) -> None:
    both, _ = listen(ledger, receiver, "decision.outcome", "case.overdue")
    late, _ = listen(ledger, receiver, "case.overdue")
    listen(ledger, receiver, "decision.created")
    with ledger.writing("li") as writer:
        outcome_in_force(
            writer, decision="dec_1", case_no="T-1", way="override", kind="refund", total_fen=500, currency="CNY"
        )
        overdue(writer, case_no="T-1", decision="dec_1", clock="reply_by", due_at=writer.at, on_timeout="escalate")
    with ledger.reading() as connection:
        kept = connection.execute(select(OUTBOX.c.endpoint, OUTBOX.c.event)).all()
    assert sorted(kept) == sorted([(both, "decision.outcome"), (both, "case.overdue"), (late, "case.overdue")])
    at = instant(time.now)
    outcome = {"decision": "dec_1", "case_no": "T-1", "choice": "override", "way": "override", "kind": "refund"}
    assert waiting(ledger)[0] == {
        "type": "decision.outcome",
        "timestamp": at,
        "data": {**outcome, "total_fen": 500, "currency": "CNY", "at": at},
    }


def test_a_rolled_back_event_is_not_published(ledger: Ledger, receiver: Receiver) -> None:
    listen(ledger, receiver)
    with pytest.raises(ZeroDivisionError), ledger.writing("owner") as writer:
        overdue(writer, case_no="T-1", decision="dec_1", clock="reply_by", due_at=writer.at, on_timeout=None)
        raise ZeroDivisionError
    assert many(ledger) == 0


def test_a_leased_message_is_hidden_from_others_until_the_lease_ends(
    ledger: Ledger, time: Time, receiver: Receiver
) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1", "dec_2")
    first, second = leased(ledger, id), leased(ledger, id)
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert leased(ledger, id) is None
    time.pass_(minutes=3)
    again = leased(ledger, id)
    assert again is not None
    assert (again.id in (first.id, second.id), again.attempts) == (True, 2)


def test_a_worker_whose_lease_ended_does_not_postpone_a_delivered_message(
    ledger: Ledger, time: Time, receiver: Receiver
) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1")
    slow = leased(ledger, id)
    time.pass_(minutes=3)
    quick = leased(ledger, id)
    assert slow is not None
    assert quick is not None
    with ledger.counting() as connection:
        outbox.delivered(connection, quick, instant(time.now), "200 OK")
        outbox.failed(connection, slow, "it took too long", instant(time.now))
        (message,) = outbox.deliveries(connection, id, 10)
    assert (message["state"], message["said"], message["next_at"]) == ("delivered", "200 OK", None)


def test_deliveries_are_listed_by_state_and_in_pages(ledger: Ledger, time: Time, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    other, _ = listen(ledger, receiver)
    happen(ledger, *"abcd")
    with ledger.counting() as connection:
        for ends in ("delivered", "given_up"):
            message = outbox.lease(connection, id, instant(time.now), instant(time.now))
            assert message is not None
            if ends == "delivered":
                outbox.delivered(connection, message, instant(time.now), "204 No Content")
            else:
                outbox.failed(connection, message, "500 Internal Server Error", None)
        every = outbox.deliveries(connection, id, 10)
        assert sorted(one["state"] for one in every) == ["delivered", "given_up", "waiting", "waiting"]
        assert [one["id"] for one in every] == sorted((one["id"] for one in every), reverse=True)
        for state in outbox.STATES:
            listed = outbox.deliveries(connection, id, 10, state=state)
            assert listed == [one for one in every if one["state"] == state]
        assert outbox.deliveries(connection, id, 2) == every[:2]
        assert outbox.deliveries(connection, id, 2, before=every[1]["id"]) == every[2:]
        assert len(outbox.deliveries(connection, other, 10)) == 4


def test_only_messages_settled_long_ago_are_deleted(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "AT_A_TIME", 1)
    settled, _ = listen(ledger, receiver, "decision.created")
    happen(ledger, "dec_1", "dec_2")
    endpoints.remove(ledger, "owner", settled)
    waits, _ = listen(ledger, receiver, "decision.created")
    happen(ledger, "dec_3")
    now = datetime.now(UTC)
    with ledger.counting() as connection:
        assert not outbox.forget(connection, now - timedelta(minutes=5))
        assert len(outbox.deliveries(connection, settled, 10)) == 2
        assert outbox.forget(connection, now + timedelta(minutes=5))
        assert outbox.forget(connection, now + timedelta(minutes=5))
        assert not outbox.forget(connection, now + timedelta(minutes=5))
        assert outbox.deliveries(connection, settled, 10) == []
        assert len(outbox.deliveries(connection, waits, 10)) == 1
