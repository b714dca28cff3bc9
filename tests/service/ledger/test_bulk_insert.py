from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from service.ledger.chain import GENESIS
from service.ledger.store import Ledger
from service.ledger.tables import CLOCKS, COUNTERS, ENTRIES, HEAD, PAYLOADS

CLOCK = {"case_no": "T-1", "decision": "dec_1", "due_at": "2026-08-14T08:00:00.000000Z", "on_timeout": None}


def numbers(ledger: Ledger) -> list[int]:
    with ledger.reading() as connection:
        return list(connection.execute(select(ENTRIES.c.seq).order_by(ENTRIES.c.seq)).scalars())


def head(ledger: Ledger) -> tuple[int, str]:
    with ledger.reading() as connection:
        seq, hash = connection.execute(select(HEAD.c.seq, HEAD.c.hash)).one()
    return seq, hash


def test_rows_of_many_tables_and_shapes_all_arrive_and_the_head_moves(ledger: Ledger) -> None:
    with ledger.writing("somebody") as writer:
        first = writer.append("note", {"text": "一"})
        writer.add(CLOCKS, {**CLOCK, "name": "reply"}, {**CLOCK, "name": "refund"})
        writer.add(COUNTERS, {"name": "T", "last": 7})
        second = writer.append("note", {"text": "二"})
        writer.add(CLOCKS, {**CLOCK, "name": "return", "met_at": CLOCK["due_at"]})
    with ledger.reading() as connection:
        clocks = connection.execute(select(CLOCKS.c.name, CLOCKS.c.met_at).order_by(CLOCKS.c.name)).all()
        counted = connection.execute(select(COUNTERS.c.last)).scalar_one()
        payloads = list(connection.execute(select(PAYLOADS.c.seq).order_by(PAYLOADS.c.seq)).scalars())
    assert [tuple(row) for row in clocks] == [("refund", None), ("reply", None), ("return", CLOCK["due_at"])]
    assert (numbers(ledger), payloads, counted) == ([first.seq, second.seq], [1, 2], 7)
    assert head(ledger) == (2, second.hash(first.hash(GENESIS)))


def test_many_rows_all_arrive(ledger: Ledger) -> None:
    with ledger.writing("somebody") as writer:
        entries = [writer.append("note", {"number": number}) for number in range(100)]
        writer.add(COUNTERS, *({"name": f"T-{number}", "last": number} for number in range(100)))
    with ledger.reading() as connection:
        assert connection.execute(select(func.sum(COUNTERS.c.last))).scalar_one() == 4950
    assert numbers(ledger) == [entry.seq for entry in entries]


def test_what_was_added_can_be_read_in_the_same_transaction(ledger: Ledger) -> None:
    with ledger.writing("somebody") as writer:
        entry = writer.append("note", {})
        assert writer.connection.execute(select(ENTRIES.c.id)).scalars().all() == [entry.id]
        later = writer.append("note", {})
    assert numbers(ledger) == [entry.seq, later.seq]
    assert head(ledger)[0] == later.seq


def test_a_transaction_that_adds_nothing_moves_nothing(ledger: Ledger) -> None:
    with ledger.writing("somebody"):
        pass
    assert head(ledger) == (0, GENESIS)


def test_one_invalid_row_rolls_back_its_transaction(ledger: Ledger) -> None:
    with pytest.raises(IntegrityError), ledger.writing("somebody") as writer:
        writer.append("note", {})
        writer.add(COUNTERS, {"name": "T", "last": 1}, {"name": "T", "last": 2})
    assert (numbers(ledger), head(ledger)) == ([], (0, GENESIS))


def test_a_block_that_breaks_keeps_nothing_though_it_was_sent(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.writing("somebody") as writer:
        writer.append("note", {})
        assert writer.connection.execute(select(ENTRIES.c.seq)).scalars().all() == [1]
        raise RuntimeError
    assert (numbers(ledger), head(ledger)) == ([], (0, GENESIS))
