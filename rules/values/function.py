"""Define named functions of derived facts: parameters, result type and call."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, Final

from rules.values.calendar import Calendar
from rules.values.kind import Type
from rules.values.value import OPEN, PARTLY_KNOWN, Frame, Value

MAX_COSTS: Final = 8  # how many sets of columns a case caches the costs of

Types = Mapping[str, tuple[Type, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a call: the pack's calendar, the lines of the order, and the line of the issue.

    `sent_unknown` are the slots of facts sent as unknown, which is not the same as left out; `costs` caches what lines
    cost, for all issues of a case.
    """

    calendar: Calendar
    line_index: int | None = None
    line_ids: tuple[str, ...] = ()
    sent_unknown: frozenset[int] = frozenset()
    costs: deque[tuple[Any, Any]] = field(default_factory=lambda: deque(maxlen=MAX_COSTS), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; its argument is a fact of one of these kinds, a parameter of the pack or a literal.

    `many` takes a list of those; `column` a fact of lines, given for all lines of the order; a `literal` is written
    in the policy itself. `about` names the parameter whose values, or whose records' fields, the literal must fit. A
    list's records need the `fields`. `takes_open`: the function accepts an unknown argument.
    """

    kinds: frozenset[str]
    many: bool = False
    column: bool = False
    literal: bool = False
    optional: bool = False
    takes_open: bool = False
    choices: tuple[str, ...] = ()
    about: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A named function: its parameters in order, its result type and its implementation.

    `result` gets the types of the arguments by parameter (for a parameter with `about`, the type of the field or value
    that it names) and gives None where they do not go together. `span` gives the instants between which the function
    counted working days, or nothing where it counted none; a function that never counts them has no span.
    `up_to_unknown`: of several facts, one that was sent as unknown is not passed over.
    """

    name: str
    parameters: Mapping[str, Parameter]
    result: Callable[[Types], Type | None]
    compute: Callable[..., Value]
    span: Callable[[Mapping[str, Any], Any], tuple[int, ...]] | None = None
    up_to_unknown: bool = False

    @property
    def first(self) -> str:
        """Return the parameter that a value without a mapping fills."""
        return next(iter(self.parameters))

    @property
    def required(self) -> tuple[str, ...]:
        """Return the parameters that must be given."""
        return tuple(name for name, parameter in self.parameters.items() if not parameter.optional)

    @property
    def counts(self) -> bool:
        """Return whether the function may count working days."""
        return self.span is not None

    @property
    def summary(self) -> str:
        """Return the one-sentence description of the result."""
        return self.compute.__doc__ or ""

    def call(self, context: Context, **arguments: Any) -> Value:
        """Return the derived value, or OPEN where a required argument is unknown."""
        return self.bind(lambda _: arguments)([], context)

    def bind(
        self, arguments: Callable[[Frame], dict[str, Any]], needs: Sequence[int] = ()
    ) -> Callable[[Frame, Context], Value]:
        """Return the function of a frame, given its arguments there; OPEN while a required slot is OPEN."""
        sure = tuple(name for name, parameter in self.parameters.items() if not parameter.takes_open)
        respelled = tuple(name for name in self.parameters if _python_name(name) != name)
        compute = self.compute

        def call(frame: Frame, context: Context) -> Value:
            for slot in needs:
                value: Value = frame[slot]
                if value is OPEN:
                    return value
            given = arguments(frame)
            for name in sure:
                if unknown(given.get(name)):
                    return OPEN
            for name in respelled:
                if name in given:
                    given[_python_name(name)] = given.pop(name)
            try:
                return compute(context, **given)
            except OverflowError:
                return OPEN

        return call

    def years_missing(self, context: Context, arguments: Mapping[str, Any], result: Any) -> tuple[int, ...]:
        """Return the years whose holidays the result depends on and the calendar lacks."""
        moments = () if self.span is None or result is OPEN else self.span(arguments, result)
        if not moments or unknown(moments):
            return ()  # nothing is counted yet: an assumed result has no start
        return context.calendar.uncovered(min(moments), max(moments))


def unknown(value: Any) -> bool:
    """Return whether a value, or a part of it, is unknown or only partly known."""
    if isinstance(value, tuple):
        return any(unknown(item) for item in value)
    return value is OPEN or isinstance(value, PARTLY_KNOWN)


def _python_name(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name
