"""Cases, their timeline and their deadlines."""

from __future__ import annotations

from marshmallow import fields, validate

from rules.language.contract import MODES, ROLES
from service.api.schemas.base import Answer
from service.api.schemas.fields import LONGEST_LINE, OneOf, instant
from service.api.schemas.pages import Page, many
from service.api.schemas.parameters import LARGEST_PAGE, Choice, Flag, Parameter, Query, paging
from service.casework.states import STATES


class Named(Parameter, fields.String):
    """A name that a case is filed under."""

    def __init__(self, what: str) -> None:
        super().__init__(validate=validate.Length(1, LONGEST_LINE), metadata={"description": f"of this {what}"})

    def read(self, text: str) -> str:
        """Return the name."""
        if not 0 < len(text) <= LONGEST_LINE:
            raise ValueError(f"1 - {LONGEST_LINE}")
        return text


class CasesAsked(Query):
    """The cases that are wanted."""

    state = Choice(STATES, "in this state")
    customer = Named("customer")
    order = Named("order")
    merchant = Named("merchant")
    handler = Named("handler")
    tag = Named("tag")
    overdue = Flag("true: go on and missed a deadline; false: go on and missed none")
    limit, cursor = paging()


class CaseFiled(Answer):
    """A case, as a list shows it."""

    no = fields.String()
    pack = fields.String()
    state = OneOf(STATES)
    opened_at = instant()
    changed_at = instant()
    closed_at = fields.String(allow_none=True)
    decision = fields.String(metadata={"description": "the latest"})
    severity = fields.String(allow_none=True)
    order_no = fields.String(allow_none=True)
    customer = fields.String(allow_none=True)
    merchant = fields.String(allow_none=True)
    handler = fields.String(allow_none=True)
    satisfied = fields.Boolean(allow_none=True)
    tags = fields.List(fields.String())
    person_requested_at = fields.String(
        allow_none=True, metadata={"description": "since when the customer wants a person; no machine acts then"}
    )


class CasePage(Page):
    """A page of cases."""

    items = many(CaseFiled)


class LatestDecision(Answer):
    """The latest decision of a case."""

    id = fields.String()
    because = fields.String()
    at = instant()
    by = fields.String()
    outcome = fields.String()
    mode = OneOf(MODES)
    remedy = fields.String(allow_none=True)
    total_fen = fields.Integer()
    state = fields.String()


class Deadline(Answer):
    """A deadline of a case."""

    name = fields.String()
    decision = fields.String()
    due_at = instant()
    on_timeout = fields.String(allow_none=True)
    met_at = fields.String(allow_none=True)
    escalated_at = fields.String(allow_none=True)


class CaseStanding(CaseFiled):
    """A case with its latest decision and its deadlines."""

    latest = fields.Nested(LatestDecision)
    clocks = many(Deadline)


class TimelineAsked(Query):
    """The part of a timeline that is wanted."""

    limit, cursor = paging(LARGEST_PAGE)


class TimelineEntry(Answer):
    """An entry of a case."""

    seq = fields.Integer()
    id = fields.String()
    kind = fields.String()
    about = fields.String(allow_none=True, metadata={"description": "the decision that it is about"})
    at = instant()
    by = fields.String()
    erased = fields.Boolean()
    body = fields.Dict(
        allow_none=True, metadata={"description": "null where it was erased, or is no longer what was recorded"}
    )
    text = fields.String(metadata={"description": "the entry as a sentence in the language of the reader"})


class Timeline(Page):
    """A page of the entries of a case."""

    class Meta(Answer.Meta):
        fields = ("case_no", "items", "next_cursor")

    case_no = fields.String()
    items = many(TimelineEntry)


class OverdueAsked(Query):
    """The part of the list of missed deadlines that is wanted."""

    limit, cursor = paging(LARGEST_PAGE)


class Missed(Answer):
    """A deadline that was missed; of one that was escalated just now, also the level it went to and its entry."""

    optional = frozenset({"mode", "entry"})

    case_no = fields.String()
    clock = fields.String()
    due_at = instant()
    on_timeout = fields.String(allow_none=True)
    escalated_at = fields.String(allow_none=True)
    decision = fields.String()
    state = fields.String()
    severity = fields.String(allow_none=True)
    handler = fields.String(allow_none=True)
    mode = OneOf(
        ROLES,
        allow_none=True,
        metadata={"description": "the level it went to; null where it could go no higher"},
    )
    entry = fields.String()


class Overdue(Page):
    """A page of missed deadlines."""

    items = many(Missed)


class Escalated(Answer):
    """The deadlines that were escalated now."""

    items = many(Missed)
