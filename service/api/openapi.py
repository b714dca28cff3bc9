"""What /openapi.json says of each operation; the schemas come from the pack's vocabulary and the core's outline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apispec import BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from rules.language.type_reader import UNKNOWN
from rules.language.vocabulary import Fact, Vocabulary
from rules.recommending.outline import RECOMMENDATION, Outline
from rules.values.json_values import show_decimal
from rules.values.kind import MAX_MONEY, MAX_TEXT, Type
from service.api.describe import (
    INSTANT,
    LANGUAGE,
    NO_LEDGER,
    REQUEST_ID,
    TEXT,
    TEXT_OR_NONE,
    answered,
    closed,
    problem,
    ref,
    shaped,
)
from service.api.idempotency import header
from service.api.schemas.base import PassedThrough
from service.validation.case import MOST_ISSUES, MOST_LINES, MOST_PAYMENTS, PAYMENT_FIELDS, layout

Json = dict[str, Any]

_PLAIN: Final[Mapping[str, Json]] = {
    "yes_no": {"type": "boolean"},
    "instant": INSTANT,
    "date": {"type": "string", "format": "date"},
    "money": {"type": "integer", "minimum": 0, "maximum": MAX_MONEY, "description": "minor units (fen)"},
    "number": {"type": ["number", "string"], "description": "exact; a string keeps decimals exact everywhere"},
    "ratio": {"type": ["number", "string"], "description": 'from 0 to 1, such as 0.20 or "0.20"'},
    "text": {"type": "string", "maxLength": MAX_TEXT},
}


_LIST: Final[Json] = {"type": "array", "items": {"type": "object"}}
_WARNINGS: Final[Json] = {"type": "array", "items": ref("Fault")}
_DECIDED: Final[Json] = {
    "id": TEXT,
    "case_no": TEXT,
    "follows": TEXT_OR_NONE | {"description": "the decision before it in the same case"},
    "because": TEXT,
    "at": INSTANT,
    "by": TEXT,
    "mode": TEXT_OR_NONE | {"description": "who may act on it: automatic only where a machine may claim it"},
    "held": {"type": "array", "items": TEXT, "description": "why no machine may, though the policies would let it"},
    "digest": TEXT | {"description": "of the recommendation as it was decided: an approval names it"},
    "recommendation": ref("RecordedRecommendation"),
}
_NO_PACK: Final = problem("no pack is in use")

DECISIONS: Final[Json] = {
    "operationId": "decide",
    "parameters": [
        LANGUAGE,
        REQUEST_ID,
        {
            "name": "mode",
            "in": "query",
            "schema": {"enum": ["simulate"]},
            "description": (
                "simulate: decide, and keep nothing. Nothing simulated may be carried out: its automation.mode is what"
                " policies say, and binds nobody"
            ),
        },
        header(required=False),
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": ref("Case")}}},
    "responses": {
        "200": answered("What would be recommended; nothing was kept", "Simulated"),
        "201": answered("The decision; a refusal, a question and a review are answers too", "Decision"),
        "400": problem("the body is not JSON, or a key stands twice in an object"),
        "403": problem("the caller may not decide"),
        "404": problem("the case names a number that was never given"),
        "409": problem(
            "the case is archived, or is about another merchant, order or customer than its number; an approval waits"
            " in it that the caller could not give; or the request with this Idempotency-Key runs or lost its answer"
        ),
        "413": problem("the body is over 1 MiB"),
        "415": problem("the body is not application/json"),
        "422": problem("the case does not fit the vocabulary, every fault is told; or the key is another request's"),
        **NO_LEDGER,
    },
}
DECISION: Final[Json] = {
    "operationId": "decision",
    "parameters": [LANGUAGE, REQUEST_ID],
    "responses": {
        "200": answered("The decision with the case as it was kept", "KeptDecision"),
        "403": problem("the caller may not read the ledger"),
        "404": problem("there is no such decision"),
        "410": problem("what was kept of it was erased, or is no longer what was recorded"),
        **NO_LEDGER,
    },
}
VOCABULARY: Final[Json] = {
    "operationId": "vocabulary",
    "parameters": [REQUEST_ID],
    "responses": {"200": answered("All facts that a case may state", "Vocabulary"), "503": _NO_PACK},
}
HEALTH: Final[Json] = {"operationId": "healthz", "responses": {"200": answered("The process answers", "Health")}}
READINESS: Final[Json] = {
    "operationId": "readyz",
    "responses": {
        "200": answered("A pack is in use, and the ledger can be read and written to", "Readiness"),
        "503": problem("no pack is in use, or the ledger cannot be used at present: `code` says why"),
    },
}
METRICS: Final[Json] = {
    "operationId": "metrics",
    "responses": {
        "200": {
            "description": "What was counted and timed since the start, as Prometheus reads it",
            "content": {"text/plain": {"schema": TEXT}},
        },
        "403": problem("the caller may not read the ledger"),
    },
}


class Converter(OpenAPIConverter):
    """Adds the keywords of a schema, and says nothing of one that a pack describes."""

    def schema2jsonschema(self, schema: Any) -> Json:
        """Return a schema as JSON Schema."""
        if isinstance(schema, PassedThrough):
            return {}
        made: Json = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call]
        return made | dict(getattr(schema, "keywords", {}))  # flask-smorest brings a schema of its own


class SchemaPlugin(MarshmallowPlugin):
    """apispec's plugin for schemas, with our converter."""

    Converter = Converter


