"""The deadlines of a case: which are open, which an event meets, and which it starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from rules.compiling.pack import Pack
from rules.recommending.deadlines import period_end
from rules.recommending.remedy import WHEN
from service.ledger.store import instant
from service.ledger.tables import CLOCKS

EXECUTION, INSPECTION = "execution", "inspection"  # future moments from which a deadline can count
PAID_BY: Final = WHEN["refund"]  # the deadline of a refund
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Json = dict[str, Any]


def deadlines_of(connection: Connection, case_no: str) -> list[Json]:
    """Return the deadlines of a case, the earliest first."""
    found = select(CLOCKS).where(CLOCKS.c.case_no == case_no).order_by(CLOCKS.c.due_at, CLOCKS.c.name)
    return [as_json(row) for row in connection.execute(found)]


def as_json(row: Row[*tuple[Any, ...]]) -> Json:
    """Return a row as a JSON object."""
    return {str(name): value for name, value in row._mapping.items()}


def starting(known: Iterable[Json], recommendation: Json, pack: Pack, after: str, at: str) -> list[Json]:
    """Return the deadlines of a decision that start at the moment `after`, as an entry records them.

    `known` are the existing deadlines of the case; `at` is when the moment came.
    """
    names = {clock["name"] for clock in known}
    return [
        {"name": clock["name"], "due_at": due, "on_timeout": clock["on_timeout"]}
        for clock in recommendation["clocks"]
        if clock["after"] == after and clock["name"] not in names and (due := _due(pack, clock["within"], at))
    ]


def row(case_no: str, decision: str, deadline: Json) -> Json:
    """Return the row of a new deadline."""
    return {"case_no": case_no, "decision": decision, **deadline, "met_at": None, "escalated_at": None}


def dated(recommendation: Json) -> list[Json]:
    """Return the deadlines of a recommendation that have a date."""
    return [
        {
            "name": clock["name"],
            "due_at": instant(datetime.fromisoformat(clock["at"])),
            "on_timeout": clock["on_timeout"],
        }
        for clock in recommendation["clocks"]
        if clock["at"] is not None
    ]


def waiting(recommendation: Json) -> list[str]:
    """Return the names of the deadlines of a recommendation that count from a future moment."""
    return [clock["name"] for clock in recommendation["clocks"] if clock["at"] is None]


def unknown_names(names: Sequence[str], clocks: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the positions of the names that are no deadline of the case."""
    known = {clock["name"] for clock in clocks}
    return [position for position, name in enumerate(names) if name not in known]


def _due(pack: Pack, within: str | None, at: str) -> str | None:
    """Return the end of a period from an instant; None if its length is unknown."""
    if within is None:
        return None
    count, _, unit = within.partition(" ")
    begins = (datetime.fromisoformat(at) - _EPOCH) // _MICROSECOND
    ends = period_end(pack.calendar, begins, Fraction(count), unit.replace(" ", "_"))
    return None if ends is None else instant(_EPOCH + ends * _MICROSECOND)
