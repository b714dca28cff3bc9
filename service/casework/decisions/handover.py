"""Hand a decision from a machine to a person, or from a person to one with more say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from rules.language.contract import AUTOMATIC, ROLES
from service.casework.states import UNDER_WAY
from service.ledger.store import Writer
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS


def request_person(writer: Writer, case_no: str, decision: str) -> dict[str, Any]:
    """Give a case to a person because the customer asks for one (PIPL 24), and tell what became of its decision.

    What a machine has carried out, or is about to, cannot be taken from it: a person looks at it afterwards.
    """
    writer.connection.execute(update(CASES).where(CASES.c.no == case_no).values(person_at=writer.at))
    return hand_over(writer, decision)


def hand_over(writer: Writer, decision: str) -> dict[str, Any]:
    """Give an automatic decision to a person, and tell since when he has it: now, before, or once it is carried out."""
    connection = writer.connection
    mode = connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode not in AUTOMATIC:
        return {"person": "has_it_already", "mode": mode}
    execution = execution_state(connection, decision)
    if execution in UNDER_WAY:
        _set(connection, decision, drawn=True, reviewed_at=None)
        return {"person": "looks_afterwards", "mode": mode, "execution": execution}
    _set(connection, decision, mode=ROLES[0])
    return {"person": "has_it_now", "mode": ROLES[0]}


def raise_level(writer: Writer, decision: str, least: str | None = None) -> str | None:
    """Give a decision to the next level, or to `least` where that is higher, and return it.

    None where nothing can change: it stands at the highest, or a machine has carried it out or is about to.
    """
    mode = writer.connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode in AUTOMATIC and execution_state(writer.connection, decision) in UNDER_WAY:
        return None
    raised = max(above(mode), least or ROLES[0], key=ROLES.index)
    if raised == mode:
        return None
    _set(writer.connection, decision, mode=raised)
    return raised


def above(mode: str) -> str:
    """Return the level above one; a machine's is that of an agent."""
    return ROLES[min(ROLES.index(mode) + 1, len(ROLES) - 1)] if mode in ROLES else ROLES[0]


def execution_state(connection: Connection, decision: str) -> str | None:
    """Return how far a decision was carried out, or None."""
    return connection.execute(select(EXECUTIONS.c.state).where(EXECUTIONS.c.decision == decision)).scalar()


def _set(connection: Connection, decision: str, **values: Any) -> None:
    connection.execute(update(DECISIONS).where(DECISIONS.c.id == decision).values(values))
