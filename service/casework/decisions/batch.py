"""Decide many cases: in any process, and recorded in batches; a case that fails does not stop the others."""

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

BATCH_CASES: Final = 50  # cases in one transaction, which is as long as the next writer waits
BATCH_ISSUES: Final = 100  # issues in one transaction: the time of a case grows with its issues

MOST_STEPS: Final = 50 * STEP_LIMIT_OF_A_CASE  # of all cases of a request
MOST_WRITTEN: Final = 64 * 2**20  # bytes of all its results

Case = Mapping[str, Any]
Result = Recorded | Exception  # an exception says why the case was not recorded
Spread = Callable[[Iterable["Job"]], Iterable[list[CaseResult]]]  # runs jobs, in this process or others, in order


@dataclass(slots=True)
class Allowance:
    """The steps and bytes that one request has used of its allowance; the same request always gets equally far.

    A case that is not reached is refused: it is never decided differently than it would be alone.
    """

    steps: int = 0
    written: int = 0

    @property
    def spent(self) -> bool:
        """Check whether no further case may be decided."""
        return self.steps >= MOST_STEPS or self.written >= MOST_WRITTEN

    def take(self, results: Iterable[CaseResult]) -> None:
        """Count the steps of results."""
        self.steps += sum(one.steps for one in results)


REFUSED: Final = DomainError("batch_spent")


@dataclass(frozen=True, slots=True)
class Job:
    """Cases to decide in one process."""

    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Worker:
    """Decides the cases of jobs by a pack, in any process that has the pack."""

    ready: Ready
    personal: str

    def __call__(self, job: Job) -> list[CaseResult]:
        """Return the result of each case of a job."""
        return [decide_case(self.ready, self.personal, case) for case in job.cases]


def simulate_all(
    ready: Ready, cases: Sequence[Case], clock: Callable[..., str], spread: Spread, allowance: Allowance
) -> Iterator[Json | Exception]:
    """Yield the recommendation for each case, or a refusal once the allowance is spent; nothing is recorded."""
    dated = [ready.dated(case, clock) for case in cases]
    left = len(cases)
    for results in spread(Job(some) for some in _portions(dated)):
        if allowance.spent:
            break
        allowance.take(results)
        left -= len(results)
        yield from (one.recommendation for one in results)
    yield from [REFUSED] * left


def decide_all(
    context: CaseContext, cases: Sequence[Case], by: Caller | str, spread: Spread, allowance: Allowance
) -> Iterator[Result]:
    """Decide and record cases; yield each recorded decision in order, or why there is none."""
    numbered: list[Sequence[NumberedCase | Exception]] = []

    def jobs() -> Iterator[Job]:  # a job can start while the cases of the next get their numbers
        for some in _portions(cases):
            numbered.append(_numbered(context, some))
            yield Job([one.case for one in numbered[-1] if isinstance(one, NumberedCase)])

    recording, left = _Recorder(context, caller_of(by)), len(cases)
    for at, results in enumerate(spread(jobs())):
        if allowance.spent:
            break
        allowance.take(results)
        some, numbered[at] = numbered[at], ()
        good = [one for one in some if isinstance(one, NumberedCase)]
        recorded = iter(recording.some(list(zip(good, results, strict=True))))
        left -= len(some)
        yield from (one if isinstance(one, Exception) else next(recorded) for one in some)
    yield from [REFUSED] * left


def _numbered(context: CaseContext, cases: Sequence[Case]) -> Sequence[NumberedCase | Exception]:
    try:
        return number_cases(context, cases)
    except Exception as error:  # earlier cases may be recorded already, and their results must not be lost
        return [error] * len(cases)


def _portions(cases: Sequence[Case]) -> Iterator[Sequence[Case]]:
    """Yield the cases in batches, smaller if cases have many issues, of at least one case."""
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
    """Records results; after an outage of the store it stops trying."""

    def __init__(self, context: CaseContext, by: Caller) -> None:
        self.context, self.by = context, by
        self.outage: Exception | None = None

    def some(self, pairs: Sequence[tuple[NumberedCase, CaseResult]]) -> list[Result]:
        """Record all in one transaction, or else each in its own, so that one failure does not affect the others."""
        try:
            return self._record(pairs)
        except Exception as error:
            self._note_outage(error)
            return [self._alone(pair) for pair in pairs] if len(pairs) > 1 else [error]

    def _alone(self, pair: tuple[NumberedCase, CaseResult]) -> Result:
        try:
            (recorded,) = self._record([pair])
        except Exception as error:
            self._note_outage(error)
            return error
        return recorded

    def _note_outage(self, error: Exception) -> None:
        if outage_of(error) is not None:
            self.outage = error

    def _record(self, pairs: Sequence[tuple[NumberedCase, CaseResult]]) -> list[Result]:
        if self.outage is not None:
            raise self.outage
        with self.context.ledger.writing(self.by.name) as writer:
            made = record(self.context, writer, [results.of(numbered) for numbered, results in pairs], self.by)
        return [
            replace(one, recommendation=results.recommendation) for one, (_, results) in zip(made, pairs, strict=True)
        ]
