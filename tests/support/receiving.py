"""A receiver as somebody else would write it: a little server, and a check of signatures by the standard alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOLERANCE = 5 * 60  # seconds


class Receiver(ThreadingHTTPServer, AbstractContextManager["Receiver"]):
    """Keeps every request; answers as the list says, then 204."""

    daemon_threads = True

    def __init__(self, *answers: tuple[int, Mapping[str, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.received: list[tuple[Mapping[str, str], bytes]] = []
        self.hold: Event | None = None  # what an answer waits for
        self.came = Event()
        self.host = f"127.0.0.1:{self.server_port}"
        self.url = f"http://{self.host}/hooks"
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def __exit__(self, *_: Any) -> None:
        if self.hold is not None:
            self.hold.set()
        self.shutdown()
        self.server_close()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received]

    def handle_error(self, *_: Any) -> None:
        """Say nothing of a sender that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.server.came.set()
        if self.server.hold is not None:
            self.server.hold.wait()
        status, headers = self.server.answers.pop(0) if self.server.answers else (204, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Be quiet."""


def genuine(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Tell whether a request was signed with a secret, not long ago."""
    if abs(now - int(headers["webhook-timestamp"])) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    signatures = (text.partition(",") for text in headers["webhook-signature"].split(" "))
    return any(version == "v1" and hmac.compare_digest(text, expected) for version, _, text in signatures)
