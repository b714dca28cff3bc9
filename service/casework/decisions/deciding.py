"""Decide a case and record the decision, with its number, earlier payments of its order, and who may carry it out.

A case is numbered, decided and recorded, in this order. Deciding needs no ledger and holds no lock, so other processes
can do it, as in `batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from service.auth import Caller, caller_of
from service.casework.context import CaseContext
from service.casework.decisions.recording import COMPLAINT, DecidedCase, Json, Recorded, record
from service.casework.limits.holds import EXECUTED, OF_ASKING, PAID, asking, refunded
from service.casework.payments.earlier import given_before
from service.casework.payments.paid_before import payments_of, stated
from service.casework.recorded import decision_payload
from service.errors import DomainError
from service.ledger.filing import filed, merchant_of, path_of
from service.ledger.numbers import Numbers
from service.ledger.store import Writer
from service.ledger.tables import CASES, DECISIONS
from service.packs import Ready
from service.privacy.masking import masked

NUMBERS: Final = Numbers(OF_ASKING, PAID, EXECUTED)
REFUNDED: Final = ("order", "refunded_fen")  # the fact of the contract that settling deducts


@dataclass(frozen=True, slots=True)
class NumberedCase:
    """A case with its number, and `before`: what the ledger has refunded of its order."""

    number: str
    before: int
    case: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of deciding a case: for the caller, and for the ledger, which may keep less personal data."""

    recommendation: Json
    case: Mapping[str, Any]
    kept: Json
    findings: Sequence[Json]
    steps: int = 0

    def of(self, numbered: NumberedCase, because: str = COMPLAINT, event: Json | None = None) -> DecidedCase:
        """Return the decided case to record."""
        return DecidedCase(numbered.number, numbered.before, self.case, self.kept, self.findings, because, event)


def decide(
    context: CaseContext,
    case: Mapping[str, Any],
    by: Caller | str,
    *,
    because: str = COMPLAINT,
    event: Json | None = None,
    case_no: str | None = None,
    first: Callable[[Writer], None] = lambda _: None,
) -> Recorded:
    """Decide a valid case and record it: a new case, or the next decision of an existing one.

    `case_no` names the case if the pack has no fact for its number. `first` writes before the decision in the same
    transaction; it raises DomainError if the case has changed since it was read.
    Raises DomainError if the case names one of our numbers that was never given, or another order than its number, or
    if an approval is pending that the caller may not void. A case outside the sight of the context counts as unknown.
    """
    caller = caller_of(by)
    (numbered,) = number_cases(context, [case], case_no)
    if isinstance(numbered, DomainError):
        raise numbered
    result = decide_case(context.ready, context.settings.personal, numbered.case)
    with context.ledger.writing(caller.name) as writer:
        first(writer)
        (recorded,) = record(context, writer, [result.of(numbered, because, event)], caller)
    return replace(recorded, recommendation=result.recommendation)


def number_cases(
    context: CaseContext, cases: Sequence[Mapping[str, Any]], case_no: str | None = None
) -> list[NumberedCase | DomainError]:
    """Add to each case its number and earlier payments of its order; a DomainError if it is refused."""
    dated = [context.ready.dated(case, context.clock) for case in cases]
    with context.ledger.counting() as connection:
        new = _counted(context, connection, [case for case in dated if _is_new(context, case, case_no)])
        return [_numbered(context, connection, case, case_no, new) for case in dated]


def decide_case(ready: Ready, personal: str, case: Mapping[str, Any]) -> CaseResult:
    """Decide a case, and again as the ledger keeps it if that is different; this needs no ledger."""
    decision = ready.decider.decision(case)
    kept = masked(case, ready.pack, personal)
    stored = decision if kept is case else decision.with_carried_facts(kept)
    return CaseResult(decision.recommendation, kept, stored.recommendation, stored.findings(), decision.steps)


