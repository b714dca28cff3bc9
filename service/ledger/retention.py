"""Erase what was kept of a case: the payloads of its entries with their salts, and who it was about.

The chain stays sound, for it holds digests only; an entry says what was erased and why. Amounts, outcomes, rules and
instants stay where they are looked up: accounts and reports need them, and they name nobody. So does the order number
of what was given or paid, lest an order be refunded twice.
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
REQUEST, RETENTION = "request", "retention"  # why: a person asked for it, or it was kept long enough
PAGE: Final = 500  # messages or entries that are looked through at a time
BLOCK: Final = 4096  # numbers of entries that are marked together
TEXTS: Final = re.compile(rb'"([^"\\]{1,200})"')  # in JSON
CUSTOMER: Final = "customer"  # the budgets that name a person
OF_PERSON: Final = ("customer", "order_no")  # what a table of cases or decisions holds of him

Share = list[Any]  # scope, name (none for a customer), day and fen


class Marks:
    """A set of numbers of entries: one bit each, in blocks, so that no number is too large."""

    def __init__(self) -> None:
        self.blocks: dict[int, bytearray] = {}

    def add(self, seq: int) -> None:
        """Mark a number."""
        block, at = divmod(seq, BLOCK)
        self.blocks.setdefault(block, bytearray(BLOCK // 8))[at // 8] |= 1 << at % 8

    def __contains__(self, seq: int) -> bool:
        block, at = divmod(seq, BLOCK)
        return block in self.blocks and bool(self.blocks[block][at // 8] >> at % 8 & 1)


def erased(connection: Connection) -> Marks:
    """Return the entries whose payloads were erased, as far as sound entries say so."""
    marks = Marks()
    said = select(*raw.columns(ENTRIES, "digest"), *raw.columns(PAYLOADS, "salt", "body"))
    said = said.select_from(ENTRIES.join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq))
    for row in raw.rows(connection, said.where(ENTRIES.c.kind == ERASED).order_by(ENTRIES.c.seq)):
        if chain.holds(row["salt"], row["body"], row["digest"]):
            for seq in _said(row["body"]):
                marks.add(seq)
    return marks


def _said(body: bytes) -> list[int]:
    """Return the entries that a payload says were erased; one that was forged may say anything."""
    try:
        return [seq for seq in chain.unpack(body)["entries"] if isinstance(seq, int)]
    except (ValueError, LookupError, TypeError):
        return []


def erase(writer: Writer, cases: Sequence[str], because: str, reason: str) -> int:
    """Erase what was kept of cases, and say so in an entry a case; return how many payloads went."""
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
    """Return the entries of a case that still have a payload, but for those that say what was erased."""
    kept = select(ENTRIES.c.seq).join(PAYLOADS, PAYLOADS.c.seq == ENTRIES.c.seq)
    of_case = (ENTRIES.c.case_no == case_no, ENTRIES.c.kind != ERASED)
    return list(connection.execute(kept.where(*of_case).order_by(ENTRIES.c.seq)).scalars())


def _forget_person(connection: Connection, case_no: str) -> None:
    """Clear who a case was about, but for the key of an order for which he was given something."""
    for table, number in ((DECISIONS, DECISIONS.c.case_no), (CASES, CASES.c.no)):
        nobody = {column.name: None for column in table.c if column.name in OF_PERSON}
        connection.execute(update(table).where(number == case_no).values(nobody))
    paid = select(OUTCOMES.c.decision).where(OUTCOMES.c.total_fen > 0)
    unpaid = (DECISIONS.c.case_no == case_no, DECISIONS.c.id.not_in(paid))
    connection.execute(update(DECISIONS).where(*unpaid).values(order_key=None))
    connection.execute(update(EXECUTIONS).where(EXECUTIONS.c.case_no == case_no).values(reserved="[]"))


def _spent(connection: Connection, case_no: str) -> list[Share]:
    """Return what the executions of a case hold of budgets, for their entries are erased; name no customer."""
    of_case = (EXECUTIONS.c.case_no == case_no, EXECUTIONS.c.state != "failed")
    held = connection.execute(select(EXECUTIONS.c.reserved).where(*of_case)).scalars()
    shares = [share for reserved in held for share in orjson.loads(reserved)]
    return [[scope, None if scope == CUSTOMER else name, day, fen] for scope, name, day, fen in shares]


def forgotten_before(at: str) -> str:
    """Return the first day of which budgets of customers are kept where cases are erased at an instant.

    The days before it are past in every time zone, and count against nothing any more.
    """
    return (datetime.fromisoformat(at) - timedelta(days=1)).date().isoformat()


def _forget_budgets(connection: Connection, at: str) -> None:
    """Drop what was spent on customers on days that are past."""
    connection.execute(delete(SPENT).where(SPENT.c.scope == CUSTOMER, SPENT.c.day < forgotten_before(at)))


def _forget_messages(connection: Connection, names: set[bytes]) -> None:
    """Drop messages to others, sent or not, that speak of any of the cases or decisions."""
    every = select(OUTBOX.c.id, OUTBOX.c.body).execution_options(yield_per=PAGE)
    speaking = [id for id, body in connection.execute(every) if not names.isdisjoint(TEXTS.findall(body))]
    for id in speaking:
        connection.execute(delete(OUTBOX).where(OUTBOX.c.id == id))
