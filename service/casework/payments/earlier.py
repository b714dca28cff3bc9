"""What earlier decisions of a case or its order gave: money that was paid or claimed, and goods that are sent.

Executions show that money was paid; their decisions and outcomes show what it was for. Nobody reports that goods were
sent, so an agreed replacement counts even if another outcome replaced it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, String, bindparam, func, or_, select, union

from rules.deciding.paid_before import ANY, GOODWILL, REFUND, VOUCHER
from rules.values.money import allocate
from service.casework.choices import IN_KIND, SENT, paid_here
from service.casework.limits.holds import MAY_BE_OF_ORDER, asking
from service.casework.payments.contradictions import REPORTED_LATER
from service.casework.recorded import bodies_at, decision_payload_in
from service.casework.states import FAILED
from service.ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES

_MOVED: Final = or_(EXECUTIONS.c.state != FAILED, REPORTED_LATER.is_not(None))
_EXECUTION: Final = ("state", "claimed_by", "ended_at", "reference", "total_fen", "refund_fen")
_CASES_OF_ORDER: Final = select(DECISIONS.c.case_no).where(  # a case may name its order only after the payment
    DECISIONS.c.order_key == bindparam("order"),
    or_(
        DECISIONS.c.merchant_key.in_((bindparam("merchant"), bindparam("unnamed"))),
        bindparam("merchant", type_=String) == bindparam("unnamed", type_=String),
    ),
)
_OF_ORDER: Final = select(DECISIONS.c.id).where(DECISIONS.c.case_no.in_(_CASES_OF_ORDER))
_HELD: Final = select(EXECUTED_LINES.c.decision).where(MAY_BE_OF_ORDER)
_GAVE: Final = (
    select(
        DECISIONS,
        *(EXECUTIONS.c[name].label(f"execution_{name}") for name in _EXECUTION),
        func.coalesce(REPORTED_LATER, EXECUTIONS.c.seq).label("execution_seq"),
        _MOVED.label("moved"),
        OUTCOMES.c.kind.label("outcome_kind"),
        OUTCOMES.c.seq.label("outcome_seq"),
    )
    .outerjoin(EXECUTIONS, EXECUTIONS.c.decision == DECISIONS.c.id)
    .outerjoin(OUTCOMES, OUTCOMES.c.decision == DECISIONS.c.id)
    .where(or_(_MOVED, OUTCOMES.c.kind.in_(SENT)))
    .order_by(EXECUTIONS.c.seq, DECISIONS.c.seq)
)

Json = dict[str, Any]


class Part(NamedTuple):
    """One benefit: its issue, its item and its amount; goods have no amount."""

    issue: int
    item: str
    fen: int


class EarlierDecision(NamedTuple):
    """A decision that gave something; `kept` is None if its payload can no longer be read; then it has one issue.

    If no money was paid, only agreed goods count.
    """

    row: Row[Any]
    kept: Json | None
    parts: tuple[Part, ...]

    @property
    def moved(self) -> bool:
        """Check whether its money was paid or claimed."""
        return bool(self.row.moved)


def given_before(connection: Connection, case_no: str, merchant: str, order: str | None) -> list[EarlierDecision]:
    """Return the decisions of a case or of its order that gave something, the oldest first.

    An order is found by its key: two numbers that differ only by a hyphen may be the same number. An execution that was
    reported as failed and then as paid counts from the second report on.
    """
    of_case = select(DECISIONS.c.id).where(DECISIONS.c.case_no == case_no)
    concerned = of_case if order is None else union(of_case, _HELD, _OF_ORDER)  # unlike OR, it uses an index for each
    values = {} if order is None else asking(merchant, order)
    rows = connection.execute(_GAVE.where(DECISIONS.c.id.in_(concerned)), values).all()
    bodies = bodies_at(connection, [seq for row in rows for seq in (row.seq, row.outcome_seq) if seq is not None])
    found = []
    for row in rows:
        kept, outcome = decision_payload_in(bodies, row), bodies.get(row.outcome_seq)
        found.append(
            EarlierDecision(row, kept, tuple(_parts(row, kept, {} if outcome is None else outcome.body or {})))
        )
    return [one for one in found if one.parts]


def _parts(row: Row[Any], kept: Json | None, outcome: Json) -> Iterator[Part]:
    """Yield what a decision gave; `outcome` is empty if a machine carries it out as recommended."""
    if row.moved:
        amounts = _amounts(row) if kept is None else _amounts_by_issue(row, kept["recommendation"], outcome)
        yield from (part for part in amounts if part.fen)
    if (kind := row.outcome_kind or row.remedy) in IN_KIND:  # goods may be for any issue
        issues = 1 if kept is None else len(kept["recommendation"]["issues"])
        yield from (Part(at, kind, 0) for at in range(issues))


def _amounts(row: Row[Any]) -> Iterator[Part]:
    """Yield the parts of a payment that are known without the decision."""
    yield Part(0, REFUND, row.execution_refund_fen)
    yield Part(0, ANY, row.execution_total_fen - row.execution_refund_fen)


def _amounts_by_issue(row: Row[Any], recommendation: Json, outcome: Json) -> Iterator[Part]:
    """Yield the parts of a payment by issue and item, and its vouchers."""
    issues, remedy = recommendation["issues"], recommendation["remedy"] or {}
    refunds = [Part(at, REFUND, (issue["remedy"] or {}).get("refund_fen") or 0) for at, issue in enumerate(issues)]
    heads = [Part(one["issue"], one["head"], one["amount_fen"] or 0) for one in paid_here(remedy)]
    goodwill = (remedy.get("goodwill") or {}).get("amount_fen") or 0
    vouchers = sum(one["amount_fen"] or 0 for one in remedy.get("additions") or ())
    most = max(range(len(issues)), key=lambda at: refunds[at].fen, default=0)
    headed = sum(head.fen for head in heads)
    owed = (outcome.get("compensation_fen", headed), outcome.get("goodwill_fen", goodwill))
    extra = row.execution_total_fen - row.execution_refund_fen
    compensation, given = allocate(extra, owed) if any(owed) else (extra, 0)
    yield from _shared(row.execution_refund_fen, refunds, Part(most, REFUND, 0))
    yield from _shared(min(compensation, headed), heads, Part(most, ANY, 0))
    yield Part(most, ANY, max(compensation - headed, 0))  # beyond the heads of compensation it may be for anything owed
    yield Part(most, GOODWILL, given)
    yield Part(most, VOUCHER, outcome.get("voucher_fen", vouchers))


def _shared(total: int, parts: Sequence[Part], otherwise: Part) -> Iterator[Part]:
    """Distribute what was paid over the recommended parts; the sums differ only if a person changed them."""
    if any(part.fen for part in parts):
        amounts = allocate(total, [part.fen for part in parts])
        yield from (part._replace(fen=fen) for part, fen in zip(parts, amounts, strict=True))
    else:
        yield otherwise._replace(fen=total)
