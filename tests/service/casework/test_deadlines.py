"""Which deadlines begin when a moment comes that they count from."""

from __future__ import annotations

from typing import Any

import pytest

from service.casework.deadlines import starting
from service.packs import Ready

NOON = "2026-11-22T12:00:00+08:00"


def clock(name: str, within: str | None, after: str = "execution") -> dict[str, Any]:
    return {"name": name, "within": within, "after": after, "at": None, "on_timeout": None}


@pytest.mark.parametrize(
    ("within", "due_at"),
    [
        ("24 hours", "2026-11-23T04:00:00.000000Z"),
        ("7 days", "2026-11-29T15:59:59.999999Z"),  # the last day counts whole, which is up to 24:00 in China
        (None, None),  # how long it is was not known when the case was decided
    ],
)
def test_a_deadline_begins_where_its_length_is_known(counter: Ready, within: str | None, due_at: str | None) -> None:
    begun = starting([], {"clocks": [clock("refund", within)]}, counter.pack, "execution", NOON)
    assert [one["due_at"] for one in begun] == ([] if due_at is None else [due_at])


def test_a_deadline_that_runs_or_counts_from_another_moment_does_not_begin(counter: Ready) -> None:
    clocks = [clock("refund", "24 hours"), clock("call", "24 hours"), clock("look", "24 hours", "inspection")]
    (begun,) = starting([{"name": "refund"}], {"clocks": clocks}, counter.pack, "execution", NOON)
    assert begun["name"] == "call"
