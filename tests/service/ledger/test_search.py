from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, text

from service.ledger.chain import GENESIS
from service.ledger.search import FILTERS, Search, find, statement
from service.ledger.store import Ledger, instant
from service.ledger.tables import DECISIONS, HEAD, METADATA
from service.validation import instants

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 8, 1, tzinfo=UTC)
EVERYTHING = ()  # nothing is hidden


def row(seq: int, **changed: Any) -> dict[str, Any]:
    at = START + timedelta(hours=seq)
    return {
        "id": f"dec_{seq}", "seq": seq, "case_no": f"T-{seq}", "follows": None, "because": "complaint",
        "at": instant(at), "day": at.date().isoformat(), "by": "owner", "pack": "shop", "pack_digest": "p",
        "engine": "1", "digest": "d", "outcome": "remedy", "mode": "agent", "remedy": "refund", "total_fen": 100,
        "refund_fen": 100, "party": "merchant", "severity": None, "order_no": f"A{seq}", "customer": f"c{seq % 3}",
        "merchant": "-", "category": "fresh", "cause": "late", "channel": None, "kinds": "late", "held": "",
        "rules": "a/one", "drawn": False, "state": "open", **changed,
    }  # fmt: skip


def fill(ledger: Ledger, *rows: dict[str, Any]) -> None:
    with ledger.writing("owner") as writer:
        for _ in range(max(one["seq"] for one in rows)):
            writer.append("decision", {})
        writer.connection.execute(insert(DECISIONS), list(rows))


def seqs(ledger: Ledger, search: Search, limit: int = 200) -> list[int]:
    with ledger.reading() as connection:
        return [int(item["id"].removeprefix("dec_")) for _, item in find(connection, search, EVERYTHING, limit)]


def test_the_newest_come_first_and_each_once_over_all_pages(ledger: Ledger) -> None:
    fill(ledger, *(row(seq) for seq in range(1, 11)))
    found: list[tuple[int, str]] = []
    with ledger.reading() as connection:
        while page := find(connection, Search(), EVERYTHING, 4, found[-1][0] if found else None):
            found += [(place, item["id"]) for place, item in page]
    assert found == [(seq, f"dec_{seq}") for seq in range(10, 0, -1)]


def test_what_is_recorded_meanwhile_moves_no_page(ledger: Ledger) -> None:
    fill(ledger, *(row(seq) for seq in range(1, 5)))
    with ledger.reading() as connection:
        place = find(connection, Search(), EVERYTHING, 2)[-1][0]
    with ledger.writing("owner") as writer:
        writer.append("decision", {})
        writer.connection.execute(insert(DECISIONS), row(5))
    with ledger.reading() as connection:
        assert [item["id"] for _, item in find(connection, Search(), EVERYTHING, 2, place)] == ["dec_2", "dec_1"]


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_finds_its_own(ledger: Ledger, name: str) -> None:
    column = FILTERS[name].name
    fill(ledger, row(1, **{column: "x"}), row(2, **{column: "y"}), row(3, **{column: "x"}))
    assert seqs(ledger, Search({name: "x"})) == [3, 1]
    assert seqs(ledger, Search({name: "z"})) == []


def test_filters_hold_together(ledger: Ledger) -> None:
    fill(ledger, row(1, customer="c"), row(2, customer="c", outcome="ask"), row(3, outcome="ask"))
    fitting = Search({"customer": "c", "outcome": "ask"})
    assert seqs(ledger, fitting) == [2]
    assert seqs(ledger, replace(fitting, drawn=True)) == []


def test_a_rule_is_found_by_its_whole_name(ledger: Ledger) -> None:
    fill(ledger, row(1, rules="a/one b/two"), row(2, rules="a/one-more"), row(3, rules="aa/one"), row(4, rules="b/two"))
    assert seqs(ledger, Search(rule="a/one")) == [1]
    assert seqs(ledger, Search(rule="b/two")) == [4, 1]
    assert seqs(ledger, Search(rule="a/o%e")) == []


