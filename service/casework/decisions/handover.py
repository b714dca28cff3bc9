"""Hand a decision from a machine to a person, or from a person to one with more say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from rules.language.contract import AUTOMATIC, ROLES
from service.casework.states import UNDER_WAY
from service.ledger.tables import DECISIONS, EXECUTIONS


def hand_over(connection: Connection, decision: str) -> dict[str, Any]:
    """Return what an entry records of a decision that goes to a person, as where the customer asks for one (PIPL 24).

    He has it now, or before, or he looks afterwards at what a machine has carried out or is about to.
    """
    mode = connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode not in AUTOMATIC:
        return {"person": "has_it_already", "mode": mode}
    execution = execution_state(connection, decision)
    if execution in UNDER_WAY:
        return {"person": "looks_afterwards", "mode": mode, "execution": execution}
    return {"person": "has_it_now", "mode": ROLES[0]}


def next_level(connection: Connection, decision: str, least: str | None = None) -> str | None:
    """Return the next level for a decision, or `least` where that is higher.

    None where nothing can change: it stands at the highest, or a machine has carried it out or is about to.
    """
    mode = connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode in AUTOMATIC and execution_state(connection, decision) in UNDER_WAY:
        return None
    raised = max(role_above(mode), least or ROLES[0], key=ROLES.index)
    return None if raised == mode else raised


def role_above(mode: str) -> str:
    """Return the level above one; a machine's is that of an agent."""
    return ROLES[min(ROLES.index(mode) + 1, len(ROLES) - 1)] if mode in ROLES else ROLES[0]


def execution_state(connection: Connection, decision: str) -> str | None:
    """Return how far a decision was carried out, or None."""
    return connection.execute(select(EXECUTIONS.c.state).where(EXECUTIONS.c.decision == decision)).scalar()
