"""What the ledger knows was given before for an order or a case: for which line and cause, when, by whom, how much.

Executions say that money moved, or is about to; the decisions and outcomes behind them say what it was for. What cannot
be read any more counts for any line and cause, so that nothing is given twice for want of a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, or_, select

from rules.deciding.paid_before import GOODWILL, REFUND, VOUCHER, Subject, read_payments
from rules.language.contract import LINE_FACTS
from rules.pack import Pack
from rules.values.money import allocate

from ..ledger.filing import merchant_of
from ..ledger.payloads import payload_of, with_payloads
from ..ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES
from ..spelling import UNNAMED, key
from .holds import OF_ORDER, asking
from .kept import kept_of
from .states import EXECUTED, FAILED

PAID_BEFORE: Final = "paid_before"  # the part of a case that states earlier payments
_SAME: Final = tuple(name.rpartition(".")[2] for name in LINE_FACTS[:3])  # quantity, price and amount paid of a line

Json = dict[str, Any]
Part = tuple[int, str, int]  # of what was given: the issue, the item and the amount in fen


def executed_before(connection: Connection, case_no: str, merchant: str, order: str | None) -> list[Row[Any]]:
    """Return the decisions of a case or of its order that were carried out, or are about to be, the oldest first."""
    execution = ("state", "claimed_by", "ended_at", "reference", "total_fen", "refund_fen", "seq")
    columns = [EXECUTIONS.c[name].label(f"execution_{name}") for name in execution]
    concerned = EXECUTIONS.c.case_no == case_no
    values: dict[str, str] = {}
    if order is not None:
        values = asking(merchant, order)
        concerned = or_(concerned, EXECUTIONS.c.decision.in_(select(EXECUTED_LINES.c.decision).where(OF_ORDER)))
    found = select(DECISIONS, *columns).join(EXECUTIONS, EXECUTIONS.c.decision == DECISIONS.c.id)
    found = found.where(EXECUTIONS.c.state != FAILED, concerned).order_by(EXECUTIONS.c.seq)
    return list(connection.execute(found, values))


def payments_of(connection: Connection, pack: Pack, rows: Sequence[Row[Any]], case: Mapping[str, Any]) -> list[Json]:
    """Return what executed decisions gave, as a case states it; a line is named where it is the same in this case."""
    return [entry for row in rows for entry in _given(connection, pack, row, case)]


def stated(case: Mapping[str, Any], payments: Sequence[Json]) -> Mapping[str, Any]:
    """Return a case with the payments that the ledger knows, beside those that only its sender knows."""
    own = [entry for entry in case.get(PAID_BEFORE) or () if "decision" not in entry]
    if not own and not payments:
        return {name: value for name, value in case.items() if name != PAID_BEFORE}
    return {**case, PAID_BEFORE: [*payments, *own]}


def known_decisions(case: Mapping[str, Any]) -> set[str]:
    """Return the decisions whose payments a case states."""
    return {entry["decision"] for entry in case.get(PAID_BEFORE) or () if "decision" in entry}


def subjects_of(pack: Pack, kept: Json) -> list[Subject]:
    """Return what each issue of a decision asks about."""
    issues = kept["recommendation"]["issues"]
    return [
        Subject(issue["line"] or "", str(issue["kind"] or ""), _cause(pack, kept, at))
        for at, issue in enumerate(issues)
    ]


def meeting(pack: Pack, kept: Json, payments: Sequence[Json]) -> list[Json]:
    """Return those payments that may have been for a line and a cause of a decision."""
    subjects = subjects_of(pack, kept) or [Subject("", "", "")]
    read = read_payments({PAID_BEFORE: payments})
    return [dict(one.entry) for one in read if any(subject.meets(one) for subject in subjects)]


def _given(connection: Connection, pack: Pack, row: Row[Any], case: Mapping[str, Any]) -> Iterator[Json]:
    """Yield what one executed decision gave."""
    done = row.execution_state == EXECUTED
    made = {"at": row.execution_ended_at if done else None, "by": row.execution_claimed_by}
    made |= {"case_no": row.case_no, "decision": row.id, "reference": row.execution_reference}
    if not _is_of_whom(row, merchant_of(pack, case)):
        made = {"at": made["at"], "decision": row.id}  # whoever sees this case may not see that one
    facts = {name: value for name, value in made.items() if value is not None}
    kept = kept_of(connection, row)
    if kept is None:
        extra = row.execution_total_fen - row.execution_refund_fen
        parts = [(REFUND, row.execution_refund_fen), ("", extra)]
        yield from ({"item": item, "amount_fen": fen} | facts for item, fen in parts if fen or item == REFUND)
        return
    subjects = subjects_of(pack, kept)
    for issue, item, fen in _parts(row, kept, _outcome(connection, row)):
        line, kind, cause = subjects[issue]
        named = {"line": line if _is_same(line, kept["case"], case) else "", "kind": kind, "cause": cause, "item": item}
        yield {name: value for name, value in named.items() if value} | {"amount_fen": fen} | facts


def _is_of_whom(row: Row[Any], merchant: str) -> bool:
    """Tell whether a decision is of the same merchant; a case of no merchant is seen by no key that is bound."""
    return key(merchant) in (UNNAMED, row.merchant_key)


def _outcome(connection: Connection, row: Row[Any]) -> Json:
    """Return what people took as the outcome of a decision; empty where a machine carries it out as recommended."""
    outcome = with_payloads(select(OUTCOMES), OUTCOMES.c.seq).where(OUTCOMES.c.decision == row.id)
    found = connection.execute(outcome).first()
    return {} if found is None else payload_of(found) or {}


def _parts(row: Row[Any], kept: Json, outcome: Json) -> Iterator[Part]:
    """Yield the amounts that a payment was made of, by issue and item; they add up to it."""
    issues, remedy = kept["recommendation"]["issues"], kept["recommendation"]["remedy"] or {}
    refunds = [(at, REFUND, (issue["remedy"] or {}).get("refund_fen") or 0) for at, issue in enumerate(issues)]
    heads = [(one["issue"], one["head"], one["amount_fen"] or 0) for one in remedy.get("compensation") or ()]
    goodwill = (remedy.get("goodwill") or {}).get("amount_fen") or 0
    vouchers = sum(one["amount_fen"] or 0 for one in remedy.get("additions") or ())
    most = max(range(len(issues)), key=lambda at: refunds[at][2], default=0)
    owed = (outcome.get("compensation_fen", sum(fen for _, _, fen in heads)), outcome.get("goodwill_fen", goodwill))
    extra = row.execution_total_fen - row.execution_refund_fen
    compensation, given = allocate(extra, owed) if any(owed) else (extra, 0)
    yield from _shared(row.execution_refund_fen, refunds, (most, REFUND))
    yield from _shared(compensation, heads, (most, ""))  # without a head it may stand for what was owed
    yield from _shared(given, (), (most, GOODWILL))
    yield from _shared(outcome.get("voucher_fen", vouchers), (), (most, VOUCHER))
    if not row.execution_total_fen:  # it was given in kind, or nothing was
        yield most, str(outcome.get("kind", remedy.get("kind", ""))), 0


def _shared(total: int, parts: Sequence[Part], otherwise: tuple[int, str]) -> Iterator[Part]:
    """Share what was paid over what was recommended; it is the same but for what people changed."""
    if not parts or not any(fen for _, _, fen in parts):
        if total:
            yield (*otherwise, total)
        return
    amounts = allocate(total, [fen for _, _, fen in parts])
    yield from ((issue, item, fen) for (issue, item, _), fen in zip(parts, amounts, strict=True) if fen)


def _cause(pack: Pack, kept: Json, issue: int) -> str:
    """Return the cause that was found of an issue, under which the pack files it."""
    name = pack.filed_under.get("cause", "")
    found = kept["findings"][issue] if issue < len(kept["findings"]) else {"answers": {}, "facts": {}}
    return str(found["answers"].get(name) or found["facts"].get(name) or "")


def _is_same(line: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether a line of an earlier case is that of the same id in this one: as many, at the same price."""
    one, two = (_line(line, case) for case in (before, now))
    return one is not None and two is not None and all(one.get(name) == two.get(name) for name in _SAME)


def _line(line: str, case: Mapping[str, Any]) -> Mapping[str, Any] | None:
    lines = (case.get("order") or {}).get("lines") or ()
    return next((one for one in lines if key(str(one.get("id"))) == key(line)), None)
