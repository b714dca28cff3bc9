"""What /openapi.json says of webhooks."""

from __future__ import annotations

from typing import Any, Final

from service.api.cursors import parameters
from service.api.describe import (
    COMMON,
    INSTANT,
    TEXT,
    TEXT_OR_NONE,
    answered,
    closed,
    listed,
    page,
    parameter,
    problem,
    record,
    ref,
    sent,
    shaped,
)
from service.webhooks.events import EVENTS
from service.webhooks.outbox import STATES
from service.webhooks.signing import GRACE_HOURS, MOST_GRACE_HOURS
from service.webhooks.targets import LONGEST

Json = dict[str, Any]

_INSTANT_OR_NONE: Final[Json] = {"type": ["string", "null"], "format": "date-time"}
_EVENTS: Final[Json] = {"type": "array", "items": {"enum": list(EVENTS)}, "minItems": 1, "uniqueItems": True}
_SECRET: Final[Json] = TEXT | {"description": "whsec_..., shown this once: what is sent is signed with it"}
_HOURS: Final[Json] = {
    "type": "integer",
    "minimum": 0,
    "maximum": MOST_GRACE_HOURS,
    "default": GRACE_HOURS,
    "description": "for which the secret before signs as well; 0 where it became known",
}
_WEBHOOK: Final[Json] = {"id": TEXT, "url": TEXT | {"format": "uri"}, "events": _EVENTS, "made_at": INSTANT}
_DELIVERY: Final[Json] = {
    "id": TEXT | {"description": "the webhook-id, the same at each attempt"},
    "event": {"enum": list(EVENTS)},
    "state": {"enum": list(STATES)},
    "made_at": INSTANT,
    "attempts": {"type": "integer"},
    "next_at": _INSTANT_OR_NONE,
    "delivered_at": _INSTANT_OR_NONE,
    "said": TEXT_OR_NONE | {"description": "what came back last, or why nothing did"},
}
SCHEMAS: Final[Json] = {
    "NewWebhook": closed({"url": {"type": "string", "maxLength": LONGEST}, "events": _EVENTS}, ["url", "events"]),
    "Webhook": record(_WEBHOOK),
    "AddedWebhook": shaped({**_WEBHOOK, "secret": _SECRET}, [*_WEBHOOK, "secret"]),
    "Webhooks": shaped({"items": listed("Webhook")}, ["items"]),
    "WebhookGrace": closed({"grace_hours": _HOURS}, []),
    "WebhookSecret": shaped({"id": TEXT, "secret": _SECRET, "grace_hours": _HOURS}, ["id", "secret", "grace_hours"]),
    "WebhookDelivery": record(_DELIVERY),
    "WebhookDeliveries": page(ref("WebhookDelivery")),
}

_ALWAYS: Final[Json] = {"403": problem("the caller may not administer"), "503": problem("no ledger is in use")}
_UNKNOWN: Final[Json] = {"404": problem("there is no such webhook")}


ADD: Final[Json] = {
    "operationId": "addWebhook",
    "parameters": COMMON,
    "requestBody": sent("NewWebhook"),
    "responses": {
        "201": answered("The webhook with its secret, which cannot be seen again", "AddedWebhook"),
        "400": problem("the body is not JSON"),
        "409": problem("there are as many webhooks as there may be"),
        "415": problem("the body is not application/json"),
        "422": problem("the body does not fit, or nothing may be sent to that address"),
        **_ALWAYS,
    },
}
LIST: Final[Json] = {
    "operationId": "webhooks",
    "parameters": COMMON,
    "responses": {"200": answered("All webhooks, without their secrets", "Webhooks"), **_ALWAYS},
}
REMOVE: Final[Json] = {
    "operationId": "removeWebhook",
    "parameters": COMMON,
    "responses": {"204": {"description": "It is told nothing more"}, **_UNKNOWN, **_ALWAYS},
}
ROTATE: Final[Json] = {
    "operationId": "rotateWebhookSecret",
    "parameters": COMMON,
    "requestBody": sent("WebhookGrace", required=False),
    "responses": {
        "200": answered("The new secret, which cannot be seen again", "WebhookSecret"),
        "400": problem("the body is not JSON"),
        "415": problem("the body is not application/json"),
        "422": problem("the body does not fit"),
        **_UNKNOWN,
        **_ALWAYS,
    },
}
DELIVERIES: Final[Json] = {
    "operationId": "webhookDeliveries",
    "parameters": [
        *COMMON,
        *parameters(),
        parameter("state", {"enum": list(STATES)}, "only those in this state"),
    ],
    "responses": {
        "200": answered("What was and will be sent, the latest first", "WebhookDeliveries"),
        "400": problem("a parameter does not fit"),
        **_UNKNOWN,
        **_ALWAYS,
    },
}
