"""Decisions: as they are made, as they are kept, and as a search lists them."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields, validate

from rules.language.contract import KINDS, MODES
from rules.recommending.answers import OUTCOMES
from service.api.schemas.base import Answer
from service.api.schemas.case import Case
from service.api.schemas.fields import LONGEST_LINE, fen, instant
from service.api.schemas.pages import Page, many
from service.api.schemas.parameters import Choice, Flag, Parameter, Query, paging
from service.api.schemas.periods import since, until
from service.api.schemas.problems import Fault
from service.api.schemas.recommendation import Recommendation, RecordedRecommendation
from service.ledger.search import FILTERS

SIMULATE: Final = "simulate"
_CHOICES: Final = {"outcome": OUTCOMES, "mode": MODES, "remedy": KINDS}


def _held() -> fields.List[Any]:
    """Describe the reasons why a decision was kept from machines."""
    meaning = "why no machine may act on it, although the policies allow it"
    return fields.List(fields.String(), metadata={"description": meaning})


class Mode(Query):
    """Whether a decision is recorded."""

    mode = Choice(
        (SIMULATE,),
        "simulate: decide, and keep nothing. A simulated decision must not be carried out: its automation.mode is what"
        " policies say, and binds nobody",
    )


class Simulated(Answer):
    """What would be recommended."""

    optional = frozenset({"warnings"})

    recommendation = fields.Nested(Recommendation)
    warnings = many(Fault)


class Decided(Answer):
    """The fields of a decision in every response."""

    id = fields.String()
    case_no = fields.String()
    follows = fields.String(allow_none=True, metadata={"description": "the decision before it in the same case"})
    because = fields.String()
    at = instant()
    by = fields.String()
    mode = fields.String(
        allow_none=True, metadata={"description": "who may act on it: automatic only where a machine may claim it"}
    )
    held = _held()
    digest = fields.String(metadata={"description": "of the recommendation as it was decided: an approval names it"})
    recommendation = fields.Nested(RecordedRecommendation)


class Decision(Decided):
    """A decision as it was recorded."""

    optional = frozenset({"warnings"})

    warnings = many(Fault)


class KeptDecision(Decided):
    """A decision with its case, as both are kept."""

    state = fields.String()
    pack = fields.String()
    pack_digest = fields.String()
    case = fields.Nested(Case, metadata={"description": "names and contacts are masked, in free text as well"})
    findings = fields.List(
        fields.Dict(), metadata={"description": "of each issue, the facts that were known and the answers"}
    )


class Word(Parameter, fields.String):
    """A text on one line."""

    def __init__(self, description: str = "") -> None:
        metadata = {"description": description} if description else {}
        super().__init__(validate=validate.Length(1, LONGEST_LINE), metadata=metadata)

    def read(self, text: str) -> str:
        """Return the text."""
        if not (0 < len(text) <= LONGEST_LINE and text.isprintable()):
            raise ValueError(f"1-{LONGEST_LINE}")
        return text


class RuleId(Word):
    """The name of a rule, after that of its policy."""

    def read(self, text: str) -> str:
        """Return the name."""
        policy, slash, rule = super().read(text).partition("/")
        if not (policy and slash and rule) or " " in text:
            raise ValueError("policy/rule")
        return text


_LIMIT, _CURSOR = paging()
DecisionSearch: Final = Query.from_dict(
    {
        **{name: Choice(_CHOICES[name]) if name in _CHOICES else Word() for name in FILTERS},
        "rule": RuleId("policy/rule: decisions in which it matched"),
        "drawn": Flag("those drawn for review by a person, or those that were not"),
        "from": since("recorded from this instant, or this day, on"),
        "to": until("recorded before this instant, or until the end of this day"),
        "limit": _LIMIT,
        "cursor": _CURSOR,
    },
    name="DecisionSearch",
)


class DecisionRow(Answer):
    """The row of a decision in a search."""

    id = fields.String()
    case_no = fields.String()
    follows = fields.String(allow_none=True)
    because = fields.String()
    at = instant()
    day = fields.String()
    by = fields.String()
    pack = fields.String()
    pack_digest = fields.String()
    engine = fields.String()
    digest = fields.String()
    outcome = fields.String()
    mode = fields.String(
        metadata={
            "description": "who was to act on it when it was recorded; /v1/executions/next lists what machines may do"
        }
    )
    remedy = fields.String(allow_none=True)
    total_fen = fen()
    refund_fen = fen()
    party = fields.String(allow_none=True)
    severity = fields.String(allow_none=True)
    order = fields.String(allow_none=True)
    customer = fields.String(allow_none=True)
    merchant = fields.String(allow_none=True)
    category = fields.String(allow_none=True)
    cause = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    kinds = fields.List(fields.String(), metadata={"description": "what the issues are about"})
    rules = fields.List(fields.String(), metadata={"description": "policy/rule of each that matched"})
    held = _held()
    drawn = fields.Boolean(metadata={"description": "for review by a person"})
    reviewed_at = fields.String(allow_none=True)
    state = fields.String()


class DecisionPage(Page):
    """A page of decisions."""

    items = many(DecisionRow)
