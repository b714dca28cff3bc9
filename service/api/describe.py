"""Small pieces from which the descriptions of operations are put together for /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from service.api.problems import MEDIA_TYPE

Json = dict[str, Any]

INSTANT: Final[Json] = {"type": "string", "format": "date-time", "description": "RFC 3339 with its offset"}
FEN: Final[Json] = {"type": "integer", "description": "minor units (fen)"}
TEXT: Final[Json] = {"type": "string"}
TEXT_OR_NONE: Final[Json] = {"type": ["string", "null"]}
OF_RECIPIENT: Final[Json] = {
    "description": "the account of the recipient; a reference pays once an account, and only a digest is kept"
}
LANGUAGE: Final[Json] = {
    "name": "Accept-Language",
    "in": "header",
    "schema": {"type": "string", "default": "zh"},
    "description": "zh or en, for the texts of the answer",
}
REQUEST_ID: Final[Json] = {
    "name": "X-Request-ID",
    "in": "header",
    "schema": TEXT,
    "description": "up to 128 of A-Z a-z 0-9 . _ : + / = @ -, echoed on the answer; else one is made for it",
}
COMMON: Final = [LANGUAGE, REQUEST_ID]


def ref(schema: str) -> Json:
    """Point to a named schema."""
    return {"$ref": f"#/components/schemas/{schema}"}


def items(each: Mapping[str, Any]) -> Json:
    """Describe a list."""
    return {"type": "array", "items": dict(each)}


def listed(schema: str) -> Json:
    """Describe a list of what a named schema describes."""
    return items(ref(schema))


def page(each: Mapping[str, Any]) -> Json:
    """Describe a page of a list."""
    return record({"items": items(each), "next_cursor": TEXT_OR_NONE})


def record(fields: Mapping[str, Any]) -> Json:
    """Describe an object that has all of these fields."""
    return shaped(fields, list(fields))


def shaped(properties: Mapping[str, Any], required: list[str]) -> Json:
    """Describe an object that has some of its fields."""
    return {"type": "object", "properties": dict(properties), "required": required}


def closed(properties: Mapping[str, Any], required: list[str]) -> Json:
    """Describe an object that has no other fields."""
    return {**shaped(properties, required), "additionalProperties": False}


def answered(description: str, schema: str, *other: str) -> Json:
    """Describe an answer in JSON, which may come in other media types too."""
    content: Json = {"application/json": {"schema": ref(schema)}}
    return {"description": description, "content": content | {kind: {"schema": {"type": "string"}} for kind in other}}


def sent(schema: str, *, required: bool = True) -> Json:
    """Describe a body in JSON."""
    return {"required": required, "content": {"application/json": {"schema": ref(schema)}}}


def problem(description: str) -> Json:
    """Describe a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}


def parameter(name: str, schema: Mapping[str, Any], description: str = "", *, where: str = "query") -> Json:
    """Describe a parameter of an address."""
    told: Json = {"name": name, "in": where, "schema": dict(schema)}
    return (
        told | ({"required": True} if where == "path" else {}) | ({"description": description} if description else {})
    )


NO_LEDGER: Final[Json] = {"503": problem("no pack or no ledger is in use, or the ledger cannot be used at present")}
