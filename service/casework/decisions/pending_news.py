"""Facts that arrive while an approval is pending: recorded as events, and decided on after the approval.

A decision would void the approval, which another person has to judge. So only the event is recorded, with its facts;
the approval or refusal then decides the case on them, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from service.auth import Caller
from service.casework.context import CaseContext
from service.casework.decisions.current import CurrentCase, current_case, news
from service.casework.decisions.deciding import NumberedCase, decide_case, number_cases
from service.casework.decisions.facts import INSTANT_OF_DECIDING, case_after_event
from service.casework.decisions.recording import DecidedCase, Recorded, record
from service.casework.payments.paid_before import stated
from service.errors import DomainError
from service.ledger.store import Writer
from service.ledger.tables import CASES, DECISIONS
from service.packs import Ready

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecidedNews:
    """Pending events, and the case decided on them; None if they do not make a valid case."""

    events: tuple[str, ...]
    case: DecidedCase | None


def as_it_stands(current: CurrentCase, ready: Ready) -> Json:
    """Return the latest recorded case with the facts of later events; facts that no longer fit are left out.

    Earlier payments from the ledger are left out too: the next decision reads them again.
    """
    case: Json = {} if current.body is None else dict(stated(current.body["case"], ()))
    for event in current.news:
        changed, faults = case_after_event(event, case, current.case_no, ready)
        case = case if faults else changed
    return {name: value for name, value in case.items() if name != INSTANT_OF_DECIDING}


def decide_news(context: CaseContext, case_no: str) -> DecidedNews:
    """Decide a case on its pending news, without recording anything."""
    with context.ledger.reading() as connection:
        current = current_case(connection, case_no)
    ids = tuple(event["id"] for event in current.news)
    case = as_it_stands(current, context.ready)
    if not ids or context.ready.schema.faults(case):
        return DecidedNews(ids, None)
    (numbered,) = number_cases(context, [case], case_no)
    assert isinstance(numbered, NumberedCase)  # only a number that was never given is refused
    last = {name: current.news[-1][name] for name in ("id", "kind")}
    result = decide_case(context.ready, context.settings.personal, numbered.case)
    return DecidedNews(ids, result.of(numbered, last["kind"], last))


def record_news(
    context: CaseContext, writer: Writer, case_no: str, decided: DecidedNews, by: Caller
) -> Recorded | None:
    """Record the decision on the pending news of a case. Raises DomainError if other news arrived meanwhile."""
    latest = select(DECISIONS).join(CASES, CASES.c.decision == DECISIONS.c.id).where(CASES.c.no == case_no)
    now = news(writer.connection, writer.connection.execute(latest).one())
    if tuple(event["id"] for event in now) != decided.events:
        raise DomainError("busy", case_no)
    if decided.case is None:
        return None
    (recorded,) = record(context, writer, [decided.case], by)
    return recorded