def find_decision(context: CaseContext, decision_id: str) -> Json | None:
    """Return a recorded decision, or None. Raises DomainError if it was erased or has changed since."""
    with context.ledger.reading() as connection:
        found = decision_in(connection, decision_id)
    return None if found is None else as_recorded(context, *found)


def decision_in(connection: Connection, decision_id: str) -> tuple[Row[Any], Json] | None:
    """Return the row and the payload of a decision, or None. Raises DomainError if it was erased or changed."""
    row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision_id)).first()
    if row is None:
        return None
    kept = decision_payload(connection, row)
    if kept is None:
        raise DomainError("erased", decision_id)
    return row, kept


def as_recorded(context: CaseContext, row: Row[Any], kept: Json) -> Json:
    """Return a decision as it was recorded, from its row and its payload."""
    found = Recorded(
        row.id,
        row.case_no,
        row.follows,
        row.because,
        row.at,
        row.by,
        row.mode,
        tuple(kept["held"]),
        row.digest,
        kept["recommendation"],
        context.ready.pack,
    )
    standing = {"state": row.state, "pack": row.pack, "pack_digest": row.pack_digest}
    return found.as_recorded() | standing | {"case": kept["case"], "findings": kept["findings"]}


def _is_new(context: CaseContext, case: Mapping[str, Any], case_no: str | None) -> bool:
    """Return whether a case gets a number: it is seen, and has none."""
    return (
        context.sight.decides(context.ready.pack, case)
        and (case_no or filed(context.ready.pack, "number", case)) is None
    )


def _counted(
    context: CaseContext, connection: Connection, cases: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield for each new case its number, what executions refunded of its order, and whether there are any."""
    for day, some in groupby(cases, partial(_day, context)):
        items = [asking(*_order_of(context, case)) for case in some]
        yield from NUMBERS.next(connection, context.settings.case_prefix, day, items)


def _order_of(context: CaseContext, case: Mapping[str, Any]) -> tuple[str, str]:
    """Return whose the order of a case is, and its number."""
    return merchant_of(context.ready.pack, case), filed(context.ready.pack, "order", case) or ""


def _numbered(
    context: CaseContext,
    connection: Connection,
    case: Mapping[str, Any],
    case_no: str | None,
    new: Iterator[tuple[str, tuple[Any, ...]]],
) -> NumberedCase | DomainError:
    pack = context.ready.pack
    if not context.sight.decides(pack, case):
        return DomainError("other_merchant", merchant_of(pack, case))
    order, given = filed(pack, "order", case), case_no or filed(pack, "number", case)
    prefix, whose = context.settings.case_prefix, _order_of(context, case)
    held = True
    if given is None:
        name, (paid, held) = next(new)
    elif case_no is None and given.startswith(f"{prefix}-") and not _is_known(connection, given):
        return DomainError("no_case", given)
    else:
        name, paid = given, refunded(connection, *whose)
    before = 0 if order is None else int(paid)
    earlier = given_before(connection, name, whose[0], order) if held else []
    payments = payments_of(pack, [one for one in earlier if one.moved], case)
    named = _with(stated(case, payments), path_of(pack, "number"), name)
    return NumberedCase(name, before, _with(named, REFUNDED, before) if before > _refunded(named) else named)


def _is_known(connection: Connection, name: str) -> bool:
    return connection.execute(select(CASES.c.no).where(CASES.c.no == name)).first() is not None


def _day(context: CaseContext, case: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(str(case["at"])).astimezone(context.ready.pack.zone).date().isoformat()


def _refunded(case: Mapping[str, Any]) -> int:
    value = (case.get(REFUNDED[0]) or {}).get(REFUNDED[1])
    return value if isinstance(value, int) else 0


def _with(case: Mapping[str, Any], path: tuple[str, ...] | None, value: Any) -> Mapping[str, Any]:
    """Return a case with another value at a path."""
    if path is None:
        return case
    changed = dict(case)
    part = changed
    for key in path[:-1]:
        part[key] = dict(part.get(key) or {})
        part = part[key]
    part[path[-1]] = value
    return changed
