"""From a case to frames: the typed facts of each issue, presumptions, governing days and derived facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .condition import Frame
from .function import Context
from .kind import Type
from .pack import Pack
from .program import Program
from .value import OPEN
from .vocabulary import UNKNOWN, Fact

INSTANT: Final = Type("instant")
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class IssueFacts:
    """One issue with its frame: the values of all slots, which facts were presumed, and where its line stands."""

    number: int
    frame: Frame
    presumed: frozenset[str]
    context: Context


@dataclass(frozen=True, slots=True, eq=False)
class CaseFacts:
    """A case read: its issues, its lines as typed facts, and its governing days by document."""

    case: Mapping[str, Any]
    at: int
    issues: tuple[IssueFacts, ...]
    lines: tuple[Mapping[str, Any], ...]
    governing: Mapping[str, int]


class FactReader:
    """Reads cases into the frames of one pack; made once for a pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.program = pack, pack.program
        slots = pack.program.slots
        vocabulary = pack.vocabulary
        places = [
            (fact, slots[name], vocabulary.path(name)) for name, fact in vocabulary.facts.items() if name in slots
        ]
        scopes = {name: vocabulary.scope(name) for name in vocabulary.facts}
        self.of_case = [one for one in places if scopes[one[0].name] == "case"]
        self.of_line = [one for one in places if scopes[one[0].name] == "line"]
        self.of_issue = [one for one in places if scopes[one[0].name] == "issue"]
        self.columns = [
            (slot, name.removeprefix("$column ")) for name, slot in slots.items() if name.startswith("$column ")
        ]
        self.implied = [name for name in ("submitted_at", "at") if name not in vocabulary.facts]

    def read(self, case: Mapping[str, Any]) -> CaseFacts:
        """Return the facts of a case. Raises Misfit for a value that validation would have refused."""
        program = self.program
        blank: Frame = [OPEN] * program.size
        presumed: set[str] = set()
        self._fill(blank, self.of_case, case, presumed)
        for name in self.implied:
            if name in case:
                blank[program.slots[name]] = INSTANT.parse(case[name])
        at_slot, submitted_slot = program.slots["at"], program.slots["submitted_at"]
        if blank[at_slot] is OPEN:
            blank[at_slot] = blank[submitted_slot]
        lines = [self._line(line) for line in (case.get("order") or {}).get("lines", ())]
        for slot, name in self.columns:
            blank[slot] = tuple(values.get(name, OPEN) for values, _ in lines)
        ids = tuple(str(line.get("id", "")) for line in (case.get("order") or {}).get("lines", ()))
        issues = tuple(
            self._issue(number, issue, blank, presumed, lines, ids) for number, issue in enumerate(case["issues"])
        )
        governing = {document.name: self._day(document.as_of, blank) for document in self.pack.documents.values()}
        return CaseFacts(case, blank[at_slot], issues, tuple(values for values, _ in lines), governing)

    def _line(self, line: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """Return a line's facts by name, and which of them were presumed."""
        frame: Frame = [OPEN] * self.program.size
        presumed: set[str] = set()
        self._fill(frame, self.of_line, line, presumed)
        return {fact.name: frame[slot] for fact, slot, _ in self.of_line}, presumed

    def _issue(
        self,
        number: int,
        issue: Mapping[str, Any],
        blank: Frame,
        presumed: set[str],
        lines: list[tuple[dict[str, Any], set[str]]],
        ids: tuple[str, ...],
    ) -> IssueFacts:
        program, frame = self.program, blank.copy()
        own = set(presumed)
        self._fill(frame, self.of_issue, issue, own)
        line_index = (
            ids.index(str(issue["line"])) if issue.get("line") is not None and str(issue["line"]) in ids else None
        )
        if line_index is None and len(lines) == 1:
            line_index = 0
        if line_index is not None:
            values, line_presumed = lines[line_index]
            own |= line_presumed
            for fact, slot, _ in self.of_line:
                frame[slot] = values[fact.name]
        for slot, name in program.sent:
            frame[slot] = True if frame[program.slots[name]] is not OPEN else OPEN
        for slot, chain in program.days:
            frame[slot] = self._day(chain, frame)
        for governed in program.governed:
            frame[governed.slot] = governed.value(frame[governed.day])
        context = Context(self.pack.calendar, line_index, ids)
        for derived in program.derived:
            frame[derived.slot] = derived.compute(frame, context)
        return IssueFacts(number, frame, frozenset(own), context)

    def _fill(
        self,
        frame: Frame,
        places: list[tuple[Fact, int, tuple[str, ...]]],
        source: Mapping[str, Any],
        presumed: set[str],
    ) -> None:
        for fact, slot, path in places:
            value = source.get(path[0], _ABSENT)
            if len(path) == 2 and value is not _ABSENT:
                value = value.get(path[1], _ABSENT) if isinstance(value, Mapping) else _ABSENT
            if value is _ABSENT:
                if fact.presume is not OPEN:
                    frame[slot] = fact.presume
                    presumed.add(fact.name)
            elif value is not None and (value != UNKNOWN or fact.type.kind == "text"):
                frame[slot] = fact.type.parse(value)

    def _day(self, chain: tuple[str, ...], frame: Frame) -> int:
        """Return the governing day: that of the first fact of the chain that is known."""
        for name in chain:
            value = frame[self.program.slots[name]]
            if value is not OPEN:
                return int(value) if self.program.types[name].kind == "date" else self.pack.calendar.day_of(value)
        return self.pack.calendar.day_of(0)


def assign(
    program: Program, issue: IssueFacts, frame: Frame, supposed: Mapping[int, Any], slot: int, value: Any
) -> None:
    """Give a slot a value, and work out anew what is derived from it; what is not known stays as it was supposed."""
    frame[slot] = supposed.get(slot, OPEN) if value is OPEN else value
    for derived in program.dependents.get(slot, ()):
        found = derived.compute(frame, issue.context)
        frame[derived.slot] = supposed.get(derived.slot, found) if found is OPEN or derived.slot in supposed else found
