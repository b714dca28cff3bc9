from __future__ import annotations

import pytest
from sqlalchemy import select, update

from service.casework.decisions.deciding import decide
from service.casework.states import EVENTS, GOING, STATES, move
from service.casework.workspace import Workspace
from service.errors import DomainError
from service.ledger.tables import CASES
from service.validation.event import KINDS
from tests.support.at_counter import complaint


def put(office: Workspace, case_no: str, state: str) -> None:
    with office.ledger.writing("test") as writer:
        writer.connection.execute(update(CASES).where(CASES.c.no == case_no).values(state=state))


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_leads_from_known_states_to_known_states(event: str) -> None:
    assert {*EVENTS[event], *EVENTS[event].values()} <= {*STATES}


def test_every_kind_of_event_is_a_step() -> None:
    assert KINDS.keys() - {"satisfaction"} <= EVENTS.keys()


def test_every_state_but_the_first_can_be_reached_and_left() -> None:
    steps = {(a, b) for event in EVENTS.values() for a, b in event.items() if a != b}
    assert {b for _, b in steps} == {*STATES} - {"pending"}
    assert {a for a, _ in steps} == {*STATES}


@pytest.mark.meets("S-050", "S-118", "S-224")
def test_every_event_is_taken_or_refused_as_the_table_says(office: Workspace) -> None:
    no = decide(office, complaint(), "小李").case_no
    for event, steps in EVENTS.items():
        for state in STATES:
            put(office, no, state)
            with office.ledger.writing("小李") as writer:
                if state in steps:
                    assert move(writer, no, event) == steps[state]
                else:
                    with pytest.raises(DomainError) as refused:
                        move(writer, no, event)
                    assert refused.value.code == "not_now"
            with office.ledger.reading() as connection:
                found = connection.execute(select(CASES.c.state).where(CASES.c.no == no)).scalar_one()
            assert found == steps.get(state, state)


def test_the_day_of_closing_is_kept_until_the_case_goes_on(office: Workspace) -> None:
    no = decide(office, complaint(), "小李").case_no
    told = []
    for event in ("closed", "note", "archived", "reopened"):
        with office.ledger.writing("小李") as writer:
            state = move(writer, no, event)
        with office.ledger.reading() as connection:
            closed_at = connection.execute(select(CASES.c.closed_at).where(CASES.c.no == no)).scalar_one()
        told.append((state, closed_at is not None))
    assert told == [("closed", True), ("closed", True), ("archived", True), ("in_progress", False)]
    assert told[-1][0] in GOING


def test_a_case_that_is_not_there_cannot_move(office: Workspace) -> None:
    with office.ledger.writing("小李") as writer, pytest.raises(DomainError) as refused:
        move(writer, "Tousu-20261122-9999", "note")
    assert refused.value.code == "no_case"


@pytest.mark.meets("S-111")
def test_a_case_in_the_archive_is_decided_again_only_once_it_is_reopened(office: Workspace) -> None:
    no = decide(office, complaint(), "小李").case_no
    put(office, no, "archived")
    with pytest.raises(DomainError) as refused:
        decide(office, complaint(complaint={"no": no}), "小李")
    assert refused.value.code == "not_now"
    put(office, no, "closed")
    assert decide(office, complaint(complaint={"no": no}), "小李").follows is not None
