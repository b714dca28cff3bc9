from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pickle import PicklingError

import pytest

from service.api.worker_pool import WorkerPool, helpers


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def die_elsewhere(here: int) -> int:
    if os.getpid() != here:
        os.kill(os.getpid(), signal.SIGKILL)
    return here


def test_jobs_are_done_in_their_order_here_and_by_helpers() -> None:
    results = list(WorkerPool(square, 2).spread(range(200)))
    assert [number for number, _ in results] == [number * number for number in range(200)]
    assert len({place for _, place in results} - {os.getpid()}) == 2


def test_without_helpers_all_is_done_here() -> None:
    assert list(WorkerPool(square, 0).spread([2, 3])) == [(4, os.getpid()), (9, os.getpid())]


def test_what_a_helper_does_not_finish_is_done_here() -> None:
    pool = WorkerPool(die_elsewhere, 2)
    assert list(pool.spread([os.getpid()] * 20)) == [os.getpid()] * 20
    assert list(pool.spread([os.getpid()])) == [os.getpid()]


def test_a_helper_goes_on_after_a_job_that_cannot_be_sent() -> None:
    pool = WorkerPool(repr, 1)
    with pytest.raises((AttributeError, TypeError, PicklingError)):
        list(pool.spread([lambda: None]))
    assert pool.idle.qsize() == 1
    assert list(pool.spread([1, 2])) == ["1", "2"]


def test_few_jobs_are_begun_before_the_first_result_is_taken() -> None:
    begun: list[int] = []

    def jobs() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            yield number

    results = WorkerPool(square, 2).spread(jobs())
    next(iter(results))
    assert len(begun) == 4
    assert len(list(results)) == 99


@pytest.mark.parametrize(("processors", "many"), [(1, 0), (2, 2), (3, 3), (64, 4)])
def test_a_process_has_a_helper_for_each_processor_up_to_four(
    processors: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert helpers() == many
