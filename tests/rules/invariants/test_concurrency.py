"""Threads and processes share a pack and its engine; packs that are closed give their memory back."""

from __future__ import annotations

import gc
import hashlib
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson
import pytest

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import Decider
from rules.deciding.match import Matcher
from rules.lab.trial import read_trials
from rules.values.value import OPEN
from service.validation.amounts import in_minor_units
from tests.support.budget import budget
from tests.support.places import ROOT
from tests.support.random_cases import Case, random_cases
from tests.support.random_packs import RandomPack

CASES: Final = 1_000
DECISIONS: Final = budget(4_000, 50_000)
THREADS: Final = 8
PROCESSES: Final = 4
PACKS: Final = budget(100, 1_000)
MOST_GROWTH: Final = 4_000_000
FINES: Final = ROOT / "tests" / "packs" / "library"
FRUIT: Final = ROOT / "policies" / "cn"
MIX: Final = (800, 40, 160)  # cases of fines, of the policies' own tests, of a random pack
PROCESS_WORTH: Final = 2  # a process decides as much as two threads, so that half is done by each kind

Asked = tuple[Decider, Case]
Answered = tuple[Decider, Case, bytes]


def folder(path: Path) -> Pack:
    """Load the pack of a folder."""
    files = {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*.yaml")
        if not {"cases", "published"} & set(file.parts)
    }
    return loaded(files)


def loaded(files: Mapping[str, bytes]) -> Pack:
    pack, problems = load(files)
    assert pack is not None, "\n".join(map(str, problems))
    return pack


def digest(decider: Decider, case: Case) -> bytes:
    return hashlib.blake2b(orjson.dumps(decider.decide(case)), digest_size=8).digest()


# ---- cases, each unlike the others


def fines(chance: Random) -> Iterator[Case]:
    """Yield cases about fines of a library, some with facts left open."""
    for number in count(1):
        loan = {
            "days_late": chance.choice((number, number % 7, None)),
            "reader": chance.choice(("child", "adult", None)),
        }
        yield {
            "submitted_at": "2026-08-14T15:00:00+02:00",
            "order": {"lines": [{"id": "1", "paid_fen": number}]},
            "issues": [{"loan": {name: value for name, value in loan.items() if value is not None}}],
        }


def branches(path: Path, pack: Pack) -> Iterator[Case]:
    """Yield the branches of a pack's own tests that name an amount, each with an amount of its own."""
    texts = [(file.read_bytes(), file.name) for file in sorted((path / "cases").glob("*.yaml"))]
    cases = [
        in_minor_units(branch.case, pack)
        for text, name in texts
        for trial in read_trials(text, name)[0]
        for branch in trial.branches
    ]
    for number, case in enumerate(cycle(case for case in cases if paid(case))):
        other = deepcopy(dict(case))
        for line in paid(other):
            line["paid_fen"] += number
        yield other


def paid(case: Case) -> list[dict[str, Any]]:
    """Return the lines of a case whose amount is known."""
    return [line for line in case.get("order", {}).get("lines", []) if isinstance(line.get("paid_fen"), int)]


@pytest.fixture(scope="module")
def asked() -> Iterator[list[Asked]]:
    """A thousand distinct cases of three packs."""
    made = RandomPack(Random(0), 20)
    packs = (folder(FINES), folder(FRUIT), loaded({name: text.encode() for name, text in made.files.items()}))
    with ExitStack() as stack:
        deciders = [Decider(pack, stack.enter_context(Matcher(pack))) for pack in packs]
        cases = (fines(Random(1)), branches(FRUIT, packs[1]), iter(random_cases(made, Random(1), 1_000)))
        found = [
            (decider, case)
            for decider, many, own in zip(deciders, MIX, cases, strict=True)
            for case in islice(own, many)
        ]
        assert len({orjson.dumps(case, default=str) for _, case in found}) == CASES
        yield found


def wrong(answered: Sequence[Answered], seed: int, many: int) -> int:
    """Decide cases in an order of one's own, and count those decided otherwise than by one thread alone."""
    order = Random(seed).sample(range(len(answered)), len(answered))
    mistakes = 0
    for turn in range(many):
        decider, case, expected = answered[order[turn % len(order)]]
        mistakes += digest(decider, case) != expected
    return mistakes


def child(work: Callable[[], int]) -> int:
    """Fork a process that does some work and exits with what it returns."""
    process = os.fork()
    if process == 0:
        signal.alarm(600)  # rather killed than waited for
        status = 255
        try:
            status = min(work(), 100)
        finally:
            os._exit(status)
    return process


def test_threads_and_processes_decide_as_one_thread_does(
    asked: list[Asked], record_property: Callable[[str, object], None]
) -> None:
    answered = [(decider, case, digest(decider, case)) for decider, case in asked]
    each = DECISIONS // (THREADS + PROCESSES * PROCESS_WORTH)
    began = time.perf_counter()
    processes = [child(partial(wrong, answered, seed, each * PROCESS_WORTH)) for seed in range(PROCESSES)]
    mistakes: list[int] = []

    def work(seed: int) -> None:
        mistakes.append(wrong(answered, seed, each))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(10, 10 + THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    exits = [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]
    many = each * (THREADS + PROCESSES * PROCESS_WORTH)
    by = f"{THREADS} threads and {PROCESSES} processes, {sum(mistakes) + sum(exits)} wrong"
    took = time.perf_counter() - began
    record_property("report", f"{many:,} decisions of {len(answered):,} cases by {by}; {took:.0f} s")
    assert many >= DECISIONS
    assert mistakes == [0] * THREADS
    assert exits == [0] * PROCESSES
    assert wrong(answered, 1, len(answered)) == 0


# ---- memory


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is read from /proc")
def test_packs_built_and_closed_cost_no_memory(record_property: Callable[[str, object], None]) -> None:
    several = [RandomPack(Random(seed), 50) for seed in range(10)]
    sizes: list[int] = []

    def build(number: int) -> None:
        made = several[number % len(several)]
        pack = loaded(
            {name: text.encode() for name, text in made.files.items()}
            | {"parameters.yaml": made.files["parameters.yaml"].encode() + b"# %d\n" % number}
        )
        with Matcher(pack) as matcher:
            sizes.append(sum(len(policy.rules) for policy in pack.program.policies))
            matcher.true_rules(0, [OPEN] * pack.program.size)

    for number in range(50):
        build(number)
    before, began = resident(), time.perf_counter()
    sizes.clear()
    for number in range(PACKS):
        build(number)
    after = resident()
    memory = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after"
    took = time.perf_counter() - began
    record_property("report", f"{PACKS:,} packs of {min(sizes)} rules built and closed: {memory}; {took:.0f} s")
    assert after - before < MOST_GROWTH
