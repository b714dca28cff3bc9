"""Internal values of facts.

A yes_no is a bool; a one_of or a text a str; an instant microseconds since 1970 UTC; a date a day number
(`date.toordinal`); money minor units; a number or a ratio an int or a Fraction; a list a tuple or an OpenList; a record
a dict. No float anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Final, Literal


class _Open(Enum):
    """The value of an unknown fact."""

    OPEN = "open"

    __hash__ = object.__hash__  # the hash of an Enum is slow, and OPEN is looked up often


OPEN: Final = _Open.OPEN
Open = Literal[_Open.OPEN]
Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class Interval:
    """An open interval (None: no bound), used as a hypothesis about an unknown fact.

    Comparisons answer True, False, or None where the bounds do not decide.
    """

    low: Exact | None
    high: Exact | None

    def __lt__(self, other: Exact) -> Any:
        if self.high is not None and self.high <= other:
            return True
        return False if self.low is not None and self.low >= other else None

    def __gt__(self, other: Exact) -> Any:
        if self.low is not None and self.low >= other:
            return True
        return False if self.high is not None and self.high <= other else None

    __le__ = __lt__
    __ge__ = __gt__

    def meets(self, other: Exact) -> bool | None:
        """Return False where the value cannot equal `other`, else None (undecided)."""
        inside = (self.low is None or self.low < other) and (self.high is None or other < self.high)
        return None if inside else False

    def overlap(self, other: Interval) -> Interval | None:
        """Return the intersection, or None where it is empty."""
        low = max((one for one in (self.low, other.low) if one is not None), default=None)
        high = min((one for one in (self.high, other.high) if one is not None), default=None)
        return Interval(low, high) if low is None or high is None or low < high else None


@dataclass(frozen=True, slots=True)
class OpenList:
    """A list that may still grow, such as what evidence shows: items present, and items known to be lacking."""

    present: frozenset[Any]
    lacking: frozenset[Any]

    def includes(self, item: Any) -> bool | None:
        """Return whether the item is in the list; None where this is undecided."""
        if item in self.present:
            return True
        return False if item in self.lacking else None


PARTLY_KNOWN: Final = (Interval, OpenList)  # for isinstance; a union expression would be built at each call

Frame = list[Any]  # the value of each name of a pack, by slot
Value = bool | str | int | Fraction | tuple[Any, ...] | OpenList | Mapping[str, Any] | Open
