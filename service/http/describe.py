"""Small pieces from which the descriptions of operations are put together for /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .problems import MEDIA_TYPE

Json = dict[str, Any]


def ref(schema: str) -> Json:
    """Point to a named schema."""
    return {"$ref": f"#/components/schemas/{schema}"}


def listed(schema: str) -> Json:
    """Describe a list of what a named schema describes."""
    return {"type": "array", "items": ref(schema)}


def record(fields: Mapping[str, Any]) -> Json:
    """Describe an object that has all of these fields."""
    return {"type": "object", "properties": dict(fields), "required": list(fields)}


def answered(description: str, schema: str, *other: str) -> Json:
    """Describe an answer in JSON, which may come in other media types too."""
    content: Json = {"application/json": {"schema": ref(schema)}}
    return {"description": description, "content": content | {kind: {"schema": {"type": "string"}} for kind in other}}


def problem(description: str) -> Json:
    """Describe a problem document."""
    return {"description": description, "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}


def parameter(name: str, schema: Mapping[str, Any], description: str = "", *, where: str = "query") -> Json:
    """Describe a parameter of an address."""
    told: Json = {"name": name, "in": where, "schema": dict(schema)}
    return (
        told | ({"required": True} if where == "path" else {}) | ({"description": description} if description else {})
    )
