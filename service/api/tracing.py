"""What a caller, our logs and our counts know a request by: its id, and what it asks for without what it says."""

from __future__ import annotations

import re
from http import HTTPMethod
from typing import Final
from uuid import uuid4

from flask import Flask, Response, g, request

HEADER: Final = "X-Request-ID"
NONE: Final = "none"  # stands for the route of an address that there is not
OTHER: Final = "OTHER"  # stands for a method that there is not
FITTING: Final = "[A-Za-z0-9._:+/=@-]{1,128}"  # what an id is like that can be logged and echoed


def request_id() -> str:
    """Return the caller's id where it is fit to be logged and echoed, else one made for this request."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if re.fullmatch(FITTING, sent) else uuid4().hex
    return str(g.request_id)


def method() -> str:
    """Return the method; a caller cannot make up others, of which there would be no end."""
    return request.method if request.method in HTTPMethod.__members__ else OTHER


def route() -> str:
    """Return the rule of the address, which holds no value of it."""
    return NONE if request.url_rule is None else request.url_rule.rule


def init_app(app: Flask) -> None:
    """Put the id on every answer."""

    @app.after_request
    def _echo(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        return response
