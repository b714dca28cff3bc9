"""Take outcomes of decisions, and look at what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from service.api.schemas.outcomes import OutcomeChoice
from service.auth import Caller
from service.casework.choices import Choice
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, find_decision
from service.casework.outcomes import outcomes
from service.errors import DomainError
from service.ledger.tables import CASES, ENTRIES
from tests.support.people import ANN

ACCEPTED = Choice("accepted")
WORDS = {"by": "customer", "grounds": "The box was crushed"}


def read(body: dict[str, Any]) -> Choice:
    """Return what the body of a request says is to be done with a decision."""
    choice: Choice = OutcomeChoice().load(body)
    return choice


def take(context: CaseContext, decision: Recorded, choice: Choice | Any, caller: Caller = ANN) -> dict[str, Any]:
    return outcomes.take(context, decision.id, choice if isinstance(choice, Choice) else read(choice), caller)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as error:
        act()
    code: str = error.value.code
    return code


def state_of(context: CaseContext, decision: Recorded) -> tuple[str, str]:
    """Return the states of a decision and of its case."""
    found = find_decision(context, decision.id)
    assert found is not None
    with context.ledger.reading() as connection:
        case = connection.execute(select(CASES.c.state).where(CASES.c.no == decision.case_no)).scalar_one()
    return found["state"], case


def kinds(context: CaseContext) -> list[str]:
    with context.ledger.reading() as connection:
        return list(connection.execute(select(ENTRIES.c.kind).order_by(ENTRIES.c.seq)).scalars())


def count(context: CaseContext, table: Any) -> int:
    with context.ledger.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of it at once and return what came of each: an answer, or the code of a refusal."""
    found: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(at: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[at] = act()
        except DomainError as error:
            found[at] = error.code

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
