"""Reverse proxies before the service: what they say of a request, and whether one came through any.

`REDRESS_PROXIES` says how many there are; that many are believed on who asks and by which address. Whether a request
came straight from this machine is another matter: what a proxy sends comes from this machine too, so that every sign
of one counts, whatever the setting says.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

MARKS: Final = ("x-forwarded-", "forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "via")
OLD: Final = "HTTP/1.0"  # what nginx speaks to a server unless it is told otherwise, and hardly anything else
ELSEWHERE: Final = frozenset({"cross-site", "same-site"})  # where a page lies that a browser asks for


def init_app(app: Flask) -> None:
    """Believe the proxies that there are, and lead callers to addresses as they reach them."""
    if many := app.config["SETTINGS"].proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=many, x_proto=many, x_host=many, x_prefix=many
        )

    @app.after_request
    def _lead(response: Response) -> Response:
        if (location := response.headers.get("Location", "")).startswith("/"):
            response.headers["Location"] = f"{request.script_root}{location}"
        return response


def is_direct() -> bool:
    """Return whether a program of this machine asks, by its own name, and no page of another site in a browser."""
    return not _is_passed_on() and _is_loopback(request.remote_addr or "") and _is_loopback(_host()) and _is_ours()


def _is_passed_on() -> bool:
    """Return whether there is any sign of a proxy."""
    marked = any(name.lower().startswith(MARKS) for name, _ in request.headers)
    return marked or current_app.config["SETTINGS"].proxies > 0 or request.environ.get("SERVER_PROTOCOL") == OLD


def _is_ours() -> bool:
    """Return whether no browser says that a page of another site asks."""
    origin = request.headers.get("Origin")
    return request.headers.get("Sec-Fetch-Site") not in ELSEWHERE and (origin is None or _is_loopback(_named(origin)))


def _named(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _host() -> str:
    host, _, port = request.host.rpartition(":")
    return (host if port.isdigit() else request.host).strip("[]")


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
