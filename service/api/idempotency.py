"""The header Idempotency-Key: a repeated request has no second effect and gets the same response.

Responses that report the result of a request are kept, refusals too: a request that is answered 409, for instance since
a budget is spent, gets 409 again under the same key. Responses to a request that cannot be read or is not allowed are
not kept: after it is corrected, it may run under the same key. Internal errors are not kept either: unless it took
effect, the request may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import wraps
from typing import Any, Final, ParamSpec

from flask import Response, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from service.errors import BadRequest, DomainError
from service.ledger.idempotency import Answer, Claim, KeyedRequest, claim
from service.ledger.store import COMMIT_HOOK

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LONGEST: Final = 200
UNFIT: Final = frozenset({400, 401, 403, 413, 415})  # the request cannot be read, or is not allowed
KEPT_HEADERS: Final = ("Content-Type", "Content-Language", "Location", "Vary", "ETag")

P = ParamSpec("P")
View = Callable[P, Response]


def idempotent(required: bool, runs_again: bool = False) -> Callable[[View[P]], View[P]]:
    """Run a view once for each key of a caller; without a key, at each request, unless one is required.

    A view that `runs_again` has one effect however often it runs: a repeated request gets the present state, not the
    kept response, so that no claim is handed out from memory while machines are stopped.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def once(*args: P.args, **kwargs: P.kwargs) -> Response:
            key, ledger = _key(), current_app.config["LEDGER"]
            if key is None and required:
                raise BadRequest("key_missing")
            if key is None or ledger is None:
                return view(*args, **kwargs)
            claimed = claim(ledger, KeyedRequest(g.caller.name, key, _content()))
            if isinstance(claimed, Answer):
                return _marked(view(*args, **kwargs)) if runs_again else _replayed(claimed)
            return _run(claimed, lambda: view(*args, **kwargs))

        return _documented(once, required)

    return decorate


def _documented(view: View[P], required: bool) -> View[P]:
    """Add the header to what flask-smorest documents of a view."""
    documentation = deepcopy(getattr(view, "_apidoc", {}))
    documentation.setdefault("arguments", {}).setdefault("parameters", []).append(header(required))
    view._apidoc = documentation  # type: ignore[attr-defined]
    return view


def _run(claimed: Claim, view: Callable[[], Response]) -> Response:
    token = COMMIT_HOOK.set(claimed.on_commit)
    try:
        answer = _answered(view)
    except BaseException:
        with suppress(SQLAlchemyError):  # the first error is answered; the reservation expires
            claimed.release()
        raise
    finally:
        COMMIT_HOOK.reset(token)
    with suppress(SQLAlchemyError):  # the response stands, though a repeated request may not get it
        if answer.status_code in UNFIT or answer.status_code >= 500:
            claimed.release()
        else:
            headers = [(name, value) for name, value in answer.headers if name in KEPT_HEADERS]
            claimed.keep(Answer(answer.status_code, headers, answer.get_data()))
    return answer


def _answered(view: Callable[[], Response]) -> Response:
    """Return the response of a view, or that of the error it raises."""
    try:
        return view()
    except (DomainError, BadRequest, HTTPException) as error:
        return current_app.make_response(current_app.handle_user_exception(error))


def _replayed(kept: Answer) -> Response:
    return Response(kept.body, kept.status, [*kept.headers, (REPLAYED, "true")])


def _marked(answer: Response) -> Response:
    answer.headers[REPLAYED] = "true"
    return answer


def _content() -> bytes:
    """Return what two requests must have in common to be the same."""
    asked = f"{request.method} {request.path}?{request.query_string.decode('latin-1')}\n"
    bound = g.caller.merchants  # another API key of the same name may see other merchants
    whose = "" if bound is None else f"{sorted(bound)}\n"
    return (asked + whose).encode() + request.get_data()


def _key() -> str | None:
    """Return the key of the request, bare or as a quoted string. Raises BadRequest."""
    sent = request.headers.getlist(HEADER)
    if not sent:
        return None
    text = sent[0].strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if len(sent) > 1 or not (0 < len(text) <= LONGEST and all("!" <= letter <= "~" for letter in text)):
        raise BadRequest("bad_idempotency_key")
    return text


def header(required: bool) -> dict[str, Any]:
    """Return the OpenAPI description of the header."""
    return {
        "name": HEADER,
        "in": "header",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "description": "the same request with the same key has no second effect and gets the same answer, for a day "
        "at least; 409 while the first still runs, 422 where the key came with another request",
    }
