from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from service.api.schemas.events import FORMS, Event
from service.validation.issue import ValidationIssue
from tests.support.cases import GOOD


def faults(event: Any) -> tuple[ValidationIssue, ...]:
    """Return the issues of an event; one that fits is read as it was sent."""
    schema = Event()
    try:
        assert list(schema.load(event).items()) == list(event.items())
    except ValidationError as error:
        return schema.issues(error)
    return ()


def codes(event: Any) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in faults(event)}


@pytest.mark.parametrize("event", GOOD, ids=lambda event: event["kind"])
def test_an_event_of_each_kind_fits(event: dict[str, Any]) -> None:
    assert faults(event) == ()


def test_there_is_a_good_event_of_every_kind() -> None:
    assert {event["kind"] for event in GOOD} == FORMS.keys()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ([], {("", "not_record")}),
        ({}, {("/kind", "missing")}),
        ({"kind": "notes"}, {("/kind", "not_one_of")}),
        ({"kind": ["note"]}, {("/kind", "not_one_of")}),
        ({"kind": "note"}, {("/note", "missing")}),
        ({"kind": "note", "note": " \n"}, {("/note", "missing")}),
        ({"kind": "note", "note": "x" * 2001, "score": 1}, {("/note", "text_length"), ("/score", "unknown_key")}),
        ({"kind": "closed", "at": "2026-11-22T10:00:00"}, {("/at", "naive_instant")}),
        ({"kind": "closed", "meets": []}, {("/meets", "too_few")}),
        ({"kind": "closed", "meets": ["a", "", 1]}, {("/meets/1", "not_line"), ("/meets/2", "not_text")}),
        ({"kind": "satisfaction", "score": 6}, {("/score", "not_whole")}),
        ({"kind": "satisfaction", "score": True}, {("/score", "not_whole")}),
        ({"kind": "satisfaction", "score": 1, "satisfied": 1}, {("/satisfied", "not_yes_no")}),
        ({"kind": "executed", "refund_fen": 1.5}, {("/reference", "missing"), ("/refund_fen", "float_money")}),
        (
            {"kind": "executed", "reference": "P1", "refund_fen": 2, "total_fen": 1},
            {("/total_fen", "less_than_refund")},
        ),
        ({"kind": "executed", "reference": "P\n1", "refund_fen": 1}, {("/reference", "not_line")}),
        ({"kind": "assigned", "handler": "x" * 201}, {("/handler", "text_length")}),
        ({"kind": "tag", "tag": "a|b"}, {("/tag", "not_line")}),
        ({"kind": "evidence_added", "facts": [], "case": 1}, {("/facts", "not_record"), ("/case", "not_record")}),
        ({"kind": "evidence_added", "facts": None, "line": None}, {("/facts", "not_record"), ("/line", "not_text")}),
        ({"kind": "evidence_added", "case": None, "issue": None}, {("/case", "not_record"), ("/issue", "not_whole")}),
        ({"kind": "evidence_added", "facts": {}, "case": {}}, {("/facts", "not_beside")}),
        ({"kind": "evidence_added", "issue": 0}, {("/issue", "needs_facts")}),
        ({"kind": "note", "note": "x", "facts": {}}, {("/facts", "unknown_key")}),
    ],
)  # fmt: skip
def test_an_invalid_value_is_reported_with_its_pointer(event: Any, expected: set[tuple[str, str]]) -> None:
    assert codes(event) == expected


def test_a_mistyped_kind_gets_a_suggestion() -> None:
    (fault,) = faults({"kind": "return_shiped"})
    assert "'return_shipped'" in fault.message("en")
