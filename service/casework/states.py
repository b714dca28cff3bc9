"""The states of a case (S-224), what each event leads to, and the states of decisions, proposals and executions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.errors import DomainError

PENDING, IN_PROGRESS, AWAITING, DONE, CLOSED, ARCHIVED = (
    "pending",  # 待受理: registered; a person must look before anything is offered
    "in_progress",  # 处理中
    "awaiting_customer",  # 待客户确认: the customer was informed, or is asked
    "done",  # 已完成: carried out
    "closed",  # 已关闭: confirmed, or ended without a remedy
    "archived",  # 已归档
)
STATES: Final = (PENDING, IN_PROGRESS, AWAITING, DONE, CLOSED, ARCHIVED)
ACTIVE: Final = (PENDING, IN_PROGRESS, AWAITING)

OPEN, WAITING, ACCEPTED, CHANGED, SUPERSEDED = "open", "waiting", "accepted", "changed", "superseded"  # a decision
APPROVED, REFUSED, VOID = "approved", "refused", "void"  # a proposal, after WAITING
CLAIMED, EXECUTED, FAILED, LATE = "claimed", "executed", "failed", "late"  # an execution; a decision: the first two
OF_EXECUTION: Final = (CLAIMED, EXECUTED, FAILED, LATE)
UNDER_WAY: Final = (CLAIMED, EXECUTED, LATE)  # executions that a person can only check afterwards
UNCONFIRMED: Final = (CLAIMED, LATE)  # executions that may have paid

_SAME: Final = {state: state for state in STATES if state != ARCHIVED}
_GOES_ON: Final = dict.fromkeys((*ACTIVE, DONE, CLOSED), IN_PROGRESS)  # new information opens a case again
_MEANWHILE: Final = {**_SAME, **dict.fromkeys(ACTIVE, IN_PROGRESS)}  # after the end it changes nothing
TRANSITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "decided": _GOES_ON,
    "evidence_added": _GOES_ON,
    "merchant_replied": _GOES_ON,
    "merchant_silent": dict.fromkeys(ACTIVE, IN_PROGRESS),
    "return_shipped": _MEANWHILE,
    "return_inspected": _MEANWHILE,
    "outcome_taken": dict.fromkeys(ACTIVE, AWAITING),
    "customer_accepted": {AWAITING: IN_PROGRESS, IN_PROGRESS: IN_PROGRESS},
    "customer_rejected": _GOES_ON,
    "person_requested": _GOES_ON,
    "executed": {
        **dict.fromkeys((*ACTIVE, DONE), DONE),
        CLOSED: CLOSED,
    },  # a payment is recorded whatever happened to the case meanwhile
    "followed_up": _SAME,
    "satisfied": {**_SAME, DONE: CLOSED},
    "dissatisfied": _SAME,
    "appealed": _GOES_ON,
    "dispute_negotiated": _MEANWHILE,
    "assigned": _MEANWHILE,
    "summary": _SAME,
    "tag": {state: state for state in STATES},
    "note": _SAME,
    "closed": dict.fromkeys((*ACTIVE, DONE), CLOSED),
    "archived": {CLOSED: ARCHIVED},
    "reopened": dict.fromkeys((DONE, CLOSED, ARCHIVED), IN_PROGRESS),
}


# Without facts no policy judges these events, so a person must look before a machine acts.
READ_BY_A_PERSON: Final = (
    "evidence_added",
    "merchant_replied",
    "return_inspected",
    "customer_rejected",
    "dispute_negotiated",
)


def next_state(before: str, event: str) -> str:
    """Return the state after an event. Raises DomainError if the event is not allowed in the current state."""
    if before not in TRANSITIONS[event]:
        raise DomainError("not_now", event, before)
    return TRANSITIONS[event][before]


def state_columns(before: str, after: str, at: str) -> dict[str, str | None]:
    """Return the columns of a case that change with its state."""
    ended = {"closed_at": at} if after == CLOSED != before else {"closed_at": None} if after in ACTIVE else {}
    return {"state": after, "changed_at": at, **ended}
