"""The header Idempotency-Key: the same request again has no second effect, and gets the same answer.

Kept are answers that tell what became of the request, refusals among them: whoever is told 409, such as that a budget
is spent, hears it again under the same key. Not kept is what says that the request was not fit to run: nothing had
come of it, and mended it may run under the same key. Nor is a failure inside: unless it had taken effect, the request
may be tried again.
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
UNFIT: Final = frozenset({400, 401, 403, 413, 415})  # says nothing of what became of a request: it did not run
KEPT_HEADERS: Final = ("Content-Type", "Content-Language", "Location", "Vary", "ETag")

P = ParamSpec("P")
View = Callable[P, Response]


def idempotent(required: bool, runs_again: bool = False) -> Callable[[View[P]], View[P]]:
    """Run a view once for each key of a caller; without a key, as often as it is asked, unless one is required.

    A view that `runs_again` has one effect however often it runs: the same request is told how things stand now, and
    not how they stood, so that no claim is handed out from memory while machines are stopped.
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
        with suppress(SQLAlchemyError):  # what went wrong first is answered; the reservation ends by itself
            claimed.release()
        raise
    finally:
        COMMIT_HOOK.reset(token)
    with suppress(SQLAlchemyError):  # the answer holds, though it may be lost for the next who asks
        if answer.status_code in UNFIT or answer.status_code >= 500:
            claimed.release()
        else:
            headers = [(name, value) for name, value in answer.headers if name in KEPT_HEADERS]
            claimed.keep(Answer(answer.status_code, headers, answer.get_data()))
    return answer


def _answered(view: Callable[[], Response]) -> Response:
    """Return what a view answers, be it a refusal."""
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
    """Return all that makes a request the same as another."""
    asked = f"{request.method} {request.path}?{request.query_string.decode('latin-1')}\n"
    bound = g.caller.merchants  # another key of the same name may be bound to others
    whose = "" if bound is None else f"{sorted(bound)}\n"
    return (asked + whose).encode() + request.get_data()


def _key() -> str | None:
    """Return the key that was sent, bare or as a quoted string. Raises BadRequest."""
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
    """Describe the header for /openapi.json."""
    return {
        "name": HEADER,
        "in": "header",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "description": "the same request with the same key has no second effect and gets the same answer, for a day "
        "at least; 409 while the first still runs, 422 where the key came with another request",
    }
