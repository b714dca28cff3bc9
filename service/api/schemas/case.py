"""A case, as the vocabulary of a pack describes it: its keys, and what each may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from rules.language.type_reader import UNKNOWN
from rules.language.vocabulary import Fact, Vocabulary
from rules.values.json_values import show_decimal
from rules.values.kind import MAX_MONEY, MAX_TEXT, Type
from service.api.schemas.base import PassedThrough
from service.validation.case import MOST_ISSUES, MOST_LINES, MOST_PAYMENTS, PAYMENT_FIELDS, layout

Json = dict[str, Any]

TEXT: Final[Json] = {"type": "string"}
INSTANT: Final[Json] = {"type": "string", "format": "date-time", "description": "RFC 3339 with its offset"}
NOT_KNOWN: Final[Json] = {
    "enum": [None, UNKNOWN],
    "description": "stated as not known; if it is left out, a presumption may apply",
}
_NOT_KNOWN_REF: Final[Json] = {"$ref": "#/components/schemas/NotKnown"}
_PLAIN: Final[Mapping[str, Json]] = {
    "yes_no": {"type": "boolean"},
    "instant": INSTANT,
    "date": {"type": "string", "format": "date"},
    "money": {"type": "integer", "minimum": 0, "maximum": MAX_MONEY, "description": "minor units (fen)"},
    "number": {"type": ["number", "string"], "description": "exact; a string keeps decimals exact everywhere"},
    "ratio": {"type": ["number", "string"], "description": 'from 0 to 1, such as 0.20 or "0.20"'},
    "text": {"type": "string", "maxLength": MAX_TEXT},
}


class Case(PassedThrough):
    """A case; `validation.case` checks its facts against the vocabulary."""

    code: ClassVar[str] = "case_does_not_fit"


def described(vocabulary: Vocabulary | None, examples: Sequence[Json]) -> Json:
    """Return the JSON Schema of a case; without a vocabulary it is any object."""
    return {**_case(vocabulary), "examples": list(examples)} if vocabulary else {"type": "object"}


def bounds(kind: Type) -> Json:
    """Return what a number or an amount may be, as JSON Schema says it."""
    low, high = kind.range
    return {word: show_decimal(bound) for word, bound in (("minimum", low), ("maximum", high)) if bound is not None}


def _case(vocabulary: Vocabulary) -> Json:
    parts = layout(vocabulary)
    line = _closed({**_properties(parts["line"]), "id": TEXT}, ["id"])
    issue = _closed({**_properties(parts["issue"]), "line": {"type": ["string", "null"]}})
    if "kind" in issue["properties"]:
        issue["required"] = ["kind"]
    case = _properties(parts["case"])
    case.setdefault("merchant", TEXT)
    order = case.get("order", _closed({}))
    order["properties"]["lines"] = {"type": "array", "items": line, "maxItems": MOST_LINES}
    case |= {
        "order": order,
        "issues": {"type": "array", "items": issue, "minItems": 1, "maxItems": MOST_ISSUES},
        "paid_before": {
            "type": "array",
            "maxItems": MOST_PAYMENTS,
            "items": _closed({name: of_type(kind) for name, kind in PAYMENT_FIELDS.items()}, ["amount_fen"]),
            "description": "what was given before and reduces this decision; the ledger adds what it knows",
        },
        "submitted_at": INSTANT,
        "at": {**INSTANT, "description": "the instant of the decision; the present instant if it is left out"},
        "pack": TEXT,
    }
    return _closed(case, ["submitted_at", "issues"])


def _properties(parts: Mapping[str, Fact | Mapping[str, Fact]]) -> Json:
    return {key: _fact(part) if isinstance(part, Fact) else _closed(_properties(part)) for key, part in parts.items()}


def _fact(fact: Fact) -> Json:
    schema: Json = {"anyOf": [{} if fact.ignored else of_type(fact.type), _NOT_KNOWN_REF]}
    if fact.label:
        schema["title"] = " / ".join(fact.label.values())
    if fact.ask:
        schema["description"] = " / ".join(fact.ask.values())
    return schema | ({"deprecated": True} if fact.retired else {})


def of_type(kind: Type) -> Json:
    """Return what a value of a type may be, as JSON Schema says it."""
    if kind.item is not None:
        return {"type": "array", "items": of_type(kind.item), "maxItems": kind.longest}
    if kind.fields:
        return _closed({name: of_type(inner) for name, inner in kind.fields.items()})
    return {"enum": list(kind.values)} if kind.values else _PLAIN[kind.kind] | bounds(kind)


def _closed(properties: Json, required: Sequence[str] = ()) -> Json:
    """Return the schema of an object that has no other keys."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
