"""Report on rules: those whose decisions people changed, and those that never matched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from rules.compiling.pack import Pack
from service.ledger.tables import DECISIONS, OUTCOMES
from service.reports.naming import rule_title
from service.reports.report import Question, Row

OVERRIDES: Final = ("rule", "label", "decided", "options", "overridden", "more_fen", "less_fen")
NEVER_FIRED: Final = ("rule", "label", "question")
OPTION, OVERRIDE = "option", "override"  # choices of an outcome that change a decision
UNEXPLAINED: Final = frozenset({"say", "clock"})  # answers whose rules are not listed in `why`


class Changes(NamedTuple):
    """The counts of the decisions in which a rule matched."""

    decided: int = 0
    options: int = 0
    overridden: int = 0
    more_fen: int = 0
    less_fen: int = 0

    def plus(self, other: Changes) -> Changes:
        """Return the sums of both."""
        return Changes(*(one + more for one, more in zip(self, other, strict=True)))


def overrides(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield the rules of changed decisions, those overridden most often first."""
    found: dict[tuple[str, str], Changes] = defaultdict(Changes)
    for row in connection.execute(_changed(asked)):
        changes = Changes(*(int(row._mapping[name]) for name in Changes._fields))
        for rule in row.rules.split():
            key = (asked.period.key(row.day), rule)
            found[key] = found[key].plus(changes)
    changed = [key for key, sums in found.items() if sums.options or sums.overridden]
    for period, rule in sorted(changed, key=lambda key: (key[0], -found[key].overridden, -found[key].options, key[1])):
        named = {"period": period, "rule": rule, "label": rule_title(asked.words, rule)}
        yield {**named, **found[period, rule]._asdict()}


def never_fired(connection: Connection, asked: Question) -> Iterator[Row]:
    """Yield the rules of the pack in use that matched in no decision of the period."""
    spoke = select(DECISIONS.c.rules).where(*asked.days()).distinct()
    fired = {rule for rules in connection.execute(spoke).scalars() for rule in rules.split()}
    asks = {policy.name: asked.words.pick(policy.asks) for policy in asked.words.pack.policies}
    for rule in _explained(asked.words.pack):
        if rule not in fired:
            policy = rule.partition("/")[0]
            yield {"rule": rule, "label": rule_title(asked.words, rule), "question": asks[policy]}


def _explained(pack: Pack) -> Iterator[str]:
    """Yield the rules that are listed in `why`: those that answer more than words and deadlines."""
    for policy in pack.policies:
        for rule in policy.rules:
            if not rule.then.keys() <= UNEXPLAINED:
                yield f"{policy.name}/{rule.id}"


def _changed(asked: Question) -> Any:
    """Return the query that counts decisions by day and matched rules, with their outcomes."""
    more = OUTCOMES.c.total_fen - DECISIONS.c.total_fen
    changed = OUTCOMES.c.way.in_((OPTION, OVERRIDE))
    return (
        select(
            DECISIONS.c.day,
            DECISIONS.c.rules,
            func.count().label("decided"),
            _sum(OUTCOMES.c.way == OPTION, 1).label("options"),
            _sum(OUTCOMES.c.way == OVERRIDE, 1).label("overridden"),
            _sum(changed & (more > 0), more).label("more_fen"),
            _sum(changed & (more < 0), -more).label("less_fen"),
        )
        .outerjoin(OUTCOMES, OUTCOMES.c.decision == DECISIONS.c.id)
        .where(*asked.days())
        .group_by(DECISIONS.c.day, DECISIONS.c.rules)
    )


def _sum(where: ColumnElement[bool], value: Any) -> Any:
    return func.sum(case((where, value), else_=0))
