from __future__ import annotations

import zlib
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ledger import chain
from service.ledger.chain import GENESIS, Entry

ENTRY = Entry(1, "ent_1", "note", None, None, "2026-08-14T07:00:00.000000Z", "owner", "d" * 64)


def test_a_hash_is_what_it_was_in_earlier_versions() -> None:
    assert ENTRY.hash(GENESIS) == "9cab53526a21b181f64da0c7e0499ca7777333d852d3696e51d032f748b8a047"
    assert chain.digest(b"salt", b"body") == "9c94f8772f5f5ad1793fe4c2a9ee85723d15eb37f9603448130c0a95fda4ba04"


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
def test_every_part_of_an_entry_is_in_its_hash(name: str) -> None:
    other = replace(ENTRY, **{name: 2 if name == "seq" else "other"})
    assert other.hash(GENESIS) != ENTRY.hash(GENESIS)
    assert ENTRY.hash("1" * 64) != ENTRY.hash(GENESIS)


def test_parts_do_not_run_into_each_other() -> None:
    one, other = replace(ENTRY, id="ab", kind="c"), replace(ENTRY, id="a", kind="bc")
    assert one.hash(GENESIS) != other.hash(GENESIS)
    assert replace(ENTRY, case_no="x").hash(GENESIS) != replace(ENTRY, about="x").hash(GENESIS)


def test_a_digest_depends_on_salt_and_body() -> None:
    digests = {chain.digest(salt, body) for salt in (b"1" * 16, b"2" * 16) for body in (b"a", b"b")}
    assert len(digests) == 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(JSON)
def test_a_packed_value_is_unpacked_unchanged(value: object) -> None:
    assert chain.unpack(chain.pack(value)) == value
    assert chain.plain(chain.unpack(chain.pack(value))) == chain.plain(value)


def test_payloads_compressed_by_the_first_version_are_still_read() -> None:
    assert chain.unpack(zlib.compress(b'{"a":[1]}', 1)) == {"a": [1]}


@pytest.mark.parametrize("damaged", [b"", b"x", chain.pack({"a": 1})[:-1], zlib.compress(b"{}")[:-1], chain.ZSTANDARD])
def test_damaged_bytes_are_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError):
        chain.unpack(damaged)


def test_decimals_are_kept_exactly_as_texts() -> None:
    assert chain.unpack(chain.pack({"ratio": Decimal("0.20")})) == {"ratio": "0.20"}


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(TypeError):
        chain.pack({"a": object()})
