"""Order rules and exceptions: each exception follows its rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from rules.text.nodes import Scalar
from rules.text.problem import shown, suggest
from rules.text.reader import Reader

if TYPE_CHECKING:
    from rules.language.rule import Rule

MAX_DEPTH: Final = 40  # levels of exceptions to exceptions; the same as for brackets


@dataclass(slots=True, eq=False)
class RuleNode:
    """A rule in the tree of exceptions; `target` is the rule named by exception_to."""

    rule: Rule
    parent: RuleNode | None = None
    target: Scalar | None = None
    children: list[RuleNode] = field(default_factory=list)


def order_rules(branches: Mapping[str, RuleNode], reader: Reader) -> tuple[Rule, ...]:
    """Return the rules, each before its exceptions; report unknown rules, cycles and too deep exceptions."""
    _find_parents(branches, reader)
    ordered: list[Rule] = []
    for branch in branches.values():
        if branch.parent is None:
            _place(branch, -1, 0, ordered, reader)
    placed = {rule.id for rule in ordered}
    for name, branch in branches.items():
        if name not in placed and branch.target is not None and branch.parent is not None and _is_cyclic(branch):
            other = branch.parent.rule
            where = other.place.seen_from(branch.target.place)
            message = f"'{name}' and '{other.id}' ({where}) are exceptions in a cycle"
            reader.report(branch.target, "R302", message, "remove one exception_to")
    return tuple(ordered)


def _find_parents(branches: Mapping[str, RuleNode], reader: Reader) -> None:
    for branch in branches.values():
        if branch.target is not None:
            branch.parent = branches.get(branch.target.text)
            if branch.parent is None:
                hint = suggest(branch.target.text, branches) or "name a rule or row of this policy"
                message = f"there is no rule {shown(branch.target.text)} for this exception"
                reader.report(branch.target, "R206", message, hint)
        if branch.parent is not None:
            branch.parent.children.append(branch)


def _place(branch: RuleNode, parent: int, depth: int, ordered: list[Rule], reader: Reader) -> None:
    here = len(ordered)
    ordered.append(replace(branch.rule, parent=parent))
    if depth == MAX_DEPTH and branch.children:
        message = f"exceptions to exceptions are deeper than {MAX_DEPTH} levels"
        reader.report(branch.children[0].rule.place, "R112", message, "write some of them as rules of their own")
        return
    for child in branch.children:
        _place(child, here, depth + 1, ordered, reader)


def _is_cyclic(branch: RuleNode) -> bool:
    """Return whether a rule is its own ancestor."""
    seen: set[str] = set()
    above = branch.parent
    while above is not None and above is not branch and above.rule.id not in seen:
        seen.add(above.rule.id)
        above = above.parent
    return above is branch
