"""GET /v1/vocabulary: every fact that a case may state, for forms and for the people who connect systems."""

from __future__ import annotations

from typing import Any, Final

from rules.lab.relevance import relevant
from rules.language.vocabulary import Fact
from rules.values.kind import Type
from rules.values.value import OPEN
from service.api.requests import pack
from service.api.resource import Resource
from service.api.schemas.case import bounds
from service.api.schemas.meta import Vocabulary, VocabularyAsked
from service.packs import Ready

blueprint: Final = Resource("vocabulary", __name__, url_prefix="/v1", description="The facts of the pack in use")


@blueprint.route("/vocabulary")
@blueprint.operation("vocabulary")
@blueprint.arguments(VocabularyAsked, location="query")
@blueprint.response(200, Vocabulary, description="All facts that a case may state, or those of a kind of issue")
@blueprint.fails(503, "no pack is in use")
def vocabulary(asked: dict[str, Any]) -> dict[str, Any]:
    """List the facts with their types, labels, questions, and what their absence means."""
    return described(pack(), asked.get("kind"))


def described(ready: Ready, kind: str | None = None) -> dict[str, Any]:
    """Return the vocabulary of a pack as JSON; of a kind of issue only what can matter, in the order of relevance."""
    words = ready.pack.vocabulary
    if kind is None:
        items = [fact_as_json(ready, fact) for fact in words.facts.values()]
    else:
        decides = relevant(ready.pack, kind)
        items = [fact_as_json(ready, words.facts[name]) | {"decides": what} for name, what in decides.items()]
    return {
        "pack": ready.pack.name,
        "digest": ready.pack.digest,
        "groups": [
            {"name": group.name, "of": group.scope, "label": dict(group.label)} for group in words.groups.values()
        ],
        "items": items,
    }


def fact_as_json(ready: Ready, fact: Fact) -> dict[str, Any]:
    """Return a fact of a pack as JSON."""
    words = ready.pack.vocabulary
    start = {"case": "", "line": "/order/lines/-", "issue": "/issues/-"}[words.scope(fact.name)]
    shown = {
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
        shown |= {"presume": fact.type.show(fact.presume, ready.pack.zone), "because": fact.because}
    if fact.example is not OPEN:
        shown |= {"example": fact.type.show(fact.example, ready.pack.zone)}
    return shown


def _type(kind: Type) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": kind.kind} | bounds(kind)
    if kind.values:
        shown["values"] = [{"value": value, "label": dict(kind.labels.get(value, {}))} for value in kind.values]
    if kind.unit:
        shown["unit"] = kind.unit
    if kind.item is not None:
        shown |= {"item": _type(kind.item), "max_items": kind.longest}
    if kind.fields:
        shown["fields"] = {name: _type(inner) for name, inner in kind.fields.items()}
    return shown
