"""Amounts that a case file writes with the pack's currency."""

from __future__ import annotations

from typing import Any

import pytest

from service.packs import Ready
from service.validation.amounts import in_minor_units


def case(amount: Any) -> dict[str, Any]:
    """Return a case with an amount wherever one can stand."""
    return {
        "order": {"refunded_fen": amount, "lines": [{"id": "1", "paid_fen": amount}]},
        "paid_before": [{"amount_fen": amount, "reference": "3 CNY"}],
        "issues": [{"kind": "3 CNY", "evidence": {"items": [{"kind": "3 CNY"}]}}],
        "strange": amount,
    }


@pytest.mark.parametrize(("written", "fen"), [("25.60 CNY", 2560), ("25.6 CNY", 2560), ("0 CNY", 0), ("3 CNY", 300)])
def test_an_amount_of_the_packs_currency_is_counted_in_minor_units(ready: Ready, written: str, fen: int) -> None:
    assert in_minor_units(case(written), ready.pack) == {**case(fen), "strange": written}


@pytest.mark.parametrize("written", ["25.60 USD", "25.601 CNY", "1.2.3 CNY", "25.60", "CNY", 2560, None, True, [], {}])
def test_what_is_no_such_amount_stays_as_it_is(ready: Ready, written: Any) -> None:
    assert in_minor_units(case(written), ready.pack) == case(written)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "3 CNY",
        {"order": "3 CNY"},
        {"order": {"lines": "3 CNY"}},
        {"issues": ["3 CNY"], "paid_before": "3 CNY"},
    ],
)
def test_a_case_of_another_shape_is_left_to_its_checks(ready: Ready, broken: Any) -> None:
    assert in_minor_units(broken, ready.pack) == broken
