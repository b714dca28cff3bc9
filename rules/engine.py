"""Find the true rules with durable_rules, restricted to the features that work correctly.

A match gives the engine one flat fact of integers; rules are conjunctions of comparisons of one field with a constant.
There are no joins, no `$or` (it fires once for each true branch), no strings ("1" equals 1, and 65,536 characters equal
their prefix), no floats, no arithmetic, no events (an event fires one rule only), no timers, and never its own `Host`.

    ValueError    InvalidRule    a rule that the engine does not support
    RuntimeError  EngineError    the engine failed: the match has no result; the next match uses a new handle
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from os import register_at_fork
from threading import Lock
from typing import Any, Final, NamedTuple, Protocol, Self

from rules.engine_rules import (
    NAMES,
    Branch,
    Guard,
    Rule,
    check,
    chunks,
    definition,
    equalities,
    fields_of,
    guard_fields,
    guard_of,
)
from rules.lazy_binding import lazy_binding

# The engine's callbacks call PyEval_CallObject, which Python 3.13 removed. No callback is set, so it is never called;
# but without lazy binding the import would fail.
with lazy_binding():
    from durable_rules_engine import (
        assert_fact,
        complete_and_start_action,
        create_ruleset,
        delete_ruleset,
        delete_state,
        retract_fact,
        start_action_for_state,
    )

VERSION: Final = "durable_rules 2.0.28"
# The ids that the engine makes are hashes too: after some 65,000 facts a new one counts as "already observed". So each
# fact has one id and is retracted before the next; retracting by id alone spares the engine reading the fact again.
RETRACTED: Final = '{"id":"c"}'
# delete_state frees pointers that nothing sets before a first firing, so every new handle fires this rule once.
WARM_UP_FACT: Final = '{"id":"c","w":1}'
# To the engine a null is not equal, unequal, less or more than an integer: it passes no test, like a field left out.
ABSENT: Final = "null"
HANDLED: Final = 0
NOT_HANDLED: Final = 1


class EngineError(RuntimeError):
    """Raised where the engine fails."""


class Codes(Protocol):
    """The codes of a case by field: a mapping of integers, or an object that computes a code on access."""

    def get(self, field: str, absent: Any = None, /) -> Any:
        """Return the code of a field, or `absent` where it is unknown."""


class Engine:
    """The rulesets of a pack, one per stratum, for all threads; usable in both processes after a fork."""

    version = VERSION

    def __init__(self, rulesets: Iterable[Ruleset]) -> None:
        self._rulesets = tuple(rulesets)

    def match(self, stratum: int, codes: Codes) -> frozenset[int] | set[int]:
        """Return the numbers of the stratum's true rules. Raises EngineError."""
        with _lock:
            return self._rulesets[stratum].match(codes)

    def close(self) -> None:
        """Free the memory outside of Python; a later match allocates it again."""
        with _lock:
            for ruleset in self._rulesets:
                ruleset.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# A match is several calls on a handle, which must not mix. The engine never lets go of the interpreter, so one lock for
# all costs nothing. A fork waits for it, so that the child inherits no locked lock and no handle inside a match.
_lock = Lock()
register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


class Ruleset:
    """The rules of one stratum, for one thread at a time.

    The two fields most often tested for equality are the guards: a chunk of branches is matched only where some agree
    with the case's codes of the guards, and gets only the fields that those branches read.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Build everything at once. Raises InvalidRule."""
        for number, alternatives in rules:
            check(number, alternatives)
        self.fields = frozenset(atom.field for _, parts in rules for part in parts for atom in part)
        self._always = frozenset(number for number, alternatives in rules if () in alternatives)
        branches = [
            (number, part)
            for number, alternatives in rules
            if number not in self._always
            for part in dict.fromkeys(alternatives)
        ]
        self._guards = guard_fields(branches)
        self._tested = tuple(equalities(branches, field) for field in self._guards)
        self._chunks = tuple(_Chunk(packed, self._guards) for packed in chunks(branches, self._guards))
        self._steps: dict[Guard, tuple[_Step, ...]] = {}

    def match(self, codes: Codes) -> frozenset[int] | set[int]:
        """Return the numbers of the true rules; only codes of relevant fields are read. Raises EngineError."""
        get = codes.get
        first, second = self._guards
        tested_first, tested_second = self._tested
        guard = tested_first.get(get(first)), tested_second.get(get(second))
        steps = self._steps.get(guard)
        if steps is None:
            steps = self._steps[guard] = tuple(step for chunk in self._chunks for step in chunk.steps(guard))
        if not steps:
            return self._always
        matched = set(self._always)
        for chunk, template, fields, absent in steps:
            matched.update(chunk.match(template % tuple(map(get, fields, absent))))
        return matched

    def close(self) -> None:
        """Free the memory outside of Python; a later match allocates it again."""
        for chunk in self._chunks:
            chunk.close()


