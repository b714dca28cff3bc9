"""A service of another pack reads what this one decided, and acts on none of it: its limits are not the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from service import clock
from service.casework.cases.events import record_event
from service.casework.cases.timeline import timeline
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide, find_decision
from service.casework.executions import claims, executions, reviews
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.visibility import WHOLE
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES, PACKS
from service.packs import Ready
from service.settings import Settings
from tests.support.machines import ADMIN, GIVES, MACHINE, PERSON, automatic, storm
from tests.support.people import ANN, LEO, MAY, override
from tests.support.taking import ACCEPTED, WORDS, count, refused, state_of, take
from tests.support.tampering import tampering

OTHER = "other_pack_decided"
PAID = {"kind": "executed", "reference": "R-1", "refund_fen": GIVES}


@pytest.fixture
def elsewhere(ready: Ready, ledger: Ledger) -> CaseContext:
    """Return a context with another pack on the same ledger."""
    return CaseContext(ready, ledger, Settings(), clock.now)


@pytest.fixture
def first(context: CaseContext) -> Recorded:
    return decide(context, storm(), ANN)


ACTS: dict[str, Callable[[CaseContext, Recorded], Any]] = {
    "outcome": lambda context, first: outcomes.take(context, first.id, ACCEPTED, MAY),
    "appeal": lambda context, first: appeals.appeal(context, first.id, WORDS, None, LEO),
    "event": lambda context, first: record_event(context, first.case_no, {"kind": "closed"}, ADMIN),
    "facts": lambda context, first: record_event(
        context, first.case_no, {"kind": "merchant_replied", "facts": {}}, ADMIN
    ),
    "review": lambda context, first: reviews.review(context, first.id, PERSON, False, "the photo is old"),
    "claim": lambda context, first: claims.claim(context, first.id, MACHINE.name),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_another_pack_decided_is_acted_on_there(
    elsewhere: CaseContext, first: Recorded, context: CaseContext, act: Callable[[CaseContext, Recorded], Any]
) -> None:
    entries = count(context, ENTRIES)
    assert refused(lambda: act(elsewhere, first)) == OTHER
    assert count(context, ENTRIES) == entries
    assert find_decision(elsewhere, first.id) == find_decision(context, first.id)  # it is read


def test_its_story_is_the_same_wherever_it_is_read(
    context: CaseContext, elsewhere: CaseContext, first: Recorded
) -> None:
    take(context, first, override(refund_fen=9000))
    for language in ("zh", "en"):
        assert timeline(elsewhere, first.case_no, language) == timeline(context, first.case_no, language)


def test_a_story_whose_pack_is_gone_goes_by_the_one_in_use(
    context: CaseContext, elsewhere: CaseContext, first: Recorded
) -> None:
    with tampering(context.ledger) as connection:
        connection.execute(update(PACKS).values(files=b"no pack"))
    (entry,) = timeline(elsewhere, first.case_no, "en")
    assert entry["body"]["outcome"] == "remedy"
    assert entry["text"].startswith("ann registered the complaint")


def test_an_approval_is_settled_by_the_pack_whose_limits_asked_for_it(
    context: CaseContext, elsewhere: CaseContext
) -> None:
    first = decide(context, storm(), ANN)
    assert take(context, first, override(refund_fen=9000))["state"] == "waiting"
    for judge in (approvals.approve, approvals.refuse):
        assert refused(lambda judge=judge: judge(elsewhere, first.id, first.digest, None, MAY)) == OTHER
    assert state_of(context, first)[0] == "waiting"


def test_what_waits_for_people_is_listed_where_they_can_act_on_it(context: CaseContext, elsewhere: CaseContext) -> None:
    keen = CaseContext(context.ready, context.ledger, replace(context.settings, drawn_percent=100), context.clock)
    seen = automatic(keen, storm(1))
    waits = decide(context, storm(2), ANN)
    take(context, waits, override(refund_fen=9000))
    for at, listed in ((context, ([waits.id], [seen])), (elsewhere, ([], []))):
        proposed = [item["decision"] for _, item in approvals.waiting(at, MAY, None, 10)]
        with at.ledger.reading() as connection:
            drawn = [item["id"] for _, item in reviews.drawn(connection, at.ready.pack.name, 0, 10, WHOLE)]
        assert (proposed, drawn) == listed


def test_a_payment_by_hand_is_reported_where_it_was_decided(
    context: CaseContext, elsewhere: CaseContext, first: Recorded
) -> None:
    take(context, first, ACCEPTED)
    assert refused(lambda: record_event(elsewhere, first.case_no, PAID, ANN)) == OTHER
    assert record_event(context, first.case_no, PAID, ANN).state == "done"


def test_a_machine_reports_where_it_claimed(context: CaseContext, elsewhere: CaseContext) -> None:
    decision = automatic(context, storm())
    claims.claim(context, decision, MACHINE.name)
    for act in (executions.report, executions.settle):
        assert refused(lambda act=act: act(elsewhere, decision, ADMIN, "failed", "no such account")) == OTHER
    assert executions.report(context, decision, MACHINE, "executed", "PAY-1")["state"] == "executed"


def test_a_case_is_decided_again_by_its_own_pack(context: CaseContext, elsewhere: CaseContext, first: Recorded) -> None:
    case = {"submitted_at": storm()["submitted_at"], "issues": [{"kind": "broken", "injury": False}]}
    assert elsewhere.faults(case) == ()
    assert refused(lambda: decide(elsewhere, case, ADMIN, case_no=first.case_no)) == OTHER
    assert state_of(context, first)[0] == "open"
