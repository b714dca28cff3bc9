"""/v1/webhooks: who is told of what happens, with which secret, and what became of each message."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response, request
from flask_smorest import Blueprint

from service.api import webhooks_doc as doc
from service.api.cursors import PAGED, page
from service.api.requests import answer, body, caller, desk, one_of, query
from service.errors import BadRequest
from service.validation.issue import ValidationIssue, nearest, pointer
from service.webhooks import endpoints, outbox
from service.webhooks.events import EVENTS
from service.webhooks.signing import GRACE_HOURS, MOST_GRACE_HOURS
from service.webhooks.targets import LONGEST

blueprint: Final = Blueprint("webhooks", __name__, url_prefix="/v1", description="Tell other programs what happens")


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.doc(**doc.ADD)
def add() -> Response:
    """Tell an address of events from now on. The secret that signs them is shown this once."""
    asking = caller()
    sent = _record(body(), {"url": _url, "events": _events}, required=("url", "events"))
    hosts = desk().settings.webhook_hosts
    added, secret = endpoints.add(desk().ledger, asking.name, sent["url"], sent["events"], hosts)
    return answer({**added.as_json(), "secret": secret}, 201)


@blueprint.route("/webhooks")
@blueprint.doc(**doc.LIST)
def listed() -> Response:
    """List the addresses that are told of events."""
    with desk().ledger.reading() as connection:
        return answer({"items": [endpoint.as_json() for endpoint in endpoints.listed(connection)]})


@blueprint.route("/webhooks/<webhook_id>", methods=["DELETE"])
@blueprint.doc(**doc.REMOVE)
def remove(webhook_id: str) -> Response:
    """Tell an address nothing more; what still waits for it is given up."""
    asking = caller()
    endpoints.remove(desk().ledger, asking.name, webhook_id)
    return Response(status=204)


@blueprint.route("/webhooks/<webhook_id>/secret", methods=["POST"])
@blueprint.doc(**doc.ROTATE)
def rotate(webhook_id: str) -> Response:
    """Make another secret, shown this once; the one before signs beside it for the hours of grace."""
    asking = caller()
    sent = _record(body() if request.content_length else {}, {"grace_hours": _hours})
    grace = sent.get("grace_hours", GRACE_HOURS)
    secret = endpoints.rotate(desk().ledger, asking.name, webhook_id, grace)
    return answer({"id": webhook_id, "secret": secret, "grace_hours": grace})


@blueprint.route("/webhooks/<webhook_id>/deliveries")
@blueprint.doc(**doc.DELIVERIES)
def deliveries(webhook_id: str) -> Response:
    """List what was and will be sent to an address, the latest first."""
    asked = query({"state": partial(one_of, outbox.STATES), **PAGED})
    with desk().ledger.reading() as connection:
        endpoints.known(connection, webhook_id)

        def sent(before: str | None, most: int) -> list[tuple[str, dict[str, Any]]]:
            found = outbox.deliveries(connection, webhook_id, most, state=asked.get("state"), before=before)
            return [(one["id"], one) for one in found]

        return answer(page(sent, asked))


# ---- reading what was sent


def _record(sent: Any, readers: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return an object all of whose values fit. Raises BadRequest with every fault."""
    if not isinstance(sent, dict):
        raise BadRequest("webhook_does_not_fit", (ValidationIssue("", "not_record"),))
    faults = [ValidationIssue(pointer([key]), "missing") for key in required if key not in sent]
    for key, value in sent.items():
        if key in readers:
            faults += readers[key](pointer([key]), value)
        else:
            faults.append(ValidationIssue(pointer([key]), "unknown_key", nearest=nearest(key, readers)))
    if faults:
        raise BadRequest("webhook_does_not_fit", tuple(faults))
    return sent


def _url(place: str, value: Any) -> list[ValidationIssue]:
    if not isinstance(value, str):
        return [ValidationIssue(place, "not_text")]
    return [ValidationIssue(place, "text_length")] if len(value) > LONGEST else []


def _events(place: str, value: Any) -> list[ValidationIssue]:
    if not isinstance(value, list):
        return [ValidationIssue(place, "not_list")]
    if not value:
        return [ValidationIssue(place, "too_few", ("1",))]
    if len(value) > len(EVENTS):
        return [ValidationIssue(place, "too_many", (str(len(EVENTS)),))]
    wrong = (at for at, event in enumerate(value) if event not in EVENTS or event in value[:at])
    return [
        ValidationIssue(f"{place}/{at}", "not_one_of", tuple(e for e in EVENTS if e not in value[:at])) for at in wrong
    ]


def _hours(place: str, value: Any) -> list[ValidationIssue]:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_GRACE_HOURS
    return [] if fits else [ValidationIssue(place, "not_integer", (f"0-{MOST_GRACE_HOURS}",))]
