"""Decide many cases: worked out wherever there is room, recorded some at a time, each by itself for all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rules.deciding.budget import STEP_LIMIT as STEP_LIMIT_OF_A_CASE
from service.auth import Caller, caller_of
from service.casework.context import CaseContext
from service.casework.decisions.deciding import CaseResult, NumberedCase, decide_case, number_cases
from service.casework.decisions.recording import Json, Recorded, record
from service.errors import DomainError
from service.ledger.outages import outage_of
from service.packs import Ready

BATCH_CASES: Final = 50  # cases that are recorded in one transaction: the next writer waits no longer than for these
BATCH_ISSUES: Final = 100  # of these cases together, since a case takes as long as it has issues

MOST_STEPS: Final = 50 * STEP_LIMIT_OF_A_CASE  # of all cases of a request
MOST_WRITTEN: Final = 64 * 2**20  # bytes of all its results

Case = Mapping[str, Any]
Result = Recorded | Exception  # why it was not recorded
Spread = Callable[[Iterable["Job"]], Iterable[list[CaseResult]]]  # works jobs out, here or elsewhere, in their order


@dataclass(slots=True)
class Allowance:
    """How much one request has taken of what it may. It is counted: the same request always gets equally far.

    A case that is not reached is refused, and not decided otherwise than it would be alone.
    """

    steps: int = 0
    written: int = 0

    @property
    def spent(self) -> bool:
        """Return whether no further case is decided."""
        return self.steps >= MOST_STEPS or self.written >= MOST_WRITTEN

    def take(self, told: Iterable[CaseResult]) -> None:
        """Count what was worked out."""
        self.steps += sum(one.steps for one in told)


REFUSED: Final = DomainError("batch_spent")


@dataclass(frozen=True, slots=True)
class Job:
    """Cases to work out at one place."""

    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Worker:
    """Works jobs out by a pack; it can do so in every process that has the pack."""

    ready: Ready
    personal: str

    def __call__(self, job: Job) -> list[CaseResult]:
        """Return what each case of a job gives."""
        return [decide_case(self.ready, self.personal, case) for case in job.cases]


def simulate_all(
    ready: Ready, cases: Sequence[Case], clock: Callable[..., str], spread: Spread, allowance: Allowance
) -> Iterator[Json | Exception]:
    """Yield the recommendation for each case, or the refusal of those for which too little is left; nothing is kept."""
    dated = [ready.dated(case, clock) for case in cases]
    left = len(cases)
    for told in spread(Job(some) for some in _portions(dated)):
        if allowance.spent:
            break
        allowance.take(told)
        left -= len(told)
        yield from (one.recommendation for one in told)
    yield from [REFUSED] * left


def decide_all(
    context: CaseContext, cases: Sequence[Case], by: Caller | str, spread: Spread, allowance: Allowance
) -> Iterator[Result]:
    """Decide cases and record them; yield in their order what was recorded, or why one was not."""
    numbered: list[Sequence[NumberedCase | Exception]] = []

    def jobs() -> Iterator[Job]:  # each can begin while the next one's cases get their numbers
        for some in _portions(cases):
            numbered.append(_numbered(context, some))
            yield Job([one.case for one in numbered[-1] if isinstance(one, NumberedCase)])

    recording, left = _Recorder(context, caller_of(by)), len(cases)
    for at, told in enumerate(spread(jobs())):
        if allowance.spent:
            break
        allowance.take(told)
        some, numbered[at] = numbered[at], ()
        good = [one for one in some if isinstance(one, NumberedCase)]
        recorded = iter(recording.some(list(zip(good, told, strict=True))))
        left -= len(some)
        yield from (one if isinstance(one, Exception) else next(recorded) for one in some)
    yield from [REFUSED] * left


def _numbered(context: CaseContext, cases: Sequence[Case]) -> Sequence[NumberedCase | Exception]:
    try:
        return number_cases(context, cases)
    except Exception as error:  # others may be recorded already, and their results must not be lost
        return [error] * len(cases)


def _portions(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    """Yield the cases some at a time: fewer where they have many issues, and at least one."""
    some: list[Case] = []
    issues = 0
    for case in cases:
        if some and (len(some) == BATCH_CASES or issues + len(case["issues"]) > BATCH_ISSUES):
            yield some
            some, issues = [], 0
        some.append(case)
        issues += len(case["issues"])
    yield some


class _Recorder:
    """Records what was told of cases; after an outage of the store nothing more is tried."""

    def __init__(self, context: CaseContext, by: Caller) -> None:
        self.context, self.by = context, by
        self.silent: Exception | None = None

    def some(self, pairs: Sequence[tuple[NumberedCase, CaseResult]]) -> list[Result]:
        """Record all in one transaction, or else each in its own, so that none spoils another."""
        try:
            return self._record(pairs)
        except Exception as error:
            self._listen(error)
            return [self._alone(pair) for pair in pairs] if len(pairs) > 1 else [error]

    def _alone(self, pair: tuple[NumberedCase, CaseResult]) -> Result:
        try:
            (recorded,) = self._record([pair])
        except Exception as error:
            self._listen(error)
            return error
        return recorded

    def _listen(self, error: Exception) -> None:
        if outage_of(error) is not None:
            self.silent = error

    def _record(self, pairs: Sequence[tuple[NumberedCase, CaseResult]]) -> list[Result]:
        if self.silent is not None:
            raise self.silent
        with self.context.ledger.writing(self.by.name) as writer:
            made = record(self.context, writer, [told.of(numbered) for numbered, told in pairs], self.by)
        return [replace(one, recommendation=told.recommendation) for one, (_, told) in zip(made, pairs, strict=True)]
