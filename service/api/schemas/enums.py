"""The fields of the interface that have a fixed list of values, each value with its label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from marshmallow import fields

from rules.language.contract import KINDS, MODES, PARTIES
from rules.recommending.answers import OUTCOMES
from service.api.schemas.base import Answer
from service.api.schemas.fields import by_language
from service.api.schemas.pages import many
from service.auth import GRANTED, SCOPES
from service.casework.states import STATES, TRANSITIONS
from service.i18n.headings import SAID
from service.i18n.reports import REASONS
from service.i18n.terms import TERMS
from service.i18n.texts import Texts

LISTS: Final[Mapping[str, tuple[Iterable[str], Mapping[str, Texts]]]] = {  # values, and labels by value
    "outcomes": (OUTCOMES, SAID["outcome"]),
    "kinds": (KINDS, TERMS["kind"]),
    "parties": (PARTIES, SAID["party"]),
    "modes": (MODES, TERMS["mode"]),
    "roles": (GRANTED, TERMS["role"]),
    "scopes": (SCOPES, TERMS["scope"]),
    "states": (STATES, TERMS["state"]),
    "events": (TRANSITIONS, TERMS["event"]),
    "held": (REASONS, REASONS),
}


class Enum(Answer):
    """A value with its label."""

    value = fields.String()
    label = by_language()


Enums: Final = Answer.from_dict({name: many(Enum) for name in LISTS}, name="Enums")
