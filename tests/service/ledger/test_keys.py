from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from service.auth import GRANTED, SCOPES
from service.errors import InvalidKey
from service.ledger import keys
from service.ledger.chain import Entry
from service.ledger.changes import Insert
from service.ledger.store import Ledger
from service.ledger.tables import KEYS
from tests.support.rows import entries_of


def test_a_token_finds_its_caller(ledger: Ledger) -> None:
    key, token = keys.make(ledger, "收银台", "lead", (), "owner")
    assert token.startswith(f"rdr_{key.id.removeprefix('key_')}_")
    found = keys.find(ledger, token)
    assert found is not None
    assert (found.name, found.role, found.scopes) == ("收银台", "lead", frozenset(GRANTED["lead"]))


def test_any_other_token_finds_no_caller(ledger: Ledger) -> None:
    _, token = keys.make(ledger, "shop", "back_end", (), "owner")
    others = ["", token[:-1], f"{token}A", f"x{token}", token.upper(), token.removeprefix("rdr_"), f"abc{token[3:]}"]
    assert [keys.find(ledger, other) for other in others] == [None] * len(others)


def test_a_secret_of_one_key_does_not_open_another(ledger: Ledger) -> None:
    (one, _), (_, other) = (keys.make(ledger, name, "agent", (), "owner") for name in ("one", "two"))
    assert keys.find(ledger, f"rdr_{one.id.removeprefix('key_')}_{other.split('_', 2)[2]}") is None


def test_secrets_are_long_and_stored_nowhere(ledger: Ledger) -> None:
    _, token = keys.make(ledger, "shop", "admin", (), "owner")
    secret = token.split("_", 2)[2]
    assert len(secret) == 43  # 32 bytes
    with ledger.reading() as connection:
        row = connection.execute(select(KEYS)).one()
    assert row.hash == hashlib.sha256(token.encode()).hexdigest()
    assert secret not in repr((row, entries_of(ledger)))


def test_a_key_has_the_scopes_of_its_role_or_those_that_are_chosen(ledger: Ledger) -> None:
    assert keys.make(ledger, "one", "admin", (), "owner")[0].scopes == SCOPES
    assert keys.make(ledger, "two", "agent", ("ledger:read", "decide", "decide"), "owner")[0].scopes == (
        "decide",
        "ledger:read",
    )


def test_a_revoked_key_finds_no_caller_and_frees_its_name(ledger: Ledger) -> None:
    first, token = keys.make(ledger, "shop", "agent", (), "owner")
    assert keys.revoke(ledger, "shop", "owner").id == first.id
    assert keys.find(ledger, token) is None
    second, _ = keys.make(ledger, "shop", "agent", (), "owner")
    assert keys.revoke(ledger, second.id, "owner").id == second.id
    assert [key.revoked_at is None for key in keys.every(ledger)] == [False, False]
    with pytest.raises(InvalidKey, match="no live key 'shop'"):
        keys.revoke(ledger, "shop", "owner")


@pytest.mark.parametrize("name", ["Leo", "\uff4ceo", "le o", "leo\u3164"])
def test_two_names_that_read_alike_are_refused(ledger: Ledger, name: str) -> None:
    keys.make(ledger, "leo", "agent", (), "owner")
    with pytest.raises(InvalidKey):
        keys.make(ledger, name, "lead", (), "owner")
    keys.revoke(ledger, "leo", "owner")
    with pytest.raises(InvalidKey):
        keys.make(ledger, name, "lead", (), "owner")
    assert keys.make(ledger, "leo", "lead", (), "owner")[0].role == "lead"


def test_the_chain_records_keys_and_who_made_and_revoked_them(ledger: Ledger) -> None:
    key, _ = keys.make(ledger, "shop", "back_end", ("execute",), "Li")
    keys.revoke(ledger, "shop", "Wang")
    with ledger.reading() as connection:
        hash = connection.execute(select(KEYS.c.hash)).scalar_one()
    made = {"id": key.id, "name": "shop"}
    assert entries_of(ledger) == [
        ("key.made", "Li", made | {"role": "back_end", "scopes": ["execute"], "merchants": None, "hash": hash}),
        ("key.revoked", "Wang", {"id": key.id, "name": "shop"}),
    ]


