from __future__ import annotations

from typing import Any

import pytest

from service.casework.choices import OVERRIDE, Choice, Given
from service.casework.limits.approval_authority import Limit, needed
from service.packs import Ready

DAY = "2026-08-14"


def recommendation(kind: str | None, refund_fen: int = 0, outcome: str = "remedy") -> dict[str, Any]:
    remedy = {
        "kind": kind,
        "refund_fen": refund_fen,
        "compensation": [],
        "goodwill": None,
        "additions": [],
        "return_required": False,
    }
    made = {"outcome": outcome, "provisional": outcome in ("ask", "review"), "alternatives": []}
    return made | {"remedy": None if kind is None else remedy}


@pytest.mark.parametrize(
    ("recommended", "given", "mode", "expected"),
    [
        (recommendation("refund", 5000), Given("refund", 7000), "auto", ("agent", False)),
        (recommendation("refund", 5000), Given("refund", 7001), "auto", ("lead", False)),
        (recommendation("refund", 5000), Given("refund", 7000), "manager", ("manager", False)),
        (recommendation("refund", 5000), Given("refund", 4999), "agent", ("lead", True)),
        (recommendation("refund", 5000), Given("explanation", goodwill_fen=16_000), "agent", ("manager", True)),
        (recommendation("refuse", outcome="refuse"), Given("refund", 2000), "auto_appeal", ("agent", False)),
        # what is still open entitles to nothing for sure, and what is likely is not cut by one alone
        (recommendation("refund", 5000, "ask"), Given("refund", 5000), "agent", ("lead", False)),
        (recommendation("refund", 5000, "ask"), Given("refund", 1000), "agent", ("lead", True)),
        (recommendation(None, outcome="review"), Given("refund", 2000), "agent", ("agent", False)),
        (recommendation(None, outcome="review"), Given("refund", 2001), "agent", ("lead", False)),
    ],
)
def test_an_override_needs_the_role_that_covers_it(
    cn: Ready, recommended: dict[str, Any], given: Given, mode: str, expected: tuple[str, bool]
) -> None:
    assert needed(cn.pack, Choice(OVERRIDE, override=given), given, recommended, Limit(mode, DAY, 0)) == expected


@pytest.mark.parametrize(
    ("before", "given", "role"), [(1999, 5001, "agent"), (2000, 5001, "lead"), (2000, 5000, "agent")]
)
def test_earlier_amounts_beyond_recommendations_count_too(cn: Ready, before: int, given: int, role: str) -> None:
    choice = Choice(OVERRIDE, override=Given("refund", given))
    recommended = recommendation("refund", 5000)
    assert needed(cn.pack, choice, Given("refund", given), recommended, Limit("auto", DAY, before)) == (role, False)


@pytest.mark.parametrize(("extra", "role"), [(0, "lead"), (2000, "lead"), (10_001, "manager")])
def test_giving_again_for_the_same_cause_needs_another_person(cn: Ready, extra: int, role: str) -> None:
    given = Given("refund", 5000 + extra)
    choice = Choice(OVERRIDE, override=given)
    limit = Limit("agent", DAY, 0, again=True)
    assert needed(cn.pack, choice, given, recommendation("refund", 5000), limit) == (role, True)
