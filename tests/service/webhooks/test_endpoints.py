from __future__ import annotations

import pytest
from sqlalchemy import select

from service.errors import DomainError
from service.ledger.store import Ledger
from service.ledger.tables import ENDPOINTS
from service.webhooks import endpoints
from tests.support.receiving import Receiver
from tests.support.rows import entries_of
from tests.support.webhooks import Time, listen


def signing(ledger: Ledger, id: str) -> list[str]:
    with ledger.reading() as connection:
        known = endpoints.address(connection, id, ledger.now())
    return [] if known is None else known[1]


def test_an_endpoint_is_listed_without_its_secret(ledger: Ledger, receiver: Receiver) -> None:
    id, secret = listen(ledger, receiver, "case.overdue")
    with ledger.reading() as connection:
        (endpoint,) = endpoints.listed(connection)
    assert (endpoint.id, endpoint.url, endpoint.events) == (id, receiver.url, ("case.overdue",))
    assert secret not in str(endpoint.as_json())


def test_the_chain_records_endpoints_and_never_a_secret(ledger: Ledger, receiver: Receiver) -> None:
    added, first = endpoints.add(ledger, "wang", f"{receiver.url}?token=t0p", ["case.overdue"], [receiver.host])
    second = endpoints.rotate(ledger, "li", added.id)
    endpoints.remove(ledger, "zhao", added.id)
    entries = entries_of(ledger)
    assert [(kind, by) for kind, by, _ in entries] == [
        ("webhook.added", "wang"),
        ("webhook.rotated", "li"),
        ("webhook.removed", "zhao"),
    ]
    seals = [body.pop("seal") for _, _, body in entries[:2]]
    assert entries[0][2] == {"id": added.id, "url": receiver.url, "events": ["case.overdue"]}
    assert len({*seals}) == 2
    assert not any(secret in str(entries) for secret in (first, second, "t0p"))


def test_a_host_that_is_not_listed_is_not_added(ledger: Ledger, receiver: Receiver) -> None:
    with pytest.raises(DomainError) as caught:
        endpoints.add(ledger, "owner", receiver.url, ["case.overdue"], ["example.com"])
    assert caught.value.code == "webhook_host"
    assert entries_of(ledger) == []


def test_the_previous_secret_signs_until_its_grace_period_ends(ledger: Ledger, time: Time, receiver: Receiver) -> None:
    id, first = listen(ledger, receiver)
    second = endpoints.rotate(ledger, "owner", id, 24)
    assert signing(ledger, id) == [second, first]
    time.pass_(hours=12)
    third = endpoints.rotate(ledger, "owner", id, 24)
    assert signing(ledger, id) == [third, second, first]
    time.pass_(hours=12)
    assert signing(ledger, id) == [third, second]
    time.pass_(hours=12)
    assert signing(ledger, id) == [third]


def test_a_leaked_secret_ends_at_once(ledger: Ledger, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    endpoints.rotate(ledger, "owner", id, 24)
    last = endpoints.rotate(ledger, "owner", id, 0)
    assert signing(ledger, id) == [last]


def test_the_number_of_signing_secrets_is_limited(ledger: Ledger, receiver: Receiver) -> None:
    id, _ = listen(ledger, receiver)
    made = [endpoints.rotate(ledger, "owner", id, 24) for _ in range(6)]
    assert signing(ledger, id) == made[: -endpoints.MOST_SECRETS - 1 : -1]


def test_a_removed_endpoint_signs_nothing_and_keeps_no_secret(ledger: Ledger, receiver: Receiver) -> None:
    id, secret = listen(ledger, receiver)
    endpoints.remove(ledger, "owner", id)
    assert signing(ledger, id) == []
    with ledger.reading() as connection:
        assert endpoints.listed(connection) == []
        assert secret not in str(connection.execute(select(ENDPOINTS)).all())
    for again in (endpoints.remove, endpoints.rotate):
        with pytest.raises(DomainError) as caught:
            again(ledger, "owner", id)
        assert caught.value.code == "no_webhook"


def test_the_number_of_endpoints_is_limited(
    ledger: Ledger, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST", 2)
    first, _ = listen(ledger, receiver)
    listen(ledger, receiver)
    with pytest.raises(DomainError) as caught:
        listen(ledger, receiver)
    assert caught.value.code == "too_many_webhooks"
    endpoints.remove(ledger, "owner", first)
    listen(ledger, receiver)
