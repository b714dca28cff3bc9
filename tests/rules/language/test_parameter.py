"""Figures by date: which of them a case gets, and what a shop may set instead."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import Decider
from rules.deciding.match import Matcher
from rules.values.kind import Type
from rules.values.value import OPEN
from tests.support.base_packs import BARE, answers, case_of, pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, line: {of: line}, issue: {of: issue}}
facts:
  order.paid_at:       {type: instant}
  order.refunded_fen:  {type: money}
  line.paid_fen:       {type: money}
  issue.days:          {type: number}
"""
SOURCES = """
documents:
  law:   {title: {en: Law}, as_of: [order.paid_at, submitted_at]}
  house: {title: {en: House}}
articles:
  LAW-1:   {document: law, says: {en: x}}
  HOUSE-1: {document: house, says: {en: x}}
"""
PARAMETERS = """
window:  {type: {number: days}, source: LAW-1, values: {2014-03-15: 7, 2020-01-01: 14, 2025-07-01: 30}}
percent: {type: {number: percent}, source: HOUSE-1, values: {2021-01-01: 20, 2019-01-01: 10}}
ceiling: {type: money, label: {zh: 上限, en: ceiling}, values: 5 EUR}
share:   {type: ratio, values: 0.25, note: a quarter}
shop.pays: {type: {one_of: [all, half]}, shop_sets: true, values: half}
"""
POLICY = """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - {id: in-time, when: {issue.days: {at_most: {parameter: window}}}, then: {answer: {parameter: percent}}}
"""


def pack(policy: str = POLICY, **settings: object) -> Pack:
    files = {"vocabulary.yaml": VOCABULARY, "sources.yaml": SOURCES, "parameters.yaml": PARAMETERS, "p.yaml": policy}
    return pack_of(files, **settings)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_a_figure_has_its_values_in_the_order_of_their_days() -> None:
    percent = pack().parameters["percent"]
    assert (percent.days, percent.values) == ((day("2019-01-01"), day("2021-01-01")), (10, 20))
    assert percent.type == Type("number", unit="percent")
    assert percent.source == ("HOUSE-1",)


@pytest.mark.parametrize(
    ("on", "value"),
    [
        ("2014-03-14", OPEN),
        ("2014-03-15", 7),  # from its first day
        ("2019-12-31", 7),
        ("2020-01-01", 14),
        ("2025-06-30", 14),
        ("2025-07-01", 30),
        ("9999-12-31", 30),
    ],
)
def test_a_value_holds_until_the_next_begins(on: str, value: Any) -> None:
    assert pack().parameters["window"].on(day(on)) == value


def test_a_figure_without_dates_holds_always() -> None:
    found = pack().parameters
    assert found["ceiling"].on(1) == 500
    assert found["ceiling"].on(day("2026-01-01")) == 500
    assert (found["ceiling"].since, found["share"].values) == (0, (Fraction(1, 4),))
    assert found["ceiling"].label == {"zh": "上限", "en": "ceiling"}


# ---- in a rule


@pytest.mark.parametrize(
    ("paid", "submitted", "days", "answer"),
    [
        ("2019-06-01", "2019-06-05", 7, 10),  # the figures of 2019
        ("2019-06-01", "2019-06-05", 8, 0),
        ("2019-12-31", "2020-01-05", 8, 0),  # the window goes by the payment
        ("2020-01-01", "2020-01-05", 14, 10),
        ("2020-12-31", "2021-01-01", 14, 20),  # and the percentage by the submission
        ("2026-01-01", "2026-01-05", 30, 20),
        ("2026-01-01", "2026-01-05", 31, 0),
        ("2014-03-14", "2026-01-05", 1, 0),  # a rule whose figure has no value yet is not in force
        ("2018-06-01", "2018-12-31", 1, 0),
    ],
)
def test_each_figure_follows_the_day_of_its_source(paid: str, submitted: str, days: int, answer: int) -> None:
    case = case_of(f"{submitted}T12:00:00Z", order__paid_at=f"{paid}T12:00:00Z", issue__days=days)
    assert answers(pack(), case)["answer"] == answer


