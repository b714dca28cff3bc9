"""GET /v1/vocabulary: every fact that a case may state, for forms and for the people who connect systems."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app
from flask_smorest import Blueprint

from rules.language.vocabulary import Fact
from rules.values.kind import Type
from rules.values.value import OPEN
from service.api.openapi import VOCABULARY, bounds
from service.api.problems import problem
from service.packs import Ready
from service.validation.json_text import write

blueprint: Final = Blueprint("vocabulary", __name__, url_prefix="/v1", description="The facts of the pack in use")


@blueprint.route("/vocabulary")
@blueprint.doc(**VOCABULARY)
def vocabulary() -> Response:
    """List the facts with their types, labels, questions, and what their absence means."""
    ready = current_app.config["PACK"]
    if ready is None:
        return problem("no_pack")
    return Response(write(described(ready)), content_type="application/json")


def described(ready: Ready) -> dict[str, Any]:
    """Return the vocabulary as JSON shows it."""
    words = ready.pack.vocabulary
    return {
        "pack": ready.pack.name,
        "digest": ready.pack.digest,
        "groups": [
            {"name": group.name, "of": group.scope, "label": dict(group.label)} for group in words.groups.values()
        ],
        "items": [_fact(ready, fact) for fact in words.facts.values()],
    }


def _fact(ready: Ready, fact: Fact) -> dict[str, Any]:
    words = ready.pack.vocabulary
    start = {"case": "", "line": "/order/lines/-", "issue": "/issues/-"}[words.scope(fact.name)]
    told = {
        "name": fact.name,
        "path": "/".join((start, *words.path(fact.name))),
        "type": _type(fact.type),
        "label": dict(fact.label),
        "who": list(fact.who),
        "ask": dict(fact.ask),
        "must_know": fact.must_know,
        "carried": fact.carried,
        "retired": fact.retired,
        "from": fact.origin,
    }
    if fact.presume is not OPEN:
        told |= {"presume": fact.type.show(fact.presume, ready.pack.zone), "because": fact.because}
    return told


def _type(kind: Type) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": kind.kind} | bounds(kind)
    if kind.values:
        told["values"] = [{"value": value, "label": dict(kind.labels.get(value, {}))} for value in kind.values]
    if kind.unit:
        told["unit"] = kind.unit
    if kind.item is not None:
        told |= {"item": _type(kind.item), "max_items": kind.longest}
    if kind.fields:
        told["fields"] = {name: _type(inner) for name, inner in kind.fields.items()}
    return told
