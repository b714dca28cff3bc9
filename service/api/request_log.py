"""A line in the log for each request: who asked for what, what came of it, how long it took.

The route stands for the address, whose parts and query may name people; what a caller sends is never in it.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from flask import Flask, Response, g, request

from service import clock
from service.api.logs import FIELDS, REQUESTS
from service.api.tracing import method, request_id, route

LOG: Final = logging.getLogger(REQUESTS)
_CASE: Final = re.compile(r"[A-Za-z0-9]{1,20}-[0-9]{8}-[0-9]{4,9}", re.ASCII)  # as the ledger numbers cases


def init_app(app: Flask) -> None:
    """Log each request when it was answered, and one whose answer is streamed when that has ended."""

    @app.before_request
    def _begin() -> None:
        g.began = clock.elapsed()

    @app.after_request
    def _end(response: Response) -> Response:
        fields = {
            "method": method(),
            "route": route(),
            "status": response.status_code,
            "request_id": request_id(),
            "key": g.caller.key if "caller" in g else None,
            "case_no": _case_no(),
        }
        began = g.get("began", clock.elapsed())
        if response.is_streamed:
            response.call_on_close(lambda: _log(fields, began))
        else:
            _log(fields, began)
        return response


def _log(fields: dict[str, Any], began: float) -> None:
    LOG.info("request", extra={FIELDS: fields | {"ms": round((clock.elapsed() - began) * 1000, 1)}})


def _case_no() -> str | None:
    """Return the number of the case that was answered, else that in the address where it is one by its form."""
    named = str((request.view_args or {}).get("case_no", ""))
    known: str | None = g.get("case_no")
    return known or (named if _CASE.fullmatch(named) else None)