def test_without_a_date_of_payment_the_day_of_submission_governs() -> None:
    assert answers(pack(), case_of("2019-06-01T12:00:00Z", issue__days=8))["answer"] == 0
    assert answers(pack(), case_of("2020-06-01T12:00:00Z", issue__days=8))["answer"] == 10


# ---- in a decision

REFUND = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: pay
    source: LAW-1
    when: {issue.days: {at_most: {parameter: window}}}
    then:
      remedy.option:
        kind: refund
        refund: {percent: {parameter: percent}, of: line.paid_fen, at_most: {parameter: ceiling}}
  - id: refuse
    when: {not: {issue.days: {at_most: {parameter: window}}}}
    then: {remedy.option: {kind: refuse}}
---
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: none}
rules: [{id: nobody, when: {}, then: {responsibility.to_customer: none}}]
"""


@pytest.mark.parametrize(
    ("paid", "at", "days", "kind", "refund"),
    [
        ("2019-06-01", "2019-06-09", 7, "refund", 300),  # 10 % of 30.00
        ("2019-06-01", "2019-06-09", 8, "refuse", 0),
        ("2020-06-01", "2020-06-09", 8, "refund", 300),
        ("2020-06-01", "2021-06-09", 8, "refund", 500),  # 20 % of 30.00 are 6.00, and the ceiling is 5.00
    ],
)
def test_a_purchase_gets_the_figures_of_its_day_in_whatever_year_it_is_decided(
    paid: str, at: str, days: int, kind: str, refund: int
) -> None:
    files = {
        "vocabulary.yaml": VOCABULARY,
        "sources.yaml": SOURCES,
        "parameters.yaml": PARAMETERS,
        "remedy.yaml": REFUND,
    }
    loaded = pack_of(files)
    case = {
        "submitted_at": f"{at}T12:00:00Z",
        "at": "2026-03-02T12:00:00Z",
        "order": {"paid_at": f"{paid}T12:00:00Z", "refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 3000}]},
        "issues": [{"line": "1", "days": days}],
    }
    with Matcher(loaded) as matcher:
        remedy = Decider(loaded, matcher).decide(case)["remedy"]
    assert (remedy["kind"], remedy["refund_fen"]) == (kind, refund)


# ---- what a shop sets

SHOP = """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - {id: all, when: {shop.pays: all}, then: {answer: 100}}
  - {id: half, when: {shop.pays: half}, then: {answer: 50}}
"""


def test_what_a_shop_sets_reads_like_a_fact() -> None:
    assert answers(pack(SHOP), case_of())["answer"] == 50
    assert answers(pack(SHOP, **{"shop.pays": "all"}), case_of())["answer"] == 100


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        ({"shop.pays": "most"}, "R202 'most' is not one of all, half"),
        ({"ceiling": "9 EUR"}, "R204 'ceiling' cannot be set by the shop (mark it shop_sets: true)"),
        ({"shop.pay": "all"}, "R204 unknown parameter 'shop.pay' (did you mean 'shop.pays'?)"),
        ({"shop.pays": 5}, "R202 '5' is not one of all, half"),
        ({"shop.pays": 0.5}, "R202 '0.5' is not one of all, half"),
        ({"shop.pays": None}, "R202 'None' is not one of all, half"),
        ({"shop.pays": ["all"]}, "R202"),
    ],
)
def test_a_setting_that_does_not_fit_is_reported(settings: dict[str, object], reported: str) -> None:
    (problem,) = problems_of(
        {"parameters.yaml": PARAMETERS, "sources.yaml": SOURCES, "vocabulary.yaml": VOCABULARY}, **settings
    )
    assert str(problem).startswith(f"settings:1:1: {reported}")


def test_a_faulty_figure_is_reported_once() -> None:
    policy = POLICY.replace("percent}", "ceiling}")
    files = {
        "vocabulary.yaml": VOCABULARY,
        "parameters.yaml": "window: {type: days, values: 7}\nceiling: {type: number}",
    }
    _, problems = load({**BARE, **{name: text.encode() for name, text in {**files, "p.yaml": policy}.items()}})
    assert [problem.code for problem in problems] == ["R201", "R106"]
