from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from service.errors import DomainError, NoAnswer
from service.ledger.store import Ledger
from service.ledger.tables import ENTRIES
from service.webhooks import delivery, endpoints, outbox
from service.webhooks.delivery import WAITS, Deliverer, Tally
from tests.support.places import ROOT
from tests.support.receiving import Receiver, genuine
from tests.support.webhooks import Time, happen, listen


@pytest.fixture
def deliverer(ledger: Ledger, receiver: Receiver) -> Deliverer:
    return Deliverer(ledger, [receiver.host])


def deliveries(ledger: Ledger, id: str) -> list[dict[str, Any]]:
    with ledger.reading() as connection:
        return outbox.deliveries(connection, id, 200)


def test_an_event_is_delivered_once_and_signed(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer
) -> None:
    id, secret = listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert deliverer.once() == Tally(delivered=1)
    assert deliverer.once() == Tally()
    ((headers, body),) = receiver.received
    assert genuine(secret, headers, body, time.now.timestamp())
    assert (json.loads(body)["data"]["id"], headers["content-type"]) == ("dec_1", "application/json")
    (message,) = deliveries(ledger, id)
    assert (message["id"], message["state"], message["attempts"]) == (headers["webhook-id"], "delivered", 1)
    assert message["said"] == "204 No Content"


def test_a_failed_delivery_is_repeated_with_the_same_id_and_a_new_timestamp(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer
) -> None:
    receiver.answers = [(500, {})]
    id, secret = listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert deliverer.once() == Tally(failed=1)
    assert deliverer.once() == Tally()
    assert deliveries(ledger, id)[0]["said"] == "500 Internal Server Error"
    time.pass_(seconds=6)
    assert deliverer.once() == Tally(delivered=1)
    (first, body), (second, same) = receiver.received
    assert (first["webhook-id"], body) == (second["webhook-id"], same)
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 6
    assert genuine(secret, second, same, time.now.timestamp())
    assert deliveries(ledger, id)[0]["attempts"] == 2


def test_the_waits_between_attempts_grow_until_a_message_is_given_up_and_listed(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer
) -> None:
    receiver.answers = [(500, {})] * 20
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1")
    for wait in WAITS:
        assert deliverer.once() == Tally(failed=1)
        time.pass_(seconds=wait * 0.99)
        assert deliverer.once() == Tally()
        time.pass_(seconds=wait * 0.12)
    assert deliveries(ledger, id)[0]["state"] == "waiting"
    assert deliverer.once() == Tally(failed=1)
    time.pass_(days=20)
    assert deliverer.once() == Tally()
    assert (len(receiver.ids), set(receiver.ids)) == (10, {deliveries(ledger, id)[0]["id"]})
    assert (deliveries(ledger, id)[0]["state"], WAITS[:2], sum(WAITS)) == ("given_up", (5, 300), 272105)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure(ledger: Ledger, receiver: Receiver, deliverer: Deliverer, status: int) -> None:
    with Receiver() as other:
        receiver.answers = [(status, {"Location": other.url})]
        id, _ = listen(ledger, receiver)
        happen(ledger, "dec_1")
        assert deliverer.once() == Tally(failed=1)
        assert (other.received, deliveries(ledger, id)[0]["state"]) == ([], "waiting")


def test_nothing_more_is_sent_to_a_receiver_that_is_gone(
    ledger: Ledger, receiver: Receiver, deliverer: Deliverer
) -> None:
    receiver.answers = [(410, {})]
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1", "dec_2")
    assert deliverer.once() == Tally(failed=1)
    happen(ledger, "dec_3")
    assert deliverer.once() == Tally()
    assert [(one["state"], one["said"]) for one in deliveries(ledger, id)] == [
        ("given_up", "the endpoint was gone")
    ] * 2
    with ledger.reading() as connection:
        assert endpoints.listed(connection) == []
        assert connection.execute(select(ENTRIES.c.kind).order_by(ENTRIES.c.seq)).scalars().all() == [
            "webhook.added",
            "vouched",  # for the messages of each decision
            "vouched",
            "webhook.removed",
        ]


