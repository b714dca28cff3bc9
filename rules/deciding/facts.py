"""Read a case into frames: the typed facts of each issue, presumptions, governing days and derived facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.compiling.program import Program
from rules.deciding.paid_before import Payment, read_payments
from rules.language.type_reader import UNKNOWN
from rules.language.vocabulary import MovedTo
from rules.values.function import Context
from rules.values.kind import Type
from rules.values.value import OPEN, Frame

INSTANT: Final = Type("instant")
TEXT: Final = Type("text")  # of an id too, because a recommendation repeats it

FactField = tuple[int, Callable[[object], Any], str]  # of a fact: its slot, its parser and its name
MovedField = tuple[int, Callable[[object], Any], str, bool]  # the same of a retired fact; whether it adds to a list
Keys = dict[str, "FactField | MovedField | Keys"]


@dataclass(frozen=True, slots=True, eq=False)
class IssueFacts:
    """One issue with its frame (the values of all slots), its presumed facts, and the position of its line."""

    number: int
    frame: Frame
    presumed: frozenset[str]
    context: Context

    def assign(self, program: Program, frame: Frame, supposed: Mapping[int, Any], slot: int, value: Any) -> None:
        """Write a value to a frame and recompute the facts derived from it; an open value falls back on a hypothesis.

        `supposed` are the hypotheses by slot.
        """
        frame[slot] = supposed.get(slot, OPEN) if value is OPEN else value
        for derived in program.dependents.get(slot, ()):
            new = derived.compute(frame, self.context)
            frame[derived.slot] = supposed.get(derived.slot, new) if new is OPEN or derived.slot in supposed else new


@dataclass(frozen=True, slots=True, eq=False)
class CaseFacts:
    """A case read: its issues, its lines as facts by slot, and its governing days by document."""

    case: Mapping[str, Any]
    at: int
    issues: tuple[IssueFacts, ...]
    lines: tuple[Mapping[int, Any], ...]
    governing: Mapping[str, int]
    payments: tuple[Payment, ...] = ()

    def first_on_line(self, issue: int) -> int:
        """Return the first issue about the line of an issue: facts of the line are asked of that one."""
        line = self.issues[issue].context.line_index
        if line is None:
            return issue
        return next(one.number for one in self.issues if one.context.line_index == line)


@dataclass(frozen=True, slots=True, eq=False)
class AbsentFacts:
    """The facts that a part of a case leaves out: names of presumed ones, and slots of those sent as unknown.

    `stated` are the slots of the others; `moved` are retired facts that the case states, with what they are read as.
    """

    presumed: set[str]
    unknown: set[int]
    stated: set[int] = field(default_factory=set)
    moved: list[tuple[int, Any, str, bool]] = field(default_factory=list)


class FactReader:
    """Reads cases into the frames of one pack; made once for a pack.

    A template holds what no case changes: presumptions, and figures that do not depend on a date.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack, self.program = pack, pack.program
        vocabulary, slots = pack.vocabulary, pack.program.slots
        self.keys: dict[str, Keys] = {"case": {}, "line": {}, "issue": {}}
        self.presumed: dict[str, set[str]] = {"case": set(), "line": set(), "issue": set()}
        self.template: Frame = [OPEN] * pack.program.size
        self.line_template: dict[int, Any] = {}
        for name, fact in vocabulary.facts.items():
            scope = vocabulary.scope(name)
            if fact.retired:  # still accepted, and read as the fact that took its place, if there is one
                if fact.moved_to is not None:
                    slot = slots[fact.moved_to.fact]
                    self._place(self.keys[scope], vocabulary.path(name), _moved_field(slot, fact.type, fact.moved_to))
                continue
            self.template[slots[name]] = fact.presume
            self._place(self.keys[scope], vocabulary.path(name), _fact_field(slots[name], fact.type, name))
            if scope == "line":
                self.line_template[slots[name]] = fact.presume
            if fact.presume is not OPEN:
                self.presumed[scope].add(name)
        for name in ("submitted_at", "at"):
            self._place(self.keys["case"], (name,), _fact_field(slots[name], INSTANT, name))
        for governed in pack.program.governed:
            if governed.always is not OPEN:
                self.template[governed.slot] = governed.always
        self.governed = tuple(one for one in pack.program.governed if one.always is OPEN)
        self.chains = tuple({document.as_of for document in pack.documents.values()})
        self.columns = tuple(
            (slot, slots[name.removeprefix("$column ")]) for name, slot in slots.items() if name.startswith("$column ")
        )

    def _place(self, keys: Keys, path: tuple[str, ...], entry: FactField | MovedField) -> None:
        for group in path[:-1]:
            inner = keys.setdefault(group, {})
            assert isinstance(inner, dict)
            keys = inner
        keys.setdefault(path[-1], entry)

    def read(self, case: Mapping[str, Any]) -> CaseFacts:
        """Return the facts of a case. Raises InvalidValue for a value that validation would have refused."""
        slots = self.program.slots
        blank, absent = self.template.copy(), AbsentFacts(self.presumed["case"].copy(), set())
        _fill_part(blank, self.keys["case"], case, absent)
        if blank[slots["at"]] is OPEN:
            blank[slots["at"]] = blank[slots["submitted_at"]]
        raw_lines = (case.get("order") or {}).get("lines") or ()
        lines = [self._line(line) for line in raw_lines]
        for column, slot in self.columns:
            blank[column] = tuple(values[slot] for values, _ in lines)
        order = Context(
            self.pack.calendar, line_ids=tuple(str(TEXT.parse(str(line.get("id", "")))) for line in raw_lines)
        )
        issues = tuple(
            self._issue(number, issue, blank, absent, lines, order) for number, issue in enumerate(case["issues"])
        )
        days = {chain: self._day(chain, blank) for chain in self.chains}
        governing = {document.name: days[document.as_of] for document in self.pack.documents.values()}
        values = tuple(values for values, _ in lines)
        return CaseFacts(case, blank[slots["at"]], issues, values, governing, read_payments(case))

    def _line(self, line: Mapping[str, Any]) -> tuple[dict[int, Any], AbsentFacts]:
        """Return a line's facts by slot, and the facts that it leaves out."""
        values, absent = self.line_template.copy(), AbsentFacts(self.presumed["line"].copy(), set())
        _fill_part(values, self.keys["line"], line, absent)
        return values, absent

    def _issue(
        self,
        number: int,
        issue: Mapping[str, Any],
        blank: Frame,
        of_case: AbsentFacts,
        lines: list[tuple[dict[int, Any], AbsentFacts]],
        order: Context,
    ) -> IssueFacts:
        program, frame = self.program, blank.copy()
        moved = {name for _, _, name, _ in of_case.moved}
        absent = AbsentFacts((of_case.presumed | self.presumed["issue"]) - moved, of_case.unknown.copy())
        _fill_part(frame, self.keys["issue"], issue, absent)
        line = _line_index(issue, order.line_ids)
        no_line = dict.fromkeys(self.line_template, OPEN), AbsentFacts(set(), set())
        values, of_line = lines[line] if line is not None else no_line
        for slot, value in values.items():
            frame[slot] = value
        for slot, name in program.sent:
            frame[slot] = OPEN if frame[program.slots[name]] is OPEN else True
        for slot, chain in program.days:
            frame[slot] = self._day(chain, frame)
        for governed in self.governed:
            frame[governed.slot] = governed.value(frame[governed.day])
        context = replace(order, line_index=line, sent_unknown=frozenset(absent.unknown | of_line.unknown))
        for derived in program.derived:
            frame[derived.slot] = derived.compute(frame, context)
        return IssueFacts(number, frame, frozenset(absent.presumed | of_line.presumed), context)

    def _day(self, chain: tuple[str, ...], frame: Frame) -> int:
        """Return the governing day: the day of the first known fact of the chain."""
        for name in chain:
            value = frame[self.program.slots[name]]
            if value is not OPEN:
                return int(value) if self.program.types[name].kind == "date" else self.pack.calendar.day_of(value)
        return self.pack.calendar.day_of(0)