class ProblemsEverywhere(BasePlugin):
    """Says of each operation what every one may answer, and of those with a body that it may be too large."""

    def operation_helper(self, path: str | None = None, operations: Json | None = None, **_: Any) -> None:
        """Add the problems that are not written at each operation."""
        for operation in (operations or {}).values():
            operation["responses"].setdefault("500", problem("something went wrong inside; a person has to decide"))
            if "requestBody" in operation:
                operation["responses"].setdefault("413", problem("the body is over 1 MiB"))


def schemas(vocabulary: Vocabulary | None, examples: Sequence[Json] = ()) -> dict[str, Json]:
    """Return all named schemas; without a vocabulary a case is any object."""
    return {
        "Case": {**_case(vocabulary), "examples": list(examples)} if vocabulary else {"type": "object"},
        "NotKnown": {"enum": [None, UNKNOWN], "description": "said not to be known; left out, a presumption may apply"},
        "Simulated": shaped({"recommendation": ref("Recommendation"), "warnings": _WARNINGS}, ["recommendation"]),
        "Decision": shaped({**_DECIDED, "warnings": _WARNINGS}, list(_DECIDED)),
        "KeptDecision": shaped(
            {
                **_DECIDED,
                "state": TEXT,
                "pack": TEXT,
                "pack_digest": TEXT,
                "case": ref("Case") | {"description": "names and contacts are masked, in free text as well"},
                "findings": _LIST | {"description": "of each issue, the facts that were known and the answers"},
            },
            [*_DECIDED, "state", "pack", "pack_digest", "case", "findings"],
        ),
        "Recommendation": _outlined(RECOMMENDATION)
        | {"description": "what policies say; of a decision, see RecordedRecommendation"},
        "RecordedRecommendation": _recorded(),
        "Vocabulary": shaped(
            {"pack": TEXT, "digest": TEXT, "groups": _LIST, "items": {"type": "array", "items": _FACT}},
            ["pack", "digest", "groups", "items"],
        ),
        "Health": shaped({"status": {"const": "ok"}}, ["status"]),
        "Readiness": shaped(
            {"status": {"const": "ready"}, "pack": TEXT, "digest": TEXT, "age_seconds": {"type": "integer"}},
            ["status", "pack", "digest", "age_seconds"],
        ),
    }


_FACT: Final[Json] = {
    "type": "object",
    "properties": {"name": TEXT, "path": TEXT, "type": {"type": "object"}, "label": {"type": "object"}},
    "required": ["name", "path", "type", "label"],
}


