"""Encode rules for the engine: conjunctions over small integers, and the codes of facts.

The code of an enum value is its position; of an amount, instant or ratio its rank among the constants that rules
compare it with, which is exact for any size; list membership and comparisons of two facts are hidden boolean fields.
A rule with a parameter that changes by date becomes one conjunction per period, guarded by the governing day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, Final

from rules.compiling.binding import Binder
from rules.compiling.program import ALWAYS, Alternatives, BoundPolicy, Code, Stratum
from rules.engine_rules import MOST_ALTERNATIVES, Atom, Conjunction
from rules.language.condition import All, Condition, FactOperand, Literal, ParameterOperand, Test
from rules.language.evaluator import Leaf
from rules.language.parameter import Parameter
from rules.language.rule import Rule
from rules.text.reader import Reader
from rules.values.kind import Type
from rules.values.value import OPEN, Frame

COMPARISONS: Final[Mapping[str, Any]] = {
    "is": "==",
    "is_not": "!=",
    "at_least": ">=",
    "more_than": ">",
    "at_most": "<=",
    "less_than": "<",
}
ALWAYS_TRUE: Final[Alternatives] = ((),)


class Encoder:
    """Encodes the rules of a pack as conjunctions, by stratum."""

    def __init__(self, binder: Binder, policies: tuple[BoundPolicy, ...], reader: Reader) -> None:
        self.binder, self.policies, self.reader = binder, policies, reader
        self.cuts = self._cuts()
        self.fields: dict[str, Code] = {}

    def encode(self, strata: int) -> tuple[Stratum, ...]:
        """Return every stratum; report a rule with too many alternatives for the engine."""
        return tuple(self._stratum(number) for number in range(strata))

    def _stratum(self, number: int) -> Stratum:
        self.fields = {}
        rules: list[tuple[int, Alternatives]] = []
        places: list[tuple[int, int]] = []
        for policy in self.policies:
            if policy.stratum == number:
                for position, whole in enumerate(self._rules(policy)):
                    rules.append((len(places), whole))
                    places.append((policy.position, position))
        return Stratum(tuple(rules), tuple(places), tuple(self.fields.items()))

    def _rules(self, policy: BoundPolicy) -> list[Alternatives]:
        """Return the alternatives of each rule, with the conditions of all rules that it is an exception to."""
        found: list[Alternatives] = []
        for bound in policy.rules:
            rule = bound.rule
            above = _either([found[parent] for parent in bound.parents]) if bound.parents else ALWAYS_TRUE
            whole = self._both(above, self._both(self._in_force(rule), self._condition(rule.when)))
            if len(whole) > MOST_ALTERNATIVES:
                message = f"rule '{rule.id}' has more than {MOST_ALTERNATIVES} alternatives"
                self.reader.report(rule.place, "R305", message, "split it, or replace any by a list of values")
            found.append(whole)
        return found

    def _both(self, one: Alternatives, other: Alternatives) -> Alternatives:
        pairs = (left + tuple(atom for atom in right if atom not in left) for left, right in product(one, other))
        return tuple(pair for pair, _ in zip(pairs, range(MOST_ALTERNATIVES + 1), strict=False))

    def _condition(self, condition: Condition) -> Alternatives:
        if isinstance(condition, Test):
            return self._test(condition)
        parts = [self._condition(part) for part in condition.parts]
        if isinstance(condition, All):
            whole: Alternatives = ALWAYS_TRUE
            for part in parts:
                whole = self._both(whole, part)
            return whole
        return _either(parts)

    # ---- when a rule is in force

    def _in_force(self, rule: Rule) -> Alternatives:
        """Return when a rule is in force: on its own days, and while each of its parameters has a value."""
        atoms = self._between(rule.source, rule.since, rule.until)
        for name in self.binder.parameters_of(rule):
            parameter = self.binder.parameters[name]
            atoms += self._between(parameter.source, parameter.since, None)
        return (tuple(dict.fromkeys(atoms)),)

    def _between(self, source: tuple[str, ...], since: int | None, until: int | None) -> Conjunction:
        slot = self.binder.day(self.binder.chain_of(source))
        atoms = []
        if since is not None and since != ALWAYS:
            atoms.append(self._ordered(slot, ">=", since))
        if until is not None:
            atoms.append(self._ordered(slot, "<=", until))
        return tuple(atoms)

    # ---- one test

    def _test(self, test: Test) -> Alternatives:
        leaf = self.binder.leaf(test)
        simple = len(test.operands) == 1 and test.op in COMPARISONS and not isinstance(test.operands[0], FactOperand)
        if not simple:
            return ((self._hidden(leaf),),)
        operand = test.operands[0]
        if isinstance(operand, Literal):
            return ((self._compare(leaf, operand.value),),)
        assert isinstance(operand, ParameterOperand)
        parameter = self.binder.parameters[operand.name]
        return tuple(
            (*self._between(parameter.source, since, until), self._compare(leaf, value))
            for since, until, value in periods(parameter)
        )

    def _hidden(self, leaf: Leaf) -> Atom:
        check = leaf.check
        name = f"{leaf.slot} {leaf.test.op} {leaf.terms}"
        self.fields[name] = lambda frame: None if (truth := check(frame)) is None else int(truth)
        return Atom(name, "==", 1)

    def _compare(self, leaf: Leaf, value: Any) -> Atom:
        if leaf.type.ordered:
            return self._ordered(leaf.slot, COMPARISONS[leaf.test.op], value)
        slot, codes = leaf.slot, _codes(leaf.type)
        name = str(slot)
        self.fields[name] = lambda frame: codes.get(frame[slot])
        return Atom(name, COMPARISONS[leaf.test.op], codes[value])

    def _ordered(self, slot: int, op: Any, value: Any) -> Atom:
        cuts = self.cuts[slot]
        name = str(slot)
        self.fields[name] = _rank(slot, cuts)
        return Atom(name, op, 2 * cuts.index(value) + 1)

    # ---- the constants that ordered facts are compared with

    def _cuts(self) -> dict[int, tuple[Any, ...]]:
        found: dict[int, set[Any]] = {}
        for slot, value in self._constants():
            found.setdefault(slot, set()).add(value)
        return {slot: tuple(sorted(values)) for slot, values in found.items()}

    def _constants(self) -> Iterator[tuple[int, Any]]:
        for policy in self.policies:
            for bound in policy.rules:
                rule = bound.rule
                day = self.binder.day(self.binder.chain_of(rule.source))
                yield from ((day, date) for date in (rule.since, rule.until) if date is not None)
                for leaf in bound.leaves:
                    if leaf.type.ordered:
                        for operand in leaf.test.operands:
                            yield from ((leaf.slot, value) for value in self._values(operand))
        for parameter in self.binder.parameters.values():
            day = self.binder.day(self.binder.chain_of(parameter.source))
            for since, until, _ in periods(parameter):
                yield from ((day, date) for date in (since, until) if date is not None)

    def _values(self, operand: Any) -> tuple[Any, ...]:
        if isinstance(operand, Literal):
            return (operand.value,)
        return self.binder.parameters[operand.name].values if isinstance(operand, ParameterOperand) else ()


def _either(parts: Iterable[Alternatives]) -> Alternatives:
    return tuple(dict.fromkeys(alternative for part in parts for alternative in part))


def periods(parameter: Parameter) -> tuple[tuple[int, int | None, Any], ...]:
    """Return each value of a parameter with its first and last day."""
    ends = (*(day - 1 for day in parameter.days[1:]), None)
    return tuple(zip(parameter.days, ends, parameter.values, strict=True))


def _rank(slot: int, cuts: tuple[Any, ...]) -> Code:
    """Number the constants 1, 3, 5 ... and the gaps between them 0, 2, 4 ..."""
    count = len(cuts)

    def code(frame: Frame) -> int | None:
        value = frame[slot]
        if value is OPEN:
            return None
        at = bisect_left(cuts, value)
        return 2 * at + (at < count and cuts[at] == value)

    return code


def _codes(kind: Type) -> dict[Any, int]:
    if kind.kind == "yes_no":
        return {True: 1, False: 0}
    return {value: at for at, value in enumerate(kind.values)}
