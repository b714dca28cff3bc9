from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

import pytest

from service.errors import NoAnswer
from service.webhooks import http_client
from service.webhooks.http_client import Answer, post
from service.webhooks.targets import Target
from tests.support.receiving import Receiver

HERE = [ip_address("127.0.0.1")]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "TO_CONNECT", 0.3)
    monkeypatch.setattr(http_client, "TO_ANSWER", 0.3)


@contextmanager
def peer(talk: Callable[[socket.socket, Event], None]) -> Iterator[Target]:
    """Run a server that answers each connection with `talk`."""
    over = Event()

    def serve() -> None:
        line, _ = listener.accept()
        with line, suppress(OSError):  # the sender may go away
            talk(line, over)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield Target("http", "127.0.0.1", listener.getsockname()[1], "/")
        over.set()
        thread.join(5)


def target(receiver: Receiver, path: str = "/hooks") -> Target:
    return Target("http", "127.0.0.1", receiver.server_port, path)


def test_a_request_arrives_unchanged(receiver: Receiver) -> None:
    answer = post(target(receiver, "/hooks?a=b"), HERE, {"webhook-id": "msg_1"}, "中文".encode())
    ((headers, body),) = receiver.received
    assert (answer.status, body.decode(), headers["webhook-id"]) == (204, "中文", "msg_1")
    assert headers["host"] == receiver.host


def test_a_redirect_is_not_followed() -> None:
    with Receiver() as other, Receiver((307, {"Location": other.url})) as receiver:
        assert post(target(receiver), HERE, {}, b"").status == 307
        assert (len(receiver.received), other.received) == (1, [])


def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert post(target(receiver), HERE, {}, b"").status == 204


def test_the_name_is_not_resolved_again(receiver: Receiver) -> None:
    named = Target("http", "hooks.invalid", receiver.server_port, "/")
    assert post(named, HERE, {}, b"").status == 204
    assert receiver.received[0][0]["host"] == f"hooks.invalid:{receiver.server_port}"


def test_an_address_that_refuses_connections_leaves_time_for_the_next(receiver: Receiver) -> None:
    assert post(target(receiver), [ip_address("127.9.9.9"), *HERE], {}, b"").status == 204


def test_retry_after_is_returned() -> None:
    with Receiver((503, {"Retry-After": "17"})) as receiver:
        assert post(target(receiver), HERE, {}, b"") == Answer(503, "Service Unavailable", "17")


def test_a_refused_connection_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match="refused"):
        post(Target("http", "127.0.0.1", port, "/"), HERE, {}, b"")


def silent(_: socket.socket, over: Event) -> None:
    over.wait(5)


def trickle(line: socket.socket, over: Event) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not over.wait(0.02):
        line.sendall(b"x")


def never_reading(line: socket.socket, over: Event) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    over.wait(5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("talk", [silent, trickle, never_reading])
def test_a_slow_receiver_is_given_up_in_time(talk: Callable[[socket.socket, Event], None]) -> None:
    with peer(talk) as slow, pytest.raises(NoAnswer, match="too long"):
        post(slow, HERE, {}, b"x" * 2**24 if talk is never_reading else b"")


def test_nothing_is_sent_when_the_time_for_an_answer_is_over(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "TO_ANSWER", 0.0)
    with pytest.raises(NoAnswer, match="too long"):
        post(target(receiver), HERE, {}, b"")
    assert receiver.received == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"hello\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 " + b"x" * 2**17 + b"\r\n\r\n",
    ],
)
def test_an_invalid_answer_is_no_answer(said: bytes) -> None:
    def talk(line: socket.socket, _: Event) -> None:
        line.recv(2**16)
        line.sendall(said)

    with peer(talk) as odd, pytest.raises(NoAnswer):
        post(odd, HERE, {}, b"")


def test_a_body_without_end_is_not_read() -> None:
    def talk(line: socket.socket, over: Event) -> None:
        line.recv(2**16)
        line.sendall(b"HTTP/1.1 200 Fine\x00\x07 so\r\n\r\n")
        while not over.is_set():
            line.sendall(b"x" * 2**16)

    with peer(talk) as endless:
        assert post(endless, HERE, {}, b"") == Answer(200, "Fine so")


# ---- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    home = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=hooks.test", "-addext", "subjectAltName=DNS:hooks.test",
         "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=home, check=True, capture_output=True,
    )  # fmt: skip
    return home / "cert.pem", home / "key.pem"


@pytest.fixture
def secure(receiver: Receiver, certificate: tuple[Path, Path]) -> Receiver:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    return receiver


@pytest.fixture
def trusting(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr(http_client, "_tls", lambda: context)


@pytest.mark.usefixtures("trusting")
def test_a_receiver_with_a_certificate_for_its_name_is_trusted(secure: Receiver) -> None:
    assert post(Target("https", "hooks.test", secure.server_port, "/"), HERE, {}, b"x").status == 204
    assert secure.received[0][1] == b"x"


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name_is_not_trusted(secure: Receiver) -> None:
    with pytest.raises(NoAnswer, match=r"(?i)hostname"):
        post(Target("https", "other.test", secure.server_port, "/"), HERE, {}, b"x")
    assert secure.received == []


def test_a_certificate_of_an_unknown_issuer_is_not_trusted(secure: Receiver) -> None:
    with pytest.raises(NoAnswer, match=r"(?i)certificate"):
        post(Target("https", "hooks.test", secure.server_port, "/"), HERE, {}, b"x")
    assert secure.received == []
