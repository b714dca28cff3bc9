"""What /openapi.json says of each operation; the schemas come from the pack's vocabulary and the core's outline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rules.lab.outline import RECOMMENDATION, Outline
from rules.language.vocabulary import UNKNOWN, Fact, Vocabulary
from rules.values.kind import LARGEST, LONGEST_LIST, LONGEST_TEXT, Type

from ..intake.case import MOST_ISSUES, MOST_LINES
from ..intake.layout import layout
from .idempotency import header
from .problems import MEDIA_TYPE

Json = dict[str, Any]

_INSTANT: Final[Json] = {"type": "string", "format": "date-time", "description": "RFC 3339 with its offset"}
_PLAIN: Final[Mapping[str, Json]] = {
    "yes_no": {"type": "boolean"},
    "instant": _INSTANT,
    "date": {"type": "string", "format": "date"},
    "money": {"type": "integer", "minimum": 0, "maximum": LARGEST, "description": "minor units (fen)"},
    "number": {"type": ["number", "string"], "description": "exact; a string keeps decimals exact everywhere"},
    "ratio": {"type": ["number", "string"], "description": 'from 0 to 1, such as 0.20 or "0.20"'},
    "text": {"type": "string", "maxLength": LONGEST_TEXT},
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: str, media_type: str = "application/json") -> Json:
    return {"description": description, "content": {media_type: {"schema": _ref(schema)}}}


def _problem(description: str) -> Json:
    return _answer(description, "Problem", MEDIA_TYPE)


_TEXT: Final[Json] = {"type": "string"}
_TEXT_OR_NONE: Final[Json] = {"type": ["string", "null"]}
_LIST: Final[Json] = {"type": "array", "items": {"type": "object"}}
_WARNINGS: Final[Json] = {"type": "array", "items": _ref("Fault")}
_DECIDED: Final[Json] = {
    "id": _TEXT,
    "case_no": _TEXT,
    "follows": _TEXT_OR_NONE | {"description": "the decision before it in the same case"},
    "because": _TEXT,
    "at": _INSTANT,
    "by": _TEXT,
    "mode": _TEXT_OR_NONE | {"description": "who carries it out"},
    "held": {"type": "array", "items": _TEXT, "description": "why no machine may, though the policies would let it"},
    "digest": _TEXT,
    "recommendation": _ref("Recommendation"),
}
_LANGUAGE: Final[Json] = {
    "name": "Accept-Language",
    "in": "header",
    "schema": {"type": "string", "default": "zh"},
    "description": "zh or en, for the texts of errors",
}
_REQUEST_ID: Final[Json] = {
    "name": "X-Request-ID",
    "in": "header",
    "schema": {"type": "string", "maxLength": 128, "pattern": "^[A-Za-z0-9._:+/=@-]+$"},
    "description": "echoed on the answer; one is made where it is left out",
}
_NO_PACK: Final = _problem("no pack is in use")

DECISIONS: Final[Json] = {
    "operationId": "decide",
    "parameters": [
        _LANGUAGE,
        _REQUEST_ID,
        {
            "name": "mode",
            "in": "query",
            "schema": {"enum": ["simulate"]},
            "description": "simulate: decide, and keep nothing",
        },
        header(required=False),
    ],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Case")}}},
    "responses": {
        "200": _answer("What would be recommended; nothing was kept", "Simulated"),
        "201": _answer("The decision; a refusal, a question and a review are answers too", "Decision"),
        "400": _problem("the body is not JSON, or a key stands twice in an object"),
        "403": _problem("the caller may not decide"),
        "404": _problem("the case names a number that was never given"),
        "409": _problem("the case is archived, or the request with this Idempotency-Key runs or lost its answer"),
        "413": _problem("the body is over 1 MiB"),
        "415": _problem("the body is not application/json"),
        "422": _problem("the case does not fit the vocabulary, every fault is told; or the key is another request's"),
        "503": _problem("no pack or no ledger is in use"),
    },
}
DECISION: Final[Json] = {
    "operationId": "decision",
    "parameters": [_LANGUAGE, _REQUEST_ID],
    "responses": {
        "200": _answer("The decision with the case as it was kept", "KeptDecision"),
        "403": _problem("the caller may not read the ledger"),
        "404": _problem("there is no such decision"),
        "410": _problem("what was kept of it was erased"),
        "503": _problem("no pack or no ledger is in use"),
    },
}
VOCABULARY: Final[Json] = {
    "operationId": "vocabulary",
    "parameters": [_REQUEST_ID],
    "responses": {"200": _answer("All facts that a case may state", "Vocabulary"), "503": _NO_PACK},
}
HEALTH: Final[Json] = {"operationId": "healthz", "responses": {"200": _answer("The process answers", "Health")}}
READINESS: Final[Json] = {
    "operationId": "readyz",
    "responses": {"200": _answer("A pack is in use", "Readiness"), "503": _NO_PACK},
}
METRICS: Final[Json] = {
    "operationId": "metrics",
    "responses": {
        "200": {
            "description": "What was counted and timed since the start, as Prometheus reads it",
            "content": {"text/plain": {"schema": _TEXT}},
        },
        "403": _problem("the caller may not read the ledger"),
    },
}


def schemas(vocabulary: Vocabulary | None, examples: Sequence[Json] = ()) -> dict[str, Json]:
    """Return all named schemas; without a vocabulary a case is any object."""
    return {
        "Case": {**_case(vocabulary), "examples": list(examples)} if vocabulary else {"type": "object"},
        "NotKnown": {"enum": [None, UNKNOWN], "description": "said not to be known; left out, a presumption may apply"},
        "Simulated": _object({"recommendation": _ref("Recommendation"), "warnings": _WARNINGS}, ["recommendation"]),
        "Decision": _object({**_DECIDED, "warnings": _WARNINGS}, list(_DECIDED)),
        "KeptDecision": _object(
            {
                **_DECIDED,
                "state": _TEXT,
                "pack": _TEXT,
                "pack_digest": _TEXT,
                "case": _ref("Case") | {"description": "names and contacts are masked"},
                "findings": _LIST | {"description": "of each issue, the facts that were known and the answers"},
            },
            [*_DECIDED, "state", "pack", "pack_digest", "case", "findings"],
        ),
        "Recommendation": _outlined(RECOMMENDATION),
        "Vocabulary": _object(
            {"pack": _TEXT, "digest": _TEXT, "groups": _LIST, "items": {"type": "array", "items": _FACT}},
            ["pack", "digest", "groups", "items"],
        ),
        "Health": _object({"status": {"const": "ok"}}, ["status"]),
        "Readiness": _object(
            {"status": {"const": "ready"}, "pack": _TEXT, "digest": _TEXT, "age_seconds": {"type": "integer"}},
            ["status", "pack", "digest", "age_seconds"],
        ),
        "Fault": _object({"pointer": _TEXT, "code": _TEXT, "message": _TEXT}, ["pointer", "code", "message"]),
        "Problem": _object(
            {
                "type": {"type": "string", "format": "uri"},
                "title": _TEXT,
                "status": {"type": "integer"},
                "detail": _TEXT,
                "instance": {"type": "string", "format": "uri-reference"},
                "code": _TEXT,
                "request_id": _TEXT,
                "errors": {"type": "array", "items": _ref("Fault")},
                "reasons": {"type": "array", "items": _TEXT, "description": "codes of what stands in the way"},
            },
            ["type", "title", "status", "instance", "code", "request_id"],
        ),
    }


_FACT: Final[Json] = {
    "type": "object",
    "properties": {"name": _TEXT, "path": _TEXT, "type": {"type": "object"}, "label": {"type": "object"}},
    "required": ["name", "path", "type", "label"],
}


def _object(properties: Mapping[str, Any], required: list[str]) -> Json:
    return {"type": "object", "properties": dict(properties), "required": required}


def _case(vocabulary: Vocabulary) -> Json:
    parts = layout(vocabulary)
    line = _closed({**_properties(parts["line"]), "id": {"type": "string"}}, ["id"])
    issue = _closed({**_properties(parts["issue"]), "line": {"type": ["string", "null"]}}, [])
    if "kind" in issue["properties"]:
        issue["required"] = ["kind"]
    case = _properties(parts["case"])
    case.setdefault("merchant", _TEXT)
    order = case.get("order", _closed({}, []))
    order["properties"]["lines"] = {"type": "array", "items": line, "maxItems": MOST_LINES}
    case |= {
        "order": order,
        "issues": {"type": "array", "items": issue, "minItems": 1, "maxItems": MOST_ISSUES},
        "submitted_at": _INSTANT,
        "at": {**_INSTANT, "description": "the instant of deciding; the service's clock where it is left out"},
        "pack": _TEXT,
    }
    return _closed(case, ["submitted_at", "issues"])


def _closed(properties: Json, required: list[str]) -> Json:
    return {**_object(properties, required), "additionalProperties": False}


def _properties(parts: Mapping[str, Fact | Mapping[str, Fact]]) -> Json:
    return {
        key: _fact(part) if isinstance(part, Fact) else _closed(_properties(part), []) for key, part in parts.items()
    }


def _fact(fact: Fact) -> Json:
    schema: Json = {"anyOf": [{} if fact.retired else _type(fact.type), _ref("NotKnown")]}
    if fact.label:
        schema["title"] = " / ".join(fact.label.values())
    if fact.ask:
        schema["description"] = " / ".join(fact.ask.values())
    return schema | ({"deprecated": True} if fact.retired else {})


def _type(kind: Type) -> Json:
    if kind.item is not None:
        return {"type": "array", "items": _type(kind.item), "maxItems": LONGEST_LIST}
    if kind.fields:
        return _closed({name: _type(inner) for name, inner in kind.fields.items()}, [])
    return {"enum": list(kind.values)} if kind.values else dict(_PLAIN[kind.kind])


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


_LEAVES: Final = {"text": ["string"], "yes_no": ["boolean"], "money": ["integer"], "number": ["integer", "string"]}