@pytest.mark.parametrize(
    ("status", "asked", "least"),
    [
        (503, "60", 60),
        (429, "3600", 3600),
        (429, "1", 5),
        (429, "99999999999999999999", 24 * 3600),
        (503, "soon", 5),
        (503, "-7", 5),
        (503, "in 10 minutes", 600),
        (503, "long ago", 5),
        (500, "3600", 5),
    ],
)
def test_retry_after_is_obeyed_within_bounds(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer, status: int, asked: str, least: int
) -> None:
    dates = {"in 10 minutes": 600, "long ago": -(10**8)}
    if asked in dates:
        moved = Time()
        moved.pass_(seconds=dates[asked])
        asked = format_datetime(moved.now, usegmt=True)
    receiver.answers = [(status, {"Retry-After": asked})]
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert deliverer.once() == Tally(failed=1)
    time.pass_(seconds=least - 1)
    assert deliverer.once() == Tally()
    time.pass_(seconds=1 + least * 0.12)
    assert deliverer.once() == Tally(delivered=1)


def test_both_secrets_sign_during_a_rotation(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer
) -> None:
    id, old = listen(ledger, receiver)
    happen(ledger, "dec_1")
    new = endpoints.rotate(ledger, "owner", id, 24)
    deliverer.once()
    time.pass_(hours=25)
    happen(ledger, "dec_2")
    deliverer.once()
    first, second = receiver.received
    now = time.now.timestamp()
    assert [genuine(secret, *first, now - 25 * 3600) for secret in (old, new)] == [True, True]
    assert [genuine(secret, *second, now) for secret in (old, new)] == [False, True]
    assert [len(headers["webhook-signature"].split(" ")) for headers, _ in (first, second)] == [2, 1]


