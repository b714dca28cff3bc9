"""A service of another pack reads what this one decided, and acts on none of it: its limits are not the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from service import clock
from service.casework.cases.events import happen
from service.casework.cases.timeline import timeline
from service.casework.decisions.deciding import Recorded, decide, find
from service.casework.executions import claims, executions, reviews
from service.casework.outcomes import appeals, approvals, outcomes
from service.casework.visibility import WHOLE
from service.casework.workspace import Workspace
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
def elsewhere(ready: Ready, ledger: Ledger) -> Workspace:
    """Return a desk that decides by another pack on the same ledger."""
    return Workspace(ready, ledger, Settings(), clock.now)


@pytest.fixture
def first(desk: Workspace) -> Recorded:
    return decide(desk, storm(), ANN)


ACTS: dict[str, Callable[[Workspace, Recorded], Any]] = {
    "outcome": lambda desk, first: outcomes.take(desk, first.id, ACCEPTED, MAY),
    "appeal": lambda desk, first: appeals.appeal(desk, first.id, WORDS, None, LEO),
    "event": lambda desk, first: happen(desk, first.case_no, {"kind": "closed"}, ADMIN),
    "facts": lambda desk, first: happen(desk, first.case_no, {"kind": "merchant_replied", "facts": {}}, ADMIN),
    "review": lambda desk, first: reviews.review(desk, first.id, PERSON, False, "the photo is old"),
    "claim": lambda desk, first: claims.claim(desk, first.id, MACHINE.name),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_another_pack_decided_is_acted_on_there(
    elsewhere: Workspace, first: Recorded, desk: Workspace, act: Callable[[Workspace, Recorded], Any]
) -> None:
    entries = count(desk, ENTRIES)
    assert refused(lambda: act(elsewhere, first)) == OTHER
    assert count(desk, ENTRIES) == entries
    assert find(elsewhere, first.id) == find(desk, first.id)  # it is read


def test_its_story_is_the_same_wherever_it_is_read(desk: Workspace, elsewhere: Workspace, first: Recorded) -> None:
    take(desk, first, override(refund_fen=9000))
    for language in ("zh", "en"):
        assert timeline(elsewhere, first.case_no, language) == timeline(desk, first.case_no, language)


def test_a_story_whose_pack_is_gone_goes_by_the_one_in_use(
    desk: Workspace, elsewhere: Workspace, first: Recorded
) -> None:
    with tampering(desk.ledger) as connection:
        connection.execute(update(PACKS).values(files=b"no pack"))
    (told,) = timeline(elsewhere, first.case_no, "en")
    assert told["body"]["outcome"] == "remedy"
    assert told["text"].startswith("ann registered the complaint")


def test_an_approval_is_settled_by_the_pack_whose_limits_asked_for_it(desk: Workspace, elsewhere: Workspace) -> None:
    first = decide(desk, storm(), ANN)
    assert take(desk, first, override(refund_fen=9000))["state"] == "waiting"
    for judge in (approvals.approve, approvals.refuse):
        assert refused(lambda judge=judge: judge(elsewhere, first.id, first.digest, None, MAY)) == OTHER
    assert state_of(desk, first)[0] == "waiting"


def test_what_waits_for_people_is_listed_where_they_can_act_on_it(desk: Workspace, elsewhere: Workspace) -> None:
    keen = Workspace(desk.ready, desk.ledger, replace(desk.settings, drawn_percent=100), desk.clock)
    seen = automatic(keen, storm(1))
    waits = decide(desk, storm(2), ANN)
    take(desk, waits, override(refund_fen=9000))
    for at, listed in ((desk, ([waits.id], [seen])), (elsewhere, ([], []))):
        proposed = [item["decision"] for _, item in approvals.waiting(at, MAY, None, 10)]
        with at.ledger.reading() as connection:
            drawn = [item["id"] for _, item in reviews.drawn(connection, at.ready.pack.name, 0, 10, WHOLE)]
        assert (proposed, drawn) == listed


def test_a_payment_by_hand_is_reported_where_it_was_decided(
    desk: Workspace, elsewhere: Workspace, first: Recorded
) -> None:
    take(desk, first, ACCEPTED)
    assert refused(lambda: happen(elsewhere, first.case_no, PAID, ANN)) == OTHER
    assert happen(desk, first.case_no, PAID, ANN).state == "done"


def test_a_machine_reports_where_it_claimed(desk: Workspace, elsewhere: Workspace) -> None:
    decision = automatic(desk, storm())
    claims.claim(desk, decision, MACHINE.name)
    for act in (executions.report, executions.settle):
        assert refused(lambda act=act: act(elsewhere, decision, ADMIN, "failed", "no such account")) == OTHER
    assert executions.report(desk, decision, MACHINE, "executed", "PAY-1")["state"] == "executed"


def test_a_case_is_decided_again_by_its_own_pack(desk: Workspace, elsewhere: Workspace, first: Recorded) -> None:
    case = {"submitted_at": storm()["submitted_at"], "issues": [{"kind": "broken", "injury": False}]}
    assert elsewhere.faults(case) == ()
    assert refused(lambda: decide(elsewhere, case, ADMIN, case_no=first.case_no)) == OTHER
    assert state_of(desk, first)[0] == "open"
