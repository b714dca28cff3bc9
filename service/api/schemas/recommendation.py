"""A recommendation, as the outline of the core describes it; the core makes it, and it is passed through."""

from __future__ import annotations

from typing import Any, Final

from rules.recommending.outline import RECOMMENDATION, Outline
from service.api.schemas.base import PassedThrough

Json = dict[str, Any]

_LEAVES: Final = {"text": ["string"], "yes_no": ["boolean"], "money": ["integer"], "number": ["integer", "string"]}
_BINDING: Final[Json] = {
    "mode": {
        "type": ["string", "null"],
        "description": "who may act on it, as `mode` beside the recommendation",
    },
    "policy_mode": {"type": ["string", "null"], "description": "what the policies alone say; nobody acts on it"},
}


class Recommendation(PassedThrough):
    """A recommendation as policies make it."""


class RecordedRecommendation(PassedThrough):
    """The recommendation of a recorded decision, in which the mode of the ledger binds."""


def described() -> Json:
    """Return the JSON Schema of a recommendation."""
    return _outlined(RECOMMENDATION) | {
        "description": "what the policies say; that of a recorded decision is RecordedRecommendation"
    }


def described_as_recorded() -> Json:
    """Return the JSON Schema of the recommendation of a recorded decision."""
    schema = _outlined(RECOMMENDATION)
    schema["properties"]["automation"]["properties"] |= _BINDING
    return schema | {"description": "`automation.reasons` ends with why no machine may, each with its code and words"}


def _outlined(part: Outline) -> Json:
    """Describe a part of a recommendation; any of it may be null, and readers ignore what they do not know."""
    if isinstance(part, list):
        return {"type": ["array", "null"], "items": _outlined(part[0])}
    if isinstance(part, tuple):
        return {"type": ["string", "null"], "enum": [*part, None]}
    if isinstance(part, str):
        return {} if part == "any" else {"type": [*_LEAVES[part], "null"]}
    schema: Json = {"type": ["object", "null"]}
    if named := {name: _outlined(inner) for name, inner in part.items() if name != "*"}:
        schema["properties"] = named
    if "*" in part:
        schema["additionalProperties"] = _outlined(part["*"])
    return schema
