"""Decide many cases: worked out wherever there is room, recorded some at a time, each by itself for all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..callers import Caller, caller_of
from ..ledger.outages import outage_of
from ..packs import Ready
from .deciding import Numbered, Told, number, work
from .desk import Desk
from .recording import Json, Recorded, record

SOME: Final = 50  # cases that are recorded in one transaction: the next writer waits no longer than for these

Case = Mapping[str, Any]
Result = Recorded | Exception  # why it was not recorded
Spread = Callable[[Iterable["Job"]], Iterable[list[Told]]]  # works jobs out, here or elsewhere, in their order


@dataclass(frozen=True, slots=True)
class Job:
    """Cases to work out at one place."""

    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Working:
    """Works jobs out by a pack; it can do so in every process that has the pack."""

    ready: Ready
    personal: str

    def __call__(self, job: Job) -> list[Told]:
        """Return what each case of a job gives."""
        return [work(self.ready, self.personal, case) for case in job.cases]


def simulate_all(ready: Ready, cases: Sequence[Case], clock: Callable[..., str], spread: Spread) -> Iterator[Json]:
    """Yield the recommendation for each case; nothing is kept."""
    dated = [ready.dated(case, clock) for case in cases]
    for told in spread(Job(some) for some in _portions(dated)):
        yield from (one.recommendation for one in told)


def decide_all(desk: Desk, cases: Sequence[Case], by: Caller | str, spread: Spread) -> Iterator[Result]:
    """Decide cases and record them; yield in their order what was recorded, or why one was not."""
    numbered: list[Sequence[Numbered | Exception]] = []

    def jobs() -> Iterator[Job]:  # each can begin while the next one's cases get their numbers
        for some in _portions(cases):
            numbered.append(_numbered(desk, some))
            yield Job([one.case for one in numbered[-1] if isinstance(one, Numbered)])

    recording = _Recording(desk, caller_of(by))
    for told, some in zip(spread(jobs()), numbered, strict=True):
        good = [one for one in some if isinstance(one, Numbered)]
        recorded = iter(recording.some(list(zip(good, told, strict=True))))
        yield from (one if isinstance(one, Exception) else next(recorded) for one in some)


def _numbered(desk: Desk, cases: Sequence[Case]) -> Sequence[Numbered | Exception]:
    try:
        return number(desk, cases)
    except Exception as error:  # others may be recorded already, and their results must not be lost
        return [error] * len(cases)


def _portions(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    return (cases[start : start + SOME] for start in range(0, len(cases), SOME))


class _Recording:
    """Records what was told of cases; after an outage of the store nothing more is tried."""

    def __init__(self, desk: Desk, by: Caller) -> None:
        self.desk, self.by = desk, by
        self.silent: Exception | None = None

    def some(self, pairs: Sequence[tuple[Numbered, Told]]) -> list[Result]:
        """Record all in one transaction, or else each in its own, so that none spoils another."""
        try:
            return self._record(pairs)
        except Exception as error:
            self._listen(error)
            return [self._alone(pair) for pair in pairs] if len(pairs) > 1 else [error]

    def _alone(self, pair: tuple[Numbered, Told]) -> Result:
        try:
            (recorded,) = self._record([pair])
        except Exception as error:
            self._listen(error)
            return error
        return recorded

    def _listen(self, error: Exception) -> None:
        if outage_of(error) is not None:
            self.silent = error

    def _record(self, pairs: Sequence[tuple[Numbered, Told]]) -> list[Result]:
        if self.silent is not None:
            raise self.silent
        with self.desk.ledger.writing(self.by.name) as writer:
            made = record(self.desk, writer, [told.of(numbered) for numbered, told in pairs], self.by)
        return [replace(one, recommendation=told.recommendation) for one, (_, told) in zip(made, pairs, strict=True)]