def test_what_was_drawn_for_review_is_found(ledger: Ledger) -> None:
    fill(ledger, row(1, drawn=True), row(2))
    assert seqs(ledger, Search(drawn=True)) == [1]
    assert seqs(ledger, Search(drawn=False)) == [2]


def test_an_end_of_the_time_searched_is_in_it_and_the_other_is_not(ledger: Ledger) -> None:
    fill(ledger, *(row(seq) for seq in range(1, 6)))
    second, fourth = START + timedelta(hours=2), START + timedelta(hours=4)
    assert seqs(ledger, Search(since=second)) == [5, 4, 3, 2]
    assert seqs(ledger, Search(until=fourth)) == [3, 2, 1]
    assert seqs(ledger, Search(since=second, until=fourth)) == [3, 2]
    assert seqs(ledger, Search(until=START)) == []
    assert seqs(ledger, Search(since=START + timedelta(days=9))) == []
    always = Search(since=instants.since("0001-01-01", SHANGHAI), until=instants.until("9999-12-31", SHANGHAI))
    assert seqs(ledger, always) == [5, 4, 3, 2, 1]


def test_a_clock_that_was_set_back_hides_nothing(ledger: Ledger) -> None:
    early = instant(START + timedelta(hours=2) - timedelta(minutes=1))
    fill(ledger, row(1), row(2), row(3, at=early), row(4))
    assert seqs(ledger, Search(until=START + timedelta(hours=2))) == [3, 1]
    assert seqs(ledger, Search(since=START + timedelta(hours=2))) == [4, 2]


# ---- what a page costs


def plan(ledger: Ledger, search: Search) -> str:
    """Return how the store goes about a page from the middle of the ledger."""
    with ledger.reading() as connection:
        query = (
            statement(connection, search, 1500).limit(50).compile(connection, compile_kwargs={"literal_binds": True})
        )
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        lines = connection.exec_driver_sql(f"{explain} {query}".replace("%", "%%"))
        return "\n".join(" ".join(map(str, line)) for line in lines)


@pytest.fixture(scope="module")
def many(stored: Ledger) -> Ledger:
    """Return a ledger of which most is of no interest."""
    with stored.engine.connect().execution_options(writing=True) as connection, connection.begin():
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(HEAD).values(one=1, seq=0, hash=GENESIS))
    fill(stored, *(row(seq, customer="rare" if seq % 100 == 0 else f"c{seq}") for seq in range(1, 2001)))
    if stored.url.get_backend_name() == "postgresql":
        with stored.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE decisions"))
    return stored


SEARCHES = {
    "sqlite": [
        Search(),
        *(Search({name: "c5"}) for name in FILTERS),
        Search({"customer": "rare", "outcome": "remedy", "state": "open"}),
        Search({"merchant": "-", "mode": "agent"}, rule="a/one"),
        Search(drawn=True),
        Search(since=START + timedelta(hours=3), until=START + timedelta(hours=900)),
        Search({"outcome": "remedy"}, since=START + timedelta(hours=3), until=START + timedelta(hours=900)),
    ],
    "postgresql": [  # its plan for the others depends on the number of rows
        Search(),
        *(Search({name: "c5"}) for name in ("case_no", "order", "customer", "cause", "category", "merchant")),
        Search({"customer": "rare", "outcome": "remedy", "state": "open"}),
        Search({"merchant": "-", "mode": "agent"}),
        Search(drawn=True),
    ],
}


def test_a_page_is_taken_from_an_index_in_its_order(many: Ledger) -> None:
    for search in SEARCHES[many.url.get_backend_name()]:
        steps = plan(many, search)
        assert "INDEX" in steps.upper(), search
        assert "TEMP B-TREE" not in steps, search  # of SQLite, where it sorts all it finds
        assert "Seq Scan" not in steps, search  # of PostgreSQL, where it looks at every row


def test_the_narrowest_filter_leads(many: Ledger) -> None:
    steps = plan(many, Search({"customer": "rare", "outcome": "remedy", "state": "open"}))
    assert "ix_decisions_customer_seq" in steps
