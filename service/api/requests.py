"""The parts of a request that views use: the caller, the cases that the caller sees, the pack, the body."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, request

from service.auth import Caller, allowed, needed_for
from service.casework.context import CaseContext
from service.casework.visibility import Sight
from service.errors import BadRequest, DomainError
from service.packs import Ready
from service.validation import json_text


def case_context() -> CaseContext:
    """Return the context of cases in use. Raises BadRequest if there is no pack or no ledger."""
    found = current_app.config["CONTEXT"]
    if found is None:
        pack()
        raise BadRequest("no_ledger")
    assert isinstance(found, CaseContext)
    return found.seen_by(sight())


def pack() -> Ready:
    """Return the pack in use. Raises BadRequest if there is none."""
    found: Ready | None = current_app.config["PACK"]
    if found is None:
        raise BadRequest("no_pack")
    return found


def caller() -> Caller:
    """Return the caller, whose rights `access` checks before the view begins."""
    asking: Caller = g.caller
    return asking


def sight() -> Sight:
    """Return which cases the caller sees at this address."""
    seen: Sight = g.sight
    return seen


def may_also(kind: str) -> None:
    """Check the scope that a kind of event needs besides that of the address. Raises DomainError."""
    need = needed_for(request.method, request.url_rule.rule if request.url_rule else "", kind)
    if need is not None and not allowed(need, caller().scopes):
        raise DomainError("not_allowed", need.scopes[0])


def body() -> Any:
    """Return the JSON that was sent. Raises BadRequest."""
    if request.mimetype != "application/json":
        raise BadRequest("not_json")
    value, faults = json_text.read(request.get_data(cache=False))
    if faults:
        raise BadRequest("bad_json", faults)
    return value
