from __future__ import annotations

import pytest
from sqlalchemy import update

from service.api.schemas.events import FORMS
from service.casework.context import CaseContext
from service.casework.decisions.deciding import decide
from service.casework.projection.row_changes import before_of
from service.casework.states import ACTIVE, STATES, TRANSITIONS, next_state, state_columns
from service.errors import DomainError
from service.ledger.tables import CASES
from tests.support.at_counter import complaint


def put(office: CaseContext, case_no: str, state: str) -> None:
    with office.ledger.writing("test") as writer:
        writer.connection.execute(update(CASES).where(CASES.c.no == case_no).values(state=state))


@pytest.mark.parametrize("event", sorted(TRANSITIONS))
def test_every_event_leads_from_known_states_to_known_states(event: str) -> None:
    assert {*TRANSITIONS[event], *TRANSITIONS[event].values()} <= {*STATES}


def test_every_kind_of_event_is_a_step() -> None:
    assert FORMS.keys() - {"satisfaction"} <= TRANSITIONS.keys()


def test_every_state_but_the_first_can_be_reached_and_left() -> None:
    steps = {(a, b) for event in TRANSITIONS.values() for a, b in event.items() if a != b}
    assert {b for _, b in steps} == {*STATES} - {"pending"}
    assert {a for a, _ in steps} == {*STATES}


@pytest.mark.meets("S-050", "S-118", "S-224")
@pytest.mark.parametrize("event", sorted(TRANSITIONS))
def test_every_event_is_taken_or_refused_as_the_table_says(event: str) -> None:
    for state in STATES:
        if state in TRANSITIONS[event]:
            assert next_state(state, event) == TRANSITIONS[event][state]
        else:
            with pytest.raises(DomainError) as refused:
                next_state(state, event)
            assert refused.value.code == "not_now"


def test_the_day_of_closing_is_kept_until_the_case_goes_on() -> None:
    case: dict[str, str | None] = {"state": "in_progress", "closed_at": None}
    found = []
    for day, event in enumerate(("closed", "note", "archived", "reopened")):
        before = str(case["state"])
        case |= state_columns(before, next_state(before, event), f"day {day}")
        found.append((case["state"], case["closed_at"]))
    assert found == [("closed", "day 0"), ("closed", "day 0"), ("archived", "day 0"), ("in_progress", None)]
    assert case["state"] in ACTIVE


def test_a_missing_case_cannot_change_its_state(office: CaseContext) -> None:
    with office.ledger.reading() as connection, pytest.raises(DomainError) as refused:
        before_of(connection, "Tousu-20261122-9999")
    assert refused.value.code == "no_case"


@pytest.mark.meets("S-111")
def test_an_archived_case_is_decided_again_only_after_it_is_reopened(office: CaseContext) -> None:
    no = decide(office, complaint(), "小李").case_no
    put(office, no, "archived")
    with pytest.raises(DomainError) as refused:
        decide(office, complaint(complaint={"no": no}), "小李")
    assert refused.value.code == "not_now"
    put(office, no, "closed")
    assert decide(office, complaint(complaint={"no": no}), "小李").follows is not None
