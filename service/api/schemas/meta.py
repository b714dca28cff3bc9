"""The vocabulary of the pack in use, and the state of the service."""

from __future__ import annotations

from flask import current_app
from marshmallow import fields, validate

from rules.lab.relevance import DECIDES, kinds
from service.api.schemas.base import Answer
from service.api.schemas.fields import by_language, constant
from service.api.schemas.pages import many
from service.api.schemas.parameters import Parameter, Query, one_of


class Kind(Parameter, fields.String):
    """A kind of issue of the pack in use."""

    def read(self, text: str) -> str:
        """Return the kind; any text where no pack is in use, which the view refuses."""
        ready = current_app.config["PACK"]
        return text if ready is None else one_of(kinds(ready.pack), text)


class VocabularyAsked(Query):
    """Which facts are wanted."""

    kind = Kind(
        metadata={"description": "only facts that can matter for this kind of issue, those that decide it most first"}
    )


class FactGroup(Answer):
    """A group of facts."""

    name = fields.String()
    of = fields.String(metadata={"description": "what its facts are about: the case, a line or an issue"})
    label = by_language()


class VocabularyFact(Answer):
    """A fact that a case may state."""

    optional = frozenset({"presume", "because", "example", "decides"})

    name = fields.String()
    path = fields.String(metadata={"description": "JSON Pointer into a case; - is any line or issue"})
    type = fields.Dict()
    label = by_language()
    who = fields.List(fields.String(), metadata={"description": "who can say it"})
    ask = by_language()
    must_know = fields.Boolean()
    carried = fields.Boolean()
    retired = fields.Boolean()
    origin = fields.String(data_key="from", attribute="from")
    presume = fields.Raw(metadata={"description": "the value that applies where the fact is left out"})
    because = fields.String()
    example = fields.Raw(metadata={"description": "the value in an ordinary case"})
    decides = fields.String(
        validate=validate.OneOf(DECIDES),
        metadata={"description": "with `kind`: whether it can change the remedy, or only who carries it out"},
    )


class Vocabulary(Answer):
    """The vocabulary of the pack in use."""

    pack = fields.String()
    digest = fields.String()
    groups = many(FactGroup)
    items = many(VocabularyFact)


class Health(Answer):
    """That the process answers."""

    status = constant("ok")


class Readiness(Answer):
    """The pack that decides."""

    status = constant("ready")
    pack = fields.String()
    digest = fields.String()
    age_seconds = fields.Integer()
