"""Limits of machines: GET and PUT of switches and budgets, reviews of decisions drawn as samples."""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import page
from service.api.requests import caller, case_context, sight
from service.api.resource import Resource
from service.api.schemas import controls as schemas
from service.api.schemas.fields import LONGEST_LINE
from service.api.schemas.parameters import Nothing, Paged
from service.casework.executions import reviews
from service.casework.limits import budgets, switches
from service.casework.limits.scopes import SWITCHED
from service.errors import DomainError

Json = dict[str, Any]

blueprint: Final = Resource("controls", __name__, url_prefix="/v1", description="Limits of machines")


@blueprint.route("/switches")
@blueprint.operation("switches")
@blueprint.arguments(Nothing, location="query")
@blueprint.response(200, schemas.Switches, description="The switches that are on")
@blueprint.fails(400, "the address takes no parameters")
def switched(_: Json) -> Json:
    """List the switches that are on."""
    with case_context().ledger.reading() as connection:
        return {"items": switches.active(connection)}


@blueprint.route("/switches/<scope>/<path:name>", methods=["PUT"])
@blueprint.operation("switch")
@blueprint.arguments(schemas.SwitchTo)
@blueprint.response(200, schemas.Switched, description="The state of the switch now")
@blueprint.fails(404, "there is no such scope")
def switch(asked: Json, scope: str, name: str) -> Json:
    """Turn a switch on or off; it takes effect at once. The name is * for all machines, POLICY/RULE for a rule."""
    if scope not in SWITCHED or not name.isprintable() or len(name) > LONGEST_LINE:
        raise DomainError("no_scope", f"{scope}/{name[:LONGEST_LINE]}", ", ".join(SWITCHED))
    turn = switches.turn_on if asked["on"] else switches.turn_off
    with case_context().ledger.writing(caller().name) as writer:
        return turn(writer, scope, name, asked["reason"])


@blueprint.route("/budgets")
@blueprint.operation("budgets")
@blueprint.arguments(Nothing, location="query")
@blueprint.response(200, schemas.Budgets, description="The limits of a day, and what was given away today")
@blueprint.fails(400, "the address takes no parameters")
def budget(_: Json) -> Json:
    """Show what machines may give away in a day, and what they gave away today."""
    day = case_context().ledger.now().astimezone(case_context().ready.pack.zone).date().isoformat()
    with case_context().ledger.reading() as connection:
        return budgets.standing(connection, day)


@blueprint.route("/budgets", methods=["PUT"])
@blueprint.operation("setBudget")
@blueprint.arguments(schemas.Budget)
@blueprint.response(200, schemas.Budget, description="The budget as it was set")
def set_budget(asked: Json) -> Json:
    """Set a budget: of one customer, merchant or category by name, of each with *, or of the day for all together."""
    allowed = budgets.Limit(asked["most"], asked["most_fen"])
    with case_context().ledger.writing(caller().name) as writer:
        return budgets.set_limit(writer, asked["scope"], asked["name"], allowed)


@blueprint.route("/reviews")
@blueprint.operation("reviews")
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, schemas.Drawn, description="Automatic decisions that wait for a review, the oldest first")
def drawn(asked: Json) -> Json:
    """List the automatic decisions that were drawn as samples and wait for a review, the oldest first."""
    pack = case_context().ready.pack.name
    with case_context().ledger.reading() as connection:
        return page(lambda after, most: reviews.drawn(connection, pack, after, most, sight()), asked, 0)


@blueprint.route("/decisions/<decision_id>/review", methods=["POST"])
@blueprint.operation("review")
@blueprint.arguments(schemas.Verdict)
@blueprint.response(200, schemas.Review, description="The review as it was recorded")
@blueprint.fails(404, "there is no such decision")
@blueprint.fails(409, "the decision was not drawn, or was reviewed already")
def review(asked: Json, decision_id: str) -> Json:
    """Say whether an automatic decision was right."""
    return reviews.review(case_context(), decision_id, caller(), asked["right"], asked["note"])
