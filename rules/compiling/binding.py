"""Bind policies: give names slots of a frame, and turn conditions and formulas into functions of a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.compiling.program import ALWAYS, BoundDerived, BoundPolicy, BoundRule, Compute, Governed
from rules.compiling.rule_index import index_rules
from rules.language.condition import FactOperand, Literal, Operand, ParameterOperand, Test, basic_op, tests
from rules.language.contract import JOINED
from rules.language.derived import Derived
from rules.language.evaluator import BoundCondition, Check, Leaf, Term, bind, bind_test
from rules.language.formula import bind_formula
from rules.language.output import bind_output, output_operands
from rules.language.parameter import Parameter
from rules.language.rule import Answer, Policy, Rule
from rules.language.sources import GoverningFacts
from rules.values.function import Context
from rules.values.kind import Type
from rules.values.value import OPEN, Frame


class Binder:
    """Allocates slots and binds policies to them."""

    def __init__(
        self,
        types: Mapping[str, Type],
        parameters: Mapping[str, Parameter],
        chains: Callable[[tuple[str, ...]], GoverningFacts],
    ) -> None:
        self.types, self.parameters, self.chain_of = dict(types), parameters, chains
        self.slots: dict[str, int] = {}
        self.days: dict[GoverningFacts, int] = {}
        self.sent: dict[str, int] = {}
        self.governed: dict[str, Governed] = {}
        self.pairs: dict[int, tuple[str, ...]] = {}
        for name in types:
            self.slot(name)

    def slot(self, name: str) -> int:
        """Return the slot of a name, and allocate one where it has none."""
        return self.slots.setdefault(name, len(self.slots))

    def day(self, chain: GoverningFacts) -> int:
        """Return the slot of the governing day of these facts."""
        if chain not in self.days:
            self.days[chain] = self.slot("$day " + " ".join(chain))
        return self.days[chain]

    def parameter(self, name: str) -> int:
        """Return the slot of a parameter's value on its governing day; the value is OPEN before its first day."""
        parameter = self.parameters[name]
        always = parameter.values[0] if parameter.days == (ALWAYS,) else OPEN
        return self._govern(f"$parameter {name}", self.chain_of(parameter.source), parameter.on, always)

    def readable(self, name: str) -> None:
        """Make a parameter readable as a fact."""
        parameter = self.parameters[name]
        governed = self.governed[f"$parameter {name}"] if self.parameter(name) >= 0 else None
        assert governed is not None
        self.governed[name] = Governed(self.slots[name], governed.day, parameter.on, governed.always)

    def parameters_of(self, rule: Rule) -> list[str]:
        """Return the parameters that a rule reads, by name or as facts."""
        used = list(rule_operands(rule))
        named = {operand.name for operand in used if isinstance(operand, ParameterOperand)}
        read = {operand.name for operand in used if isinstance(operand, FactOperand)}
        read |= {test.fact for test in tests(rule.when)}
        return sorted(named | (read & self.governed.keys()))

    def forces(self, rule: Rule) -> tuple[int, ...]:
        """Return the slots that are all true while a rule is in force: by its own dates and those of its parameters."""
        own = () if rule.since is None and rule.until is None else (self._period(rule.since, rule.until, rule.source),)
        used = self.parameters_of(rule)
        dated = [self.parameters[name] for name in used if self.parameters[name].since != ALWAYS]
        return (*own, *(self._period(parameter.since, None, parameter.source) for parameter in dated))

    def _period(self, since: int | None, until: int | None, source: tuple[str, ...]) -> int:
        chain = self.chain_of(source)
        key = f"$force {since} {until} on {' '.join(chain)}"
        return self._govern(key, chain, lambda day: (since is None or since <= day) and (until is None or day <= until))

    def _govern(self, key: str, chain: GoverningFacts, value: Callable[[int], Any], always: Any = OPEN) -> int:
        if key not in self.governed:
            self.governed[key] = Governed(self.slot(key), self.day(chain), value, always)
        return self.governed[key].slot

    # ---- conditions and outputs

    def leaf(self, test: Test) -> Leaf:
        """Bind one test to its slots."""
        if test.op in ("unknown", "known"):
            slot = self.sent.setdefault(test.fact, self.slot(f"$sent {test.fact}"))
            return bind_test(test, self.types[test.fact], slot, ())
        terms = tuple(self.term(operand) for operand in test.operands)
        facts = [operand.name for operand in test.operands if isinstance(operand, FactOperand)]
        pair = self.slot(f"$pair {test.fact} {basic_op(test.op)} {facts}") if facts else -1
        if facts:
            self.pairs[pair] = (test.fact, *facts)
        return bind_test(test, self.types[test.fact], self.slots[test.fact], terms, pair)

    def term(self, operand: Operand) -> Term:
        """Bind an operand of a test."""
        if isinstance(operand, Literal):
            return Term(operand.value)
        return Term(slot=self.operand(operand))

    def operand(self, operand: FactOperand | ParameterOperand) -> int:
        """Return the slot of an operand."""
        if isinstance(operand, FactOperand):
            return self.slots[operand.name]
        return self.parameter(operand.name)

    def rule(self, rule: Rule, position: int, answers: tuple[Answer, ...], children: tuple[int, ...]) -> BoundRule:
        """Bind a rule."""
        bound: BoundCondition = bind(rule.when, self.leaf)
        forces = self.forces(rule)
        says = {
            at: bind_output(rule.then[answer.name], self.operand)
            for at, answer in enumerate(answers)
            if answer.name in rule.then
        }
        check = _in_force(bound.check, forces) if forces else bound.check
        reckons = tuple(
            dict.fromkeys(self.operand(one) for output in rule.then.values() for one in output_operands(output))
        )
        silent = not rule.then
        return BoundRule(rule, position, rule.parents, check, bound.leaves, forces, children, says, reckons, silent)

    def policy(self, policy: Policy, position: int, stratum: int) -> BoundPolicy:
        """Bind a policy."""
        answers = tuple(policy.answers.values())
        children: list[list[int]] = [[] for _ in policy.rules]
        in_order = _evaluation_order(policy)
        for at in in_order:
            for parent in policy.rules[at].parents:
                children[parent].append(at)
        rules = tuple(self.rule(rule, at, answers, tuple(children[at])) for at, rule in enumerate(policy.rules))
        return BoundPolicy(
            policy=policy,
            position=position,
            stratum=stratum,
            rules=rules,
            answers=answers,
            slots=tuple(self.slots[answer.name] for answer in answers),
            otherwise=tuple(
                bind_output(policy.otherwise[answer.name], self.operand) if answer.name in policy.otherwise else None
                for answer in answers
            ),
            orders=tuple(answer.type.values for answer in answers),
            reads=self.reads(policy, rules),
            index=index_rules(rules),
            in_order=in_order,
            plain=not any(children),
            reckons=any(rule.reckons for rule in rules),
            seen=any(answer.contracted is not None or answer.name in JOINED for answer in answers),
        )

    def reads(self, policy: Policy, rules: tuple[BoundRule, ...]) -> tuple[int, ...]:
        """Return the slots that a policy reads and that may differ within one case."""
        found = set()
        for bound in rules:
            for leaf in bound.leaves:
                found |= {leaf.slot, leaf.pair, *(term.slot for term in leaf.terms)}
            for output in bound.rule.then.values():
                found |= {self.operand(operand) for operand in output_operands(output)}
        for output in policy.otherwise.values():
            found |= {self.operand(operand) for operand in output_operands(output)}
        constant = {governed.slot for governed in self.governed.values()} | {-1}
        return tuple(sorted(found - constant))

    def derived(self, derived: Derived) -> BoundDerived:
        """Bind a derived fact."""
        slot = self.slots[derived.name]
        reads = tuple({self.operand(operand) for operand in derived.reads()})
        if derived.formula is not None:
            amount = bind_formula(derived.formula, self.operand)
            return BoundDerived(derived, slot, reads, lambda frame, _: amount(frame), lambda frame, _: ())
        return self._function(derived, slot, reads)

    def _function(self, derived: Derived, slot: int, reads: tuple[int, ...]) -> BoundDerived:
        function = derived.function
        assert function is not None
        terms: dict[str, tuple[Term, ...] | Term] = {}
        for name, argument in derived.arguments.items():
            if isinstance(argument, tuple):
                terms[name] = tuple(self.term(one) for one in argument)
            elif function.parameters[name].column and isinstance(argument, FactOperand):
                terms[name] = Term(slot=self.slot(f"$column {argument.name}"))
            else:
                terms[name] = self.term(argument)

        literal = {name: term.constant for name, term in terms.items() if isinstance(term, Term) and term.slot < 0}
        single = {name: term.slot for name, term in terms.items() if isinstance(term, Term) and term.slot >= 0}
        several = tuple((name, term) for name, term in terms.items() if isinstance(term, tuple))
        singles = tuple(single.items())

        def values(frame: Frame) -> dict[str, Any]:
            found = literal.copy()
            for name, at in singles:
                found[name] = frame[at]
            for name, term in several:
                found[name] = tuple([one.value(frame) for one in term])
            return found

        def years_missing(frame: Frame, context: Context) -> tuple[int, ...]:
            return function.years_missing(context, values(frame), frame[slot])

        needs = tuple(at for name, at in single.items() if not function.parameters[name].takes_open)
        depends_on = tuple({*reads, *single.values()})
        compute = function.bind(values, needs)
        if function.up_to_unknown:
            compute = _up_to_unknown(compute, tuple(term.slot for term in several[0][1]))
        return BoundDerived(derived, slot, depends_on, compute, years_missing)


