"""What /openapi.json says of webhooks."""

from __future__ import annotations

from typing import Any, Final

from ..hooks.events import EVENTS
from ..hooks.outbox import STATES
from ..hooks.signing import GRACE_HOURS, MOST_GRACE_HOURS
from ..hooks.targets import LONGEST
from .openapi import _INSTANT, _LANGUAGE, _REQUEST_ID, _TEXT, _TEXT_OR_NONE, _answer, _closed, _object, _problem, _ref
from .requests import LARGEST_PAGE

Json = dict[str, Any]

_INSTANT_OR_NONE: Final[Json] = {"type": ["string", "null"], "format": "date-time"}
_EVENTS: Final[Json] = {"type": "array", "items": {"enum": list(EVENTS)}, "minItems": 1, "uniqueItems": True}
_SECRET: Final[Json] = _TEXT | {"description": "whsec_..., shown this once: what is sent is signed with it"}
_HOURS: Final[Json] = {
    "type": "integer",
    "minimum": 0,
    "maximum": MOST_GRACE_HOURS,
    "default": GRACE_HOURS,
    "description": "for which the secret before signs as well; 0 where it became known",
}
_WEBHOOK: Final[Json] = {"id": _TEXT, "url": _TEXT | {"format": "uri"}, "events": _EVENTS, "made_at": _INSTANT}
_DELIVERY: Final[Json] = {
    "id": _TEXT | {"description": "the webhook-id, the same at each attempt"},
    "event": {"enum": list(EVENTS)},
    "state": {"enum": list(STATES)},
    "made_at": _INSTANT,
    "attempts": {"type": "integer"},
    "next_at": _INSTANT_OR_NONE,
    "delivered_at": _INSTANT_OR_NONE,
    "said": _TEXT_OR_NONE | {"description": "what came back last, or why nothing did"},
}
SCHEMAS: Final[Json] = {
    "NewWebhook": _closed({"url": {"type": "string", "maxLength": LONGEST}, "events": _EVENTS}, ["url", "events"]),
    "Webhook": _object(_WEBHOOK, list(_WEBHOOK)),
    "AddedWebhook": _object({**_WEBHOOK, "secret": _SECRET}, [*_WEBHOOK, "secret"]),
    "Webhooks": _object({"items": {"type": "array", "items": _ref("Webhook")}}, ["items"]),
    "WebhookGrace": _closed({"grace_hours": _HOURS}, []),
    "WebhookSecret": _object({"id": _TEXT, "secret": _SECRET, "grace_hours": _HOURS}, ["id", "secret", "grace_hours"]),
    "WebhookDelivery": _object(_DELIVERY, list(_DELIVERY)),
    "WebhookDeliveries": _object(
        {"items": {"type": "array", "items": _ref("WebhookDelivery")}, "next_cursor": _TEXT_OR_NONE},
        ["items", "next_cursor"],
    ),
}

_HEADERS: Final = [_LANGUAGE, _REQUEST_ID]
_ALWAYS: Final[Json] = {"403": _problem("the caller may not administer"), "503": _problem("no ledger is in use")}
_UNKNOWN: Final[Json] = {"404": _problem("there is no such webhook")}


def _body(schema: str, required: bool) -> Json:
    return {"required": required, "content": {"application/json": {"schema": _ref(schema)}}}


def _parameter(name: str, schema: Json, description: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": description}


ADD: Final[Json] = {
    "operationId": "addWebhook",
    "parameters": _HEADERS,
    "requestBody": _body("NewWebhook", True),
    "responses": {
        "201": _answer("The webhook with its secret, which cannot be seen again", "AddedWebhook"),
        "400": _problem("the body is not JSON"),
        "409": _problem("there are as many webhooks as there may be"),
        "415": _problem("the body is not application/json"),
        "422": _problem("the body does not fit, or nothing may be sent to that address"),
        **_ALWAYS,
    },
}
LIST: Final[Json] = {
    "operationId": "webhooks",
    "parameters": _HEADERS,
    "responses": {"200": _answer("All webhooks, without their secrets", "Webhooks"), **_ALWAYS},
}
REMOVE: Final[Json] = {
    "operationId": "removeWebhook",
    "parameters": _HEADERS,
    "responses": {"204": {"description": "It is told nothing more"}, **_UNKNOWN, **_ALWAYS},
}
ROTATE: Final[Json] = {
    "operationId": "rotateWebhookSecret",
    "parameters": _HEADERS,
    "requestBody": _body("WebhookGrace", False),
    "responses": {
        "200": _answer("The new secret, which cannot be seen again", "WebhookSecret"),
        "400": _problem("the body is not JSON"),
        "415": _problem("the body is not application/json"),
        "422": _problem("the body does not fit"),
        **_UNKNOWN,
        **_ALWAYS,
    },
}
DELIVERIES: Final[Json] = {
    "operationId": "webhookDeliveries",
    "parameters": [
        *_HEADERS,
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}, "how many"),
        _parameter("cursor", _TEXT, "next_cursor of the page before"),
        _parameter("state", {"enum": list(STATES)}, "only those in this state"),
    ],
    "responses": {
        "200": _answer("What was and will be sent, the latest first", "WebhookDeliveries"),
        "400": _problem("a parameter does not fit"),
        **_UNKNOWN,
        **_ALWAYS,
    },
}
