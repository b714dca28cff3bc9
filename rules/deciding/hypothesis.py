"""Hypotheses about open facts: which issues share one, and what a list holds under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts, IssueFacts
from rules.deciding.tree import Variable
from rules.values.value import OpenList


def with_item(found: Any, item: Any, present: bool) -> OpenList:
    """Return a list that is supposed to hold an item, or to lack it."""
    held, lacking = (found.present, found.lacking) if isinstance(found, OpenList) else (frozenset(), frozenset())
    return OpenList(held | {item}, lacking) if present else OpenList(held, lacking | {item})


def issues_of(pack: Pack, facts: CaseFacts, variable: Variable, first_equal: Sequence[int]) -> Sequence[int]:
    """Return the issues that a hypothesis concerns: all for a fact of the case, those of its line for one of a line.

    A hypothesis about an issue holds for all that are equal to it.
    """
    if variable.issue < 0:
        return range(len(facts.issues))
    name = pack.program.names[variable.slot]
    line = facts.issues[variable.issue].context.line_index
    if line is None or name not in pack.vocabulary.facts or pack.vocabulary.scope(name) != "line":
        return [issue.number for issue in facts.issues if first_equal[issue.number] == first_equal[variable.issue]]
    return [issue.number for issue in facts.issues if issue.context.line_index == line]


def first_of_equals(facts: CaseFacts) -> tuple[int, ...]:
    """Return for each issue the number of the first one that states the same."""
    firsts: list[IssueFacts] = []
    found: list[int] = []
    for issue in facts.issues:
        first = next((one for one in firsts if one.frame == issue.frame and one.context == issue.context), issue)
        if first is issue:
            firsts.append(issue)
        found.append(first.number)
    return tuple(found)
