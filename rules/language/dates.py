"""Check that parameters have values on all days on which their rules are in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from rules.language.condition import ParameterOperand, tests
from rules.language.output import output_operands
from rules.language.parameter import Parameter
from rules.language.rule import Policy, Rule
from rules.text.reader import Reader


def check_dates(policies: Iterable[Policy], parameters: Mapping[str, Parameter], reader: Reader) -> None:
    """Report each rule that is in force before one of its parameters has a value.

    A rule without a first day is in force from the first days of its parameters.
    """
    for policy in policies:
        for rule in policy.rules:
            for name in dict.fromkeys(_used(rule)):
                parameter = parameters[name]
                if rule.since is not None and rule.since < parameter.since:
                    message = (
                        f"rule '{rule.id}' is in force from {_day(rule.since)}, and parameter '{name}' "
                        f"({parameter.place}) has no value before {_day(parameter.since)}"
                    )
                    reader.report(rule.place, "R304", message, "give the parameter its earlier value")


def _used(rule: Rule) -> Iterator[str]:
    operands = [operand for test in tests(rule.when) for operand in test.operands]
    for operand in (*operands, *(one for output in rule.then.values() for one in output_operands(output))):
        if isinstance(operand, ParameterOperand):
            yield operand.name


def _day(day: int) -> str:
    return date.fromordinal(day).isoformat()
