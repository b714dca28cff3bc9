"""What /openapi.json says of every operation: the common headers, and problems."""

from __future__ import annotations

from typing import Any, Final

from service.api.problems import MEDIA_TYPE

Json = dict[str, Any]

LANGUAGE: Final[Json] = {
    "name": "Accept-Language",
    "in": "header",
    "schema": {"type": "string", "default": "zh"},
    "description": "zh or en, for the texts of the answer",
}
REQUEST_ID: Final[Json] = {
    "name": "X-Request-ID",
    "in": "header",
    "schema": {"type": "string"},
    "description": "up to 128 of A-Z a-z 0-9 . _ : + / = @ -, echoed on the answer; else one is made for it",
}
COMMON: Final = [LANGUAGE, REQUEST_ID]


def problem(description: str) -> Json:
    """Describe a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


NO_LEDGER: Final[Json] = {"503": problem("no pack or no ledger is in use, or the ledger cannot be used at present")}
