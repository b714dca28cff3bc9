"""Which cases a caller sees: those of the merchants that its key is bound to, or those in which it acted itself.

What is not seen does not exist for the caller. Every statement that lists cases, decisions or entries carries one of
the conditions here, and whoever names a single case or decision is checked before anything else is looked at.
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
    """The cases of some merchants, by the keys of their names, in which somebody acted; None does not narrow them."""

    merchants: frozenset[str] | None = None
    by: str | None = None  # who decided in them, or executed

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is hidden."""
        return self.merchants is None and self.by is None

    def decides(self, pack: Pack, case: Mapping[str, Any]) -> bool:
        """Return whether a case that is sent is of a merchant that is seen; one that names none is not."""
        return self.merchants is None or key(merchant_of(pack, case)) in self.merchants

    def cases(self, *, filtered: bool = False) -> Conditions:
        """Return what holds of the cases that are seen; `filtered` where a filter leads through an index of its own."""
        return [*self._of_merchants(CASES, filtered), *self._acted(CASES.c.no)]

    def decisions(self, decisions: FromClause = DECISIONS, *, filtered: bool = False) -> Conditions:
        """Return what holds of the decisions that are seen; `filtered` as for cases."""
        return [*self._of_merchants(decisions, filtered), *self._acted(decisions.c.case_no)]

    def about_cases(self, case_no: ColumnElement[Any]) -> Conditions:
        """Return what holds of rows about the cases that are seen, by the column that names the case."""
        return [] if self.is_whole else [case_no.in_(select(CASES.c.no).where(*self.cases()))]

    def sees_case(self, connection: Connection, number: str) -> bool:
        """Return whether there is such a case among those that are seen."""
        return connection.execute(select(CASES.c.no).where(CASES.c.no == number, *self.cases())).first() is not None

    def sees_decision(self, connection: Connection, id: str) -> bool:
        """Return whether there is such a decision among those that are seen."""
        found = select(DECISIONS.c.id).where(DECISIONS.c.id == id, *self.decisions())
        return connection.execute(found).first() is not None

    def hidden(self, connection: Connection, names: Iterable[str]) -> set[str]:
        """Return those of some names that are the ids or numbers of what there is and is not seen."""
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
        merchant = func.coalesce(table.c.merchant_key, "") if filtered else table.c.merchant_key  # led by no index
        if len(self.merchants) == 1:  # an equation, for then the index gives them in their order
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
    """Return the sight of a key bound to merchants, however they are spelled; None is bound to none."""
    return Sight(None if names is None else frozenset(map(key, names)) - {UNNAMED}, by)
