"""Errors as problem documents (RFC 9457), in Chinese by default and in English by Accept-Language."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from flask_smorest import Api
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from service.api.logs import FIELDS
from service.api.statuses import STATUS
from service.api.tracing import request_id
from service.errors import BadRequest, DomainError
from service.i18n import filling
from service.i18n.texts import LANGUAGES
from service.ledger.outages import OUTAGES, Outage, described, outage_of
from service.rendering.glossary import Glossary
from service.validation.issue import MOST_REPORTED, ValidationIssue
from service.validation.json_text import write

MEDIA_TYPE: Final = "application/problem+json"
MOST_DRAINED: Final = 16 * 2**20
RETRY: Final[Mapping[str, int]] = {  # seconds after which to send the same request again, by problem code
    "still_running": 2,
    "busy": 1,
    **{outage.code: outage.seconds for outage in OUTAGES},
}
LOG: Final = logging.getLogger(__name__)
_OF_PATHS: Final = "/:@!$&'()*+,;="  # stand for themselves in a path and in a fragment (RFC 3986)
_BY_STATUS: Final = {
    STATUS[code]: code for code in ("not_found", "method_not_allowed", "too_large", "not_json", "internal")
}


class ProblemApi(Api):
    """flask-smorest's Api, answering every error with a problem document."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # which would describe errors in another shape than ours

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer what Flask refuses, such as an unknown address, and internal errors."""
        status = error.code or STATUS["internal"]
        if status == STATUS["too_large"]:
            _drain()
        code = _BY_STATUS.get(status, "internal" if status >= 500 else "bad_request")
        answer = problem(code, details=(f"{(request.max_content_length or 0) // 2**20}",), status=status)
        answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return answer


def init_app(app: Flask) -> None:
    """Answer with a problem document where a request cannot be read or done."""

    @app.errorhandler(BadRequest)
    def _rejected(error: BadRequest) -> Response:
        return problem(error.code, error.faults)

    @app.errorhandler(SQLAlchemyError)
    def _not_kept(error: SQLAlchemyError) -> Response:
        if (outage := outage_of(error)) is None:
            raise error
        return unavailable(outage, error)

    @app.errorhandler(DomainError)
    def _refused(error: DomainError) -> Response:
        return problem(error.code, details=error.details, reasons=error.reasons)


def unavailable(outage: Outage, error: Exception | None = None) -> Response:
    """Answer that the ledger cannot be used at present, and log the error of the store."""
    if error is not None:
        LOG.error(outage.code, extra={FIELDS: {"error": [described(error)]}})
    return problem(outage.code)


def _drain() -> None:
    """Read on for a while, so that a caller who sends everything before reading gets the answer."""
    left = MOST_DRAINED
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 2**16))):
        left -= len(chunk)


def language() -> str:
    """Return the language that the caller reads."""
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((known for known in wanted if known in LANGUAGES), LANGUAGES[0])


def problem(
    code: str,
    faults: Sequence[ValidationIssue] = (),
    details: Sequence[str] = (),
    reasons: Sequence[str] = (),
    status: int | None = None,
) -> Response:
    """Return a problem document, with a JSON Pointer for each fault; its status is that of the code, unless given."""
    body = document(code, faults, details, reasons=reasons, status=status)
    answer = Response(write(body), body["status"])
    answer.content_type = MEDIA_TYPE
    answer.content_language.add(language())
    answer.vary.add("Accept-Language")
    if code in RETRY:
        answer.headers["Retry-After"] = str(RETRY[code])
    return answer


def document(
    code: str,
    faults: Sequence[ValidationIssue] = (),
    details: Sequence[str] = (),
    part: str = "",
    reasons: Sequence[str] = (),
    status: int | None = None,
) -> dict[str, Any]:
    """Return a problem document of a request, or of the part of it at a JSON Pointer."""
    reader, faults, status = language(), faults[:MOST_REPORTED], status or STATUS[code]
    details, reasons = _veiled(status, details), _veiled(status, reasons)
    body: dict[str, Any] = {
        "type": f"urn:redress:problem:{code.replace('_', '-')}",
        "title": filling.problem(code, reader, tuple(details), _money(reader)),
        "status": status,
        "detail": "; ".join(f"{fault.pointer or '/'}: {fault.message(reader)}" for fault in faults[:3]),
        "instance": _reference(part),
        "code": code,
        "request_id": request_id(),
        "errors": [fault.as_json(reader) for fault in faults],
        "reasons": list(reasons),
    }
    return {key: value for key, value in body.items() if value not in ("", [])}


def _reference(part: str) -> str:
    """Return the address of the request, or of a part of it, as a URI reference; its query may hold what is secret."""
    path = quote(f"{request.script_root}{request.path}", safe=_OF_PATHS)
    return f"{path}#{quote(part, safe=_OF_PATHS)}" if part else path


def _veiled(status: int, details: Sequence[str]) -> Sequence[str]:
    """Return details without the ids and numbers that the caller may not see; those of 404 come from the request.

    Such an id may follow a code, as in `code:id`.
    """
    seen, at = g.get("sight"), current_app.config["CONTEXT"]
    if seen is None or seen.is_whole or not details or at is None or status == STATUS["not_found"]:
        return details
    with at.ledger.reading() as connection:
        hidden = seen.hidden(connection, [part for detail in details for part in (detail, detail.rpartition(":")[2])])
    return [_veil(detail, hidden) for detail in details]


def _veil(detail: str, hidden: Container[str]) -> str:
    code, colon, name = detail.rpartition(":")
    return filling.VEIL if detail in hidden else f"{code}{colon}{filling.VEIL}" if name in hidden else detail


def _money(reader: str) -> filling.Say:
    """Return the format of amounts of the pack in use."""
    ready = current_app.config["PACK"]
    return filling.major if ready is None else Glossary(ready.pack, reader).money