def _evaluation_order(policy: Policy) -> tuple[int, ...]:
    """Return the positions of rules by id; of rows as written, where their order counts."""
    ids = [rule.id for rule in policy.rules]
    return tuple(range(len(ids)) if policy.hit.by_rows else sorted(range(len(ids)), key=ids.__getitem__))


def _up_to_unknown(compute: Compute, slots: tuple[int, ...]) -> Compute:
    """Return OPEN at the first fact sent as unknown: first_known skips only facts that are left out."""

    def call(frame: Frame, context: Context) -> Any:
        if context.sent_unknown:
            for at in slots:
                if at < 0 or frame[at] is not OPEN:
                    break
                if at in context.sent_unknown:
                    return OPEN
        return compute(frame, context)

    return call


def rule_operands(rule: Rule) -> Iterable[Operand]:
    """Yield every operand of a rule's condition and outputs."""
    for test in tests(rule.when):
        yield from test.operands
    for output in rule.then.values():
        yield from output_operands(output)


def _in_force(check: Check, forces: tuple[int, ...]) -> Check:
    if len(forces) == 1:
        only = forces[0]
        return lambda frame: check(frame) if frame[only] else False
    return lambda frame: check(frame) if all(frame[force] for force in forces) else False


def dependents(derived: tuple[BoundDerived, ...]) -> dict[int, tuple[BoundDerived, ...]]:
    """Return the derived facts that depend on each slot, in the order of their dependencies."""
    changed: dict[int, list[BoundDerived]] = {}
    for bound in derived:
        roots = set(bound.reads)
        for slot, dependent in list(changed.items()):
            if any(other.slot in bound.reads for other in dependent):
                roots.add(slot)
        for slot in roots:
            changed.setdefault(slot, []).append(bound)
    return {slot: tuple(dependent) for slot, dependent in changed.items()}
