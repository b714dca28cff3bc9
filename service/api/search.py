"""GET /v1/decisions: decisions by what they are filed under, newest first, a page at a time."""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import page
from service.api.requests import case_context
from service.api.resource import Resource
from service.api.schemas.decisions import DecisionPage, DecisionSearch
from service.ledger.search import FILTERS, Search, find

Json = dict[str, Any]

blueprint: Final = Resource("search", __name__, url_prefix="/v1", description="Search what was decided")


@blueprint.route("/decisions")
@blueprint.operation("decisions")
@blueprint.requires(case_context)
@blueprint.arguments(DecisionSearch, location="query")
@blueprint.response(200, DecisionPage, description="Decisions, newest first; next_cursor leads to the older ones")
@blueprint.fails(403, "the caller may not read the ledger")
def decisions(asked: Json) -> Json:
    """List decisions, newest first, without their recommendations."""
    context = case_context()
    search = Search(
        {name: asked[name] for name in FILTERS if name in asked},
        asked.get("rule"),
        asked.get("drawn"),
        asked.get("from"),
        asked.get("to"),
    )
    seen = context.sight.decisions(filtered=bool(search.by))
    with context.ledger.reading() as connection:
        return page(lambda before, most: find(connection, search, seen, most, before), asked)
