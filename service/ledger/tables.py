"""The tables of the ledger: a chain of entries with their payloads, and tables that are projected from it.

`entries` and `payloads` are the record; a row of `entries` never changes. The other tables hold the current state; they
can be derived from the record, and change only in the transaction that adds the entry. Instants are texts in UTC with
microseconds, so that they sort; amounts are integers in minor units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)


class Blob(LargeBinary):
    """Binary data. A value of another type, which SQLite allows, reads as empty, so that it matches no digest."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bytes | None]:
        """Return the function that converts a stored value."""
        return lambda value: value if value is None or isinstance(value, bytes) else b""


METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
SEQ: Final = BigInteger().with_variant(Integer, "sqlite")
FEN: Final = BigInteger
ID: Final = String(40)
NAME: Final = String(200)
INSTANT: Final = String(32)
DIGEST: Final = String(64)

# ---- the record

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("seq", SEQ, primary_key=True, autoincrement=False),
    Column("id", ID, nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("case_no", NAME),
    Column("about", ID),  # the decision that the entry is about
    Column("at", INSTANT, nullable=False),
    Column("by", NAME, nullable=False),
    Column("digest", DIGEST, nullable=False),  # of the payload and its salt
    Column("hash", DIGEST, nullable=False),  # of all these columns and the previous hash
    Index(None, "case_no", "seq"),
    Index(None, "kind", "seq"),
    Index(None, "about", "seq"),
)
PAYLOADS: Final = Table(
    "payloads",
    METADATA,
    Column("seq", SEQ, ForeignKey("entries.seq"), primary_key=True, autoincrement=False),
    Column("salt", Blob, nullable=False),
    Column("body", Blob, nullable=False),  # JSON in Zstandard
)
HEAD: Final = Table(  # one row: the last entry; a writer locks it
    "head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", SEQ, nullable=False),
    Column("hash", DIGEST, nullable=False),
)
PACKS: Final = Table(  # every pack that decided
    "packs",
    METADATA,
    Column("digest", String(80), primary_key=True),
    Column("name", NAME, nullable=False),
    Column("files", Blob, nullable=False),  # JSON of texts by path, in Zstandard
    Column("since", INSTANT, nullable=False),
)

# ---- the current state

