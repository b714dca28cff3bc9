from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select, update

from service.auth import Caller
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.casework.outcomes import outcomes
from service.casework.outcomes.appeals import appeal
from service.errors import DomainError
from service.ledger.store import Ledger
from service.ledger.tables import CASES, DECISIONS, ENTRIES, PROPOSALS
from service.packs import Ready
from service.settings import Settings
from tests.support.cases import CASE
from tests.support.people import ANN, BEN, LEO, LIN, MAX, MAY, SAM, SUE, mandarins, override
from tests.support.taking import read

ACCEPTED = Choice("accepted")
LATER = "2026-11-12T09:00:00+08:00"
WORDS = {"by": "customer", "grounds": "More of them were rotten", "evidence": [{"kind": "photo", "ref": "A-2"}]}


@pytest.fixture
def context(cn: Ready, ledger: Ledger) -> CaseContext:
    return CaseContext(cn, ledger, Settings(), lambda _: LATER)


def named(case: dict[str, Any], decision: Recorded) -> dict[str, Any]:
    return case | {"complaint": {**case.get("complaint", {}), "no": decision.case_no}}


def taken_by(context: CaseContext, decision: Recorded, caller: Caller) -> None:
    outcomes.take(context, decision.id, ACCEPTED, caller)


def kept(context: CaseContext, decision: Recorded) -> dict[str, Any]:
    found = find_decision(context, decision.id)
    assert found is not None
    return found


def refused(context: CaseContext, decision: str, case: dict[str, Any] | None = None) -> str:
    with pytest.raises(DomainError) as error:
        appeal(context, decision, WORDS, case, ANN)
    return error.value.code


def test_an_appeal_is_recorded_and_decided_in_the_same_case(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    taken_by(context, first, ANN)
    second = appeal(context, first.id, WORDS, None, BEN)
    assert (second.case_no, second.follows, second.because) == (first.case_no, first.id, "appeal")
    assert second.recommendation["remedy"] == first.recommendation["remedy"]
    with context.ledger.reading() as connection:
        entries = connection.execute(
            select(ENTRIES.c.kind, ENTRIES.c.about, ENTRIES.c.by).order_by(ENTRIES.c.seq)
        ).all()
        case = connection.execute(select(CASES.c.state, CASES.c.decision)).one()
    assert [tuple(entry) for entry in entries[2:]] == [("appeal", first.id, "ben"), ("decision", second.id, "ben")]
    assert tuple(case) == ("in_progress", second.id)
    assert kept(context, first)["state"] == "accepted"  # what was done stays so


def test_an_appeal_is_decided_at_its_own_instant(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    assert kept(context, first)["case"]["at"] != LATER
    assert kept(context, appeal(context, first.id, WORDS, None, ANN))["case"]["at"] == LATER


def test_no_machine_carries_an_appeal_out(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    second = appeal(context, first.id, WORDS, mandarins(), ANN)
    assert first.mode == second.recommendation["automation"]["mode"] == "auto"
    assert (second.mode, second.held) == ("agent", ("appeal",))


def test_each_appeal_goes_one_level_up_and_the_highest_is_another_specialist(context: CaseContext) -> None:
    decision, modes = decide(context, mandarins(), "ann"), []
    for person in (ANN, LEO, MAY, SUE, SAM):
        taken_by(context, decision, person)
        decision = appeal(context, decision.id, WORDS, mandarins(), BEN)
        modes.append(decision.mode)
    assert modes == ["lead", "manager", "specialist", "specialist", "specialist"]


def test_an_appeal_goes_above_the_role_that_decided_even_if_a_lower_one_was_enough(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    taken_by(context, first, MAY)
    assert appeal(context, first.id, WORDS, mandarins(), ANN).mode == "specialist"


def test_what_the_policies_ask_for_is_not_lowered(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    assert appeal(context, first.id, WORDS, mandarins(injury=True), ANN).mode == "specialist"


def test_what_comes_after_an_appeal_stays_at_its_level(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    taken_by(context, first, LEO)
    appealed = appeal(context, first.id, WORDS, None, ANN)
    third = decide(context, named(mandarins(), first), "ben", because="evidence_added")
    assert (appealed.mode, third.mode, third.held) == ("manager", "manager", ("person:outcome", "appeal"))
    with pytest.raises(DomainError) as error:
        outcomes.take(context, third.id, ACCEPTED, LEO)
    assert error.value.code == "decided_before"
    taken_by(context, third, MAX)


def test_a_case_without_an_appeal_stays_with_the_machine(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    assert decide(context, named(mandarins(), first), "ann", because="evidence_added").mode == "auto"


def test_the_customer_may_bring_facts_that_changed(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    second = appeal(context, first.id, WORDS, mandarins(spoiled_ratio="0.50"), ANN)
    assert second.case_no == first.case_no
    assert second.recommendation["remedy"]["refund_fen"] > first.recommendation["remedy"]["refund_fen"]


def test_another_case_or_order_is_refused(context: CaseContext) -> None:
    first, other = decide(context, mandarins(), "ann"), decide(context, mandarins(), "ann")
    assert refused(context, first.id, named(mandarins(), other)) == "other_case"
    order = {**mandarins()["order"], "no": "B2"}
    assert refused(context, first.id, mandarins() | {"order": order}) == "other_order"
    assert kept(context, first)["state"] == "open"


def test_names_are_masked_in_what_is_decided_again_from_the_ledger(context: CaseContext) -> None:
    case = mandarins()
    case["customer"]["name"] = "王小明"
    first = decide(context, case, "ann")
    second = appeal(context, first.id, WORDS, None, ANN)
    assert "王小明" not in str(kept(context, second))
    assert kept(context, second)["case"]["customer"]["name"] == "王***"


def test_only_the_latest_decision_can_be_appealed_against(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    appeal(context, first.id, WORDS, None, ANN)
    assert refused(context, first.id) == "not_latest"
    assert refused(context, "dec_none") == "no_decision"


def test_an_archived_case_is_not_opened_again(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    with context.ledger.writing("ann") as writer:
        writer.connection.execute(update(CASES).values(state="archived"))
    assert refused(context, first.id) == "not_now"
    with context.ledger.reading() as connection:
        assert connection.execute(select(ENTRIES.c.kind)).scalars().all() == ["decision"]


def test_a_proposal_is_void_once_there_is_an_appeal(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    outcomes.take(context, first.id, read(override(refund_fen=1000)), ANN)
    appeal(context, first.id, WORDS, None, ANN)
    with context.ledger.reading() as connection:
        assert connection.execute(select(PROPOSALS.c.state)).scalar_one() == "void"


def test_a_pack_without_a_fact_for_the_number_stays_in_the_case(ready: Ready, ledger: Ledger) -> None:
    context = CaseContext(ready, ledger, Settings(), lambda _: LATER)
    first = decide(context, CASE, "ann")
    second = appeal(context, first.id, WORDS, None, LIN)
    assert (second.case_no, second.follows, second.mode) == (first.case_no, first.id, "lead")


def test_of_two_appeals_at_once_one_is_decided(context: CaseContext) -> None:
    first = decide(context, mandarins(), "ann")
    gate, found = threading.Barrier(2), []

    def run() -> None:
        gate.wait()
        try:
            found.append(appeal(context, first.id, WORDS, None, ANN).follows)
        except DomainError as error:
            found.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == sorted([first.id, "not_latest"], key=str)
    with context.ledger.reading() as connection:
        assert len(connection.execute(select(DECISIONS.c.id)).all()) == 2