def _line_index(issue: Mapping[str, Any], ids: tuple[str, ...]) -> int | None:
    """Return which line an issue is about: the one that it names, or the only one."""
    named = issue.get("line")
    if named is not None and str(named) in ids:
        return ids.index(str(named))
    return 0 if len(ids) == 1 else None


def _fact_field(slot: int, kind: Type, name: str) -> FactField:
    return slot, kind.parser(), name


def _moved_field(slot: int, kind: Type, moved: MovedTo) -> MovedField:
    parse = kind.parser()
    if not moved.key:
        return slot, parse, moved.fact, False
    return slot, lambda value: {**moved.record, moved.key: parse(value)}, moved.fact, True


def _fill_part(frame: Frame | dict[int, Any], keys: Keys, source: Mapping[str, Any], absent: AbsentFacts) -> None:
    """Write the stated facts of a part of the case, and retired ones where the facts in their place are not stated."""
    _fill(frame, keys, source, absent)
    for slot, value, name, adds in absent.moved:
        if slot in absent.stated:
            continue
        so_far = frame[slot] if isinstance(frame[slot], tuple) else ()
        frame[slot] = (*so_far, value) if adds else value
        absent.presumed.discard(name)


def _fill(frame: Frame | dict[int, Any], keys: Keys, source: Mapping[str, Any], absent: AbsentFacts) -> None:
    """Write the stated facts of a part of the case; a stated fact, even an unknown one, is not presumed."""
    for key, value in source.items():
        entry = keys.get(key)
        if entry is None:
            continue
        if isinstance(entry, dict):
            if isinstance(value, dict):
                _fill(frame, entry, value, absent)
            continue
        if len(entry) == 4:
            if value is not None and value != UNKNOWN:
                slot, parse, name, adds = entry
                absent.moved.append((slot, parse(value), name, adds))
            continue
        slot, parse, name = entry
        absent.presumed.discard(name)
        absent.stated.add(slot)
        if value is None or value == UNKNOWN:
            absent.unknown.add(slot)
            frame[slot] = OPEN
        else:
            frame[slot] = parse(value)
