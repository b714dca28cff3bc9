"""The worked scenarios, read from where they stand: each EXPECT row has its branch, and is decided as it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.places import ROOT, SHARED
from tests.support.walk import Walk, Walked

PACK: Final = ROOT / "policies" / "cn"
SCENARIOS: Final = SHARED / "domain" / "scenarios.md"
MANY: Final = 26
ROWS: Final = 51

HUMAN: Final = frozenset({"agent", "lead", "manager", "specialist"})
RANGE: Final = frozenset({("S01", "ceiling"), ("S28", "jd ceiling")})  # how far the agent may go
BESIDE: Final = frozenset({("S01", "seed goodwill")})  # an alternative that needs approval

pytestmark = pytest.mark.skipif(not SCENARIOS.is_file(), reason="../shared/domain/scenarios.md is not here")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a remedy of the EXPECT tables is here: a kind, and what goes with it."""

    kind: str
    extent: str = ""
    returns: bool = False
    or_else: str = ""  # another kind that the customer may choose instead


REMEDIES: Final[Mapping[str, Meaning]] = {
    "partial_refund": Meaning("refund", extent="partial"),
    "full_refund_no_return": Meaning("refund", extent="full"),
    "refund": Meaning("refund"),
    "refund_no_return": Meaning("refund", extent="full"),
    "refund_and_statutory": Meaning("refund", extent="full"),
    "refund_and_double_deposit": Meaning("refund", extent="full"),
    "forfeit_deposit": Meaning("refund", extent="partial"),
    "refund_or_resend": Meaning("refund", extent="full", or_else="resend"),
    "refund_or_replace": Meaning("refund", extent="full", or_else="resend"),
    "exchange": Meaning("exchange", returns=True),
    "return_refund": Meaning("return_refund", returns=True),
    "return_refund_and_promise": Meaning("return_refund", returns=True),
    "return_refund_and_statutory": Meaning("return_refund", returns=True),
    "partial_return": Meaning("return_refund", extent="partial", returns=True),
    "intercept_or_return_refund": Meaning("return_refund", returns=True),
    "price_difference": Meaning("price_difference"),
    "late_shipping_compensation": Meaning("compensation"),
    "refuse": Meaning("refuse"),
    "refuse_with_goodwill": Meaning("refuse"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an EXPECT table, amounts in fen."""

    scenario: str
    branch: str
    cells: Mapping[str, str]

    def fen(self, column: str) -> int:
        """Return an amount of the row."""
        return int(Decimal(self.cells[column]) * 100)

    def __str__(self) -> str:
        return f"{self.scenario} {self.branch}"


def expected_rows() -> Iterator[Row]:
    """Yield the rows of all scenarios in the order of the page."""
    if not SCENARIOS.is_file():
        return
    page = SCENARIOS.read_text(encoding="utf-8")
    for scenario, section in re.findall(r"^## (S\d\d) (.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL):
        lines = section.splitlines()
        start = next((at for at, line in enumerate(lines) if line.startswith("| EXPECT branch |")), len(lines))
        names = _cells(lines[start]) if start < len(lines) else []
        for line in lines[start + 2 :]:
            if line.startswith("|"):
                branch, *rest = _cells(line)
                yield Row(scenario, branch, dict(zip(names[1:], rest, strict=True)))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@pytest.fixture(scope="module")
def decided(walks: Callable[[Path], Walk]) -> dict[tuple[str, str], Walked]:
    """Return the branches of the pack's cases by scenario and name."""
    return {(one.trial.scenario, one.branch.name): one for one in walks(PACK).walked}


def paid_fen(case: Mapping[str, Any], number: str) -> int:
    """Return what a line cost: as sent, or its price less its share of each discount by price."""
    lines = {line["id"]: line for line in case["order"]["lines"]}
    line = lines[number]
    if "paid_fen" in line:
        return int(line["paid_fen"])
    gross = {key: each["price_fen"] * each["quantity"] for key, each in lines.items()}
    paid = Fraction(gross[number])
    for discount in case["order"]["discounts"]:
        paid -= Fraction(discount["amount_fen"] * gross[number], sum(gross[key] for key in discount["lines"]))
    exact = Decimal(paid.numerator) / Decimal(paid.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def chosen(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the option that was chosen."""
    return next(option for option in found["alternatives"] if option["chosen"])


def check_parties(row: Row, found: Mapping[str, Any]) -> None:
    """Hold who answers and who bears it against the row."""
    assert found["responsibility"]["to_customer"] == row.cells["to_customer"]
    bearing = {party for party, percent in found["responsibility"]["final"].items() if percent}
    if row.cells["final"] == "shared":
        assert len(bearing) > 1
    else:
        assert bearing == {row.cells["final"]}


def check_remedy(row: Row, found: Mapping[str, Any], meaning: Meaning) -> None:
    """Hold the kind of the remedy and its freight against the row."""
    remedy = found["remedy"]
    assert remedy["kind"] == meaning.kind
    assert remedy["return_required"] is meaning.returns
    assert (remedy["freight"]["out"], remedy["freight"]["back"]) == (
        row.cells["freight_out"],
        row.cells["freight_back"],
    )
    if meaning.extent:
        assert remedy["extent"] == meaning.extent
    if meaning.or_else:
        assert any(option["kind"] == meaning.or_else for option in found["alternatives"])


def check_extras(row: Row, found: Mapping[str, Any]) -> None:
    """Hold compensation and goodwill against the row."""
    remedy = found["remedy"]
    goodwill = remedy["goodwill"]
    assert sum(item["amount_fen"] for item in remedy["compensation"]) == row.fen("comp")
    assert (goodwill["amount_fen"] if goodwill else 0) == row.fen("goodwill")


def check_mode(row: Row, found: Mapping[str, Any]) -> None:
    """Hold who may carry it out against the row."""
    mode = found["automation"]["mode"]
    assert mode in HUMAN if row.cells["mode"] == "human" else mode == row.cells["mode"]


def test_the_page_has_every_row() -> None:
    rows = list(expected_rows())
    assert len(rows) == ROWS
    assert len({row.scenario for row in rows}) == MANY
    assert {row.cells["remedy"] for row in rows} == set(REMEDIES)


@pytest.mark.parametrize("row", list(expected_rows()), ids=str)
def test_a_row_is_decided_as_expected(row: Row, decided: Mapping[tuple[str, str], Walked]) -> None:
    one = decided.get((row.scenario, row.branch))
    assert one is not None, f"no branch of {row.scenario} is named {row.branch!r}"
    case, found = one.case, one.found
    meaning = REMEDIES[row.cells["remedy"]]
    order = [paid_fen(case, line["id"]) for line in case["order"]["lines"]]
    assert row.fen("paid") in (paid_fen(case, case["issues"][0]["line"]), sum(order))
    if (row.scenario, row.branch) in BESIDE:
        check_alternative(row, found, meaning)
        return
    check_parties(row, found)
    check_remedy(row, found, meaning)
    check_extras(row, found)
    check_mode(row, found)
    if (row.scenario, row.branch) in RANGE:
        assert chosen(found)["up_to_fen"] == row.fen("refund")
    else:
        assert found["remedy"]["refund_fen"] == row.fen("refund")


def check_alternative(row: Row, found: Mapping[str, Any], meaning: Meaning) -> None:
    """Compare an option that a person may grant with the row; the party that offers it bears what it adds."""
    assert found["responsibility"]["to_customer"] == row.cells["to_customer"]
    assert row.fen("refund") == row.fen("paid"), "only a full refund stands beside the chosen one"
    fits = [
        option
        for option in found["alternatives"]
        if option["kind"] == meaning.kind
        and option["refund_fen"] == row.fen("refund")
        and option["voucher_fen"] == row.fen("goodwill")
        and option["return_required"] is meaning.returns
    ]
    assert len(fits) == 1
    assert not fits[0]["chosen"]
    assert fits[0]["needs"] in HUMAN
    assert row.cells["mode"] == "human"
