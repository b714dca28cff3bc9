"""The states of a case (S-224), which event leads from which to which, and the states of what belongs to a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.errors import DomainError

PENDING, IN_PROGRESS, AWAITING, DONE, CLOSED, ARCHIVED = (
    "pending",  # 待受理: registered, and a person has to look before anything is offered
    "in_progress",  # 处理中
    "awaiting_customer",  # 待客户确认: the customer was told, or is asked
    "done",  # 已完成: carried out
    "closed",  # 已关闭: confirmed, or ended without a remedy
    "archived",  # 已归档
)
STATES: Final = (PENDING, IN_PROGRESS, AWAITING, DONE, CLOSED, ARCHIVED)
ACTIVE: Final = (PENDING, IN_PROGRESS, AWAITING)

OPEN, WAITING, ACCEPTED, CHANGED, SUPERSEDED = "open", "waiting", "accepted", "changed", "superseded"  # a decision
APPROVED, REFUSED, VOID = "approved", "refused", "void"  # a proposal, which waits before
CLAIMED, EXECUTED, FAILED, LATE = "claimed", "executed", "failed", "late"  # an execution; a decision: the first two
OF_EXECUTION: Final = (CLAIMED, EXECUTED, FAILED, LATE)
UNDER_WAY: Final = (CLAIMED, EXECUTED, LATE)  # an execution that a person can only look at afterwards
UNCONFIRMED: Final = (CLAIMED, LATE)  # one of which nobody knows yet whether it paid

_SAME: Final = {state: state for state in STATES if state != ARCHIVED}
_GOES_ON: Final = dict.fromkeys((*ACTIVE, DONE, CLOSED), IN_PROGRESS)  # what is told later opens a case again
_MEANWHILE: Final = {**_SAME, **dict.fromkeys(ACTIVE, IN_PROGRESS)}  # what may come after the end and changes nothing
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
    },  # what was paid was paid, whatever came between
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


def next_state(before: str, event: str) -> str:
    """Return the state that an event leads to. Raises DomainError where it cannot come in the state before."""
    if before not in TRANSITIONS[event]:
        raise DomainError("not_now", event, before)
    return TRANSITIONS[event][before]


def state_columns(before: str, after: str, at: str) -> dict[str, str | None]:
    """Return what is said of a case that comes from one state to another."""
    ended = {"closed_at": at} if after == CLOSED != before else {"closed_at": None} if after in ACTIVE else {}
    return {"state": after, "changed_at": at, **ended}
