"""Resolve matched rows by the hit policies of DMN: pure functions of the rows in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final, Literal, NamedTuple

from rules.values.value import OPEN, Interval


class HitPolicy(StrEnum):
    """A hit policy by its name in policy files."""

    UNIQUE = "unique"
    ANY = "any"
    PRIORITY = "priority"
    FIRST = "first"
    COLLECT = "collect"
    SUM = "collect sum"
    MIN = "collect min"
    MAX = "collect max"
    COUNT = "collect count"
    RULE_ORDER = "rule order"
    OUTPUT_ORDER = "output order"

    @property
    def lists(self) -> bool:
        """Return whether each answer is a list, empty where no row matches."""
        return self in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)

    @property
    def by_rows(self) -> bool:
        """Return whether the order of rows matters."""
        return self in (HitPolicy.FIRST, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)

    @property
    def aggregates(self) -> bool:
        """Return whether the rows are aggregated to one number of a single output."""
        return self in {HitPolicy.SUM, HitPolicy.MIN, HitPolicy.MAX, HitPolicy.COUNT}

    @property
    def ranks(self) -> bool:
        """Return whether the order of an output's listed values matters."""
        return self in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}


# The hit policies of rules and exceptions, whose order never matters; the others fit tables only.
FOR_RULES: Final = (HitPolicy.ANY, HitPolicy.UNIQUE, HitPolicy.PRIORITY, HitPolicy.COLLECT)


class Row(NamedTuple):
    """A matched row or rule, with one value per output; a value may be open."""

    rule: str
    outputs: tuple[Any, ...]


class Result(NamedTuple):
    """One value per output (a tuple where the hit policy lists), and the rules that determine it.

    The lists of several outputs are parallel: items at the same position come from one row.
    """

    outputs: tuple[Any, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that contradict each other under the hit policy; a person must review."""

    rules: tuple[str, ...]


class _NoMatch(Enum):
    NO_MATCH = "no match"


NO_MATCH: Final = _NoMatch.NO_MATCH
NoMatch = Literal[_NoMatch.NO_MATCH]
Resolution = Result | Conflict | NoMatch
OutputOrders = Sequence[Sequence[str]]


def resolve(hit: HitPolicy, rows: Sequence[Row], orders: OutputOrders = ()) -> Resolution:
    """Return the result of the matched rows, their conflict, or NO_MATCH, where `otherwise` applies.

    `orders` has the values of each output, most important first; an output without values is not ranked.
    An aggregation needs rows of one output with exact numbers.
    """
    return _POLICIES[hit](rows, orders) if rows else NO_MATCH


def _unique(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    return _one(rows[0]) if len(rows) == 1 else Conflict(_names(rows))


def _any(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    columns = tuple(zip(*(row.outputs for row in rows), strict=True))
    if not all(_agree(column) for column in columns):
        return Conflict(_names(rows))
    return Result(tuple(_common(column) for column in columns), _names(rows))


def _agree(column: Iterable[Any]) -> bool:
    known = [value for value in column if not _undecided(value)]
    return all(value == known[0] for value in known)


def _common(column: Sequence[Any]) -> Any:
    """Return the common value; open where one row's value is open, since it may differ."""
    return OPEN if any(map(_undecided, column)) else column[0]


def _priority(rows: Sequence[Row], orders: OutputOrders) -> Resolution:
    best = min(_rank(row, orders) for row in rows)
    return _any([row for row in rows if _rank(row, orders) == best], orders)


def _first(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    return _one(rows[0])


def _rule_order(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    return Result(tuple(zip(*(row.outputs for row in rows), strict=True)), _names(rows))


def _output_order(rows: Sequence[Row], orders: OutputOrders) -> Resolution:
    return _rule_order(sorted(rows, key=lambda row: _rank(row, orders)), orders)


def _count(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    return Result((len(rows),), _names(rows))


def _sum(rows: Sequence[Row], _: OutputOrders) -> Resolution:
    values = _single_output(rows)
    return Result((OPEN if any(map(_undecided, values)) else sum(values),), _names(rows))


def _extreme(choose: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Row], OutputOrders], Resolution]:
    def of(rows: Sequence[Row], _: OutputOrders) -> Resolution:
        values = _single_output(rows)
        if any(map(_undecided, values)):
            return Result((OPEN,), _names(rows))
        chosen = choose(values)
        return Result((chosen,), tuple(row.rule for row in rows if row.outputs[0] == chosen))

    return of


def _one(row: Row) -> Result:
    return Result(row.outputs, (row.rule,))


def _names(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(row.rule for row in rows)


def _single_output(rows: Iterable[Row]) -> list[Any]:
    """Return the values of the single output; DMN aggregates duplicates too: two matched rows of 5 sum to 10."""
    return [value for row in rows for (value,) in (row.outputs,)]


def _rank(row: Row, orders: OutputOrders) -> tuple[int, ...]:
    """Return the rank by output, the first output first; a value that is not listed comes last."""
    ranked = zip(row.outputs, orders, strict=False)
    return tuple(order.index(value) if value in order else len(order) for value, order in ranked)


def _undecided(value: Any) -> bool:
    return value is OPEN or isinstance(value, Interval)


_POLICIES: Final[dict[HitPolicy, Callable[[Sequence[Row], OutputOrders], Resolution]]] = {
    HitPolicy.UNIQUE: _unique,
    HitPolicy.ANY: _any,
    HitPolicy.PRIORITY: _priority,
    HitPolicy.FIRST: _first,
    HitPolicy.COLLECT: _rule_order,  # DMN leaves the order of a collection open; row order is deterministic
    HitPolicy.SUM: _sum,
    HitPolicy.MIN: _extreme(min),
    HitPolicy.MAX: _extreme(max),
    HitPolicy.COUNT: _count,
    HitPolicy.RULE_ORDER: _rule_order,
    HitPolicy.OUTPUT_ORDER: _output_order,
}
