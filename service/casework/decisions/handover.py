"""Hand a decision from a machine to a person, or from a person to a higher role."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from rules.language.contract import AUTOMATIC, ROLES
from service.casework.states import UNDER_WAY
from service.ledger.tables import DECISIONS, EXECUTIONS


def hand_over(connection: Connection, decision: str) -> dict[str, Any]:
    """Return what an entry records about the handover to a person, as when the customer asks for one (PIPL 24).

    The person has the decision now, had it already, or checks afterwards what a machine has carried out or claimed.
    """
    mode = connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode not in AUTOMATIC:
        return {"person": "has_it_already", "mode": mode}
    execution = execution_state(connection, decision)
    if execution in UNDER_WAY:
        return {"person": "looks_afterwards", "mode": mode, "execution": execution}
    return {"person": "has_it_now", "mode": ROLES[0]}


def next_level(connection: Connection, decision: str, least: str | None = None) -> str | None:
    """Return the next role for a decision, or `least` if that is higher.

    None if nothing can change: it has the highest role, or a machine has carried it out or claimed it.
    """
    mode = connection.execute(select(DECISIONS.c.mode).where(DECISIONS.c.id == decision)).scalar_one()
    if mode in AUTOMATIC and execution_state(connection, decision) in UNDER_WAY:
        return None
    raised = max(role_above(mode), least or ROLES[0], key=ROLES.index)
    return None if raised == mode else raised


def role_above(mode: str) -> str:
    """Return the role above one; above a machine is an agent."""
    return ROLES[min(ROLES.index(mode) + 1, len(ROLES) - 1)] if mode in ROLES else ROLES[0]


def execution_state(connection: Connection, decision: str) -> str | None:
    """Return the state of a decision's execution, or None."""
    return connection.execute(select(EXECUTIONS.c.state).where(EXECUTIONS.c.decision == decision)).scalar()
