"""Erase the personal data of a case: the payloads of its entries with their salts, and its customer.

The chain stays valid, since it holds digests only; an entry records what was erased and why. Amounts, outcomes, rules
and instants stay in the tables: accounts and reports need them, and they name nobody. The order number of a payment
stays too, so that an order is not refunded twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, select, text, update

from service.ledger import chain, raw
from service.ledger.store import Writer
from service.ledger.tables import CASES, DECISIONS, ENTRIES, EXECUTIONS, OUTBOX, OUTCOMES, PAYLOADS, SPENT

ERASED: Final = "erased"
REQUEST, RETENTION = "request", "retention"  # why: on request, or after the retention period
PAGE: Final = 500  # messages or entries read at a time
BLOCK: Final = 4096  # entry numbers of one block
TEXTS: Final = re.compile(rb'"([^"\\]{1,200})"')  # in JSON
CUSTOMER: Final = "customer"  # the scope of budgets that names a person
OF_PERSON: Final = ("customer", "order_no")  # personal columns of cases and decisions

Share = list[Any]  # scope, name (none for a customer), day and fen


class Marks:
    """A set of entry numbers as a bitmap in blocks."""

    def __init__(self) -> None:
        self.blocks: dict[int, bytearray] = {}

    def add(self, seq: int) -> None:
        """Add a number."""
        block, at = divmod(seq, BLOCK)
        self.blocks.setdefault(block, bytearray(BLOCK // 8))[at // 8] |= 1 << at % 8

    def __contains__(self, seq: int) -> bool:
        block, at = divmod(seq, BLOCK)
        return block in self.blocks and bool(self.blocks[block][at // 8] >> at % 8 & 1)


def erased(connection: Connection) -> Marks:
    """Return the entries whose payloads were erased, according to valid entries."""
    marks = Marks()
    said = select(*raw.columns(ENTRIES, "digest"), *raw.columns(PAYLOADS, "salt", "body"))
    said = said.select_from(ENTRIES.join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq))
    for row in raw.rows(connection, said.where(ENTRIES.c.kind == ERASED).order_by(ENTRIES.c.seq)):
        if chain.holds(row["salt"], row["body"], row["digest"]):
            for seq in _listed(row["body"]):
                marks.add(seq)
    return marks


def _listed(body: bytes) -> list[int]:
    """Return the erased entries that a payload lists; a forged payload may list anything."""
    try:
        return [seq for seq in chain.unpack(body)["entries"] if isinstance(seq, int)]
    except (ValueError, LookupError, TypeError):
        return []


def erase(writer: Writer, cases: Sequence[str], because: str, reason: str) -> int:
    """Erase the personal data of cases and record it, one entry a case; return the number of erased payloads."""
    if not cases:
        return 0
    connection = writer.connection
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA secure_delete=ON"))  # overwrite what is deleted
    names = {case_no: _names(connection, case_no) for case_no in cases}
    _forget_messages(connection, {name.encode() for case_no in cases for name in (case_no, *names[case_no])})
    _forget_budgets(connection, writer.at)
    many = 0
    for case_no in cases:
        seqs, spent = _kept(connection, case_no), _spent(connection, case_no)
        connection.execute(delete(PAYLOADS).where(PAYLOADS.c.seq.in_(seqs)))
        _forget_person(connection, case_no)
        body = {"entries": seqs, "because": because, "reason": reason, "spent": spent}
        writer.append(ERASED, body, case_no=case_no)
        many += len(seqs)
    return many


def _names(connection: Connection, case_no: str) -> Sequence[str]:
    """Return the decisions of a case."""
    return connection.execute(select(DECISIONS.c.id).where(DECISIONS.c.case_no == case_no)).scalars().all()


def _kept(connection: Connection, case_no: str) -> list[int]:
    """Return the entries of a case that still have a payload, except records of erasure."""
    kept = select(ENTRIES.c.seq).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == case_no, ENTRIES.c.kind != ERASED)
    return list(connection.execute(kept.where(*of_case).order_by(ENTRIES.c.seq)).scalars())


def _forget_person(connection: Connection, case_no: str) -> None:
    """Clear the customer of a case; keep the order key of a decision that paid something."""
    for table, number in ((DECISIONS, DECISIONS.c.case_no), (CASES, CASES.c.no)):
        nobody = {column.name: None for column in table.c if column.name in OF_PERSON}
        connection.execute(update(table).where(number == case_no).values(nobody))
    paid = select(OUTCOMES.c.decision).where(OUTCOMES.c.total_fen > 0)
    unpaid = (DECISIONS.c.case_no == case_no, DECISIONS.c.id.not_in(paid))
    connection.execute(update(DECISIONS).where(*unpaid).values(order_key=None))
    connection.execute(update(EXECUTIONS).where(EXECUTIONS.c.case_no == case_no).values(reserved="[]"))


def _spent(connection: Connection, case_no: str) -> list[Share]:
    """Return the budget shares of a case's executions, since their entries are erased; without customer names."""
    of_case = (EXECUTIONS.c.case_no == case_no, EXECUTIONS.c.state != "failed")
    held = connection.execute(select(EXECUTIONS.c.reserved).where(*of_case)).scalars()
    shares = [share for reserved in held for share in orjson.loads(reserved)]
    return [[scope, None if scope == CUSTOMER else name, day, fen] for scope, name, day, fen in shares]


def forgotten_before(at: str) -> str:
    """Return the first day whose customer budgets survive an erasure at an instant.

    The days before it are past in every time zone and no longer limit anything.
    """
    return (datetime.fromisoformat(at) - timedelta(days=1)).date().isoformat()


def _forget_budgets(connection: Connection, at: str) -> None:
    """Delete the customer budgets of past days."""
    connection.execute(delete(SPENT).where(SPENT.c.scope == CUSTOMER, SPENT.c.day < forgotten_before(at)))


def _forget_messages(connection: Connection, names: set[bytes]) -> None:
    """Delete webhook messages, sent or not, that mention any of the cases or decisions."""
    every = select(OUTBOX.c.id, OUTBOX.c.body).execution_options(yield_per=PAGE)
    speaking = [id for id, body in connection.execute(every) if not names.isdisjoint(TEXTS.findall(body))]
    for id in speaking:
        connection.execute(delete(OUTBOX).where(OUTBOX.c.id == id))
