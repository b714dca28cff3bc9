"""Make one POST and hear whether it was taken: no redirect, no proxy, no patience without end."""

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

TO_CONNECT: Final = 5.0  # seconds, to all addresses together
TO_ANSWER: Final = 5.0  # from the first byte sent to the last header read
LONGEST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the body of it is not read, for nothing would be done with it."""

    status: int
    reason: str
    retry_after: str | None = None


def post(target: Target, addresses: Sequence[Address], headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a body to the first of the addresses that takes a connection. Raises NoAnswer."""
    try:
        with _connected(target, addresses) as line:
            deadline = clock.elapsed() + TO_ANSWER
            return _answer(_connection(target, _Line(line, deadline)), target.path, headers, body)
    except TimeoutError:
        raise NoAnswer("it took too long") from None
    except (OSError, HTTPException) as error:
        raise NoAnswer(printable(getattr(error, "strerror", None) or str(error) or type(error).__name__)) from None


def printable(text: str) -> str:
    """Return what others sent so that it can be kept and shown."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_TOLD]


def _answer(connection: HTTPConnection, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
    connection.request("POST", path, body, dict(headers))
    response = connection.getresponse()
    answer = Answer(response.status, printable(response.reason), response.headers.get("Retry-After"))
    response.close()
    return answer


def _connection(target: Target, line: _Line) -> HTTPConnection:
    """Return a connection as the standard library knows it, on a line that stands already."""
    if target.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(target.host, target.port, context=_tls())
    else:
        connection = HTTPConnection(target.host, target.port)
    connection.sock = cast(socket.socket, line)
    return connection


def _connected(target: Target, addresses: Sequence[Address]) -> socket.socket:
    """Connect to one of the addresses, by TLS unless the target is plain; none may use up the time of the next."""
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
    """Return the seconds that are left. Raises TimeoutError where there are none."""
    left = deadline - clock.elapsed()
    if left <= 0:
        raise TimeoutError
    return left


class _Line:
    """A socket whose every wait ends at one deadline: a trickle of bytes does not hold the sender up."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def sendall(self, data: bytes) -> None:
        """Send it all before the deadline."""
        self._line.settimeout(_left(self._deadline))
        self._line.sendall(data)

    def makefile(self, _: str) -> io.BufferedReader:
        """Return what comes back, to be read before the deadline."""
        return io.BufferedReader(_Incoming(self._line, self._deadline))

    def close(self) -> None:
        """Leave the socket to whoever opened it."""


class _Incoming(io.RawIOBase):
    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line, self._deadline = line, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        self._line.settimeout(_left(self._deadline))
        return self._line.recv_into(cast(bytearray, buffer))
