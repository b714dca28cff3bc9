"""Measure subjects side by side, in turns within one run, so that what slows the machine slows them all alike."""

import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter_ns
from typing import TypeVar

Case = TypeVar("Case")

TURNS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a result: a subject at one size, in microseconds a call."""

    bench: str
    rules: int
    subject: str
    median_us: float
    p95_us: float


def in_turns(
    bench: str,
    rules: int,
    subjects: Mapping[str, Callable[[Case], object]],
    cases: Sequence[Case],
    seconds: float = 0.3,
) -> Iterator[Row]:
    """Yield a row for each subject; a turn ends after all cases or after these seconds, whichever comes first."""
    taken: dict[str, list[int]] = {name: [] for name in subjects}
    for _ in range(TURNS):
        for name, subject in subjects.items():
            taken[name] += _turn(subject, cases, seconds)
    for name, times in taken.items():
        yield Row(bench, rules, name, round(median(times) / 1000, 2), round(quantiles(times, n=20)[-1] / 1000, 2))


def _turn(subject: Callable[[Case], object], cases: Sequence[Case], seconds: float) -> list[int]:
    times = []
    gc.collect()
    gc.disable()
    try:
        end = perf_counter_ns() + int(seconds * 1e9)
        for case in cases:
            began = perf_counter_ns()
            subject(case)
            ended = perf_counter_ns()
            times.append(ended - began)
            if ended > end:
                break
    finally:
        gc.enable()
    return times


def table(rows: Sequence[Row], against: str) -> str:
    """Lay rows out, a line for each size: `median (p95, times the median of the subject compared against)`."""
    sizes = sorted({row.rules for row in rows})
    subjects = list(dict.fromkeys(row.subject for row in rows))
    found = {(row.rules, row.subject): row for row in rows}
    lines = [["rules", *subjects]]
    for size in sizes:
        base = found.get((size, against))
        lines.append([f"{size:,}", *(_cell(found.get((size, subject)), base) for subject in subjects)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    padded = ["| " + " | ".join(map(str.rjust, line, widths)) + " |" for line in lines]
    return "\n".join([padded[0], "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|", *padded[1:]])


def _cell(row: Row | None, base: Row | None) -> str:
    if row is None:
        return "-"
    times = "" if base is None or base is row else f", {row.median_us / base.median_us:.1f}x"
    return f"{row.median_us:,.1f} (p95 {row.p95_us:,.1f}{times})"


def save(rows: Sequence[Row], file: Path) -> None:
    """Write rows as a JSON list."""
    file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
