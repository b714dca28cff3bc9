"""Callers, the scopes of each role, and the scopes that each address requires.

Both are declared only here. Keys get their scopes from it, every request is checked against it, `redress keys roles`
prints it, and an address that is not listed is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from rules.language.contract import ROLES

SIMULATE, DECIDE, RECORD, OVERRIDE, APPROVE = "simulate", "decide", "record", "override", "approve"
EXECUTE, READ, READ_OWN, ADMIN = "execute", "ledger:read", "ledger:own", "admin"
SCOPES: Final = (SIMULATE, DECIDE, RECORD, OVERRIDE, APPROVE, EXECUTE, READ, READ_OWN, ADMIN)
GRANTED: Final[Mapping[str, tuple[str, ...]]] = {  # the default scopes of a role
    "agent": (SIMULATE, DECIDE, RECORD, OVERRIDE, READ),
    **dict.fromkeys(("lead", "manager", "specialist"), (SIMULATE, DECIDE, RECORD, OVERRIDE, APPROVE, READ)),
    "editor": (SIMULATE, READ),
    "back_end": (SIMULATE, DECIDE, RECORD, EXECUTE, READ_OWN),
    "admin": SCOPES,
}
CALLERS: Final = tuple(GRANTED)  # the roles that a key can have


class Part(StrEnum):
    """The cases that an address covers, for a key that is bound to merchants or lacks ledger:read."""

    OPEN = "open"
    ALIKE = "alike"
    OWN = "own"
    MERCHANTS = "merchants"
    WHOLE = "whole"


MEANINGS: Final[Mapping[Part, str]] = {
    Part.OPEN: "no key is needed",
    Part.ALIKE: "no case data: every key gets the same",
    Part.OWN: "cases of the key's merchants; without ledger:read only those that it decided or executed itself",
    Part.MERCHANTS: "all cases of the key's merchants",
    Part.WHOLE: "all merchants at once: a key that is bound to some is refused",
}


class Need(NamedTuple):
    """The requirement of an address: one of some scopes, or none, and the cases that the key sees."""

    part: Part
    scopes: tuple[str, ...] = ()


_OPEN: Final = Need(Part.OPEN)
_ALIKE: Final = Need(Part.ALIKE)
_READ: Final = Need(Part.OWN, (READ, READ_OWN))
_READ_ALL: Final = Need(Part.OWN, (READ,))
_ADMIN: Final = Need(Part.WHOLE, (ADMIN,))

ADDRESSES: Final[Mapping[str, Need]] = {  # `?mode=` and `#kind` replace or extend the requirement
    "GET /healthz": _OPEN,
    "GET /readyz": _OPEN,
    "GET /openapi.json": _OPEN,
    "GET /metrics": Need(Part.WHOLE, (READ,)),
    "GET /v1/vocabulary": _ALIKE,
    "GET /v1/meta/enums": _ALIKE,
    "GET /v1/outcome-reasons": _ALIKE,
    "POST /v1/decisions": Need(Part.OWN, (DECIDE,)),
    "POST /v1/decisions?mode=simulate": Need(Part.MERCHANTS, (SIMULATE,)),
    "POST /v1/decisions/batch": Need(Part.OWN, (DECIDE,)),
    "POST /v1/decisions/batch?mode=simulate": Need(Part.MERCHANTS, (SIMULATE,)),
    "GET /v1/decisions": _READ,
    "GET /v1/decisions/<decision_id>": _READ,
    "GET /v1/decisions/<decision_id>/outcome": _READ,
    "POST /v1/decisions/<decision_id>/outcome": Need(Part.MERCHANTS, (OVERRIDE,)),
    "POST /v1/decisions/<decision_id>/approval": Need(Part.MERCHANTS, (APPROVE,)),
    "POST /v1/decisions/<decision_id>/appeal": Need(Part.OWN, (DECIDE,)),
    "POST /v1/decisions/<decision_id>/review": Need(Part.MERCHANTS, (APPROVE,)),
    "POST /v1/decisions/<decision_id>/execution": Need(Part.MERCHANTS, (EXECUTE,)),
    "POST /v1/decisions/<decision_id>/execution/settlement": Need(Part.MERCHANTS, (APPROVE,)),
    "GET /v1/approvals": Need(Part.MERCHANTS, (APPROVE,)),
    "GET /v1/reviews": Need(Part.MERCHANTS, (APPROVE,)),
    "GET /v1/cases": _READ,
    "GET /v1/cases/<case_no>": _READ,
    "GET /v1/cases/<case_no>/timeline": _READ,
    "POST /v1/cases/<case_no>/events": Need(Part.OWN, (RECORD,)),
    "POST /v1/cases/<case_no>/events#executed": Need(Part.OWN, (OVERRIDE,)),
    "GET /v1/overdue": _READ,
    "POST /v1/overdue/escalation": _ADMIN,
    "GET /v1/executions": Need(Part.OWN, (READ, READ_OWN, EXECUTE)),
    "GET /v1/executions/next": Need(Part.MERCHANTS, (EXECUTE,)),
    "POST /v1/executions/sweep": Need(Part.WHOLE, (EXECUTE,)),
    "GET /v1/reports": _ALIKE._replace(scopes=(READ,)),
    "GET /v1/reports/<name>": _READ_ALL,
    "GET /v1/export": _READ_ALL,
    "GET /v1/switches": _ADMIN,
    "PUT /v1/switches/<scope>/<path:name>": _ADMIN,
    "GET /v1/budgets": _ADMIN,
    "PUT /v1/budgets": _ADMIN,
    "GET /v1/webhooks": _ADMIN,
    "POST /v1/webhooks": _ADMIN,
    "DELETE /v1/webhooks/<webhook_id>": _ADMIN,
    "POST /v1/webhooks/<webhook_id>/secret": _ADMIN,
    "GET /v1/webhooks/<webhook_id>/deliveries": _ADMIN,
}


def needed(method: str, route: str, mode: str | None = None) -> Need | None:
    """Return the requirement of an address, None if it is not listed; HEAD is as GET."""
    if method == "OPTIONS":
        return _ALIKE
    address = f"{'GET' if method == 'HEAD' else method} {route}"
    return ADDRESSES.get(f"{address}?mode={mode}") or ADDRESSES.get(address)


def needed_for(method: str, route: str, kind: str) -> Need | None:
    """Return the additional requirement for an event of a kind, None without one."""
    return ADDRESSES.get(f"{method} {route}#{kind}")


def allowed(need: Need, scopes: frozenset[str]) -> bool:
    """Check whether one of these scopes is sufficient."""
    return not need.scopes or not scopes.isdisjoint(need.scopes)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or a program with a role; `name` is in every entry of the ledger that it makes.

    `merchants` are those that its key is bound to, as they were named; None if it is not bound.
    """

    name: str
    role: str
    scopes: frozenset[str]
    merchants: frozenset[str] | None = None
    key: str | None = None  # its id, which logs use: a name can be personal

    def may(self, scope: str) -> bool:
        """Check whether the caller has a scope."""
        return scope in self.scopes

    def stands_for(self, role: str) -> bool:
        """Check whether the caller's role is this role or a higher one."""
        return self.role == "admin" or (self.role in ROLES and ROLES.index(self.role) >= ROLES.index(role))


def caller_of(by: Caller | str) -> Caller:
    """Return the caller; a bare name, such as that of a scheduled job, has no role and no scopes."""
    return by if isinstance(by, Caller) else Caller(by, "", frozenset())


OWNER: Final = Caller("owner", "admin", frozenset(SCOPES))  # the caller on this machine while there is no key
