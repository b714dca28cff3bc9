"""Show a recorded decision with its current mode: who may still act on it, and why no machine may."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, select

from rules.language.contract import AUTOMATIC, ROLES
from service.casework.context import CaseContext
from service.casework.decisions.binding import with_binding_mode
from service.casework.decisions.deciding import as_recorded, decision_in
from service.casework.executions.claims import AutomationCheck
from service.casework.limits.required_role import strictest
from service.casework.states import OPEN
from service.ledger.chain import payload_of, with_payloads
from service.ledger.tables import ENTRIES

GOODS: Final = "goods:first"  # temporary: the decision stays with the machines

Json = dict[str, Any]


def show(context: CaseContext, decision_id: str) -> Json | None:
    """Return a recorded decision with its current mode, or None.

    It is automatic only while a machine may claim it, or may once the goods are back. Raises DomainError if it was
    erased or has changed since.
    """
    with context.ledger.reading() as connection:
        found = decision_in(connection, decision_id)
        if found is None:
            return None
        row, kept = found
        look = AutomationCheck(context, connection, row, context.ledger.now())
        held = _held(look, kept)
        mode = strictest(row.mode, ROLES[0] if held else None)
        waits = [GOODS] if mode in AUTOMATIC and look.waits_for_goods(kept) else []
    recommendation = with_binding_mode(kept["recommendation"], mode, [*held, *waits], context.ready.pack)
    return as_recorded(context, row, kept) | {
        "mode": mode,
        "held": held,
        "state": row.state,
        "recommendation": recommendation,
    }


def _held(look: AutomationCheck, kept: Json) -> list[str]:
    """Return why no machine may act on a decision now; if the policies leave it to people, the recorded reasons."""
    row = look.row
    if kept["recommendation"]["automation"]["mode"] not in AUTOMATIC:
        return list(kept["held"])
    found = [*kept["held"], *_refused(look.connection, row)]
    if row.state != OPEN:
        found.append(f"decision:{row.state}")
    elif row.mode in AUTOMATIC:
        found += look.blocking_reasons(kept) or look.exhausted(kept)
    else:
        found += look.automation_guards(kept)
    return list(dict.fromkeys(found))


def _refused(connection: Connection, row: Row[Any]) -> list[str]:
    """Return the reasons recorded when a machine's claim was refused."""
    entries = with_payloads(select(ENTRIES.c.id), ENTRIES.c.seq)
    refused = (ENTRIES.c.about == row.id, ENTRIES.c.kind == "execution.refused")
    bodies = [payload_of(entry) or {} for entry in connection.execute(entries.where(*refused))]
    return [code for body in bodies for code in body.get("reasons", [])]
