"""Query parameters of a period, by instants or by days in the time zone of the pack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from marshmallow import fields

from service.api.schemas.parameters import Parameter
from service.errors import BadRequest
from service.validation import instants


class Moment(Parameter, fields.String):
    """An end of a period: an instant, or a day that belongs to it."""

    def __init__(self, parse: Callable[[str, ZoneInfo], datetime], description: str, **more: Any) -> None:
        examples = instants.WANTED.split(", ")
        super().__init__(metadata={"description": description, "examples": examples}, **more)
        self.parse = parse

    def read(self, text: str) -> datetime:
        """Return the instant."""
        if (ready := current_app.config["PACK"]) is None:
            raise BadRequest("no_pack")
        return self.parse(text, ready.pack.zone)


class Day(Parameter, fields.Date):
    """A day."""

    def __init__(self, description: str, **more: Any) -> None:
        super().__init__(metadata={"description": description}, **more)

    def read(self, text: str) -> date:
        """Return the day."""
        return instants.day(text)


def since(description: str, **more: Any) -> Moment:
    """Return the parameter of the instant at which a period begins."""
    return Moment(instants.since, description, **more)


def until(description: str, **more: Any) -> Moment:
    """Return the parameter of the instant at which a period ends, exclusive."""
    return Moment(instants.until, description, **more)
