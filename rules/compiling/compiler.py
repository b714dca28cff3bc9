"""Compile the policies of a pack into a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rules.compiling.binding import Binder, dependents
from rules.compiling.encode import Encoder
from rules.compiling.program import Program
from rules.language.derived import Derived
from rules.language.parameter import Parameter
from rules.language.sources import GoverningFacts
from rules.language.strata import Stratification
from rules.text.reader import Reader
from rules.values.kind import Type


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles the policies of a pack into a program."""

    types: Mapping[str, Type]
    parameters: Mapping[str, Parameter]
    derived: Mapping[str, Derived]
    chain_of: Callable[[tuple[str, ...]], GoverningFacts]

    def program(self, order: Stratification, readable: Iterable[str], reader: Reader) -> Program:
        """Bind names to slots and encode rules for the engine."""
        binder = Binder(self.types, self.parameters, self.chain_of)
        for name in readable:
            binder.readable(name)
        derived = tuple(binder.derived(one) for one in self.derived.values())
        bound = tuple(
            binder.policy(policy, position, stratum) for position, (policy, stratum) in enumerate(order.policies)
        )
        strata = Encoder(binder, bound, reader).encode(order.strata)
        return Program(
            slots=MappingProxyType(binder.slots),
            types=MappingProxyType(binder.types),
            size=len(binder.slots),
            days=tuple((slot, chain) for chain, slot in binder.days.items()),
            sent=tuple((slot, name) for name, slot in binder.sent.items()),
            governed=tuple(binder.governed.values()),
            derived=derived,
            dependents=MappingProxyType(dependents(derived)),
            policies=bound,
            settle_at=order.settle_at,
            strata=strata,
            names=tuple(binder.slots),
            pairs=MappingProxyType(binder.pairs),
            makers=MappingProxyType({answer.name: policy for policy in bound for answer in policy.answers}),
        )
