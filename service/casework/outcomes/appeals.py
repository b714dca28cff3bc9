"""Appeal against a decision: the case is decided again, for a role above the one that decided before."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.current import current_case
from service.casework.decisions.deciding import decide
from service.casework.decisions.pending_news import as_it_stands
from service.casework.decisions.recording import Recorded
from service.casework.limits.required_role import APPEAL
from service.casework.outcomes.outcomes import decision_to_act_on
from service.casework.outcomes.preconditions import latest_decision
from service.casework.projection.projector import apply
from service.casework.projection.row_changes import before_of
from service.casework.states import next_state
from service.errors import DomainError
from service.ledger.changes import write
from service.ledger.filing import filed
from service.ledger.store import Writer

PARTIES: Final = ("customer", "merchant")  # who may appeal

Json = dict[str, Any]


def appeal(
    context: CaseContext, decision_id: str, statement: Json, case: Mapping[str, Any] | None, caller: Caller
) -> Recorded:
    """Record an appeal and decide the case again, for a higher role and never automatically. Raises DomainError.

    `statement` says who appeals, on what grounds and with what evidence. `case` is the whole case with changed facts;
    without it the recorded case is decided, so that names and contacts are masked in the words too.
    """
    kept = decision_to_act_on(context, decision_id)
    if case is None:
        case = _current_case(context, kept["case_no"])
    else:
        _refuse_another_number(context, case, kept["case_no"])
    statement = context.mask(statement, case)
    first = partial(_record, decision_id=decision_id, statement=statement)
    return decide(context, case, caller, because=APPEAL, event=statement, case_no=kept["case_no"], first=first)


def _current_case(context: CaseContext, case_no: str) -> Json:
    """Return the current case, with the facts of events since it was decided."""
    with context.ledger.reading() as connection:
        current = current_case(connection, case_no)
    return as_it_stands(current, context.ready)


def _refuse_another_number(context: CaseContext, case: Mapping[str, Any], case_no: str) -> None:
    """Refuse a case with another number; another order is refused when the decision is recorded."""
    given = filed(context.ready.pack, "number", case)
    if given not in (None, case_no):
        raise DomainError("other_case", str(given), case_no)


def _record(writer: Writer, decision_id: str, statement: Json) -> None:
    """Record the appeal, if the decision is still the latest of its case."""
    decision = latest_decision(writer.connection, decision_id)
    before = before_of(writer.connection, decision.case_no)
    next_state(str(before.state), "appealed")
    entry = writer.append(APPEAL, statement, case_no=decision.case_no, about=decision_id)
    write(writer, apply(entry, statement, before))
