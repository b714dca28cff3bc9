"""/v1/webhooks: the endpoints that receive events, their secrets, and the delivery of each message."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from service.api.cursors import page
from service.api.requests import caller, case_context
from service.api.resource import Resource
from service.api.schemas import webhooks as schemas
from service.webhooks import endpoints, outbox

Json = dict[str, Any]

blueprint: Final = Resource("webhooks", __name__, url_prefix="/v1", description="Send events to other programs")
unknown: Final = blueprint.fails(404, "there is no such webhook")


@blueprint.route("/webhooks", methods=["POST"])
@blueprint.operation("addWebhook")
@blueprint.arguments(schemas.NewWebhook)
@blueprint.response(201, schemas.AddedWebhook, description="The webhook with its secret, which cannot be seen again")
@blueprint.fails(409, "there are as many webhooks as there may be")
@blueprint.fails(422, "the body does not fit, or nothing may be sent to that address")
def add(asked: Json) -> tuple[Json, int]:
    """Send events to an address from now on. The secret that signs them is shown only once."""
    hosts = case_context().settings.webhook_hosts
    added, secret = endpoints.add(case_context().ledger, caller().name, asked["url"], asked["events"], hosts)
    return {**added.as_json(), "secret": secret}, 201


@blueprint.route("/webhooks")
@blueprint.operation("webhooks")
@blueprint.response(200, schemas.Webhooks, description="All webhooks, without their secrets")
def listed() -> Json:
    """List the addresses that receive events."""
    with case_context().ledger.reading() as connection:
        return {"items": [endpoint.as_json() for endpoint in endpoints.listed(connection)]}


@blueprint.route("/webhooks/<webhook_id>", methods=["DELETE"])
@blueprint.operation("removeWebhook")
@blueprint.response(204, description="Nothing more is sent to it")
@unknown
def remove(webhook_id: str) -> Response:
    """Send an address nothing more; waiting messages are given up."""
    endpoints.remove(case_context().ledger, caller().name, webhook_id)
    return Response(status=204)


@blueprint.route("/webhooks/<webhook_id>/secret", methods=["POST"])
@blueprint.operation("rotateWebhookSecret")
@blueprint.arguments(schemas.WebhookGrace, required=False)
@blueprint.response(200, schemas.WebhookSecret, description="The new secret, which cannot be seen again")
@unknown
def rotate(asked: Json, webhook_id: str) -> Json:
    """Make a new secret, shown only once; the previous one signs too for the hours of grace."""
    grace = asked["grace_hours"]
    secret = endpoints.rotate(case_context().ledger, caller().name, webhook_id, grace)
    return {"id": webhook_id, "secret": secret, "grace_hours": grace}


@blueprint.route("/webhooks/<webhook_id>/deliveries")
@blueprint.operation("webhookDeliveries")
@blueprint.arguments(schemas.DeliveriesAsked, location="query")
@blueprint.response(200, schemas.WebhookDeliveries, description="Sent and waiting messages, the latest first")
@unknown
def deliveries(asked: Json, webhook_id: str) -> Json:
    """List the sent and waiting messages of an address, the latest first."""
    with case_context().ledger.reading() as connection:
        endpoints.known(connection, webhook_id)

        def sent(before: str | None, most: int) -> list[tuple[str, Json]]:
            found = outbox.deliveries(connection, webhook_id, most, state=asked.get("state"), before=before)
            return [(one["id"], one) for one in found]

        return page(sent, asked)
