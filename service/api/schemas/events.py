"""Events of a case: the parts that each kind has, and what is recorded of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, cast

from marshmallow import EXCLUDE, ValidationError, fields, missing, validates_schema

from rules.language.contract import MODES, MONEY, YES_NO
from rules.values.kind import Type
from service.api.schemas.base import Answer, KeptAsSent, Request, Variants
from service.api.schemas.case import Case
from service.api.schemas.decisions import Decision
from service.api.schemas.executions import OF_RECIPIENT
from service.api.schemas.fields import LONGEST_LINE, Object, OneOf, Part, Several, Whole, instant, issue, messages
from service.casework.decisions.facts import FACTS
from service.casework.decisions.returned_goods import PASSED
from service.casework.states import STATES
from service.validation.case import INSTANT, MOST_ISSUES, TEXT
from service.validation.fields import Known
from service.validation.issue import ValidationIssue, nearest

MOST_NAMES: Final = 20
INSPECTED: Final = (PASSED, "used", "missing", "swapped", "empty", "damaged", "unfit")  # results of an inspection
NEGOTIATED: Final = ("going_on", "agreed", "not_agreed")

Json = dict[str, Any]
Form = Mapping[str, fields.Field[Any]]


class Name(fields.String):
    """A name in one line of text: a person, a parcel, a payment."""

    default_error_messages = messages("not_text")

    def __init__(self, description: str = "", **more: Any) -> None:
        metadata = {"minLength": 1, "maxLength": LONGEST_LINE} | ({"description": description} if description else {})
        super().__init__(metadata=metadata, **more)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        read = super()._deserialize(value, *rest, **more)
        if len(read) > LONGEST_LINE:
            raise ValidationError(issue("text_length"))
        if not (read.strip() and read.isprintable()):
            raise ValidationError(issue("not_line"))
        return read


class Tag(Name):
    """A search tag; tags are stored between bars."""

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        read = super()._deserialize(value, *rest, **more)
        if "|" in read:
            raise ValidationError(issue("not_line"))
        return read


class WholeCase(Part):
    """A case whose facts the pack checks."""

    def __init__(self) -> None:
        super().__init__(Case, metadata={"description": "the whole case, stated anew"})

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


class Kind(OneOf):
    """The kind of an event; a mistyped one gets the most similar."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        super().__init__(kinds, required=True)
        self.kinds = kinds

    def deserialize(self, value: Any, *rest: Any, **more: Any) -> Any:
        """Return the kind."""
        if value is missing or value is None:
            raise ValidationError(issue("missing"))
        if not (isinstance(value, str) and value in self.kinds):
            raise ValidationError([ValidationIssue("", "not_one_of", self.kinds, nearest(str(value), self.kinds))])
        return value


class CaseEvent(KeptAsSent):
    """An event of any kind."""

    code: ClassVar[str] = "event_does_not_fit"

    at = Known(INSTANT, metadata={"description": "when it happened, where that is not now"})
    note = Known(TEXT)
    meets = Several(
        Name(),
        1,
        MOST_NAMES,
        metadata={"description": "the deadlines of the case that are met with it"},
    )

    @validates_schema(skip_on_field_errors=True)
    def fit_together(self, event: Json, **_: Any) -> None:
        """Raise ValidationError with the parts that exclude each other, and a required text that is blank."""
        if found := [*_misfits(event)]:
            raise ValidationError(found)


def _misfits(event: Json) -> Iterator[ValidationIssue]:
    """Yield the parts that exclude each other or lack another, and a required text that is blank."""
    for name in ("facts", "issue", "line"):
        if {name, "case"} <= {*event}:
            yield ValidationIssue(f"/{name}", "not_beside", ("case",))
    for name in ("issue", "line"):
        if name in event and not {*FACTS} & {*event}:
            yield ValidationIssue(f"/{name}", "needs_facts")
    if event.get("total_fen", event.get("refund_fen", 0)) < event.get("refund_fen", 0):
        yield ValidationIssue("/total_fen", "less_than_refund")
    if not event.get("note", "-").strip():
        yield ValidationIssue("/note", "missing")