def _case(vocabulary: Vocabulary) -> Json:
    parts = layout(vocabulary)
    line = closed({**_properties(parts["line"]), "id": {"type": "string"}}, ["id"])
    issue = closed({**_properties(parts["issue"]), "line": {"type": ["string", "null"]}}, [])
    if "kind" in issue["properties"]:
        issue["required"] = ["kind"]
    case = _properties(parts["case"])
    case.setdefault("merchant", TEXT)
    order = case.get("order", closed({}, []))
    order["properties"]["lines"] = {"type": "array", "items": line, "maxItems": MOST_LINES}
    case |= {
        "order": order,
        "issues": {"type": "array", "items": issue, "minItems": 1, "maxItems": MOST_ISSUES},
        "paid_before": {
            "type": "array",
            "maxItems": MOST_PAYMENTS,
            "items": closed({name: _type(kind) for name, kind in PAYMENT_FIELDS.items()}, ["amount_fen"]),
            "description": "what was given before and takes off this decision; the ledger adds what it knows",
        },
        "submitted_at": INSTANT,
        "at": {**INSTANT, "description": "the instant of deciding; the service's clock where it is left out"},
        "pack": TEXT,
    }
    return closed(case, ["submitted_at", "issues"])


def _properties(parts: Mapping[str, Fact | Mapping[str, Fact]]) -> Json:
    return {
        key: _fact(part) if isinstance(part, Fact) else closed(_properties(part), []) for key, part in parts.items()
    }


def _fact(fact: Fact) -> Json:
    schema: Json = {"anyOf": [{} if fact.retired else _type(fact.type), ref("NotKnown")]}
    if fact.label:
        schema["title"] = " / ".join(fact.label.values())
    if fact.ask:
        schema["description"] = " / ".join(fact.ask.values())
    return schema | ({"deprecated": True} if fact.retired else {})


def _type(kind: Type) -> Json:
    if kind.item is not None:
        return {"type": "array", "items": _type(kind.item), "maxItems": kind.longest}
    if kind.fields:
        return closed({name: _type(inner) for name, inner in kind.fields.items()}, [])
    return {"enum": list(kind.values)} if kind.values else _PLAIN[kind.kind] | bounds(kind)


def bounds(kind: Type) -> Json:
    """Return what a number or an amount may be, as JSON Schema says it."""
    low, high = kind.range
    return {word: show_decimal(bound) for word, bound in (("minimum", low), ("maximum", high)) if bound is not None}


def _outlined(part: Outline) -> Json:
    """Describe a part of a recommendation; any of it may be null, and readers ignore what they do not know."""
    if isinstance(part, list):
        return {"type": ["array", "null"], "items": _outlined(part[0])}
    if isinstance(part, str):
        return {} if part == "any" else {"type": [*_LEAVES[part], "null"]}
    schema: Json = {"type": ["object", "null"]}
    if named := {name: _outlined(inner) for name, inner in part.items() if name != "*"}:
        schema["properties"] = named
    if "*" in part:
        schema["additionalProperties"] = _outlined(part["*"])
    return schema


def _recorded() -> Json:
    """Describe the recommendation of a recorded decision, in which the ledger's mode binds."""
    binding = {
        "mode": TEXT_OR_NONE | {"description": "who may act on it, as `mode` beside the recommendation"},
        "policy_mode": TEXT_OR_NONE | {"description": "what policies alone say; nobody acts on it"},
    }
    automation = _outlined(RECOMMENDATION["automation"])
    automation["properties"] |= binding
    schema = _outlined(RECOMMENDATION)
    schema["properties"] |= {"automation": automation}
    return schema | {"description": "`automation.reasons` ends with why no machine may, each with its code and words"}


_LEAVES: Final = {"text": ["string"], "yes_no": ["boolean"], "money": ["integer"], "number": ["integer", "string"]}