COUNTERS: Final = Table(  # the last number of a day
    "counters",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
CASES: Final = Table(
    "cases",
    METADATA,
    Column("no", NAME, primary_key=True),
    Column("seq", SEQ, nullable=False, unique=True),  # of its first entry
    Column("pack", NAME, nullable=False),
    Column("state", String(40), nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("changed_at", INSTANT, nullable=False),
    Column("closed_at", INSTANT),
    Column("decision", ID, nullable=False),  # the latest
    Column("severity", String(40)),
    Column("order_no", NAME),
    Column("customer", NAME),
    Column("merchant", NAME),
    Column("merchant_key", NAME),  # of the latest decision
    Column("handler", NAME),
    Column("satisfied", Boolean),
    Column("tags", Text),  # each between vertical bars
    Column("person_at", INSTANT),  # when the customer asked for a person
    Index(None, "state", "seq"),
    Index(None, "customer", "seq"),
    Index(None, "order_no", "seq"),
    Index(None, "merchant", "seq"),
    Index(None, "merchant_key", "seq"),
    Index(None, "handler", "seq"),
)
DECISIONS: Final = Table(
    "decisions",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("seq", SEQ, ForeignKey("entries.seq"), nullable=False, unique=True),
    Column("case_no", NAME, nullable=False),
    Column("follows", ID),  # the decision before it in the same case
    Column("because", String(40), nullable=False),  # complaint, an event of the case, appeal
    Column("at", INSTANT, nullable=False),  # when it was recorded
    Column("day", String(10), nullable=False),  # the day in the pack's time zone
    Column("by", NAME, nullable=False),
    Column("pack", NAME, nullable=False),
    Column("pack_digest", String(80), nullable=False),
    Column("engine", NAME, nullable=False),
    Column("digest", DIGEST, nullable=False),  # of the recommendation; an approval is bound to it
    Column("outcome", String(20), nullable=False),
    Column("mode", String(20), nullable=False),  # who carries it out, after the automation guards
    Column("remedy", String(40)),
    Column("total_fen", FEN, nullable=False),
    Column("refund_fen", FEN, nullable=False),
    Column("party", String(40)),  # who is responsible to the customer
    Column("severity", String(40)),
    Column("order_no", NAME),
    Column("order_key", NAME),  # the key of the order number, for any spelling
    Column("customer", NAME),
    Column("merchant", NAME),
    Column("merchant_key", NAME),  # the key of the merchant, for any spelling
    Column("category", NAME),
    Column("cause", NAME),
    Column("channel", NAME),
    Column("kinds", Text, nullable=False, default=""),  # of its issues, separated by blanks
    Column("rules", Text, nullable=False),  # policy/rule of each rule that matched, separated by blanks
    Column("held", Text, nullable=False, default=""),  # the automation guards, one per line
    Column("drawn", Boolean, nullable=False, default=False),  # drawn for review by a person
    Column("reviewed_at", INSTANT),
    Column("state", String(20), nullable=False),  # open, waiting (for approval), accepted, changed, superseded,
    # or, if a machine carries it out: claimed, executed
    Index(None, "case_no", "seq"),
    Index(None, "mode", "seq"),
    Index(None, "outcome", "seq"),
    Index(None, "customer", "seq"),
    Index(None, "merchant", "seq"),
    Index(None, "merchant_key", "seq"),
    Index(None, "order_no", "seq"),
    Index(None, "order_key"),
    Index(None, "cause", "seq"),
    Index(None, "category", "seq"),
    Index(None, "remedy", "seq"),
    Index(None, "state", "seq"),
    Index(None, "day", "seq"),
    Index(None, "at", "seq"),
    Index(None, "by", "case_no"),
    Index("ix_decisions_drawn", "seq", sqlite_where=text("drawn = 1"), postgresql_where=text("drawn")),  # few are
)
CLOCKS: Final = Table(  # the deadlines of a case that have a date
    "clocks",
    METADATA,
    Column("case_no", NAME, nullable=False),
    Column("name", NAME, nullable=False),
    Column("decision", ID, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("on_timeout", NAME),
    Column("met_at", INSTANT),
    Column("escalated_at", INSTANT),
    PrimaryKeyConstraint("case_no", "name"),
    Index(None, "due_at"),
)

# ---- people

PROPOSALS: Final = Table(  # outcomes beyond the role of their maker, which need an approval
    "proposals",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("decision", ID, nullable=False),
    Column("digest", DIGEST, nullable=False),  # of the decision that it is about
    Column("maker", NAME, nullable=False),
    Column("needs", String(20), nullable=False),  # the role that may approve
    Column("state", String(20), nullable=False),  # waiting, approved, refused, void
    Column("seq", SEQ, nullable=False),
    Index(None, "decision"),
    Index(None, "state", "seq"),
)
OUTCOMES: Final = Table(  # what people decided to do with decisions
    "outcomes",
    METADATA,
    Column("decision", ID, primary_key=True),
    Column("seq", SEQ, nullable=False),
    Column("way", String(20), nullable=False),  # accepted, option, override
    Column("kind", String(40)),
    Column("total_fen", FEN, nullable=False),
    Column("reason", String(40)),
    Column("by", NAME, nullable=False),
    Column("approved_by", NAME),
    Column("role", String(20), nullable=False),  # of the approver, else of the maker: an appeal goes above it
    Column("at", INSTANT, nullable=False),
)

# ---- machines

EXECUTIONS: Final = Table(
    "executions",
    METADATA,
    Column("decision", ID, primary_key=True),  # also the payment's idempotency key
    Column("case_no", NAME, nullable=False),
    Column("state", String(20), nullable=False),  # claimed, executed, failed, late (with a person, budget still held)
    Column("claimed_by", NAME, nullable=False),
    Column("claimed_at", INSTANT, nullable=False),
    Column("confirm_by", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    Column("reference", NAME),  # of the payment
    Column("reference_key", NAME),  # its key, for any spelling
    Column("account_key", DIGEST),  # a digest of the recipient's account, if it was named
    Column("total_fen", FEN, nullable=False),
    Column("refund_fen", FEN, nullable=False),
    Column("currency", String(10)),
    Column("reserved", Text, nullable=False, default="[]"),  # JSON: the shares of budgets
    Column("seq", SEQ, nullable=False, unique=True),
    Index(None, "state", "confirm_by"),
    Index(None, "claimed_by", "case_no"),
    Index(None, "state", "seq"),
    Index(None, "case_no"),
    Index(None, "reference_key"),
)
EXECUTED_LINES: Final = Table(  # the lines of an order that an execution holds until it is reported as failed
    "executed_lines",
    METADATA,
    Column("decision", ID, nullable=False),
    Column("line", NAME, nullable=False),
    Column("merchant", NAME, nullable=False),
    Column("order_no", NAME, nullable=False),  # the folded order number, by which refunds are added up
    Column("order_key", NAME, nullable=False),  # the key of the order number, by which lines are held
    Column("told", DIGEST, nullable=False),  # a digest of the order lines as they were stated
    Column("refund_fen", FEN, nullable=False),
    PrimaryKeyConstraint("decision", "line"),
    Index(None, "order_key"),
)
LIMITS: Final = Table(  # budgets that an administrator has set
    "limits",
    METADATA,
    Column("scope", String(20), nullable=False),  # customer, merchant, category, day
    Column("name", NAME, nullable=False),  # * for everyone
    Column("most", BigInteger, nullable=False),
    Column("most_fen", FEN, nullable=False),
    PrimaryKeyConstraint("scope", "name"),
)
SPENT: Final = Table(  # what is reserved or spent of each budget on a day
    "spent",
    METADATA,
    Column("scope", String(20), nullable=False),
    Column("name", NAME, nullable=False),
    Column("day", String(10), nullable=False),
    Column("many", BigInteger, nullable=False),
    Column("fen", FEN, nullable=False),
    PrimaryKeyConstraint("scope", "name", "day"),
)
SWITCHES: Final = Table(  # the switches that are on
    "switches",
    METADATA,
    Column("scope", String(20), nullable=False),  # all, pack, rule, merchant
    Column("name", NAME, nullable=False),
    Column("since", INSTANT, nullable=False),
    Column("by", NAME, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("scope", "name"),
)

# ---- callers

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("name", NAME, nullable=False),
    Column("role", String(20), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("merchants", Text),  # JSON list of the merchants that it is bound to; NULL if it is not bound
    Column("hash", DIGEST, nullable=False, unique=True),
    Column("made_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT),
)
REPLAYS: Final = Table(  # requests with an idempotency key, and their answers
    "replays",
    METADATA,
    Column("caller", NAME, nullable=False),
    Column("key", DIGEST, nullable=False),  # a digest of the idempotency key
    Column("fingerprint", DIGEST, nullable=False),  # of the request
    Column("token", String(32), nullable=False),  # of the reservation
    Column("state", String(20), nullable=False),  # running, written (it took effect), answered
    Column("seq", SEQ),  # of the last entry that the request added
    Column("status", Integer),
    Column("body", Blob),  # headers and body as JSON, compressed and encrypted
    Column("at", INSTANT, nullable=False),
    PrimaryKeyConstraint("caller", "key"),
    Index(None, "at"),
)
ENDPOINTS: Final = Table(  # webhook endpoints
    "endpoints",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),  # separated by blanks
    Column("secrets", Text, nullable=False),  # in clear text, because they sign; the newest first, each with its end
    Column("made_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
)
OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("id", ID, primary_key=True),
    Column("endpoint", ID, ForeignKey("endpoints.id"), nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", Blob, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", INSTANT, nullable=False),
    Column("next_at", INSTANT),  # NULL: delivered or given up
    Column("delivered_at", INSTANT),
    Column("said", Text),  # the last answer
    Index(None, "endpoint", "id"),
    Index(None, "endpoint", "next_at"),
)
