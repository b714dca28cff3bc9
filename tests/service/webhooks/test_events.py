from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import select

from service.api.app import create_app
from service.casework.cases.events import record_event
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.executions.claims import claim
from service.casework.executions.executions import report, settle, sweep
from service.casework.outcomes.outcomes import take
from service.casework.visibility import WHOLE
from service.ledger.store import Ledger
from service.ledger.tables import OUTBOX
from service.webhooks import events
from tests.support.machines import GIVES, MACHINE, PERSON, automatic, bound, decided, not_claimed, refusal, storm
from tests.support.receiving import Receiver
from tests.support.webhooks import listen

OTHERS = {  # events with what is said of each, whose course has its tests elsewhere
    "decision.created": lambda writer: events.decided(
        writer, id="dec_1", case_no="T-1", outcome="remedy", mode="auto", total_fen=5, currency="CNY"
    ),
    "decision.outcome": lambda writer: events.outcome_in_force(
        writer, decision="dec_1", case_no="T-1", way="override", kind=None, total_fen=5, currency="CNY"
    ),
    "case.overdue": lambda writer: events.overdue(
        writer, case_no="T-1", decision="dec_1", clock="reply_by", due_at=writer.at, on_timeout=None
    ),
}
SUMS = {"total_fen": GIVES, "refund_fen": GIVES, "currency": "CNY"}


@pytest.fixture
def claimed(context: CaseContext, ledger: Ledger, receiver: Receiver) -> str:
    """Return a decision that a machine has claimed, with somebody who listens to what becomes of it."""
    listen(ledger, receiver, "execution.executed", "execution.failed", "execution.late", "execution.refused")
    decision = automatic(context, storm())
    claim(context, decision, MACHINE.name)
    return decision


def documented(body: Any) -> None:
    """Fail where a message is not as the document says of its event."""
    document = specification()
    sent = document["webhooks"][body["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator({**sent, "components": document["components"]}).validate(body)


@cache
def specification() -> Any:
    return create_app().test_client().get("/openapi.json").json


def sent(ledger: Ledger) -> list[tuple[str, Any]]:
    """Return the events that wait to be sent, each without the number of its case and its instants."""
    query = select(OUTBOX.c.body).order_by(OUTBOX.c.id)
    with ledger.reading() as connection:
        bodies = [json.loads(body) for body in connection.execute(query).scalars()]
    for body in bodies:
        documented(body)
        assert body["data"].pop("case_no")
        assert body["data"].pop("at") == body["timestamp"]
        body["data"].pop("confirm_by", None)
    return [(body["type"], body["data"]) for body in bodies]


def test_a_payment_is_published_with_its_reference(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    report(context, claimed, MACHINE, "executed", "PAY-1")
    report(context, claimed, MACHINE, "executed", "PAY-1")
    assert sent(ledger) == [("execution.executed", {"decision": claimed, **SUMS, "reference": "PAY-1", "late": False})]


def test_a_failure_is_published_without_its_free_text(context: CaseContext, ledger: Ledger, claimed: str) -> None:
    report(context, claimed, MACHINE, "failed", "the account of Li is closed")
    assert sent(ledger) == [("execution.failed", {"decision": claimed, **SUMS, "late": False})]


def test_a_late_claim_is_published_and_what_a_lead_finds_out(
    context: CaseContext, ledger: Ledger, claimed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + timedelta(minutes=16))
    sweep(ledger, "clock", WHOLE)
    settle(context, claimed, PERSON, "executed", "PAY-1")
    assert sent(ledger) == [
        ("execution.late", {"decision": claimed, **SUMS}),
        ("execution.executed", {"decision": claimed, **SUMS, "reference": "PAY-1", "late": True}),
    ]


def test_a_refused_claim_is_published_with_its_reasons_and_names_no_customer(
    context: CaseContext, ledger: Ledger, claimed: str
) -> None:
    second = automatic(context, storm(2))
    bound(ledger, "customer", "c-2", 0, 0)
    bound(ledger, "day", "*", 0, 0)
    assert not_claimed(context, second) == ("budget:customer:c2", "budget:day:*")
    reasons = ["budget:customer", "budget:day:*"]
    assert sent(ledger) == [("execution.refused", {"decision": second, "reasons": reasons})]


def test_a_payment_that_contradicts_the_record_is_published(
    context: CaseContext, ledger: Ledger, receiver: Receiver
) -> None:
    listen(ledger, receiver, "execution.contradicted")
    decision = automatic(context, storm())
    claim(context, decision, MACHINE.name)
    report(context, decision, MACHINE, "failed", "closed")
    assert refusal(lambda: report(context, decision, MACHINE, "executed", "PAY-1"))[0] == "reported_otherwise"
    data = {"decision": decision, **SUMS, "reference": "PAY-1", "recorded": "failed"}
    assert sent(ledger) == [("execution.contradicted", data)]


@pytest.mark.parametrize("event", OTHERS)
def test_every_message_is_as_documented(ledger: Ledger, receiver: Receiver, event: str) -> None:
    listen(ledger, receiver, event)
    with ledger.writing("owner") as writer:
        OTHERS[event](writer)
    ((type, data),) = sent(ledger)
    assert (type, "at" in data) == (event, False)


def test_the_document_describes_every_event(client: FlaskClient) -> None:
    spec = client.get("/openapi.json").json
    assert set(spec["webhooks"]) == set(events.EVENTS)
    headers = [one["name"] for one in spec["webhooks"]["execution.late"]["post"]["parameters"]]
    assert headers == ["webhook-id", "webhook-timestamp", "webhook-signature"]


def test_a_payment_by_hand_is_published_too(context: CaseContext, ledger: Ledger, receiver: Receiver) -> None:
    listen(ledger, receiver, "execution.executed")
    decision = decided(context, storm())
    take(context, decision.id, Choice("accepted"), PERSON)
    record_event(context, decision.case_no, {"kind": "executed", "reference": "PAY-1", "refund_fen": GIVES}, "wang")
    assert sent(ledger) == [
        ("execution.executed", {"decision": decision.id, **SUMS, "reference": "PAY-1", "late": False})
    ]
