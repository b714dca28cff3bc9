"""What bounds machines: GET and PUT of switches and budgets, the review of decisions that were drawn."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_smorest import Blueprint

from service.api import controls_doc as doc
from service.api.cursors import PAGED, page
from service.api.forms import LONGEST_LINE, count, form, line, note, one_of, yes_no
from service.api.requests import answer, caller, desk, query, sight
from service.casework.executions import reviews
from service.casework.limits import budgets, switches
from service.casework.limits.scopes import BUDGETED, SWITCHED
from service.errors import DomainError

blueprint: Final = Blueprint("controls", __name__, url_prefix="/v1", description="What bounds machines")


@blueprint.route("/switches")
@blueprint.doc(**doc.SWITCHES)
def switched() -> Response:
    """List the switches that are on."""
    query({})
    with desk().ledger.reading() as connection:
        return answer({"items": switches.standing(connection)})


@blueprint.route("/switches/<scope>/<path:name>", methods=["PUT"])
@blueprint.doc(**doc.SWITCH)
def switch(scope: str, name: str) -> Response:
    """Turn a switch on or off, in force at once. For all machines the name is *; a rule's is POLICY/RULE."""
    asking = caller()
    if scope not in SWITCHED or not name.isprintable() or len(name) > LONGEST_LINE:
        raise DomainError("no_scope", f"{scope}/{name[:LONGEST_LINE]}", ", ".join(SWITCHED))
    asked = form({"on": yes_no, "reason": note})
    turn = switches.turn_on if asked["on"] else switches.turn_off
    with desk().ledger.writing(asking.name) as writer:
        return answer(turn(writer, scope, name, asked["reason"]))


@blueprint.route("/budgets")
@blueprint.doc(**doc.BUDGETS)
def budget() -> Response:
    """Tell what machines may give away in a day, and what they have today."""
    query({})
    day = desk().ledger.now().astimezone(desk().ready.pack.zone).date().isoformat()
    with desk().ledger.reading() as connection:
        return answer(budgets.standing(connection, day))


@blueprint.route("/budgets", methods=["PUT"])
@blueprint.doc(**doc.BUDGET)
def set_budget() -> Response:
    """Set a budget: of one customer, merchant or category by name, or with * of each; that of the day is for all."""
    asking = caller()
    asked = form({"scope": one_of(*BUDGETED), "name": line, "most": count, "most_fen": count})
    allowed = budgets.Limit(asked["most"], asked["most_fen"])
    with desk().ledger.writing(asking.name) as writer:
        return answer(budgets.set_limit(writer, asked["scope"], asked["name"], allowed))


@blueprint.route("/reviews")
@blueprint.doc(**doc.REVIEWS)
def drawn() -> Response:
    """List the automatic decisions that were drawn and wait for a person's review, the oldest first."""
    asked = query(PAGED)
    pack = desk().ready.pack.name
    with desk().ledger.reading() as connection:
        return answer(page(lambda after, most: reviews.drawn(connection, pack, after, most, sight()), asked, 0))


@blueprint.route("/decisions/<decision_id>/review", methods=["POST"])
@blueprint.doc(**doc.REVIEW)
def review(decision_id: str) -> Response:
    """Say whether an automatic decision was right."""
    asking = caller()
    asked = form({"right": yes_no, "note": note})
    return answer(reviews.review(desk(), decision_id, asking, asked["right"], asked["note"]))
