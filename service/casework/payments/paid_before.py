"""Earlier payments as a case states them: for which line and cause, when, by whom, how much.

A payment whose decision can no longer be read counts for any line and cause, so that nothing is paid twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row

from rules.compiling.pack import Pack
from rules.deciding.paid_before import ANYTHING, PAID_BEFORE, Subject, read_payments, refunded
from rules.language.contract import LINE_FACTS
from service.casework.choices import IN_KIND
from service.casework.payments.earlier import EarlierDecision
from service.casework.states import EXECUTED
from service.ledger.filing import merchant_of
from service.normalization import UNNAMED, key

_SAME: Final = tuple(name.rpartition(".")[2] for name in LINE_FACTS[:3])  # quantity, price and amount paid of a line

Json = dict[str, Any]


def payments_of(pack: Pack, earlier: Iterable[EarlierDecision], case: Mapping[str, Any]) -> list[Json]:
    """Return earlier payments as a case states them; a line is named if both cases state the same order lines."""
    return [entry for one in earlier for entry in _entries(pack, one, case)]


def stated(case: Mapping[str, Any], payments: Sequence[Json]) -> Mapping[str, Any]:
    """Return a case with payments from the ledger, and with those that only its sender knows."""
    own = [entry for entry in case.get(PAID_BEFORE) or () if "decision" not in entry]
    if not own and not payments:
        return {name: value for name, value in case.items() if name != PAID_BEFORE}
    return {**case, PAID_BEFORE: [*payments, *own]}


def given(case: Mapping[str, Any]) -> list[Json]:
    """Return the payments that a case states, without empty ones; goods count without an amount."""
    return [entry for entry in case.get(PAID_BEFORE) or () if entry["amount_fen"] or entry.get("item") in IN_KIND]


def refunded_in(case: Mapping[str, Any]) -> int:
    """Return the refunds of an order as its case states them, by sum or by payments: what settling deducts."""
    fen = (case.get("order") or {}).get("refunded_fen")
    return max(fen if isinstance(fen, int) else 0, refunded(read_payments(case)))


def subjects_of(pack: Pack, kept: Json) -> list[Subject]:
    """Return the subject of each issue of a decision."""
    issues = kept["recommendation"]["issues"]
    return [
        Subject(issue["line"] or "", str(issue["kind"] or ""), _cause(pack, kept, at), _ground(issue))
        for at, issue in enumerate(issues)
    ]


def meeting(pack: Pack, kept: Json, payments: Sequence[Json]) -> list[Json]:
    """Return the payments that may be for a line and a cause of a decision."""
    subjects = subjects_of(pack, kept) or [ANYTHING]
    read = read_payments({PAID_BEFORE: payments})
    return [dict(one.entry) for one in read if any(subject.meets(one) for subject in subjects)]


def least_paid(line: str, cases: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the lowest price of a line in some cases; None if the first case does not state it."""
    stated_costs = [
        [one.get("paid_fen") for one in _lines(case) if key(str(one.get("id"))) == key(line)] for case in cases
    ]
    known = [[cost for cost in costs if isinstance(cost, int)] for costs in stated_costs]
    return min(cost for costs in known for cost in costs) if known[0] else None


def _entries(pack: Pack, earlier: EarlierDecision, case: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the payments of one earlier decision."""
    row, kept = earlier.row, earlier.kept
    facts = _facts(row, merchant_of(pack, case))
    subjects = [ANYTHING] if kept is None else _subjects_now(pack, row, kept, case)
    for issue, item, fen in earlier.parts:
        named = _named(subjects[issue]) | ({"item": item} if item else {})
        yield named | {"amount_fen": fen} | facts


def _facts(row: Row[Any], merchant: str) -> Json:
    """Return who paid, when and in which case; only when, if the caller may not see that case."""
    facts = {"at": row.execution_ended_at if row.execution_state == EXECUTED else None, "decision": row.id}
    if key(merchant) in (UNNAMED, row.merchant_key):  # a case without a merchant is hidden from bound keys
        facts |= {"by": row.execution_claimed_by, "case_no": row.case_no, "reference": row.execution_reference}
    return {name: value for name, value in facts.items() if value is not None}


def _subjects_now(pack: Pack, row: Row[Any], kept: Json, case: Mapping[str, Any]) -> list[Subject]:
    """Return the subjects of an earlier decision, in the vocabulary of this pack."""
    own = row.pack == pack.name  # the vocabulary of another pack means nothing here
    return [
        Subject(_line_now(line, kept["case"], case), *(rest if own else ("", "", "")))
        for line, *rest in subjects_of(pack, kept)
    ]


def _named(subject: Subject) -> Json:
    """Return the known parts of a subject."""
    return {name: value for name, value in subject._asdict().items() if value}


def _ground(issue: Json) -> str:
    """Return what the claim of an issue rested on; empty in a decision that does not say."""
    return str((issue.get("ground") or {}).get("value") or "")


def _cause(pack: Pack, kept: Json, issue: int) -> str:
    """Return the cause that was found for an issue."""
    name = pack.filed_under.get("cause", "")
    found = kept["findings"][issue] if issue < len(kept["findings"]) else {"answers": {}, "facts": {}}
    return str(found["answers"].get(name) or found["facts"].get(name) or "")


def _line_now(line: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the id of an earlier case's line in this case; empty unless both state the same order lines."""
    one, two = (_terms(case) for case in (before, now))
    ids = {key(str(found.get("id"))): str(found.get("id")) for found in _lines(now)}
    return ids.get(key(line), "") if one == two and len(one) == len(ids) else ""


def _terms(case: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the lines of an order as a case states them: id, quantity, price and amount paid."""
    return sorted((key(str(one.get("id"))), *(str(one.get(name)) for name in _SAME)) for one in _lines(case))


def _lines(case: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (case.get("order") or {}).get("lines") or ()
