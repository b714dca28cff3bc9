"""Outcomes, approvals and appeals: what people send about a decision, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, post_load, validates_schema

from rules.language.contract import KIND, KINDS, MONEY, ROLES, YES_NO
from rules.recommending.remedy import GIVES_NOTHING
from rules.values.kind import Type
from service.api.schemas.base import Answer, KeptAsSent, NullLeftOut, Request
from service.api.schemas.case import Case
from service.api.schemas.fields import OneOf, Part, Position, Several, Statement, instant
from service.api.schemas.pages import Page, many
from service.api.schemas.parameters import Choice as Chosen
from service.api.schemas.parameters import Query, paging
from service.casework.choices import OPTION, OVERRIDE, WAYS, Choice, Given
from service.casework.outcomes.appeals import PARTIES
from service.i18n.terms import ANOTHER, REASONS, TERMS
from service.validation.fields import Known
from service.validation.issue import ValidationIssue

MOST_EVIDENCE: Final = 50
AMOUNTS: Final = ("refund_fen", "compensation_fen", "goodwill_fen")
REFUNDS: Final = ("refund", "return_refund", "price_difference")  # kinds that are nothing without a refund
COMPENSATION: Final = "compensation"
REASON: Final = Type("one_of", values=tuple(REASONS), labels=REASONS)
WHY: Final = "why something else is done than recommended; `another` wants a note"
_NULL: Final = {"type": "null"}

Json = dict[str, Any]


def _choice(name: str, required: tuple[str, ...] = (), **others: Any) -> Json:
    """Return what JSON Schema says of the body of a choice; each form says which parts it has to have or not."""
    parts = {"option": _NULL, "refund_fen": _NULL, "override": _NULL, **others, "choice": {"const": name}}
    return {"title": name, "properties": parts, "required": ["choice", *required]}


class Override(Request):
    """What the customer gets instead of what was recommended."""

    kind = Known(KIND, required=True)
    refund_fen = Known(MONEY)
    compensation_fen = Known(MONEY)
    goodwill_fen = Known(MONEY)


class OutcomeChoice(NullLeftOut):
    """What is to be done with a decision: the recommendation, one of its options, or something else."""

    parts: ClassVar = {OPTION: ("option", "refund_fen"), OVERRIDE: ("override",)}  # that a choice may have
    needed: ClassVar = {OPTION: ("option",), OVERRIDE: ("override", "reason")}
    keywords: ClassVar = {
        "oneOf": [
            _choice("accepted"),
            _choice(OPTION, needed[OPTION], option={"type": "integer"}, refund_fen={}),
            _choice(OVERRIDE, needed[OVERRIDE], override={"type": "object"}, reason={"type": "string"}),
        ],
        "if": {"properties": {"reason": {"const": ANOTHER}}, "required": ["reason"]},
        "then": {"properties": {"note": {"type": "string"}}, "required": ["note"]},
    }

    choice = Known(Type("one_of", values=WAYS), required=True)
    option = Position(allow_none=True, metadata={"description": "position among the alternatives"})
    refund_fen = Known(
        MONEY, allow_none=True, metadata={"description": "of the option: from its refund_fen to its up_to_fen"}
    )
    override = Part(Override, allow_none=True)
    reason = Known(REASON, allow_none=True, metadata={"description": WHY})
    note = Statement(allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def fit_together(self, data: Json, **_: Any) -> None:
        """Raise ValidationError with what a choice lacks, what belongs to another one, and senseless amounts."""
        if found := [*self._misplaced(data), *_senseless(data.get("override"))]:
            raise ValidationError(found)

    def _misplaced(self, data: Json) -> Iterator[ValidationIssue]:
        way = data["choice"]
        for name in self.needed.get(way, ()):
            if name not in data:
                yield ValidationIssue(f"/{name}", "missing")
        for name in ("option", "refund_fen", "override"):
            if name in data and name not in self.parts.get(way, ()):
                yield ValidationIssue(f"/{name}", "not_wanted", (way,))
        if data.get("reason") == ANOTHER and "note" not in data:
            yield ValidationIssue("/note", "note_for_other")

    @post_load
    def chosen(self, data: Json, **_: Any) -> Choice:
        """Return the choice."""
        override = Given(**data["override"]) if "override" in data else None
        named = {name: data.get(name) for name in ("option", "refund_fen", "reason", "note")}
        return Choice(data["choice"], override=override, **named)


def _senseless(override: Json | None) -> Iterator[ValidationIssue]:
    """Yield amounts that do not go with the kind of remedy."""
    if override is None:
        return
    kind, refund = override["kind"], override.get("refund_fen", 0)
    if kind in GIVES_NOTHING and refund:
        yield ValidationIssue("/override/refund_fen", "gives_nothing", (kind,))
    if kind in REFUNDS and not refund:
        yield ValidationIssue("/override/refund_fen", "amount_wanted", (kind,))
    if kind == COMPENSATION and not any(override.get(name) for name in AMOUNTS):
        yield ValidationIssue("/override/compensation_fen", "amount_wanted", (kind,))


class ApprovalChoice(NullLeftOut):
    """Whether what was proposed is approved, and for which digest of the decision."""

    approve = Known(YES_NO, required=True)
    digest = Statement(required=True, metadata={"description": "of the decision"})
    note = Statement(allow_none=True)


class Evidence(KeptAsSent):
    """Something that supports an appeal."""

    kind = Statement(required=True)
    ref = Statement()
    note = Statement()


class Appeal(NullLeftOut, KeptAsSent):
    """Who appeals and on what grounds, and the case as it is now, where it is sent along."""

    by = Known(Type("one_of", values=PARTIES), required=True)
    grounds = Statement(required=True)
    evidence = Several(Part(Evidence), 1, MOST_EVIDENCE, allow_none=True)
    case = Part(
        Case,
        allow_none=True,
        metadata={"description": "the whole case with facts that changed; else as kept"},
    )


class _Given(Answer):
    """What a person chose, and what the customer gets by it."""

    choice = OneOf(WAYS)
    way = OneOf(WAYS, metadata={"deprecated": True, "description": "the same as `choice`; goes with the next version"})
    option = fields.Integer(allow_none=True)
    kind = OneOf(KINDS)
    refund_fen = Known(MONEY)
    compensation_fen = Known(MONEY)
    goodwill_fen = Known(MONEY)
    voucher_fen = Known(MONEY)
    return_required = fields.Boolean()
    total_fen = Known(MONEY)
    recommended_fen = Known(MONEY)
    reason = Known(REASON, allow_none=True, metadata={"description": WHY})
    note = fields.String(allow_none=True)
    digest = fields.String()
    by = fields.String()


class Outcome(_Given):
    """An outcome that holds."""

    optional = frozenset({"proposal"})

    approved_by = fields.String(allow_none=True)
    role = fields.String(metadata={"description": "of the person who approved it, else of the one who took it"})
    proposal = fields.String()
    at = instant()


class Proposal(_Given):
    """An outcome that waits for approval; what was erased leaves its maker and who may approve it."""

    optional = frozenset(_Given().fields) - {"by"}

    id = fields.String()
    needs = OneOf(ROLES, metadata={"description": "the role that may approve it"})


class DecisionStanding(Answer):
    """What was done with a decision, or what waits for approval."""

    optional = frozenset({"followed_by"})

    decision = fields.String()
    case_no = fields.String()
    digest = fields.String(metadata={"description": "of the decision: an approval names it"})
    state = OneOf(tuple(TERMS["decision"]))
    outcome = fields.Nested(Outcome, allow_none=True)
    proposal = fields.Nested(Proposal, allow_none=True)
    followed_by = fields.String(metadata={"description": "the decision on what came in while the approval waited"})


class ApprovalsAsked(Query):
    """The proposals that are wanted."""

    needs = Chosen(ROLES, "the role that it waits for")
    limit, cursor = paging()


class Approvable(Answer):
    """A proposal that waits for approval."""

    decision = fields.String()
    case_no = fields.String()
    severity = fields.String(allow_none=True)
    news = fields.List(
        fields.String(), metadata={"description": "events with facts that came in since it was proposed"}
    )
    digest = fields.String()
    may_approve = fields.Boolean(metadata={"description": "whether the caller may approve it"})
    proposal = fields.Nested(Proposal)


class Approvals(Page):
    """A page of them."""

    items = many(Approvable)


class OutcomeReason(Answer):
    """A reason for an override."""

    code = fields.String()
    label = fields.Dict()


class OutcomeReasons(Answer):
    """All reasons."""

    items = many(OutcomeReason)
