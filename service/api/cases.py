"""/v1/cases: the cases that go on, what happens on them, and their story. /v1/overdue: deadlines that were missed."""

from __future__ import annotations

from typing import Any, Final

from flask import request

from service.api.cursors import page
from service.api.idempotency import idempotent
from service.api.problems import language
from service.api.requests import caller, case_context, may_also, sight
from service.api.resource import Resource
from service.api.schemas import cases as schemas
from service.api.schemas.events import Event, EventRecorded
from service.api.schemas.parameters import Nothing
from service.casework.cases.events import record_event
from service.casework.cases.listing import list_cases, show_case
from service.casework.cases.overdue import escalate as escalate_missed
from service.casework.cases.overdue import overdue as missed
from service.casework.cases.timeline import timeline as story_of
from service.errors import BadRequest, InvalidEvent

Json = dict[str, Any]

blueprint: Final = Resource("cases", __name__, url_prefix="/v1", description="Cases that go on")
unknown: Final = blueprint.fails(404, "there is no such case")
not_allowed: Final = blueprint.fails(403, "the caller may not do this")


@blueprint.route("/cases")
@blueprint.operation("cases")
@blueprint.arguments(schemas.CasesAsked, location="query")
@blueprint.response(200, schemas.CasePage, description="Cases, the newest first")
@not_allowed
def cases(asked: Json) -> Json:
    """List cases, the newest first."""
    return page(lambda before, most: list_cases(case_context().ledger, sight(), asked, most, before), asked)


@blueprint.route("/cases/<case_no>")
@blueprint.operation("case")
@blueprint.response(200, schemas.CaseStanding, description="The case as it stands")
@not_allowed
@unknown
def case(case_no: str) -> Json:
    """Show a case as it stands, with its latest decision and its deadlines."""
    return show_case(case_context().ledger, case_no)


@blueprint.route("/cases/<case_no>/events", methods=["POST"])
@blueprint.operation("recordEvent")
@idempotent(required=False)
@blueprint.arguments(Nothing, location="query")
@blueprint.arguments(Event)
@blueprint.response(201, EventRecorded, description="The event, the state it led to, and the decision that followed")
@not_allowed
@unknown
@blueprint.fails(
    409,
    "the event cannot come in the case's state, something has to come first: an outcome, an approval, goods; it names"
    " another merchant, order or customer than the case, or another pack decided that",
)
@blueprint.fails(410, "the case that was kept was erased, or is no longer what was recorded; send it whole, as `case`")
@blueprint.fails(422, "the event does not fit its kind or its case; every fault is listed")
def events(_: Json, event: Json, case_no: str) -> tuple[Json, int, Json]:
    """Record what happened on a case, and decide it again where facts come with it.

    An event that brings facts, or a whole case, leads to a further decision, recorded together with it. Personal facts
    that the ledger masked stay masked in it unless they are sent anew; `masked` lists them. While an approval waits
    that the caller could not give, the event is recorded alone, and the case is decided on it once that is settled. A
    case keeps its merchant, order and customer. `executed` says what a person has paid: no more than the outcome of
    the latest decision gives, or than a machine that failed was to pay, and no refund before goods that have to come
    back were inspected.
    """
    may_also(event["kind"])
    try:
        recorded = record_event(case_context(), case_no, event, caller())
    except InvalidEvent as error:
        raise BadRequest(Event.code, error.faults) from None
    return recorded.as_json(), 201, {"Location": request.path.removesuffix("events") + "timeline"}


@blueprint.route("/cases/<case_no>/timeline")
@blueprint.operation("timeline")
@blueprint.arguments(schemas.TimelineAsked, location="query")
@blueprint.response(200, schemas.Timeline, description="The entries of the case, oldest first")
@not_allowed
@unknown
def timeline(asked: Json, case_no: str) -> Json:
    """Show what happened on a case, in order, as a story in the reader's language."""

    def entries(after: int, most: int) -> list[tuple[int, Json]]:
        return [(item["seq"], item) for item in story_of(case_context(), case_no, language(), most, after)]

    return {"case_no": case_no, **page(entries, asked, 0)}


@blueprint.route("/overdue")
@blueprint.operation("overdue")
@blueprint.arguments(schemas.OverdueAsked, location="query")
@blueprint.response(200, schemas.Overdue, description="Missed deadlines, the longest ago first")
@not_allowed
def overdue(asked: Json) -> Json:
    """List the deadlines that were missed in cases that go on, the longest ago first."""
    return page(lambda after, most: missed(case_context().ledger, sight(), most, after), asked)


@blueprint.route("/overdue/escalation", methods=["POST"])
@blueprint.operation("escalate")
@blueprint.arguments(Nothing, location="query")
@blueprint.response(200, schemas.Escalated, description="What was escalated now")
@not_allowed
def escalation(_: Json) -> Json:
    """Escalate each deadline that was missed, once.

    The decision of a case goes a level up, or where the pack says, and those that follow stay there until the case is
    closed.
    """
    return {"items": escalate_missed(case_context(), caller().name)}
