"""Access control: each request needs a key; until the first key exists, the service answers this machine only.

Until the first key is made, the service acts for its owner and answers direct requests of this machine (`proxies`): no
other address, nothing forwarded by a proxy, no page in a browser. From then on each request needs a key: after the last
one is revoked, the service answers nobody until the operator makes another.

The rights of a key, and whether it sees the case or the decision of an address, are checked before a view begins. Views
check neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from apispec import BasePlugin
from flask import Flask, Response, abort, g, request

from service import clock
from service.api.openapi import refusal
from service.api.problems import problem
from service.api.proxies import is_direct
from service.auth import OWNER, READ, Caller, Need, Part, allowed, needed
from service.casework.visibility import WHOLE, Sight, of_merchants
from service.errors import DomainError
from service.ledger import keys
from service.ledger.store import Ledger

SCHEME: Final = "bearer"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")  # of a path as OpenAPI writes it
FRESH: Final = 1.0  # seconds until the first key is noticed
SECURITY: Final = {
    "type": "http",
    "scheme": SCHEME,
    "description": "A key made by `redress keys make`; until there is a first one this machine is served without",
}
_NEEDED: Final = refusal("no key was sent, or none that is good")
_KEYLESS: Final = refusal(
    "there is no key yet and the request does not come straight from this machine, or the key may not"
)
_NO_LEDGER: Final = {"503": refusal("no pack or no ledger is in use, or the ledger cannot be used at present")}
_UNSEEN: Final = refusal("the key sees no such case or decision")


class KeyNeeded(BasePlugin):
    """Documents of each operation that is not public that it needs a key, and the ledger to look it up."""

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any) -> None:
        """Add the security scheme and the refusals of a key."""
        for method, operation in (operations or {}).items():
            if not _is_open(needed(method.upper(), _PARAMETER.sub(r"<\1>", path or ""))):
                operation["security"] = [{"key": []}]
                operation["responses"]["401"] = _NEEDED
                operation["responses"].setdefault("403", _KEYLESS)
                operation["responses"] = _NO_LEDGER | operation["responses"]
                if not {"decision_id", "case_no"}.isdisjoint(_PARAMETER.findall(path or "")):
                    operation["responses"].setdefault("404", _UNSEEN)


def init_app(app: Flask) -> None:
    """Identify the caller before each request that is not public."""
    app.config["GATE"] = Gate(app.config["LEDGER"])

    @app.before_request
    def _ask() -> Response | None:
        if "\0" in request.path:
            abort(404)  # no name contains it, and PostgreSQL refuses it
        rule = None if request.url_rule is None else request.url_rule.rule
        need = None if rule is None else needed(request.method, rule, request.args.get("mode"))
        if _is_open(need):
            return None
        gate: Gate = app.config["GATE"]
        if (caller := gate.caller()) is None:
            return _key_wanted() if gate.locked() else problem("this_machine_only")
        g.caller, g.sight = caller, WHOLE
        if rule is not None:  # else the address does not exist: 404 for every key
            g.sight = _sight(caller, need)
            _refuse_unseen(gate.ledger, g.sight, request.view_args or {})
        return None


def _is_open(need: Need | None) -> bool:
    return need is not None and need.part is Part.OPEN


def _sight(caller: Caller, need: Need | None) -> Sight:
    """Return which cases the caller sees at an address. Raises DomainError if the caller may not use it."""
    if need is None:
        raise DomainError("not_listed")
    if not allowed(need, caller.scopes):
        raise DomainError("not_allowed", need.scopes[0])
    if need.part is Part.WHOLE and caller.merchants is not None:
        raise DomainError("key_is_bound")
    own = need.part is Part.OWN and not caller.may(READ)
    return of_merchants(caller.merchants, caller.name if own else None)


def _refuse_unseen(ledger: Ledger | None, sight: Sight, named: Mapping[str, Any]) -> None:
    """Refuse a case or a decision that the caller may not see as if it did not exist."""
    if ledger is None or sight.is_whole:
        return
    decision, case_no = named.get("decision_id"), named.get("case_no")
    with ledger.reading() as connection:
        if decision is not None and not sight.sees_decision(connection, decision):
            raise DomainError("no_decision", decision)
        if case_no is not None and not sight.sees_case(connection, case_no):
            raise DomainError("no_case", case_no)


class Gate:
    """Identifies callers by their key, and the owner until the first key exists."""

    def __init__(self, ledger: Ledger | None) -> None:
        self.ledger = ledger
        self._locked, self._looked = False, float("-inf")

    def caller(self) -> Caller | None:
        """Return the caller, or None."""
        if self.ledger is not None and "Authorization" in request.headers:
            return keys.find(self.ledger, _token())
        return OWNER if not self.locked() and is_direct() else None

    def locked(self) -> bool:
        """Return whether there has ever been a key; cached once true, since it stays true."""
        if not self._locked and self.ledger is not None and clock.elapsed() - self._looked >= FRESH:
            looked = clock.elapsed()
            self._locked = keys.any_ever(self.ledger)
            self._looked = looked
        return self._locked


def _token() -> str:
    """Return the token of the request, or an empty text."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    fits = scheme.lower() == SCHEME and len(token) <= keys.LONGEST_TOKEN and token.isascii() and token.isprintable()
    return token.strip() if fits else ""


def _key_wanted() -> Response:
    """Ask for a key; the response does not say what is wrong with the one that was sent."""
    answer = problem("no_key")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="redress"'
    return answer
