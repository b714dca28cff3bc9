"""Order rules and exceptions: each exception follows its rule."""

from __future__ import annotations

from collections.abc import Mapping, Set
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
    """A rule among its exceptions: `targets` are the names under exception_to, `parents` the rules with these names."""

    rule: Rule
    parents: list[RuleNode] = field(default_factory=list)
    targets: tuple[Scalar, ...] = ()
    children: list[RuleNode] = field(default_factory=list)
    at: int = -1  # its position once it is placed, and how many exceptions deep it is
    depth: int = 0


def order_rules(branches: Mapping[str, RuleNode], reader: Reader) -> tuple[Rule, ...]:
    """Return the rules, each before its exceptions; report unknown rules, cycles and too deep exceptions."""
    _find_parents(branches, reader)
    ordered: list[Rule] = []
    for branch in branches.values():
        if not branch.parents:
            _place(branch, ordered, reader)
    for name, branch in branches.items():
        target = _in_cycle(branch) if branch.at < 0 else None
        if target is not None:
            other = branches[target.text].rule
            message = f"'{name}' and '{other.id}' ({other.place.seen_from(target.place)}) are exceptions in a cycle"
            reader.report(target, "R302", message, "remove one exception_to")
    return tuple(ordered)


def _find_parents(branches: Mapping[str, RuleNode], reader: Reader) -> None:
    for branch in branches.values():
        for target in branch.targets:
            parent = branches.get(target.text)
            if parent is None:
                hint = suggest(target.text, branches) or "name a rule or row of this policy"
                message = f"there is no rule {shown(target.text)} for this exception"
                reader.report(target, "R206", message, hint)
            elif parent in branch.parents:
                message = f"{shown(target.text)} is listed twice"
                reader.report(target, "R214", message, "leave one of them")
            else:
                branch.parents.append(parent)
        for parent in branch.parents:
            parent.children.append(branch)


def _place(branch: RuleNode, ordered: list[Rule], reader: Reader) -> None:
    """Place a rule and its exceptions; an exception to several rules is placed behind the last of them."""
    if branch.depth > MAX_DEPTH:
        message = f"exceptions to exceptions are deeper than {MAX_DEPTH} levels"
        reader.report(branch.rule.place, "R112", message, "write some of them as rules of their own")
        return
    branch.at = len(ordered)
    ordered.append(replace(branch.rule, parents=tuple(sorted(parent.at for parent in branch.parents))))
    for child in branch.children:
        child.depth = max(child.depth, branch.depth + 1)
        if child.at < 0 and all(parent.at >= 0 for parent in child.parents):
            _place(child, ordered, reader)


def _in_cycle(branch: RuleNode) -> Scalar | None:
    """Return the first name under exception_to by which a rule is its own ancestor."""
    return next(
        (
            target
            for target in branch.targets
            for parent in branch.parents
            if parent.rule.id == target.text and (parent is branch or branch in _ancestors(parent))
        ),
        None,
    )


def _ancestors(branch: RuleNode) -> Set[RuleNode]:
    found: set[RuleNode] = set()
    left = [branch]
    while left:
        new = [parent for parent in left.pop().parents if parent not in found]
        found.update(new)
        left += new
    return found
