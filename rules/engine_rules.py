"""The rules that the engine gets: conjunctions of tests, in chunks that it can take, as its JSON.

ValueError    InvalidRule    a rule that the engine does not support
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MOST_ALTERNATIVES: Final = 64
CODE_LIMIT: Final = 2**62  # the engine uses 64-bit integers and ignores overflow
# More than 64 tests waiting at once fail, and leave the fact behind. Tests that wait at once belong to different
# conjunctions, so 60 of those and the warm-up rule cannot get there.
MOST_CONJUNCTIONS: Final = 60
# A fact holds 254 properties at most. The engine distinguishes them by 32-bit hashes of their names, which can be equal
# ("f6059", "f264602"), and crashes on a rule that reads "id". So it sees these names only; a test compares the hashes.
NAMES: Final = tuple(f"f{index}" for index in range(240))
# Every new handle fires this rule once; the engine needs a first firing.
WARM_UP_RULE: Final = '"w":{"all":[{"m":{"$and":[{"w":1}]}}]}'

TESTS: Final = {
    "==": '{"%s":%d}',
    "!=": '{"$neq":{"%s":%d}}',
    "<": '{"$lt":{"%s":%d}}',
    "<=": '{"$lte":{"%s":%d}}',
    ">": '{"$gt":{"%s":%d}}',
    ">=": '{"$gte":{"%s":%d}}',
}


class InvalidRule(ValueError):
    """Raised while building, for a rule that the engine does not support."""


@dataclass(frozen=True, slots=True)
class Atom:
    """Compare the code of a field with a constant; false where the field is unknown, for `!=` too."""

    field: str
    op: Literal["==", "!=", "<", "<=", ">", ">="]
    code: int


Conjunction = tuple[Atom, ...]
Rule = tuple[int, tuple[Conjunction, ...]]  # its number, and its alternatives
Branch = tuple[int, Conjunction]  # one alternative, with the number of its rule
Guard = tuple[int | None, int | None]  # the codes of the two guard fields in a branch or a case, if any


def check(number: int, alternatives: Sequence[Conjunction]) -> None:
    """Check that the engine supports a rule. Raises InvalidRule."""
    if len(alternatives) > MOST_ALTERNATIVES:
        raise InvalidRule(f"rule {number} has more than {MOST_ALTERNATIVES} alternatives")
    for part in alternatives:
        if any(abs(atom.code) >= CODE_LIMIT for atom in part):
            raise InvalidRule(f"rule {number} tests a code out of range")
        if len(fields_of([(number, part)])) > len(NAMES):
            raise InvalidRule(f"rule {number} reads more than {len(NAMES)} fields at once")


def fields_of(branches: Iterable[Branch]) -> set[str]:
    """Return the fields that branches read."""
    return {atom.field for _, part in branches for atom in part}


def guard_fields(branches: Iterable[Branch]) -> tuple[str, str]:
    """Return the two fields most often tested for equality."""
    tested = Counter(field for _, part in branches for field in {atom.field for atom in part if atom.op == "=="})
    first, second, *_ = *(field for field, _ in tested.most_common(2)), "", ""
    return first, second


def equalities(branches: Iterable[Branch], field: str) -> dict[int, int]:
    """Return the codes that branches compare a field with for equality, each by itself."""
    return {atom.code: atom.code for _, part in branches for atom in part if atom.field == field and atom.op == "=="}


def guard_of(branch: Branch, guards: tuple[str, str]) -> Guard:
    """Return the codes that a branch wants of the guard fields."""
    wanted = {atom.field: atom.code for atom in branch[1] if atom.op == "=="}
    return wanted.get(guards[0]), wanted.get(guards[1])


def chunks(branches: Iterable[Branch], guards: tuple[str, str]) -> Iterator[list[Branch]]:
    """Yield the branches in lists that fit a chunk, those of one guard together where possible."""
    groups: dict[Guard, list[Branch]] = defaultdict(list)
    for branch in branches:
        groups[guard_of(branch, guards)].append(branch)
    chunk: list[Branch] = []
    for guard in sorted(groups, key=lambda guard: [(code is not None, code or 0) for code in guard]):
        group = groups[guard]
        for some in [group] if _fits_chunk(group) else [[branch] for branch in group]:
            if not _fits_chunk(chunk + some):
                yield chunk
                chunk = []
            chunk = chunk + some
    if chunk:
        yield chunk


def _fits_chunk(branches: Sequence[Branch]) -> bool:
    return len(branches) <= MOST_CONJUNCTIONS and len(fields_of(branches)) <= len(NAMES)


def definition(branches: Iterable[Branch], names: Mapping[str, str], guards: tuple[str, str]) -> str:
    """Return the definition of a ruleset, with sorted tests (guards, equalities, ranges) for shared prefixes."""

    def place(atom: Atom) -> tuple[bool, bool, bool, str, str, int]:
        return atom.op != "==", atom.field != guards[0], atom.field != guards[1], atom.field, atom.op, atom.code

    rules = [WARM_UP_RULE]
    for index, (_, part) in enumerate(branches):
        tests = ",".join(TESTS[atom.op] % (names[atom.field], atom.code) for atom in sorted(set(part), key=place))
        rules.append(f'"{index:02}":{{"all":[{{"m":{{"$and":[{tests}]}}}}]}}')
    return "{" + ",".join(rules) + "}"