_BRINGS: Final[Form] = {
    "facts": Object(metadata={"description": "values by the names of the vocabulary"}),
    "issue": Whole(0, MOST_ISSUES - 1, metadata={"description": "of which issue the facts are, counted from 0"}),
    "line": Name("of which line of the order the facts are"),
    "case": WholeCase(),
}
_SEEN: Final[Form] = {
    **_BRINGS,
    "references": Several(Name(), 1, MOST_NAMES, metadata={"description": "where the evidence lies, not the evidence"}),
}
_LINES: Final = Several(
    Name(),
    1,
    MOST_NAMES,
    metadata={
        "description": "which lines of the order came back; without them, those that the latest decision wants back"
    },
)
_OPTION: Final[Form] = {
    **_BRINGS,
    "option": Whole(0, 99, metadata={"description": "its place among the alternatives, counted from 0"}),
}
_NOTED: Final[Form] = {"note": Known(TEXT, required=True)}
_PARTS: Final[Mapping[str, Form]] = {  # of each kind, beside the parts that all have
    "evidence_added": _SEEN,
    "merchant_replied": _SEEN,
    "merchant_silent": _BRINGS,
    "return_shipped": {**_BRINGS, "lines": _LINES, "tracking_no": Name(required=True), "carrier": Name()},
    "return_inspected": {**_SEEN, "lines": _LINES, "result": Known(Type("one_of", values=INSPECTED), required=True)},
    "customer_accepted": _OPTION,
    "customer_rejected": _OPTION,
    "person_requested": _BRINGS,
    "executed": {
        "reference": Name("of the payment", required=True),
        "refund_fen": Known(MONEY, required=True),
        "total_fen": Known(MONEY),
        "account": Name(OF_RECIPIENT),
    },
    "followed_up": _NOTED,
    "satisfaction": {"score": Whole(1, 5, required=True), "satisfied": Known(YES_NO), "suggestion": Known(TEXT)},
    "summary": _NOTED,
    "tag": {
        "tag": Tag(required=True),
        "off": Known(YES_NO, metadata={"description": "true: take the tag off"}),
    },
    "assigned": {"handler": Name(required=True)},
    "dispute_negotiated": {**_BRINGS, **_NOTED, "result": Known(Type("one_of", values=NEGOTIATED), required=True)},
    "note": _NOTED,
    "closed": {},
    "archived": {},
    "reopened": _NOTED,
}
FORMS: Final[Mapping[str, type[Request]]] = {
    kind: cast(type[Request], CaseEvent.from_dict({"kind": OneOf((kind,), required=True), **parts}, name=kind))
    for kind, parts in _PARTS.items()
}


class Event(Variants):
    """An event of a case; its kind says which parts it has."""

    class Meta:
        unknown = EXCLUDE  # without a kind nothing can be said of the other parts

    code: ClassVar[str] = CaseEvent.code
    key = "kind"
    forms: ClassVar = FORMS

    kind = Kind(tuple(FORMS))


class EventRecorded(Answer):
    """An event as it was recorded, the state it led to, and the decision that followed."""

    optional = frozenset({"person", "mode", "execution", "satisfied", "waits"})

    id = fields.String()
    case_no = fields.String()
    kind = fields.String()
    state = OneOf(STATES)
    at = instant()
    person = OneOf(("has_it_now", "has_it_already", "looks_afterwards"))
    mode = OneOf(MODES)
    execution = fields.String()
    satisfied = fields.Boolean()
    waits = OneOf(("approval",), metadata={"description": "its facts are decided on once that is settled"})
    decision = fields.Nested(Decision, allow_none=True)
    masked = fields.List(fields.String())
