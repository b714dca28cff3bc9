"""The cases that a caller sees: those of the merchants that its key is bound to, or those in which it acted itself.

Other cases do not exist for the caller. Every statement that lists cases, decisions or entries carries one of the
conditions below, and access to a single case or decision is checked before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, func, select, union

from rules.compiling.pack import Pack
from service.ledger.filing import merchant_of
from service.ledger.tables import CASES, DECISIONS, EXECUTIONS
from service.normalization import UNNAMED, key

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Sight:
    """The cases of some merchants, by the keys of their names, in which one caller acted; None means no restriction."""

    merchants: frozenset[str] | None = None
    by: str | None = None  # the caller who decided or executed in them

    @property
    def is_whole(self) -> bool:
        """Check that no case is hidden."""
        return self.merchants is None and self.by is None

    def decides(self, pack: Pack, case: Mapping[str, Any]) -> bool:
        """Check that a case to decide belongs to a visible merchant; a case without a merchant does not."""
        return self.merchants is None or key(merchant_of(pack, case)) in self.merchants

    def cases(self, *, filtered: bool = False) -> Conditions:
        """Return the conditions on visible cases; `filtered` if a filter uses its own index."""
        return [*self._of_merchants(CASES, filtered), *self._acted(CASES.c.no)]

    def decisions(self, decisions: FromClause = DECISIONS, *, filtered: bool = False) -> Conditions:
        """Return the conditions on visible decisions; `filtered` as for cases."""
        return [*self._of_merchants(decisions, filtered), *self._acted(decisions.c.case_no)]

    def about_cases(self, case_no: ColumnElement[Any]) -> Conditions:
        """Return the conditions on rows of visible cases, by the column of the case number."""
        return [] if self.is_whole else [case_no.in_(select(CASES.c.no).where(*self.cases()))]

    def sees_case(self, connection: Connection, number: str) -> bool:
        """Check that a case exists and is visible."""
        return connection.execute(select(CASES.c.no).where(CASES.c.no == number, *self.cases())).first() is not None

    def sees_decision(self, connection: Connection, id: str) -> bool:
        """Check that a decision exists and is visible."""
        found = select(DECISIONS.c.id).where(DECISIONS.c.id == id, *self.decisions())
        return connection.execute(found).first() is not None

    def hidden(self, connection: Connection, names: Iterable[str]) -> set[str]:
        """Return those of some names that are the numbers or ids of hidden cases and decisions."""
        wanted = set(names)
        if self.is_whole or not wanted:
            return set()
        found: set[str] = set()
        for id, seen in ((CASES.c.no, self.cases()), (DECISIONS.c.id, self.decisions())):
            known = connection.execute(select(id).where(id.in_(wanted))).scalars().all()
            found |= {*known} - {*connection.execute(select(id).where(id.in_(known), *seen)).scalars()}
        return found

    def _of_merchants(self, table: FromClause, filtered: bool) -> Conditions:
        if self.merchants is None:
            return []
        merchant = func.coalesce(table.c.merchant_key, "") if filtered else table.c.merchant_key  # not by the index
        if len(self.merchants) == 1:  # with an equation the index returns the rows in order
            return [merchant == next(iter(self.merchants))]
        return [merchant.in_(sorted(self.merchants))]

    def _acted(self, number: ColumnElement[Any]) -> Conditions:
        if self.by is None:
            return []
        own = DECISIONS.alias("own")
        decided = select(own.c.case_no).where(own.c.by == self.by)
        executed = select(EXECUTIONS.c.case_no).where(EXECUTIONS.c.claimed_by == self.by)
        return [number.in_(union(decided, executed))]


WHOLE: Final = Sight()


def of_merchants(names: Iterable[str] | None, by: str | None) -> Sight:
    """Return the sight of a key that is bound to merchants, in any spelling; None binds it to none."""
    return Sight(None if names is None else frozenset(map(key, names)) - {UNNAMED}, by)
