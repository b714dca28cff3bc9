"""What earlier decisions gave, as a case states it: for which line and cause, when, by whom, how much.

What cannot be read any more counts for any line and cause, so that nothing is given twice for want of a record.
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
    """Return what earlier decisions gave, as a case states it; a line is named where both state the order alike."""
    return [entry for one in earlier for entry in _entries(pack, one, case)]


def stated(case: Mapping[str, Any], payments: Sequence[Json]) -> Mapping[str, Any]:
    """Return a case with the payments that the ledger knows, beside those that only its sender knows."""
    own = [entry for entry in case.get(PAID_BEFORE) or () if "decision" not in entry]
    if not own and not payments:
        return {name: value for name, value in case.items() if name != PAID_BEFORE}
    return {**case, PAID_BEFORE: [*payments, *own]}


def given(case: Mapping[str, Any]) -> list[Json]:
    """Return the payments that a case states; an amount of nothing is none, unless goods were given."""
    return [entry for entry in case.get(PAID_BEFORE) or () if entry["amount_fen"] or entry.get("item") in IN_KIND]


def refunded_in(case: Mapping[str, Any]) -> int:
    """Return what was refunded of an order by what its case says, in the sum or in payments: as settling takes it."""
    fen = (case.get("order") or {}).get("refunded_fen")
    return max(fen if isinstance(fen, int) else 0, refunded(read_payments(case)))


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


def _entries(pack: Pack, earlier: EarlierDecision, case: Mapping[str, Any]) -> Iterator[Json]:
    """Yield what one earlier decision gave."""
    row, kept = earlier.row, earlier.kept
    facts = _facts(row, merchant_of(pack, case))
    subjects = [ANYTHING] if kept is None else _subjects_now(pack, row, kept, case)
    for issue, item, fen in earlier.parts:
        named = _named(subjects[issue]) | ({"item": item} if item else {})
        yield named | {"amount_fen": fen} | facts


def _facts(row: Row[Any], merchant: str) -> Json:
    """Return by whom, when and in which case it was given; a caller who may not see that case learns only when."""
    facts = {"at": row.execution_ended_at if row.execution_state == EXECUTED else None, "decision": row.id}
    if key(merchant) in (UNNAMED, row.merchant_key):  # a case of no merchant is seen by no key that is bound
        facts |= {"by": row.execution_claimed_by, "case_no": row.case_no, "reference": row.execution_reference}
    return {name: value for name, value in facts.items() if value is not None}


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


def _cause(pack: Pack, kept: Json, issue: int) -> str:
    """Return the cause that was found of an issue, under which the pack files it."""
    name = pack.filed_under.get("cause", "")
    found = kept["findings"][issue] if issue < len(kept["findings"]) else {"answers": {}, "facts": {}}
    return str(found["answers"].get(name) or found["facts"].get(name) or "")


def _line_now(line: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return the id in a case of a line of an earlier case; empty unless both state the lines of the order alike."""
    one, two = (_told(case) for case in (before, now))
    ids = {key(str(found.get("id"))): str(found.get("id")) for found in _lines(now)}
    return ids.get(key(line), "") if one == two and len(one) == len(ids) else ""


def _told(case: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return how a case states the lines of its order: the id of each, how many, and what they cost."""
    return sorted((key(str(one.get("id"))), *(str(one.get(name)) for name in _SAME)) for one in _lines(case))


def _lines(case: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (case.get("order") or {}).get("lines") or ()
