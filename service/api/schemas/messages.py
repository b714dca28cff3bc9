"""The messages that webhooks are sent, by event; `service.webhooks.events` makes their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from marshmallow import Schema, fields

from service.api.schemas.base import Answer
from service.api.schemas.fields import constant, fen, instant
from service.webhooks import events


class Message(NamedTuple):
    """When a message is sent, and what it says."""

    when: str
    schema: type[Schema]


class DecisionCreated(Answer):
    """A decision."""

    id = fields.String()
    case_no = fields.String()
    outcome = fields.String()
    mode = fields.String(allow_none=True)
    total_fen = fen()
    currency = fields.String()
    at = instant()


class DecisionOutcome(Answer):
    """What a person did with a decision."""

    decision = fields.String()
    case_no = fields.String()
    choice = fields.String()
    way = fields.String(
        metadata={"deprecated": True, "description": "the same as `choice`; goes with the next version"}
    )
    kind = fields.String(allow_none=True)
    total_fen = fen()
    currency = fields.String()
    at = instant()


class CaseOverdue(Answer):
    """A deadline that was missed."""

    case_no = fields.String()
    decision = fields.String()
    clock = fields.String()
    due_at = instant()
    on_timeout = fields.String(allow_none=True)
    at = instant()


class ExecutionData(Answer):
    """What every message about an execution says."""

    decision = fields.String()
    case_no = fields.String()
    total_fen = fen()
    refund_fen = fen()
    currency = fields.String()
    at = instant()


class ExecutionFailed(ExecutionData):
    """An execution that paid nothing."""

    late = fields.Boolean(metadata={"description": "the claim had not been confirmed in time before"})


class ExecutionExecuted(ExecutionFailed):
    """A payment."""

    reference = fields.String()


class ExecutionLate(ExecutionData):
    """A claim that was not confirmed in time."""

    confirm_by = instant()


class ExecutionContradicted(ExecutionData):
    """A payment on an execution that ended otherwise."""

    reference = fields.String()
    recorded = fields.String(metadata={"description": "how the execution had ended"})


class ExecutionRefused(Answer):
    """A claim that was refused."""

    decision = fields.String()
    case_no = fields.String()
    reasons = fields.List(fields.String())
    at = instant()


class Signature(Answer):
    """The headers of a message, by Standard Webhooks."""

    id = fields.String(data_key="webhook-id", metadata={"description": "the same at each attempt"})
    timestamp = fields.String(
        data_key="webhook-timestamp",
        metadata={"description": "seconds since 1970; refuse one more than five minutes off"},
    )
    signature = fields.String(
        data_key="webhook-signature",
        metadata={"description": "v1,BASE64 of each secret that signs, between blanks"},
    )


def _message(event: str, when: str, data: type[Answer]) -> Message:
    """Describe a message; the schema of execution.late is ExecutionLateEvent."""
    parts = {"type": constant(event), "timestamp": instant(), "data": fields.Nested(data)}
    return Message(when, Answer.from_dict(parts, name=f"{data.__name__}Event"))


MESSAGES: Final[Mapping[str, Message]] = {
    event: _message(event, when, data)
    for event, when, data in (
        (events.DECIDED, "a decision was recorded", DecisionCreated),
        (events.OUTCOME, "what a person did with a decision is in force", DecisionOutcome),
        (events.OVERDUE, "a deadline of a case was missed", CaseOverdue),
        (
            events.PAID,
            "a payment is confirmed: by the machine, by a lead who settled a late claim, or by a person who paid by"
            " hand",
            ExecutionExecuted,
        ),
        (events.FAILED, "an execution paid nothing; a person has the decision now", ExecutionFailed),
        (
            events.LATE,
            "a claim was not confirmed in time; a person checks whether money moved",
            ExecutionLate,
        ),
        (
            events.CONTRADICTED,
            "a payment was reported on an execution that ended otherwise: a person checks whether it was paid twice",
            ExecutionContradicted,
        ),
        (events.REFUSED, "a claim was refused and its decision given to a person", ExecutionRefused),
    )
}
