"""A workspace whose day a test chooses, and cases for its reports."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, update

from service import clock
from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide
from service.ledger.store import Ledger, instant
from service.ledger.tables import CASES, EXECUTIONS, OUTCOMES
from service.packs import Ready
from service.reports import catalog
from service.reports.period import Period
from service.reports.report import Report
from service.settings import Settings
from tests.support.cases import CASE

MONDAY = datetime.fromisoformat("2026-08-10T09:00:00+08:00")


class Office:
    """A case context on a day: what it decides, and what becomes of that."""

    def __init__(self, ready: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ready, self.ledger = ready, ledger
        self.context = CaseContext(ready, ledger, Settings(drawn_percent=0), clock.now)
        self.monkeypatch = monkeypatch
        self.go_to(MONDAY)

    def go_to(self, moment: datetime) -> None:
        """Let it be another instant."""
        self.moment = moment
        self.monkeypatch.setattr(self.ledger, "now", lambda: moment)

    def days_later(self, days: int) -> None:
        self.go_to(self.moment + timedelta(days=days))

    def decide(self, case: dict[str, Any], because: str = "complaint") -> Recorded:
        return decide(self.context, case, "owner", because=because)

    def insert(self, table: Table, **values: Any) -> None:
        with self.ledger.writing("owner") as writer:
            writer.connection.execute(insert(table).values(values))

    def enter(self, kind: str, body: Any, about: Recorded, by: str = "owner") -> None:
        with self.ledger.writing(by) as writer:
            writer.append(kind, body, case_no=about.case_no, about=about.id)

    def change(self, table: Table, where: Any, **values: Any) -> None:
        with self.ledger.writing("owner") as writer:
            writer.connection.execute(update(table).where(where).values(values))

    def end(self, decided: Recorded, state: str = "closed") -> None:
        self.change(CASES, CASES.c.no == decided.case_no, state=state, closed_at=instant(self.moment))

    def outcome(self, decided: Recorded, way: str, total_fen: int) -> None:
        with self.ledger.writing("owner") as writer:
            entry = writer.append("outcome", {"way": way}, case_no=decided.case_no, about=decided.id)
            row = {
                "decision": decided.id,
                "seq": entry.seq,
                "way": way,
                "total_fen": total_fen,
                "by": "a",
                "at": writer.at,
            }
            known = {name: value for name, value in {**row, "role": "agent"}.items() if name in OUTCOMES.c}
            writer.connection.execute(insert(OUTCOMES).values(known))

    def execution(self, decided: Recorded, state: str, total_fen: int) -> None:
        with self.ledger.writing("machine") as writer:
            entry = writer.append(f"execution.{state}", {}, case_no=decided.case_no, about=decided.id)
            row = {
                "decision": decided.id, "case_no": decided.case_no, "state": state, "claimed_by": "machine",
                "claimed_at": writer.at, "confirm_by": writer.at, "total_fen": total_fen, "refund_fen": total_fen,
                "currency": "CNY", "reserved": "[]", "seq": entry.seq,
            }  # fmt: skip
            writer.connection.execute(insert(EXECUTIONS).values({k: v for k, v in row.items() if k in EXECUTIONS.c}))

    def report(
        self, name: str, first: str = "2026-08-01", last: str = "2026-08-31", group: str | None = None, lang: str = "en"
    ) -> Report:
        of = Period(date.fromisoformat(first), date.fromisoformat(last), group)
        return catalog.report(self.context, name, of, lang)


@pytest.fixture
def shop(ready: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(ready, ledger, monkeypatch)


@pytest.fixture
def china(cn: Ready, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(cn, ledger, monkeypatch)


@pytest.fixture
def case() -> Callable[..., dict[str, Any]]:
    """Return what makes a case of the shop: broken for a fifth of 128.00, so a refund of 25.60, or late."""

    def make(kind: str = "broken", ratio: str = "0.20") -> dict[str, Any]:
        made = deepcopy(CASE)
        made["issues"][0] |= {"kind": kind, "spoiled_ratio": ratio}
        return made

    return make


def rows(report: Report, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in report.rows]
