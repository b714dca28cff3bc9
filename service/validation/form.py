"""Bodies of requests that are no cases: all that is wrong with one is told at once, with pointers."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from rules.values.kind import Type
from service.validation.case import told
from service.validation.fields import Checked, Known, Messages, Part
from service.validation.issue import MOST_REPORTED, ValidationIssue

LONGEST: Final = 10_000  # a list that a position may point into


class Stating(Known):
    """A text that says something."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(Type("text"), **settings)

    def faults(self, value: Any) -> Messages:
        """Return the faults of a text; blanks alone say nothing."""
        return super().faults(value) or (None if value.strip() else ["blank"])


class Position(Checked):
    """A position in a list, from 0."""

    def faults(self, value: Any) -> Messages:
        """Return the fault of what is no position."""
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LONGEST
        return None if good else ["not_position"]


def faults_of(form: Part, value: Any) -> tuple[ValidationIssue, ...]:
    """Return everything in a body that does not fit its form; nothing where it fits."""
    found = form.faults(value)
    return tuple(islice(told(found), MOST_REPORTED)) if found else ()
