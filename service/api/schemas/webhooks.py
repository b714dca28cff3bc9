"""Webhooks, their secrets and what was sent to them."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import ValidationError, fields

from service.api.schemas.base import Answer, Request
from service.api.schemas.fields import OneOf, Several, Text, Whole, instant, issue, messages
from service.api.schemas.pages import Page, many
from service.api.schemas.parameters import Choice, Paged
from service.webhooks.events import EVENTS
from service.webhooks.outbox import STATES
from service.webhooks.signing import GRACE_HOURS, MOST_GRACE_HOURS
from service.webhooks.targets import LONGEST


class Events(Several):
    """Some of the events, each once."""

    def __init__(self, **more: Any) -> None:
        super().__init__(OneOf(EVENTS), 1, len(EVENTS), metadata={"uniqueItems": True}, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        sent = self.bounded(value)
        wrong = [at for at, event in enumerate(sent) if event not in EVENTS or event in sent[:at]]
        if wrong:
            left = {at: [event for event in EVENTS if event not in sent[:at]] for at in wrong}
            raise ValidationError({at: issue("not_one_of", *events) for at, events in left.items()})
        return sent


class Hours(Whole):
    """For how long the secret before signs as well."""

    def __init__(self) -> None:
        wrong = messages("not_integer", f"0-{MOST_GRACE_HOURS}")
        described = {"description": "for which the secret before signs as well; 0 where it became known"}
        super().__init__(0, MOST_GRACE_HOURS, load_default=GRACE_HOURS, error_messages=wrong, metadata=described)


def secret() -> fields.String:
    """Describe the secret of a webhook."""
    meaning = "whsec_..., shown this once: what is sent is signed with it"
    return fields.String(metadata={"description": meaning})


class NewWebhook(Request):
    """Where to send which events."""

    code: ClassVar[str] = "webhook_does_not_fit"

    url = Text(LONGEST, required=True)
    events = Events(required=True)


class Webhook(Answer):
    """An endpoint, without its secret."""

    id = fields.String()
    url = fields.String(metadata={"format": "uri"})
    events = Events()
    made_at = instant()


class AddedWebhook(Webhook):
    """An endpoint with its secret, which cannot be seen again."""

    secret = secret()


class Webhooks(Answer):
    """All endpoints."""

    items = many(Webhook)


class WebhookGrace(Request):
    """For how long two secrets sign; may be left out as a whole."""

    code: ClassVar[str] = "webhook_does_not_fit"
    may_be_absent: ClassVar[bool] = True

    grace_hours = Hours()


class WebhookSecret(Answer):
    """The new secret of an endpoint."""

    id = fields.String()
    secret = secret()
    grace_hours = Hours()


class DeliveriesAsked(Paged):
    """Which deliveries are wanted."""

    state = Choice(STATES, "only those in this state")


class WebhookDelivery(Answer):
    """A message, and what became of it."""

    id = fields.String(metadata={"description": "the webhook-id, the same at each attempt"})
    event = OneOf(EVENTS)
    made_at = instant()
    attempts = fields.Integer()
    next_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    delivered_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    said = fields.String(allow_none=True, metadata={"description": "what came back last, or why nothing did"})
    state = OneOf(STATES)


class WebhookDeliveries(Page):
    """A page of messages."""

    items = many(WebhookDelivery)
