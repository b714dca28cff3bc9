"""/v1/cases: the cases that go on, what happens on them, and their story. /v1/overdue: deadlines that were missed."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response, request
from flask_smorest import Blueprint

from service.api.cases_doc import CASE, CASES, ESCALATION, EVENTS, OVERDUE, TIMELINE
from service.api.cursors import PAGED, page
from service.api.idempotency import idempotent
from service.api.problems import language
from service.api.requests import answer, body, caller, desk, may_also, query, sight, yes_no
from service.api.schemas.parameters import LARGEST_PAGE, one_of
from service.casework.cases.events import record_event
from service.casework.cases.listing import list_cases, show_case
from service.casework.cases.overdue import escalate as escalate_missed
from service.casework.cases.overdue import overdue as missed
from service.casework.cases.timeline import timeline as story_of
from service.casework.states import STATES
from service.errors import BadRequest, InvalidEvent
from service.validation.event import faults

blueprint: Final = Blueprint("cases", __name__, url_prefix="/v1", description="Cases that go on")


@blueprint.route("/cases")
@blueprint.doc(**CASES)
def cases() -> Response:
    """List cases, the newest first."""
    texts = dict.fromkeys(("customer", "order", "merchant", "handler", "tag"), _name)
    asked = query({"state": partial(one_of, STATES), **texts, "overdue": yes_no, **PAGED})
    return answer(page(lambda before, most: list_cases(desk().ledger, sight(), asked, most, before), asked))


@blueprint.route("/cases/<case_no>")
@blueprint.doc(**CASE)
def case(case_no: str) -> Response:
    """Show a case as it stands, with its latest decision and its deadlines."""
    return answer(show_case(desk().ledger, case_no))


@blueprint.route("/cases/<case_no>/events", methods=["POST"])
@blueprint.doc(**EVENTS)
@idempotent(required=False)
def events(case_no: str) -> Response:
    """Record what happened on a case, and decide it again where facts come with it."""
    asking = caller()
    query({})
    event = body()
    if found := faults(event):
        raise BadRequest("event_does_not_fit", found)
    may_also(event["kind"])
    try:
        happened = record_event(desk(), case_no, event, asking)
    except InvalidEvent as error:
        raise BadRequest("event_does_not_fit", error.faults) from None
    return answer(happened.as_json(), 201, Location=request.path.removesuffix("events") + "timeline")


@blueprint.route("/cases/<case_no>/timeline")
@blueprint.doc(**TIMELINE)
def timeline(case_no: str) -> Response:
    """Tell what happened on a case, in order, as a story in the reader's language."""
    asked = query(PAGED)

    def told(after: int, most: int) -> list[tuple[int, dict[str, Any]]]:
        return [(item["seq"], item) for item in story_of(desk(), case_no, language(), most, after)]

    return answer({"case_no": case_no, **page(told, asked, 0, LARGEST_PAGE)})


@blueprint.route("/overdue")
@blueprint.doc(**OVERDUE)
def overdue() -> Response:
    """List the deadlines that were missed in cases that go on, the longest ago first."""
    asked = query(PAGED)
    return answer(page(lambda after, most: missed(desk().ledger, sight(), most, after), asked, usual=LARGEST_PAGE))


@blueprint.route("/overdue/escalation", methods=["POST"])
@blueprint.doc(**ESCALATION)
def escalation() -> Response:
    """Escalate each deadline that was missed, once."""
    asking = caller()
    query({})
    return answer({"items": escalate_missed(desk(), asking.name)})


def _name(text: str) -> str:
    if not text or "\x00" in text or len(text) > 200:
        raise ValueError("1 - 200")
    return text
