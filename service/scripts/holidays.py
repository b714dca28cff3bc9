"""Write calendar.yaml of mainland China from the published holidays, as the package chinesecalendar carries them.

    python -m service.scripts.holidays 2014 2026 > policies/cn/calendar.yaml

Run it each year when the State Council has announced the next one (usually in November), with a new chinesecalendar.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib import import_module
from itertools import groupby

HEADER = """\
# Days off and make-up working days (调休) of mainland China, as announced by the General Office of the State Council.
# Written by `python -m service.scripts.holidays {first} {last}`; correct the script, not this file.
# Working hours 09:00 to 18:00 are those of the working clock in JD-01.
working_hours: {{from: '09:00', until: '18:00'}}
years:
"""


def calendar(first: int, last: int, off: Mapping[date, str], on: Mapping[date, str]) -> str:
    """Return the text of calendar.yaml for the years from `first` to `last`. Raises ValueError for one without days."""
    missing = [year for year in range(first, last + 1) if not any(day.year == year for day in off)]
    if missing:
        raise ValueError(f"no holidays are published for {', '.join(map(str, missing))}")
    years = (line for year in range(first, last + 1) for line in _year(year, off, on))
    return HEADER.format(first=first, last=last) + "\n".join(years) + "\n"


def _year(year: int, off: Mapping[date, str], on: Mapping[date, str]) -> Iterator[str]:
    yield f"  {year}:"
    yield from _days("holidays", ((day, name) for day, name in sorted(off.items()) if day.year == year))
    yield from _days("working", ((day, name) for day, name in sorted(on.items()) if day.year == year))


def _days(key: str, days: Iterable[tuple[date, str]]) -> Iterator[str]:
    yield f"    {key}:"
    for name, group in groupby(days, key=lambda item: item[1]):
        yield f"      # {name}"
        yield from (f"      - {day}" for day, _ in group)


def main(arguments: list[str]) -> int:
    """Print the calendar of a span of years; 2 when the arguments or the published years do not allow it."""
    try:
        published = import_module("chinese_calendar.constants")
    except ImportError:
        print("this script needs the package chinesecalendar: pip install chinesecalendar", file=sys.stderr)
        return 2
    try:
        first, last = (int(argument) for argument in arguments)
        text = calendar(first, last, published.holidays, published.workdays)
    except ValueError as error:
        print(f"say the first and the last year ({error})", file=sys.stderr)
        return 2
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
