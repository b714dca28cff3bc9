"""What the tests of machines share: a case that a machine may carry out, and who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from threading import Barrier
from typing import Any

import orjson
from sqlalchemy import select

from service.auth import GRANTED, Caller
from service.casework.context import CaseContext
from service.casework.decisions import deciding
from service.casework.decisions.recording import Recorded
from service.casework.executions import claims
from service.casework.limits.budgets import Limit, set_limit
from service.errors import DomainError
from service.ledger.store import Ledger
from service.ledger.tables import DECISIONS, EXECUTED_LINES, EXECUTIONS, SPENT
from service.validation.case_file import read_case
from tests.support.places import CN

FILE = CN / "cases" / "storm-delay.yaml"
GIVES = 2560  # fen, twenty per cent of 128.00
MACHINE = Caller("till", "back_end", frozenset(GRANTED["back_end"]))
OTHER = Caller("bot", "back_end", frozenset(GRANTED["back_end"]))
PERSON = Caller("wang", "lead", frozenset(GRANTED["lead"]))
ADMIN = Caller("root", "admin", frozenset(GRANTED["admin"]))


def storm(number: object = 1, **changes: Any) -> dict[str, Any]:
    """Return a case of a customer and an order of their own; `changes` are by path: order__no, customer__id."""
    case: dict[str, Any] = deepcopy(_read())
    case["order"]["no"], case["customer"]["id"], case["merchant"] = f"A-{number}", f"c-{number}", {"id": "Shop One"}
    for path, value in changes.items():
        *keys, last = path.split("__")
        part = case
        for key in keys:
            part = part[key]
        if value is None:
            del part[last]
        else:
            part[last] = value
    return case


def two_lines(number: object, line: str) -> dict[str, Any]:
    """Return a case about one of two lines of an order."""
    case = storm(number)
    (first,) = case["order"]["lines"]
    case["order"]["lines"] = [first, {**first, "id": "2"}]
    case["issues"][0]["line"] = line
    return case


def decided(context: CaseContext, case: dict[str, Any]) -> Recorded:
    return deciding.decide(context, case, MACHINE.name)


def automatic(context: CaseContext, case: dict[str, Any]) -> str:
    """Decide a case that a machine may carry out, and return the decision's id."""
    found = decided(context, case)
    assert (found.mode, found.held) == ("auto", ())
    return found.id


def refusal(act: Callable[[], Any]) -> tuple[str, tuple[str, ...]]:
    """Return how something was refused: its code and reasons."""
    try:
        found = act()
    except DomainError as refused:
        return refused.code, refused.reasons
    raise AssertionError(f"not refused: {found}")


def not_claimed(context: CaseContext, decision: str, by: Caller = MACHINE) -> tuple[str, ...]:
    """Return the reasons why a claim went to a person."""
    code, reasons = refusal(lambda: claims.claim(context, decision, by.name))
    assert code == "not_for_machines"
    return reasons


def bound(ledger: Ledger, scope: str, name: str, most: int, most_fen: int) -> None:
    with ledger.writing(ADMIN.name) as writer:
        set_limit(writer, scope, name, Limit(most, most_fen))


def standing(ledger: Ledger, decision: str) -> tuple[str, str]:
    """Return a decision's mode and state."""
    with ledger.reading() as connection:
        row = connection.execute(select(DECISIONS).where(DECISIONS.c.id == decision)).one()
    return row.mode, row.state


def executions(ledger: Ledger) -> dict[str, str]:
    """Return the state of every execution by decision."""
    with ledger.reading() as connection:
        return {row.decision: row.state for row in connection.execute(select(EXECUTIONS))}


def held(ledger: Ledger) -> list[tuple[str, str, int]]:
    """Return the lines that are held, each with its decision and what is refunded."""
    with ledger.reading() as connection:
        return sorted((row.decision, row.line, row.refund_fen) for row in connection.execute(select(EXECUTED_LINES)))


def spent(ledger: Ledger) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how often and how much was taken of each budget."""
    with ledger.reading() as connection:
        return {(row.scope, row.name): (row.many, row.fen) for row in connection.execute(select(SPENT))}


def at_once(acts: Iterable[Callable[[], Any]]) -> list[Any]:
    """Do things in threads that begin together, and return what each gave, or the codes of how it was refused."""
    todo = list(acts)
    start = Barrier(len(todo))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except DomainError as refused:
            return (refused.code, *refused.reasons)

    with ThreadPoolExecutor(len(todo)) as pool:
        return list(pool.map(run, todo))


def _read() -> dict[str, Any]:
    read, faults = read_case(str(FILE), FILE.read_bytes(), "en")
    assert read is not None, faults
    case: dict[str, Any] = orjson.loads(orjson.dumps(read.case, default=str))
    return case
