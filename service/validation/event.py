"""The schema of events: the fields of each kind, and which of them are required."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from rules.values.kind import Type
from service.validation.case import INSTANT, MOST_ISSUES, TEXT
from service.validation.fields import Checked, Known, Many, Messages, Mismatch, Part, issues_of
from service.validation.issue import MOST_REPORTED, ValidationIssue, nearest

LONGEST_NAME: Final = 200
MOST_NAMES: Final = 20
PASSED: Final = "passed"
INSPECTED: Final = (PASSED, "used", "missing", "swapped", "empty", "damaged", "unfit")  # results of an inspection
NEGOTIATED: Final = ("going_on", "agreed", "not_agreed")
FACTS: Final = ("facts", "case")  # these lead to a new decision


class Name(Checked):
    """A name in one line of text: a person, a parcel, a payment."""

    def faults(self, value: Any) -> Messages:
        """Return why a value is not a name."""
        if not isinstance(value, str):
            return ["not_text"]
        if len(value) > LONGEST_NAME:
            return ["text_length"]
        return None if value.strip() and value.isprintable() else ["not_line"]


class Tag(Name):
    """A search tag; tags are stored between bars."""

    def faults(self, value: Any) -> Messages:
        """Return why a value is not a tag."""
        return super().faults(value) or (["not_line"] if "|" in value else None)


class Names(Many):
    """A list of such names."""

    def __init__(self) -> None:
        super().__init__(Part({}), 1, MOST_NAMES)

    def faults(self, value: Any) -> Messages:
        """Return the faults of all names."""
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            return super().faults(value)
        return {position: faults for position, item in enumerate(value) if (faults := Name().faults(item))}


class Whole(Checked):
    """A whole number in a range."""

    def __init__(self, least: int, most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.least, self.most = least, most

    def faults(self, value: Any) -> Messages:
        """Return the fault of a value that is not such a number."""
        fits = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        return None if fits else [Mismatch("not_whole", (f"{self.least} - {self.most}",))]


class Record(Checked):
    """An object whose keys the pack checks."""

    def faults(self, value: Any) -> Messages:
        """Return the fault of a value that is not an object."""
        return None if isinstance(value, dict) else ["not_record"]


def _one_of(*values: str, required: bool = True) -> Known:
    return Known(Type("one_of", values=values), required=required)


_SAID: Final[Mapping[str, Checked]] = {"kind": Known(TEXT), "at": Known(INSTANT), "note": Known(TEXT), "meets": Names()}
_BRINGS: Final[Mapping[str, Checked]] = {
    "facts": Record(),
    "issue": Whole(0, MOST_ISSUES - 1),  # the issue that the facts are about, where there are several
    "line": Name(),
    "case": Record(),
}
_SEEN: Final[Mapping[str, Checked]] = {
    **_BRINGS,
    "references": Names(),
}  # where evidence is stored, not the evidence itself
_OPTION: Final[Mapping[str, Checked]] = {**_BRINGS, "option": Whole(0, 99)}  # its place among the alternatives
_WITH_NOTE: Final[Mapping[str, Checked]] = {"note": Known(TEXT, required=True)}

KINDS: Final[Mapping[str, Part]] = {
    kind: Part({**_SAID, **own})
    for kind, own in {
        "evidence_added": _SEEN,
        "merchant_replied": _SEEN,
        "merchant_silent": _BRINGS,
        "return_shipped": {**_BRINGS, "lines": Names(), "tracking_no": Name(required=True), "carrier": Name()},
        "return_inspected": {**_SEEN, "lines": Names(), "result": _one_of(*INSPECTED)},
        "customer_accepted": _OPTION,
        "customer_rejected": _OPTION,
        "person_requested": _BRINGS,
        "executed": {
            "reference": Name(required=True),
            "refund_fen": Known(Type("money"), required=True),
            "total_fen": Known(Type("money")),
            "account": Name(),  # of the recipient
        },
        "followed_up": _WITH_NOTE,
        "satisfaction": {
            "score": Whole(1, 5, required=True),
            "satisfied": Known(Type("yes_no")),
            "suggestion": Known(TEXT),
        },
        "summary": _WITH_NOTE,
        "tag": {"tag": Tag(required=True), "off": Known(Type("yes_no"))},
        "assigned": {"handler": Name(required=True)},
        "dispute_negotiated": {**_BRINGS, **_WITH_NOTE, "result": _one_of(*NEGOTIATED)},
        "note": _WITH_NOTE,
        "closed": {},
        "archived": {},
        "reopened": _WITH_NOTE,
    }.items()
}


def faults(event: Any) -> tuple[ValidationIssue, ...]:
    """Return all faults of an event at once; nothing where it is valid."""
    if not isinstance(event, dict):
        return (ValidationIssue("", "not_record"),)
    kind = event.get("kind")
    if kind is None:
        return (ValidationIssue("/kind", "missing"),)
    if not isinstance(kind, str) or kind not in KINDS:
        return (ValidationIssue("/kind", "not_one_of", tuple(KINDS), nearest(str(kind), KINDS)),)
    found = list(islice(issues_of(KINDS[kind].faults(event), (), KINDS[kind].parts), MOST_REPORTED))
    return (*found, *_together(event)) if not found else tuple(found)


def _together(event: Mapping[str, Any]) -> list[ValidationIssue]:
    """Find fields that exclude each other, and a required text that is blank."""
    found = [
        ValidationIssue(f"/{key}", "not_beside", ("case",))
        for key in ("facts", "issue", "line")
        if {key, "case"} <= {*event}
    ]
    found += [
        ValidationIssue(f"/{key}", "needs_facts")
        for key in ("issue", "line")
        if key in event and not {*FACTS} & {*event}
    ]
    if event.get("total_fen", event.get("refund_fen", 0)) < event.get("refund_fen", 0):
        found.append(ValidationIssue("/total_fen", "less_than_refund"))
    if not event.get("note", "-").strip():
        found.append(ValidationIssue("/note", "missing"))
    return found
