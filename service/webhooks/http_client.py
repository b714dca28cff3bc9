"""Make one POST request within a deadline, without redirects and proxies, and return its answer."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, cast

from service import clock
from service.errors import NoAnswer
from service.webhooks.targets import Address, Target

TO_CONNECT: Final = 5.0  # seconds to connect, for all addresses together
TO_ANSWER: Final = 5.0  # seconds from the first byte sent to the last header read
LONGEST: Final = 200  # characters of a received text


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of an answer; its body is not read."""

    status: int
    reason: str
    retry_after: str | None = None


def post(target: Target, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a body to the first address that accepts a connection. Raises NoAnswer."""
    try:
        with _connected(target, addresses) as line:
            deadline = clock.elapsed() + TO_ANSWER
            return _answer(_connection(target, _Line(line, deadline)), target.path, headers, body)
    except TimeoutError:
        raise NoAnswer("it took too long") from None
    except (OSError, HTTPException) as error:
        raise NoAnswer(printable(getattr(error, "strerror", None) or str(error) or type(error).__name__)) from None


def printable(text: str) -> str:
    """Return a received text so that it can be stored and shown."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST]


def _answer(connection: HTTPConnection, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    connection.request("POST", path, body, dict(headers))
    response = connection.getresponse()
    answer = Answer(response.status, printable(response.reason), response.headers.get("Retry-After"))
    response.close()
    return answer


def _connection(target: Target, line: _Line) -> HTTPConnection:
    """Return an HTTP connection on an open socket."""
    if target.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(target.host, target.port, context=_tls())
    else:
        connection = HTTPConnection(target.host, target.port)
    connection.sock = cast(socket.socket, line)
    return connection


def _connected(target: Target, addresses: Sequence[Address]) -> socket.socket:
    """Connect to one of the addresses, with TLS unless the target is plain; each gets its share of the time."""
    deadline = clock.elapsed() + TO_CONNECT
    for many, address in zip(range(len(addresses), 1, -1), addresses, strict=False):
        with suppress(OSError):
            return _secured(target, address, clock.elapsed() + _left(deadline) / many)
    return _secured(target, addresses[-1], deadline)


def _secured(target: Target, address: Address, deadline: float) -> socket.socket:
    line = socket.create_connection((str(address), target.port), _left(deadline))
    if target.scheme != "https":
        return line
    try:
        line.settimeout(_left(deadline))
        return _tls().wrap_socket(line, server_hostname=target.host)
    except BaseException:
        line.close()
        raise


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    """Return the remaining seconds. Raises TimeoutError where there are none."""
    left = deadline - clock.elapsed()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A socket with one deadline for all its operations, so that a slow peer cannot hold the sender."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def sendall(self, data: bytes) -> None:
        """Send all data before the deadline."""
        self._line.settimeout(_left(self._deadline))
        self._line.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        """Return a reader that ends at the deadline."""
        return io.BufferedReader(_Incoming(self._line, self._deadline))

    def close(self) -> None:
        """Leave the socket open: its owner closes it."""


class _Incoming(io.RawIOBase):
    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        self._line.settimeout(_left(self._deadline))
        return self._line.recv_into(cast(bytearray, buffer))
