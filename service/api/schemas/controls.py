"""Switches, budgets and reviews."""

from __future__ import annotations

from marshmallow import fields

from service.api.schemas.base import Answer, Request
from service.api.schemas.fields import Count, Line, Note, OneOf, YesNo, fen, instant
from service.api.schemas.pages import Page, many
from service.casework.limits.scopes import BUDGETED, SWITCHED


class SwitchTo(Request):
    """How a switch shall stand, and why."""

    on = YesNo(required=True)
    reason = Note(required=True)


class Switched(Answer):
    """How a switch was set; one that is off says no more."""

    optional = frozenset({"reason", "since", "by", "met"})

    scope = OneOf(SWITCHED)
    name = fields.String()
    reason = fields.String()
    since = instant()
    by = fields.String()
    on = fields.Boolean()
    met = fields.Boolean(metadata={"description": "false where no decision so far had that name"})


class Switch(Answer):
    """A switch that is on."""

    scope = OneOf(SWITCHED)
    name = fields.String()
    since = instant()
    by = fields.String()
    reason = fields.String()
    on = fields.Boolean()


class Switches(Answer):
    """The switches that are on."""

    items = many(Switch)


class Budget(Request):
    """What machines may give away in a day."""

    scope = OneOf(BUDGETED, required=True)
    name = Line("* for each; the budget of the day is for all together", required=True)
    most = Count("how often in a day", required=True)
    most_fen = Count("how much in a day, in minor units (fen)", required=True)


class Spent(Answer):
    """What machines gave away in a day."""

    scope = fields.String()
    name = fields.String()
    many = Count()
    fen = fen()


class Budgets(Answer):
    """The budgets, and what was taken of them today."""

    day = fields.String(metadata={"format": "date"})
    items = many(Budget)
    spent = many(Spent)


class Verdict(Request):
    """Whether an automatic decision was right."""

    right = YesNo(required=True)
    note = Note(required=True)


class Review(Answer):
    """A review as it was recorded."""

    optional = frozenset({"note", "by", "at"})

    decision = fields.String()
    right = fields.Boolean()
    note = Note()
    by = fields.String()
    at = instant()


class DrawnDecision(Answer):
    """An automatic decision that waits for a review."""

    id = fields.String()
    case_no = fields.String()
    at = instant()
    outcome = fields.String()
    mode = fields.String()
    state = fields.String()
    remedy = fields.String(allow_none=True)
    total_fen = fen()
    merchant = fields.String(allow_none=True)
    cause = fields.String(allow_none=True)


class Drawn(Page):
    """A page of them."""

    items = many(DrawnDecision)