def test_a_key_is_bound_to_the_merchants_that_are_named(ledger: Ledger) -> None:
    key, token = keys.make(ledger, "shop", "agent", (), "owner", ["店铺一", "Shop Two", "店铺一"])
    found = keys.find(ledger, token)
    assert found is not None
    assert found.merchants == {"店铺一", "Shop Two"}
    assert key.merchants == keys.every(ledger)[0].merchants == ("店铺一", "Shop Two")
    assert entries_of(ledger)[0][2]["merchants"] == ["店铺一", "Shop Two"]
    assert keys.find(ledger, keys.make(ledger, "all", "agent", (), "owner")[1]).merchants is None


@pytest.mark.parametrize("merchant", ["", "-", " ", "\u3164", "a\nb", "x" * 201])
def test_a_key_is_not_bound_to_an_invalid_merchant_name(ledger: Ledger, merchant: str) -> None:
    with pytest.raises(InvalidKey, match="names no merchant"):
        keys.make(ledger, "shop", "agent", (), "owner", ["Shop One", merchant])
    with pytest.raises(InvalidKey, match="at most 100"):
        keys.make(ledger, "shop", "agent", (), "owner", [f"Shop {number}" for number in range(101)])
    assert keys.every(ledger) == []


def test_the_entry_of_a_key_rebuilds_its_row(ledger: Ledger) -> None:
    for name, merchants in (("one", ["Shop One"]), ("two", [])):
        keys.make(ledger, name, "lead", (), "owner", merchants)
    with ledger.reading() as connection:
        rows = [dict(row) for row in connection.execute(select(KEYS).order_by(KEYS.c.name)).mappings()]
    for row, (_, _, body) in zip(rows, entries_of(ledger), strict=True):
        assert row_of(body, row["made_at"]) == row


def row_of(body: dict[str, Any], at: str) -> Mapping[str, Any]:
    """Return the row of a key that was made at an instant."""
    (change,) = keys.made(Entry(1, "ent_1", keys.MADE, None, None, at, "owner", ""), body)
    assert isinstance(change, Insert)
    return change.row


@pytest.mark.parametrize(
    ("role", "before", "since"),
    [
        ("agent", "decide override ledger:read", "simulate decide record override ledger:read"),
        ("lead", "decide override approve ledger:read", "simulate decide record override approve ledger:read"),
        ("editor", "decide ledger:read", "simulate ledger:read"),
        ("back_end", "decide execute", "simulate decide record execute ledger:own"),
        ("back_end", "decide ledger:read", "simulate decide record ledger:read"),
        ("back_end", "execute", "execute"),
        ("admin", "decide override approve execute ledger:read admin", " ".join(SCOPES)),
        ("agent", "override", "override"),
    ],
)
def test_keys_of_an_earlier_version_get_the_scopes_of_their_role(role: str, before: str, since: str) -> None:
    assert keys.scopes_since(role, before.split()) == since.split()
    body = {"id": "key_1", "name": "shop", "role": role, "scopes": before.split()}
    assert row_of(body, "2026-11-09T09:00:00.000000Z")["scopes"] == since


@pytest.mark.parametrize(
    ("name", "role", "scopes", "said"),
    [
        ("", "agent", (), "1 to 60"),
        ("x" * 61, "agent", (), "1 to 60"),
        (" a", "agent", (), "blanks"),
        ("a\nb", "agent", (), "letters"),
        ("owner", "agent", (), "the operator"),
        ("key_1", "agent", (), "ids"),
        ("a", "boss", (), "no role"),
        ("a", "agent", ("everything",), "no scope"),
        ("taken", "agent", (), "already"),
    ],
)
def test_an_invalid_key_is_refused_and_records_nothing(
    ledger: Ledger, name: str, role: str, scopes: tuple[str, ...], said: str
) -> None:
    keys.make(ledger, "taken", "agent", (), "owner")
    with pytest.raises(InvalidKey, match=said):
        keys.make(ledger, name, role, scopes, "owner")
    assert len(keys.every(ledger)) == len(entries_of(ledger)) == 1


def test_the_ledger_always_knows_that_a_key_existed(ledger: Ledger) -> None:
    assert (keys.any_live(ledger), keys.any_ever(ledger)) == (False, False)
    keys.make(ledger, "shop", "agent", (), "owner")
    assert (keys.any_live(ledger), keys.any_ever(ledger)) == (True, True)
    keys.revoke(ledger, "shop", "owner")
    assert (keys.any_live(ledger), keys.any_ever(ledger)) == (False, True)
