"""The id by which a caller and our logs speak of the same request."""

from __future__ import annotations

import re
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, request

HEADER: Final = "X-Request-ID"
_FITTING: Final = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)


def request_id() -> str:
    """Return the caller's id where it is fit to be logged and echoed, else one made for this request."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _FITTING.fullmatch(sent) else uuid4().hex
    return str(g.request_id)


def init_app(app: Flask) -> None:
    """Put the id on every answer."""

    @app.after_request
    def _echo(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        return response