class _Step(NamedTuple):
    """How to match a chunk for one guard: the template of the fact, with a place for the code of each field."""

    chunk: _Chunk
    template: str
    fields: tuple[str, ...]
    absent: tuple[str, ...]


class _Chunk:
    """Branches as one ruleset of the engine, with one session for all facts."""

    def __init__(self, branches: Sequence[Branch], guards: tuple[str, str]) -> None:
        self._reads: dict[Guard, set[str]] = defaultdict(set)
        for branch in branches:
            self._reads[guard_of(branch, guards)] |= fields_of([branch])
        self._names = dict(zip(sorted(fields_of(branches)), NAMES, strict=False))
        self._numbers = {f"{index:02}": number for index, (number, _) in enumerate(branches)}
        self._definition = definition(branches, self._names, guards)
        self._handle = 0
        self._open()

    def steps(self, guard: Guard) -> Iterator[_Step]:
        """Yield the step for a case of this guard; nothing where no branch agrees with it."""
        first, second = guard
        agree = [read for (one, two), read in self._reads.items() if one in (None, first) and two in (None, second)]
        fields = sorted(set().union(*agree))
        if fields:
            slots = ",".join(f'"{self._names[field]}":%s' for field in fields)
            yield _Step(self, f'{{"id":"c",{slots}}}', tuple(fields), (ABSENT,) * len(fields))

    def match(self, fact: str) -> list[int]:
        """Return the numbers of the rules that the fact makes true, once for each alternative. Raises EngineError."""
        handle = self._handle or self._open()
        matched: list[int] = []
        try:
            result, session = assert_fact(handle, fact)
            if result == NOT_HANDLED:
                return matched
            if result != HANDLED:
                raise EngineError(f"result {result} of a fact")
            _, fired = start_action_for_state(handle, session)
            while fired is not None:
                matched.append(self._numbers[fired[2:4]])  # {"07":{"m":{...}}}
                fired = complete_and_start_action(handle, session)
            retract_fact(handle, RETRACTED)
        except BaseException as error:
            # The fact may stay, half asserted, to join the next case, after an interrupt (a worker's time limit) too.
            self._abandon()
            if isinstance(error, Exception):
                raise EngineError(str(error)) from error
            raise
        return matched

    def close(self) -> None:
        if self._handle:
            self._handle = 0
            self._release()

    def _open(self) -> int:
        try:
            handle: int = create_ruleset("rules", self._definition)
            _, session = assert_fact(handle, WARM_UP_FACT)
            start_action_for_state(handle, session)
            complete_and_start_action(handle, session)
            retract_fact(handle, RETRACTED)
        except Exception as error:
            raise EngineError(str(error)) from error
        self._release = weakref.finalize(self, _free, handle)
        self._release.atexit = False
        self._handle = handle
        return handle

    def _abandon(self) -> None:
        """Drop a handle after a failure; the memory of its session leaks, since freeing it could crash."""
        self._release.detach()
        handle, self._handle = self._handle, 0
        with suppress(Exception):
            delete_ruleset(handle)


def _free(handle: int) -> None:
    delete_state(handle, "0")  # the only session: delete_ruleset alone would leave some 0.7 MB behind
    delete_ruleset(handle)
