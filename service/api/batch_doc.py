"""What /openapi.json says of POST /v1/decisions/batch."""

from __future__ import annotations

from typing import Any, Final

from service.api.idempotency import header
from service.api.openapi import DECISIONS

Json = dict[str, Any]

MOST_ITEMS: Final = 1_000
LARGEST_BODY: Final = 8 * 2**20
_NAMED: Final = "#/components/schemas/"
_JSON: Final = "application/json"

SCHEMAS: Final[dict[str, Json]] = {
    "Batch": {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"$ref": f"{_NAMED}Case"}, "minItems": 1, "maxItems": MOST_ITEMS}
        },
        "required": ["items"],
        "additionalProperties": False,
    },
    "BatchResults": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": f"{_NAMED}BatchResult"}}},
        "required": ["items"],
    },
    "BatchResult": {
        "type": "object",
        "description": "what the case at the same place would have been answered alone; 429 where the cases before it "
        "took all the work, or made all the answer, that one request may ask for: send it again in another",
        "properties": {
            "status": {"type": "integer"},
            "decision": {"anyOf": [{"$ref": f"{_NAMED}Decision"}, {"$ref": f"{_NAMED}Simulated"}]},
            "problem": {"$ref": f"{_NAMED}Problem"},
        },
        "required": ["status"],
        "oneOf": [{"required": ["decision"]}, {"required": ["problem"]}],
    },
}

_ALONE: Final = DECISIONS["responses"]
BATCH: Final[Json] = {
    "operationId": "decide_batch",
    "parameters": [*DECISIONS["parameters"][:3], header(required=False)],
    "requestBody": {"required": True, "content": {_JSON: {"schema": {"$ref": f"{_NAMED}Batch"}}}},
    "responses": {
        **{status: _ALONE[status] for status in ("400", "403", "409", "415", "503")},
        "200": {
            "description": "A result for each case, at its place; one that is refused leaves the others alone",
            "content": {_JSON: {"schema": {"$ref": f"{_NAMED}BatchResults"}}},
        },
        "413": _ALONE["413"] | {"description": f"the body is over {LARGEST_BODY // 2**20} MiB"},
        "422": _ALONE["422"] | {"description": "this is no batch; or the key came with another request"},
    },
}
