"""Who may ask: a key in each request, or, until there is a first key, whoever sits at this machine.

Until the first key is made the service acts for one owner, and answers this machine alone (`proxies`): no other
address, nothing passed on by a proxy, no page in a browser, also by a name of its own that leads to this machine. Once
there has been a key each request needs one, for good: where the last is revoked the service answers nobody until
another is made, which whoever runs the machine can do at any time.

What a key may do is asked of `roles` before any view begins, and so is whether it sees the case or the decision that
an address names. A view that is reached needs to check neither.
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
FRESH: Final = 1.0  # seconds for which it may go unnoticed that there is a first key
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
    """Says of each operation that is not open to all that it needs a key, and the ledger to look for it."""

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any) -> None:
        """Add the key, and the answer without one."""
        for method, operation in (operations or {}).items():
            if not _is_open(needed(method.upper(), _PARAMETER.sub(r"<\1>", path or ""))):
                operation["security"] = [{"key": []}]
                operation["responses"]["401"] = _NEEDED
                operation["responses"].setdefault("403", _KEYLESS)
                operation["responses"] = _NO_LEDGER | operation["responses"]
                if not {"decision_id", "case_no"}.isdisjoint(_PARAMETER.findall(path or "")):
                    operation["responses"].setdefault("404", _UNSEEN)


def init_app(app: Flask) -> None:
    """Find out who asks before each request that is not open to all."""
    app.config["GATE"] = Gate(app.config["LEDGER"])

    @app.before_request
    def _ask() -> Response | None:
        if "\0" in request.path:
            abort(404)  # nothing has such a name, and PostgreSQL would not even look for it
        rule = None if request.url_rule is None else request.url_rule.rule
        need = None if rule is None else needed(request.method, rule, request.args.get("mode"))
        if _is_open(need):
            return None
        gate: Gate = app.config["GATE"]
        if (caller := gate.caller()) is None:
            return _key_wanted() if gate.locked() else problem("this_machine_only")
        g.caller, g.sight = caller, WHOLE
        if rule is not None:  # else there is no such address, which is told to whoever has a key
            g.sight = _sight(caller, need)
            _refuse_unseen(gate.ledger, g.sight, request.view_args or {})
        return None


def _is_open(need: Need | None) -> bool:
    return need is not None and need.part is Part.OPEN


def _sight(caller: Caller, need: Need | None) -> Sight:
    """Return which cases the caller sees at an address. Raises DomainError where he may not use it."""
    if need is None:
        raise DomainError("not_listed")
    if not allowed(need, caller.scopes):
        raise DomainError("not_allowed", need.scopes[0])
    if need.part is Part.WHOLE and caller.merchants is not None:
        raise DomainError("key_is_bound")
    own = need.part is Part.OWN and not caller.may(READ)
    return of_merchants(caller.merchants, caller.name if own else None)


def _refuse_unseen(ledger: Ledger | None, sight: Sight, named: Mapping[str, Any]) -> None:
    """Refuse a case or a decision that is not seen as one that does not exist."""
    if ledger is None or sight.is_whole:
        return
    decision, case_no = named.get("decision_id"), named.get("case_no")
    with ledger.reading() as connection:
        if decision is not None and not sight.sees_decision(connection, decision):
            raise DomainError("no_decision", decision)
        if case_no is not None and not sight.sees_case(connection, case_no):
            raise DomainError("no_case", case_no)


class Gate:
    """Lets in who has a key, and while there has never been one the owner."""

    def __init__(self, ledger: Ledger | None) -> None:
        self.ledger = ledger
        self._locked, self._looked = False, float("-inf")

    def caller(self) -> Caller | None:
        """Return who asks, or None."""
        if self.ledger is not None and "Authorization" in request.headers:
            return keys.find(self.ledger, _token())
        return OWNER if not self.locked() and is_direct() else None

    def locked(self) -> bool:
        """Return whether there has ever been a key; remembered, for that stays so, and until then looked up often."""
        if not self._locked and self.ledger is not None and clock.elapsed() - self._looked >= FRESH:
            looked = clock.elapsed()
            self._locked = keys.any_ever(self.ledger)
            self._looked = looked
        return self._locked


def _token() -> str:
    """Return the token that was sent, or nothing that could be one."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    fits = scheme.lower() == SCHEME and len(token) <= keys.LONGEST_TOKEN and token.isascii() and token.isprintable()
    return token.strip() if fits else ""


def _key_wanted() -> Response:
    """Ask for a key; the answer does not say what was wrong with the one that was sent."""
    answer = problem("no_key")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="redress"'
    return answer
