"""Cases decided and recorded: their number, what is kept of them, and what the ledger knows of their order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide, find_decision
from service.casework.limits.holds import order_of
from service.errors import DomainError
from service.ledger import chain
from service.ledger.tables import CASES, DECISIONS, PAYLOADS
from service.privacy.masking import LEAVE_OUT
from tests.support.holding import hold
from tests.support.machines import storm
from tests.support.tampering import tampering


def words(recommendation: dict[str, Any]) -> str:
    return "".join(block["zh"] for block in recommendation["words"])


def kept(context: CaseContext, decision: str) -> dict[str, Any]:
    found = find_decision(context, decision)
    assert found is not None
    return found


@pytest.mark.meets("S-007", "S-013", "S-087")
def test_a_complaint_is_registered_under_a_number_for_the_customer(context: CaseContext) -> None:
    recorded = decide(context, storm(), "小李")
    assert recorded.case_no == "Tousu-20260814-0001"
    assert "本次投诉单号为Tousu-20260814-0001" in words(recorded.recommendation)
    with context.ledger.reading() as connection:
        case = connection.execute(select(CASES)).one()
    assert (case.no, case.state, case.decision, case.order_no) == (recorded.case_no, "in_progress", recorded.id, "A-1")
    assert decide(context, storm(2), "小李").case_no == "Tousu-20260814-0002"


def test_the_ledger_keeps_the_recommendation_that_was_returned(context: CaseContext) -> None:
    recorded = decide(context, storm(), "小李")
    found = kept(context, recorded.id)
    assert found["recommendation"] == recorded.recommendation
    assert (found["by"], found["because"], found["state"]) == ("小李", "complaint", "open")
    assert found["case"]["complaint"]["no"] == recorded.case_no
    (issue,) = found["findings"]
    assert issue["facts"]["issue.spoiled_ratio"] == "0.2"
    assert issue["answers"]["finding.cause"] == "spoiled"


def test_the_caller_gets_names_that_the_ledger_masks(context: CaseContext) -> None:
    case = storm(customer__name="张小满", customer__contact="13812345678")
    recorded = decide(context, case, "小李")
    customer = kept(context, recorded.id)["case"]["customer"]
    assert (customer["name"], customer["contact"]) == ("张***", "138****5678")
    assert "张小满" not in words(kept(context, recorded.id)["recommendation"])
    left_out = replace(context, settings=replace(context.settings, personal=LEAVE_OUT))
    again = decide(left_out, case, "小李")
    assert not {"name", "contact"} & kept(context, again.id)["case"]["customer"].keys()


def test_a_case_that_names_its_number_is_continued(context: CaseContext) -> None:
    first = decide(context, storm(), "小李")
    second = decide(context, storm(complaint__no=first.case_no), "小王")
    assert (second.case_no, second.follows) == (first.case_no, first.id)
    with context.ledger.reading() as connection:
        states = connection.execute(select(DECISIONS.c.state).order_by(DECISIONS.c.seq)).scalars().all()
        latest = connection.execute(select(CASES.c.decision)).scalar_one()
    assert (states, latest) == (["superseded", "open"], second.id)


def test_an_unknown_number_of_our_form_is_refused_and_a_foreign_one_is_accepted(context: CaseContext) -> None:
    with pytest.raises(DomainError) as error:
        decide(context, storm(complaint__no="Tousu-20260814-0042"), "小李")
    assert error.value.code == "no_case"
    assert decide(context, storm(complaint__no="CRM-7"), "小李").case_no == "CRM-7"


def test_what_the_ledger_has_refunded_counts_whatever_the_caller_sends(context: CaseContext) -> None:
    case = storm(order__refunded_fen=100)
    with context.ledger.writing("machine") as writer:
        hold(writer.connection, "dec_other", order_of("Shop One", "A-1", case), {"2": 11_000})
    recorded = decide(context, case, "小李")
    assert recorded.recommendation["remedy"]["refund_fen"] == 12_800 - 11_000
    assert kept(context, recorded.id)["case"]["order"]["refunded_fen"] == 11_000


def test_there_is_no_decision_that_was_never_made(context: CaseContext) -> None:
    assert find_decision(context, "dec_none") is None


def test_a_changed_decision_is_not_shown(context: CaseContext) -> None:
    decision = decide(context, storm(), "li")
    with context.ledger.reading() as connection:
        kept = chain.unpack(connection.execute(select(PAYLOADS.c.body)).scalar_one())
    kept["recommendation"]["remedy"]["total_fen"] += 1
    with tampering(context.ledger) as connection:
        connection.execute(update(PAYLOADS).values(body=chain.pack(kept)))
    with pytest.raises(DomainError) as refused:
        find_decision(context, decision.id)
    assert refused.value.code == "erased"


def test_a_payload_of_another_entry_is_not_shown(context: CaseContext) -> None:
    first, second = decide(context, storm(1), "li"), decide(context, storm(2), "li")
    with tampering(context.ledger) as connection:
        for id, seq in ((first.id, -1), (second.id, 1), (first.id, 2)):
            connection.execute(update(DECISIONS).where(DECISIONS.c.id == id).values(seq=seq))
    with pytest.raises(DomainError) as refused:
        find_decision(context, first.id)
    assert refused.value.code == "erased"
