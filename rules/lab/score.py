"""Score decisions against what was expected of them: part by part, and how far machines were right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rules.lab.expected import Difference, operator
from rules.language.contract import AUTOMATIC

MODE: Final = "automation.mode"


@dataclass(frozen=True, slots=True)
class Judged:
    """A decided test: what it expects, where the decision differs, and whether a machine carries it out."""

    expected: Mapping[str, Any]
    differences: Sequence[Difference]
    automatic: bool


@dataclass(slots=True)
class Tally:
    """How many of those that count are right."""

    right: int = 0
    of: int = 0

    def count(self, right: bool) -> None:
        """Count one more."""
        self.of += 1
        self.right += right

    def as_json(self) -> dict[str, int]:
        """Return the two numbers."""
        return {"right": self.right, "of": self.of}


@dataclass(slots=True)
class Score:
    """The score of many tests.

    `parts` is by the path of what is expected, `automatic` counts the tests that a machine should carry out, and
    `wrongly_automatic` those that one carries out though something differs.
    """

    whole: Tally = field(default_factory=Tally)
    parts: dict[str, Tally] = field(default_factory=dict)
    automatic: Tally = field(default_factory=Tally)
    wrongly_automatic: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the score as `redress test --json` prints it."""
        return {
            "whole": self.whole.as_json(),
            "parts": {path: share.as_json() for path, share in self.parts.items()},
            "automatic": self.automatic.as_json(),
            "wrongly_automatic": self.wrongly_automatic,
        }


def score(tests: Iterable[Judged]) -> Score:
    """Return the score of tests."""
    total = Score()
    for test in tests:
        total.whole.count(not test.differences)
        total.wrongly_automatic += test.automatic and bool(test.differences)
        for path, wanted in _parts(test.expected, ""):
            total.parts.setdefault(path, Tally()).count(not any(_inside(one.path, path) for one in test.differences))
            if path == MODE and _only_automatic(wanted):
                total.automatic.count(not test.differences)
    return total


def _parts(expected: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield each expected value with its path; a list is one value."""
    if isinstance(expected, Mapping) and operator(expected) is None:
        for key, inner in expected.items():
            yield from _parts(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, expected


def _inside(place: str, path: str) -> bool:
    """Return whether a difference lies in a part, or takes its place whole."""
    return place == path or place.startswith((f"{path}.", f"{path}[")) or path.startswith(f"{place}.")


def _only_automatic(wanted: Any) -> bool:
    values = wanted["one_of"] if isinstance(wanted, Mapping) and "one_of" in wanted else [wanted]
    return all(value in AUTOMATIC for value in values)
