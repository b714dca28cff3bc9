"""POST /v1/decisions/batch: many cases in, a result for each at its place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from flask import Request, Response, current_app, g, request

from service.api.idempotency import idempotent
from service.api.logs import FIELDS
from service.api.problems import document, language, problem
from service.api.requests import caller, case_context, pack, sight
from service.api.resource import Resource, StrictParser
from service.api.schemas import batch as schemas
from service.api.schemas.decisions import Mode
from service.api.statuses import STATUS
from service.casework.decisions.batch import Allowance, decide_all, simulate_all
from service.casework.decisions.recording import Recorded
from service.errors import BadRequest, DomainError
from service.ledger.filing import merchant_of
from service.ledger.outages import described, outage_of
from service.packs import Ready
from service.validation import json_text
from service.validation.issue import MOST_REPORTED, ValidationIssue

ITEMS: Final = "items"
LARGEST_BODY: Final = 8 * 2**20
UNAVAILABLE: Final = STATUS["ledger_silent"]
LOG: Final = logging.getLogger(__name__)

Json = dict[str, Any]
Judge = Callable[[Any], Sequence[ValidationIssue]]


@dataclass(frozen=True, slots=True)
class Flawed:
    """Stands in a batch for an item that is no usable JSON."""

    faults: Sequence[ValidationIssue]


@dataclass(frozen=True, slots=True)
class Item:
    """A case of a batch, and what keeps it from being decided."""

    place: int
    case: Any
    code: str = ""
    faults: Sequence[ValidationIssue] = ()
    details: Sequence[str] = ()


class PartParser(StrictParser):
    """Reads a batch; an item that is no usable JSON spoils no other."""

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the body, with its flawed items as Flawed. Raises BadRequest."""
        if req.mimetype != "application/json":
            raise BadRequest("not_json")
        value, flaws = json_text.read_in_part(req.get_data(cache=False))
        flawed = _by_place(flaws)
        if flaws and (None in flawed or len(flaws) >= MOST_REPORTED):
            raise BadRequest("bad_json", flaws)
        if isinstance(value, dict) and isinstance(items := value.get(ITEMS), list):
            value[ITEMS] = [Flawed(flawed[at]) if at in flawed else case for at, case in enumerate(items)]
        return value


blueprint: Final = Resource("batch", __name__, url_prefix="/v1", description="Decide many cases at once")
blueprint.ARGUMENTS_PARSER = PartParser()


@blueprint.before_request
def _take_more() -> None:
    """Take larger bodies than elsewhere, before anything reads one."""
    request.max_content_length = LARGEST_BODY


def _judge() -> Judge:
    """Return what finds the issues of a case. Raises BadRequest if there is no pack, or no ledger to record in."""
    return pack().schema.faults if "mode" in request.args else case_context().faults


@blueprint.route("/decisions/batch", methods=["POST"])
@blueprint.operation("decide_batch")
@idempotent(required=False)
@blueprint.arguments(Mode, location="query")
@blueprint.requires(_judge)
@blueprint.arguments(schemas.Batch)
@blueprint.response(
    200,
    schemas.BatchResults,
    description="A result for each case, at its place; one that is refused leaves the others alone",
)
@blueprint.fails(403, "the caller may not decide")
@blueprint.fails(409, "the request with this Idempotency-Key runs or lost its answer")
@blueprint.fails(413, f"the body is over {LARGEST_BODY // 2**20} MiB")
@blueprint.fails(422, "this is no batch; or the key came with another request")
def decide_batch(asked: Json, batch: Json) -> Json | Response:
    """Decide up to 1,000 cases. Each gets the result that it would get alone; a bad one spoils no other."""
    ready, simulated, judge = pack(), "mode" in asked, _judge()
    items = [_checked(place, case, ready, judge) for place, case in enumerate(batch[ITEMS])]
    cases = [item.case for item in items if not item.code]
    spread, allowance = current_app.config["SPREAD"], Allowance()
    results: Iterator[Any]
    if simulated:
        results = simulate_all(ready, cases, current_app.config["CLOCK"], spread, allowance)
    else:
        results = decide_all(case_context(), cases, caller(), spread, allowance)
    made = list(_placed(items, results, 200 if simulated else 201, ready, allowance))
    silent = [result for result in made if result["status"] == UNAVAILABLE]
    if silent and len(silent) == len(cases):
        return problem(silent[0]["problem"]["code"])  # nothing was kept: ask again
    return {ITEMS: made}


def _by_place(flaws: Sequence[ValidationIssue]) -> dict[int | None, list[ValidationIssue]]:
    """Return the flaws of each item by its place, with pointers into the item; under None those of no item."""
    found: dict[int | None, list[ValidationIssue]] = {}
    for flaw in flaws:
        _, *steps = flaw.pointer.split("/")
        if steps[:1] == [ITEMS] and len(steps) > 1 and steps[1].isdecimal():
            inside = "".join(f"/{step}" for step in steps[2:])
            found.setdefault(int(steps[1]), []).append(replace(flaw, pointer=inside))
        else:
            found.setdefault(None, []).append(flaw)
    return found


def _checked(place: int, case: Any, ready: Ready, judge: Judge) -> Item:
    """Return an item with its flaws, with what does not fit the vocabulary, or refused for its merchant."""
    if isinstance(case, Flawed):
        return Item(place, None, "bad_json", case.faults)
    if faults := judge(case):
        return Item(place, case, "case_does_not_fit", faults)
    if not sight().decides(ready.pack, case):
        return Item(place, case, "other_merchant", details=(merchant_of(ready.pack, case),))
    return Item(place, case)


def _placed(
    items: Sequence[Item], results: Iterator[Any], status: int, ready: Ready, allowance: Allowance
) -> Iterator[Mapping[str, Any]]:
    """Yield a result for each item: its problem, or the next of the results of those without one."""
    for item in items:
        part = f"/{ITEMS}/{item.place}"
        result = None if item.code else next(results)
        if result is None:
            yield _refusal(document(item.code, item.faults, item.details, part))
        elif isinstance(result, DomainError):
            yield _refusal(document(result.code, details=result.details, part=part))
        elif isinstance(result, Exception):
            yield _refusal(_failed(result, item.place, part))
        else:
            written = _written(result, item, ready)
            allowance.written += len(written)
            yield {"status": status, "decision": orjson.Fragment(written)}


def _failed(error: Exception, place: int, part: str) -> dict[str, Any]:
    """Return the problem of an item that broke; an outage is logged for the first that meets it."""
    if (outage := outage_of(error)) is None:
        LOG.error("item %d of a batch was not recorded", place, exc_info=error)
        return document("internal", part=part)
    if g.get("outage") != outage:
        LOG.error(outage.code, extra={FIELDS: {"error": [described(error)]}})
        g.outage = outage
    return document(outage.code, part=part)


def _written(result: Any, item: Item, ready: Ready) -> bytes:
    """Return a decision as JSON, which takes less room than what it is made of."""
    shown = result.as_json() if isinstance(result, Recorded) else {"recommendation": result}
    if warnings := ready.schema.warnings(item.case):
        shown["warnings"] = [warning.as_json(language()) for warning in warnings]
    return json_text.write(shown)


def _refusal(refused: dict[str, Any]) -> Mapping[str, Any]:
    return {"status": refused["status"], "problem": refused}
