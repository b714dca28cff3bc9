"""POST /v1/decisions/batch: many cases in, a result for each at its place."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from flask import Response, current_app, g, request
from flask_smorest import Blueprint

from service.api.batch_doc import BATCH, LARGEST_BODY, MOST_ITEMS
from service.api.decisions import mode
from service.api.idempotency import idempotent
from service.api.logs import FIELDS
from service.api.problems import document, language, problem
from service.api.requests import answer, caller, desk, query, sight
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
UNAVAILABLE: Final = STATUS["ledger_silent"]
LOG: Final = logging.getLogger(__name__)

blueprint: Final = Blueprint("batch", __name__, url_prefix="/v1", description="Decide many cases at once")


@dataclass(frozen=True, slots=True)
class Item:
    """A case of a batch, and what keeps it from being decided."""

    place: int
    case: Any
    code: str = ""
    faults: Sequence[ValidationIssue] = ()
    details: Sequence[str] = ()


@blueprint.before_request
def _take_more() -> None:
    """Take larger bodies than elsewhere, before anything reads one."""
    request.max_content_length = LARGEST_BODY


@blueprint.route("/decisions/batch", methods=["POST"])
@blueprint.doc(**BATCH)
@idempotent(required=False)
def decide_batch() -> Response:
    """Decide up to 1,000 cases. Each gets the result that it would get alone; a bad one spoils no other."""
    asking = caller()
    simulated = query({"mode": mode})
    ready = current_app.config["PACK"]
    if ready is None:
        raise BadRequest("no_pack")
    judge = ready.schema.faults if simulated else desk().faults
    items = [_checked(item, ready, judge) for item in _items()]
    cases = [item.case for item in items if not item.code]
    spread, clock, allowance = current_app.config["SPREAD"], current_app.config["CLOCK"], Allowance()
    told: Iterator[Any]
    if simulated:
        told = simulate_all(ready, cases, clock, spread, allowance)
    else:
        told = decide_all(desk(), cases, asking, spread, allowance)
    made = list(_placed(items, told, 200 if simulated else 201, ready, allowance))
    silent = [result for result in made if result["status"] == UNAVAILABLE]
    if silent and len(silent) == len(cases):
        return problem(silent[0]["problem"]["code"])  # nothing was kept: ask again
    return answer({ITEMS: made})


def _items() -> list[Item]:
    """Return the items that were sent, those that are no usable JSON with their faults. Raises BadRequest."""
    if request.mimetype != "application/json":
        raise BadRequest("not_json")
    value, flaws = json_text.read_in_part(request.get_data(cache=False))
    flawed = _by_place(flaws)
    if flaws and (None in flawed or len(flaws) >= MOST_REPORTED):
        raise BadRequest("bad_json", flaws)
    if faults := _faults(value):
        raise BadRequest("batch_does_not_fit", faults)
    return [
        Item(place, case, "bad_json", flawed[place]) if place in flawed else Item(place, case)
        for place, case in enumerate(value[ITEMS])
    ]


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


def _faults(value: Any) -> tuple[ValidationIssue, ...]:
    if not isinstance(value, dict):
        return (ValidationIssue("", "not_record"),)
    strange = tuple(ValidationIssue(f"/{name}", "unknown_key") for name in value if name != ITEMS)[:MOST_REPORTED]
    if ITEMS not in value:
        return (*strange, ValidationIssue(f"/{ITEMS}", "missing"))
    if not isinstance(value[ITEMS], list):
        return (*strange, ValidationIssue(f"/{ITEMS}", "not_list"))
    if len(value[ITEMS]) > MOST_ITEMS:
        return (*strange, ValidationIssue(f"/{ITEMS}", "too_many", (str(MOST_ITEMS),)))
    return strange if value[ITEMS] else (*strange, ValidationIssue(f"/{ITEMS}", "too_few", ("1",)))


def _checked(item: Item, ready: Ready, judge: Callable[[Any], Sequence[ValidationIssue]]) -> Item:
    """Return an item with what does not fit the vocabulary, or with the refusal of a merchant that is not seen."""
    if item.code:
        return item
    if faults := judge(item.case):
        return Item(item.place, item.case, "case_does_not_fit", faults)
    if not sight().decides(ready.pack, item.case):
        return Item(item.place, item.case, "other_merchant", details=(merchant_of(ready.pack, item.case),))
    return item


def _placed(
    items: Sequence[Item], told: Iterator[Any], status: int, ready: Ready, allowance: Allowance
) -> Iterator[Mapping[str, Any]]:
    """Yield a result for each item: its faults, or what is told of the next case without any."""
    for item in items:
        part = f"/{ITEMS}/{item.place}"
        result = None if item.code else next(told)
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
    told = result.as_json() if isinstance(result, Recorded) else {"recommendation": result}
    if warnings := ready.schema.warnings(item.case):
        told["warnings"] = [warning.as_json(language()) for warning in warnings]
    return json_text.write(told)


def _refusal(told: dict[str, Any]) -> Mapping[str, Any]:
    return {"status": told["status"], "problem": told}
