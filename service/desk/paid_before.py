"""What the ledger knows was given before for an order or a case: for which line and cause, when, by whom, how much.

Executions say that money moved, or is about to; the decisions and outcomes behind them say what it was for. What cannot
be read any more counts for any line and cause, so that nothing is given twice for want of a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, String, bindparam, func, or_, select

from rules.deciding.paid_before import ANYTHING, GOODWILL, PAID_BEFORE, REFUND, VOUCHER, Subject, read_payments
from rules.language.contract import LINE_FACTS
from rules.pack import Pack
from rules.values.money import allocate

from ..ledger.filing import merchant_of
from ..ledger.payloads import payload_of, with_payloads
from ..ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, OUTCOMES
from ..spelling import UNNAMED, key
from .choices import SENT
from .contradictions import REPORTED_LATER
from .holds import MAY_BE_OF_ORDER, asking
from .kept import kept_of
from .states import EXECUTED, FAILED

_SAME: Final = tuple(name.rpartition(".")[2] for name in LINE_FACTS[:3])  # quantity, price and amount paid of a line

_CASES_OF_ORDER: Final = select(DECISIONS.c.case_no).where(  # a case may be told of its order only once it was paid
    DECISIONS.c.order_key == bindparam("order"),
    or_(
        DECISIONS.c.merchant_key.in_((bindparam("merchant"), bindparam("unnamed"))),
        bindparam("merchant", type_=String) == bindparam("unnamed", type_=String),
    ),
)

Json = dict[str, Any]
Part = tuple[int, str, int]  # of what was given: the issue, the item and the amount in fen


def executed_before(connection: Connection, case_no: str, merchant: str, order: str | None) -> list[Row[Any]]:
    """Return the decisions of a case or of its order that were carried out, or are about to be, the oldest first.

    An order is found by its key: of two numbers that differ by a hyphen alone, one may be the other written otherwise.
    What was reported as failed and then as paid counts too, from that second report on.
    """
    execution = ("state", "claimed_by", "ended_at", "reference", "total_fen", "refund_fen")
    columns = [EXECUTIONS.c[name].label(f"execution_{name}") for name in execution]
    since = func.coalesce(REPORTED_LATER, EXECUTIONS.c.seq).label("execution_seq")
    concerned = EXECUTIONS.c.case_no == case_no
    values: dict[str, str] = {}
    if order is not None:
        values = asking(merchant, order)
        held = EXECUTIONS.c.decision.in_(select(EXECUTED_LINES.c.decision).where(MAY_BE_OF_ORDER))
        concerned = or_(concerned, held, EXECUTIONS.c.case_no.in_(_CASES_OF_ORDER))
    found = select(DECISIONS, *columns, since).join(EXECUTIONS, EXECUTIONS.c.decision == DECISIONS.c.id)
    moved = or_(EXECUTIONS.c.state != FAILED, REPORTED_LATER.is_not(None))
    found = found.where(moved, concerned).order_by(EXECUTIONS.c.seq)
    return list(connection.execute(found, values))


def payments_of(connection: Connection, pack: Pack, rows: Sequence[Row[Any]], case: Mapping[str, Any]) -> list[Json]:
    """Return what executed decisions gave, as a case states it; a line is named where both tell the order alike."""
    return [entry for row in rows for entry in _given(connection, pack, row, case)]


def goods_sent(connection: Connection, pack: Pack, decision: Row[Any], case: Mapping[str, Any]) -> list[Json]:
    """Return the goods that further outcomes of a case or of its order send once more, each as a payment of nothing.

    Nobody has to report that goods went out, so what was agreed on counts, though another outcome took its place.
    """
    concerned = DECISIONS.c.case_no == decision.case_no
    values: dict[str, str] = {}
    if decision.order_no is not None:
        values = asking(decision.merchant, decision.order_no)
        concerned = or_(concerned, DECISIONS.c.case_no.in_(_CASES_OF_ORDER))
    found = select(DECISIONS, OUTCOMES.c.kind.label("sent")).join(OUTCOMES, OUTCOMES.c.decision == DECISIONS.c.id)
    rows = connection.execute(found.where(OUTCOMES.c.kind.in_(SENT), DECISIONS.c.id != decision.id, concerned), values)
    return [entry for row in rows.all() for entry in _sent(pack, row, kept_of(connection, row), case)]


def _sent(pack: Pack, row: Row[Any], kept: Json | None, case: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the goods of one outcome; they may be for any issue of its decision."""
    facts = {"item": row.sent, "amount_fen": 0, "case_no": row.case_no, "decision": row.id}
    subjects = [ANYTHING] if kept is None else _subjects_now(pack, row, kept, case)
    yield from (_named(subject) | facts for subject in subjects)


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
    subjects = subjects_of(pack, kept) or [ANYTHING]
    read = read_payments({PAID_BEFORE: payments})
    return [dict(one.entry) for one in read if any(subject.meets(one) for subject in subjects)]


def least_paid(line: str, cases: Sequence[Mapping[str, Any]]) -> int | None:
    """Return what was paid for a line at most by what cases say of it; None where the first does not say it."""
    told = [[one.get("paid_fen") for one in _lines(case) if key(str(one.get("id"))) == key(line)] for case in cases]
    known = [[cost for cost in costs if isinstance(cost, int)] for costs in told]
    return min(cost for costs in known for cost in costs) if known[0] else None


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
    subjects = _subjects_now(pack, row, kept, case)
    for issue, item, fen in _parts(row, kept, _outcome(connection, row)):
        named = _named(subjects[issue]) | ({"item": item} if item else {})
        yield named | {"amount_fen": fen} | facts


def _subjects_now(pack: Pack, row: Row[Any], kept: Json, case: Mapping[str, Any]) -> list[Subject]:
    """Return what the issues of an earlier decision ask about, in the words of a case of this pack."""
    own = row.pack == pack.name  # the words of another pack mean nothing here
    return [
        Subject(_line_now(line, kept["case"], case), kind if own else "", cause if own else "")
        for line, kind, cause in subjects_of(pack, kept)
    ]


def _named(subject: Subject) -> Json:
    """Return what is known of a subject."""
    return {name: value for name, value in subject._asdict().items() if value}


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
    headed = min(compensation, sum(fen for _, _, fen in heads))
    yield from _shared(headed, heads, (most, ""))
    yield from _shared(compensation - headed, (), (most, ""))  # beyond the heads it may stand for what was owed
    yield from _shared(given, (), (most, GOODWILL))
    yield from _shared(outcome.get("voucher_fen", vouchers), (), (most, VOUCHER))
    kind = str(outcome.get("kind", remedy.get("kind", "")))
    if kind in SENT:
        yield from ((at, kind, 0) for at in range(len(issues)))
    elif not row.execution_total_fen:  # it was given in kind, or nothing was
        yield most, kind, 0


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


def _line_now(line: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the id in a case of a line of an earlier case; empty unless both tell the lines of the order alike."""
    one, two = (_told(case) for case in (before, now))
    ids = {key(str(found.get("id"))): str(found.get("id")) for found in _lines(now)}
    return ids.get(key(line), "") if one == two and len(one) == len(ids) else ""


def _told(case: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return how a case tells the lines of its order: the id of each, how many, and what they cost."""
    return sorted((key(str(one.get("id"))), *(str(one.get(name)) for name in _SAME)) for one in _lines(case))


def _lines(case: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (case.get("order") or {}).get("lines") or ()
