"""What /openapi.json says of the messages that webhooks are sent: a schema and a webhook for each event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from service.api.describe import FEN, INSTANT, TEXT, TEXT_OR_NONE, items, parameter, record, sent
from service.webhooks import events

Json = dict[str, Any]

_SUMS: Final[Json] = {"total_fen": FEN, "currency": TEXT}
_OF_EXECUTION: Final[Json] = {"decision": TEXT, "case_no": TEXT, "refund_fen": FEN, **_SUMS}
_LATE: Final[Json] = {"type": "boolean", "description": "the claim had not been confirmed in time before"}
_WAY: Final[Json] = TEXT | {"deprecated": True, "description": "the same as `choice`; goes with the next version"}
_SENT: Final[Mapping[str, tuple[str, Json]]] = {  # of each event: when it is sent, and its data but for the instant
    events.DECIDED: (
        "a decision was recorded",
        {"id": TEXT, "case_no": TEXT, "outcome": TEXT, "mode": TEXT_OR_NONE, **_SUMS},
    ),
    events.OUTCOME: (
        "what a person did with a decision is in force",
        {
            "decision": TEXT,
            "case_no": TEXT,
            "choice": TEXT,
            "way": _WAY,
            "kind": TEXT_OR_NONE,
            **_SUMS,
        },
    ),
    events.OVERDUE: (
        "a deadline of a case was missed",
        {"case_no": TEXT, "decision": TEXT, "clock": TEXT, "due_at": INSTANT, "on_timeout": TEXT_OR_NONE},
    ),
    events.PAID: (
        "a payment is confirmed: by the machine, by a lead who settled a late claim, or by a person who paid by hand",
        {**_OF_EXECUTION, "reference": TEXT, "late": _LATE},
    ),
    events.FAILED: ("an execution paid nothing; a person has the decision now", {**_OF_EXECUTION, "late": _LATE}),
    events.LATE: (
        "a claim was not confirmed in time; a person checks whether money moved",
        {**_OF_EXECUTION, "confirm_by": INSTANT},
    ),
    events.CONTRADICTED: (
        "a payment was reported on an execution that ended otherwise: a person checks whether it was paid twice",
        {**_OF_EXECUTION, "reference": TEXT, "recorded": TEXT | {"description": "how the execution had ended"}},
    ),
    events.REFUSED: (
        "a claim was refused and its decision given to a person",
        {"decision": TEXT, "case_no": TEXT, "reasons": items(TEXT)},
    ),
}
_SIGNED: Final = [
    parameter("webhook-id", TEXT, "the same at each attempt", where="header"),
    parameter("webhook-timestamp", TEXT, "seconds since 1970; refuse one more than five minutes off", where="header"),
    parameter("webhook-signature", TEXT, "v1,BASE64 of each secret that signs, between blanks", where="header"),
]


def _schema(event: str) -> str:
    """Return the name of an event's schema, such as ExecutionLateEvent."""
    return "".join(part.capitalize() for part in event.split(".")) + "Event"


def _message(event: str, data: Json) -> Json:
    return record({"type": {"const": event}, "timestamp": INSTANT, "data": record(data | {"at": INSTANT})})


def _webhook(event: str, when: str) -> Json:
    taken = {"2XX": {"description": "taken"}, "410": {"description": "send nothing here any more"}}
    return {"post": {"summary": when, "parameters": _SIGNED, "requestBody": sent(_schema(event)), "responses": taken}}


SCHEMAS: Final[Json] = {_schema(event): _message(event, data) for event, (_, data) in _SENT.items()}
WEBHOOKS: Final[Json] = {event: _webhook(event, when) for event, (when, _) in _SENT.items()}