def test_nothing_is_sent_to_a_host_that_is_no_longer_listed(ledger: Ledger, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1")
    assert Deliverer(ledger, ["example.com"]).once() == Tally(failed=1)
    assert receiver.received == []
    assert "REDRESS_WEBHOOK_HOSTS" in deliveries(ledger, id)[0]["said"]


def test_nothing_is_sent_to_a_name_that_now_resolves_to_an_internal_address(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads = {"to": "93.184.215.14"}
    monkeypatch.setattr("socket.getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (leads["to"], port))])
    called: list[Any] = []
    added, _ = endpoints.add(ledger, "owner", "https://hooks.example.com/", ["decision.created"], ["hooks.example.com"])
    happen(ledger, "dec_1")
    leads["to"] = "169.254.169.254"
    deliverer = Deliverer(ledger, ["hooks.example.com"], lambda *sent: called.append(sent))
    assert deliverer.once() == Tally(failed=1)
    assert called == []
    assert "169.254.169.254" in deliveries(ledger, added.id)[0]["said"]


def test_a_message_to_a_receiver_that_does_not_answer_is_sent_later(
    ledger: Ledger, time: Time, receiver: Receiver, deliverer: Deliverer
) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1")

    def nobody(*_: Any) -> Any:
        raise NoAnswer("Connection refused")

    assert Deliverer(ledger, [receiver.host], nobody).once() == Tally(failed=1)
    (message,) = deliveries(ledger, id)
    assert (message["state"], message["said"]) == ("waiting", "Connection refused")
    time.pass_(seconds=WAITS[0] * 1.2)
    assert deliverer.once() == Tally(delivered=1)


def test_nothing_is_sent_to_an_endpoint_that_is_removed_meanwhile(
    ledger: Ledger, receiver: Receiver, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1", "dec_2")
    address = endpoints.address

    def removed(*asked: Any) -> Any:
        with suppress(DomainError):
            endpoints.remove(ledger, "owner", id)
        return address(*asked)

    monkeypatch.setattr(endpoints, "address", removed)
    assert deliverer.once() == Tally(failed=1)
    assert receiver.received == []
    assert {one["state"] for one in deliveries(ledger, id)} == {"given_up"}


def test_an_endpoint_that_fails_does_not_delay_others(ledger: Ledger, receiver: Receiver) -> None:
    with Receiver((500, {})) as other:
        listen(ledger, other)
        listen(ledger, receiver)
        happen(ledger, *"abc")
        assert Deliverer(ledger, [receiver.host, other.host]).once() == Tally(delivered=3, failed=1)


def test_an_endpoint_that_hangs_does_not_delay_others(ledger: Ledger, receiver: Receiver) -> None:
    stop = Event()
    with Receiver() as slow:
        slow.hold = Event()
        listen(ledger, slow)
        happen(ledger, "dec_1")
        thread = Thread(target=Deliverer(ledger, [receiver.host, slow.host]).run, args=(stop,))
        thread.start()
        assert slow.came.wait(10)
        listen(ledger, receiver)
        happen(ledger, "dec_2")
        assert receiver.came.wait(10)
        slow.hold.set()
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def test_an_endpoint_that_hangs_does_not_block_writers(
    ledger: Ledger, receiver: Receiver, deliverer: Deliverer
) -> None:
    receiver.hold = Event()
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    thread = Thread(target=deliverer.once)
    thread.start()
    assert receiver.came.wait(10)
    happen(ledger, "dec_2")  # while the delivery is under way
    receiver.hold.set()
    thread.join(20)
    assert not thread.is_alive()


def test_two_deliverers_at_once_deliver_nothing_twice(ledger: Ledger, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    happen(ledger, *(f"dec_{number}" for number in range(40)))
    ledgers = [Ledger(ledger.url.render_as_string(hide_password=False)) for _ in range(3)]
    together = Barrier(3)

    def deliver(own: Ledger) -> None:
        together.wait()
        while Deliverer(own, [receiver.host]).once() != Tally():
            pass

    threads = [Thread(target=deliver, args=(own,)) for own in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for own in ledgers:
        own.close()
    assert (len(receiver.ids), len(set(receiver.ids))) == (40, 40)
    assert {one["state"] for one in deliveries(ledger, id)} == {"delivered"}


def test_a_message_of_a_process_that_died_is_sent_again_with_the_same_id(
    ledger: Ledger, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.hold = Event()
    id, _ = listen(ledger, receiver)
    happen(ledger, "dec_1", "dec_2", "dec_3")
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "webhooks", "deliver"],
        cwd=tmp_path, env={
            **os.environ, "PYTHONPATH": str(ROOT), "REDRESS_WEBHOOK_HOSTS": receiver.host,
            "REDRESS_LEDGER": ledger.url.render_as_string(hide_password=False),
        },
    )  # fmt: skip
    assert receiver.came.wait(30)
    process.send_signal(signal.SIGKILL)  # the receiver has it, the ledger does not know yet
    process.wait(20)
    receiver.hold.set()
    receiver.hold = None
    now = ledger.now
    monkeypatch.setattr(ledger, "now", lambda: now() + delivery.LEASE)
    assert Deliverer(ledger, [receiver.host]).once() == Tally(delivered=3)
    assert (len(receiver.ids), len(set(receiver.ids))) == (4, 3)
    assert {one["state"] for one in deliveries(ledger, id)} == {"delivered"}


def test_an_internal_error_loses_no_message_and_stops_no_delivery(
    ledger: Ledger, time: Time, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    deliverer, stop = Deliverer(ledger, [receiver.host], broken), Event()
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    thread = Thread(target=deliverer.run, args=(stop,))
    thread.start()
    while "broke off" not in caplog.text:
        stop.wait(0.01)
    deliverer.call = delivery.http_client.post
    time.pass_(minutes=3)
    assert receiver.came.wait(10)
    stop.set()
    thread.join(20)
    assert len(receiver.ids) == 1


def test_an_unreadable_outbox_is_logged_once_and_delivered_afterwards(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    deliverer, stop, tries = Deliverer(ledger, [receiver.host]), Event(), []
    due = deliverer.due

    def failing() -> list[str]:
        tries.append(1)
        if len(tries) <= 3:
            raise OperationalError("SELECT", {}, Exception("the server went away"))
        return due()

    monkeypatch.setattr(deliverer, "due", failing)
    listen(ledger, receiver)
    happen(ledger, "dec_1")
    thread = Thread(target=deliverer.run, args=(stop,))
    thread.start()
    assert receiver.came.wait(10)
    stop.set()
    thread.join(20)
    assert [record.message for record in caplog.records] == ["the outbox cannot be read; trying again"]


def test_upkeep_runs_before_messages_are_sent_and_a_defect_in_it_stops_none(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def upkeep() -> None:
        happen(ledger, "dec_1")
        raise ZeroDivisionError

    monkeypatch.setattr(delivery, "PAUSE", 0.01)
    listen(ledger, receiver)
    stop = Event()
    thread = Thread(target=Deliverer(ledger, [receiver.host], upkeep=upkeep).run, args=(stop,))
    thread.start()
    assert receiver.came.wait(10)
    stop.set()
    thread.join(20)
    assert len(receiver.ids) == 1
    assert [record.message for record in caplog.records] == ["the upkeep broke off"]


def test_a_chore_is_done_again_after_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds, done = [0.0], []
    monkeypatch.setattr(delivery.clock, "elapsed", lambda: seconds[0])
    chore = delivery.Chore(60, lambda: done.append(seconds[0]))
    for seconds[0] in (0.0, 59.0, 60.0, 119.0, 121.0):
        chore.do_if_due()
    assert done == [0.0, 60.0, 121.0]
