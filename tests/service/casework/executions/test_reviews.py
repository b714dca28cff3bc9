from __future__ import annotations

from dataclasses import replace

import pytest

from service.casework.context import CaseContext
from service.casework.executions.claims import claim
from service.casework.executions.reviews import drawn, review
from service.casework.visibility import WHOLE
from service.ledger.store import Ledger
from tests.support.machines import MACHINE, PERSON, automatic, decided, refusal, standing, storm
from tests.support.rows import entries_of


@pytest.fixture
def drawing(context: CaseContext) -> CaseContext:
    """Return a context in which every automatic decision is drawn for review."""
    return CaseContext(context.ready, context.ledger, replace(context.settings, drawn_percent=100), context.clock)


def queue(ledger: Ledger) -> list[str]:
    with ledger.reading() as connection:
        return [one["id"] for _, one in drawn(connection, "cn", 0, 10, WHOLE)]


def test_what_was_drawn_waits_until_a_person_says_what_it_was(drawing: CaseContext, ledger: Ledger) -> None:
    decision, other = automatic(drawing, storm(1)), automatic(drawing, storm(2))
    decided(drawing, storm(3, customer__risk="flagged"))
    claim(drawing, decision, MACHINE.name)
    assert queue(ledger) == [decision, other]
    assert review(drawing, decision, PERSON, True, "as I would have")["by"] == "wang"
    assert queue(ledger) == [other]
    assert entries_of(ledger, "review") == [("review", "wang", {"right": True, "note": "as I would have"})]
    assert refusal(lambda: review(drawing, decision, PERSON, False, "no"))[0] == "reviewed_already"
    assert standing(ledger, decision) == ("auto", "claimed")


def test_what_is_found_wrong_in_time_is_taken_from_the_machines(drawing: CaseContext, ledger: Ledger) -> None:
    decision = automatic(drawing, storm())
    review(drawing, decision, PERSON, False, "the photo is old")
    assert standing(ledger, decision) == ("agent", "open")
    assert refusal(lambda: claim(drawing, decision, MACHINE.name))[0] == "not_automatic"


def test_only_people_review_and_only_what_was_drawn(context: CaseContext, drawing: CaseContext) -> None:
    assert refusal(lambda: review(drawing, automatic(drawing, storm(1)), MACHINE, True, "x"))[0] == "for_people"
    assert refusal(lambda: review(context, "dec_none", PERSON, True, "x"))[0] == "no_decision"
    undrawn = CaseContext(context.ready, context.ledger, replace(context.settings, drawn_percent=0), context.clock)
    decision = automatic(undrawn, storm(2))
    assert refusal(lambda: review(undrawn, decision, PERSON, True, "x"))[0] == "not_drawn"
