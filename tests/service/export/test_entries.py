from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete

from service.casework.visibility import WHOLE
from service.export import entries
from service.ledger.chain import GENESIS, zstd
from service.ledger.tables import PAYLOADS
from tests.support.reporting import MONDAY, Office

Make = Callable[..., dict[str, Any]]

OF_ENTRY = ("previous", "seq", "id", "kind", "case_no", "about", "at", "by", "digest")


def read(office: Office, **when: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in entries.lines(office.ledger, WHOLE, **when)]


def check(lines: list[dict[str, Any]]) -> None:
    """Check an export as somebody would who has nothing but its lines."""
    for line in lines:
        hashed = json.dumps([line[name] for name in OF_ENTRY], separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(hashed.encode()).hexdigest() == line["hash"]
        if not line["erased"]:
            packed = b64decode(line["packed"])
            assert hashlib.sha256(bytes.fromhex(line["salt"]) + packed).hexdigest() == line["digest"]
            assert json.loads(zstd.decompress(packed)) == line["payload"]
    for line, following in pairwise(lines):
        assert following["previous"] == line["hash"]


@pytest.mark.meets("S-225")
def test_every_entry_is_a_line_that_can_be_checked(shop: Office, case: Make) -> None:
    decided = shop.decide(case())
    shop.enter("event", {"kind": "note", "note": "电话已打"}, decided)
    lines = read(shop)
    check(lines)
    assert lines[0]["previous"] == GENESIS
    assert [(line["seq"], line["kind"], line["about"]) for line in lines] == [
        (1, "decision", decided.id),
        (2, "event", decided.id),
    ]
    assert lines[0]["payload"]["recommendation"] == json.loads(json.dumps(decided.recommendation))
    assert lines[1]["payload"] == {"kind": "note", "note": "电话已打"}


def test_an_erased_entry_is_exported_as_erased_and_the_chain_holds(shop: Office, case: Make) -> None:
    for _ in range(3):
        shop.decide(case())
    with shop.ledger.writing("owner") as writer:
        writer.connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq == 2))
    lines = read(shop)
    check(lines)
    assert [(line["erased"], line["payload"] is None) for line in lines] == [
        (False, False),
        (True, True),
        (False, False),
    ]


def test_a_damaged_payload_is_exported_as_it_is_stored(shop: Office, case: Make) -> None:
    for _ in range(2):
        shop.decide(case())
    shop.change(PAYLOADS, PAYLOADS.c.seq == 1, body=b"damaged")
    first, second = read(shop)
    assert (first["erased"], first["payload"], b64decode(first["packed"])) == (False, None, b"damaged")
    check([second])


def test_a_stretch_of_time_has_no_gap_and_follows_what_came_before(
    shop: Office, case: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "AT_A_TIME", 2)
    for day in (0, 1, 2, 1, 3):  # a clock was set back meanwhile
        shop.go_to(MONDAY + timedelta(days=day))
        shop.decide(case())
    lines = read(shop, since=MONDAY + timedelta(days=1), until=MONDAY + timedelta(days=2))
    check(lines)
    assert [line["seq"] for line in lines] == [2, 3, 4]
    assert lines[0]["previous"] == read(shop)[0]["hash"]


def test_there_may_be_nothing(shop: Office) -> None:
    assert read(shop) == []
    assert read(shop, since=MONDAY) == []
