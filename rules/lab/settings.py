"""Find the problems that a shop's own figures cause in a valid pack."""

from __future__ import annotations

from collections.abc import Mapping

from rules.compiling.binding import Binder, rule_operands
from rules.compiling.encode import Encoder
from rules.compiling.pack import Pack
from rules.language.condition import ParameterOperand
from rules.language.dates import check_dates
from rules.language.parameter import with_shop_settings
from rules.language.rule import Rule
from rules.language.sources import governing_facts
from rules.language.strata import rule_reads
from rules.text.problem import Problem
from rules.text.reader import Reader


def problems_under(pack: Pack, settings: Mapping[str, object]) -> tuple[Problem, ...]:
    """Return the problems that loading the pack under these settings finds.

    Only rules that read a figure of the shop are bound and encoded again, which takes a fraction of a load.
    """
    reader = Reader()
    parameters = with_shop_settings(pack.parameters, settings, pack.currency, reader)
    check_dates(pack.policies, parameters, reader)
    binder = Binder(pack.program.types, parameters, governing_facts(pack.articles, pack.documents, pack.as_of))
    for name, parameter in parameters.items():
        if parameter.shop_sets:
            binder.readable(name)
    changed = {name for name in settings if parameters.get(name) != pack.parameters.get(name)}
    affected = [policy for policy in pack.policies if any(read_by(rule) & changed for rule in policy.rules)]
    bound = tuple(binder.policy(policy, position, 0) for position, policy in enumerate(affected))
    Encoder(binder, bound, reader).encode(1)
    return tuple(sorted(set(reader.problems)))


def read_by(rule: Rule) -> set[str]:
    """Return the facts and parameters that a rule reads."""
    return {one.name for one in rule_operands(rule) if isinstance(one, ParameterOperand)} | set(rule_reads(rule))
