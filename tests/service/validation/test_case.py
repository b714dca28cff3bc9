from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rules.language.vocabulary import read_vocabulary
from rules.text.reader import Reader
from rules.values import kind
from service.i18n.faults import FAULTS
from service.validation.case import CaseSchema, ahead, case_schema
from tests.support.base_packs import node_of

GOOD: dict[str, Any] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "channel": "chat",
    "order": {
        "paid_at": "2026-08-10T09:12:00+08:00",
        "refunded_fen": 0,
        "lines": [{"id": "1", "paid_fen": 12800, "quantity": 1}],
    },
    "delivery": {"arrived_on": "2026-08-14"},
    "issues": [
        {
            "kind": "broken",
            "line": "1",
            "spoiled_ratio": Decimal("0.20"),
            "evidence": {"items": [{"kind": "photo", "shows": ["damage"]}]},
        }
    ],
}


def changed(**values: Any) -> dict[str, Any]:
    """Return the good case with other values, named by their path with `__` between the steps."""
    case = deepcopy(GOOD)
    for path, value in values.items():
        *steps, last = path.split("__")
        part: Any = case
        for step in steps:
            part = part[int(step)] if isinstance(part, list) else part[step]
        part[last] = value
    return case


def found(schema: CaseSchema, case: Any) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in schema.faults(case)}


def test_a_good_case_fits_and_is_left_as_it_is(schema: CaseSchema) -> None:
    case = deepcopy(GOOD)
    assert schema.faults(case) == ()
    assert case == GOOD


@pytest.mark.parametrize("value", [None, "unknown"])
def test_every_fact_may_be_sent_as_unknown(schema: CaseSchema, value: Any) -> None:
    case = changed(
        channel=value,
        order__paid_at=value,
        order__refunded_fen=value,
        delivery__arrived_on=value,
        issues__0__kind=value,
        issues__0__line=value,
        issues__0__injury=value,
        issues__0__spoiled_ratio=value,
        issues__0__evidence={"items": value},
    )
    assert schema.faults(case) == ()


@pytest.mark.parametrize(
    ("values", "pointer", "code"),
    [
        ({"channel": "pigeon"}, "/channel", "not_one_of"),
        ({"chanel": "chat"}, "/chanel", "unknown_key"),
        ({"order": []}, "/order", "not_record"),
        ({"order__paid_at": "2026-08-10T09:12:00"}, "/order/paid_at", "naive_instant"),
        ({"order__paid_at": 1786000000}, "/order/paid_at", "not_instant"),
        ({"order__refunded_fen": Decimal("25.60")}, "/order/refunded_fen", "float_money"),
        ({"order__refunded_fen": Decimal("25.0")}, "/order/refunded_fen", "float_money"),
        ({"order__refunded_fen": Fraction(25)}, "/order/refunded_fen", "float_money"),
        ({"order__refunded_fen": True}, "/order/refunded_fen", "not_money"),
        ({"order__refunded_fen": "25"}, "/order/refunded_fen", "not_money"),
        ({"order__refunded_fen": -1}, "/order/refunded_fen", "money_range"),
        ({"order__lines": {}}, "/order/lines", "not_list"),
        ({"order__lines": [{}]}, "/order/lines/0/id", "missing"),
        ({"order__lines": [{"id": None}]}, "/order/lines/0/id", "missing"),
        ({"order__lines": [{"id": 1}]}, "/order/lines/0/id", "not_text"),
        ({"order__lines": [{"id": "1"}, {"id": "1"}]}, "/order/lines/1/id", "id_twice"),
        ({"order__lines": [{"id": "1"}, {"id": "\uff11\u200b"}]}, "/order/lines/1/id", "id_twice"),
        ({"order__lines": [{"id": str(n)} for n in range(201)]}, "/order/lines", "too_many"),
        ({"delivery__arrived_on": "2026-02-30"}, "/delivery/arrived_on", "not_date"),
        ({"issues": []}, "/issues", "too_few"),
        ({"issues": [{"kind": "late"}] * 51}, "/issues", "too_many"),
        ({"issues": [{}]}, "/issues/0/kind", "missing"),
        ({"issues": ["late"]}, "/issues/0", "not_record"),
        ({"issues__0__line": "2"}, "/issues/0/line", "no_such_line"),
        ({"paid_before": [{"line": "2", "amount_fen": 1}]}, "/paid_before/0/line", "no_such_line"),
        ({"issues__0__injury": "no"}, "/issues/0/injury", "not_yes_no"),
        ({"issues__0__spoiled_ratio": "1.5"}, "/issues/0/spoiled_ratio", "ratio_range"),
        ({"submitted_at": None}, "/submitted_at", "missing"),
        ({"submitted_at": "unknown"}, "/submitted_at", "not_instant"),
        ({"at": "2026-08-14T15:00:00"}, "/at", "naive_instant"),
        ({"pack": "library"}, "/pack", "other_pack"),
        ({"_schema": 1}, "", "unknown_key"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown_key"),
    ],
)  # fmt: skip
@pytest.mark.meets("S-101")
def test_an_invalid_value_is_reported_with_its_pointer(
    schema: CaseSchema, values: dict[str, Any], pointer: str, code: str
) -> None:
    assert found(schema, changed(**values)) == {(pointer, code)}


def test_all_issues_are_reported_at_once(schema: CaseSchema) -> None:
    case = {
        "order": {"refunded_fen": Decimal("1.5"), "payed_at": "x", "lines": [{"id": "1", "paid_fen": "a"}]},
        "issues": [
            {"kind": "lost", "line": "9"},
            {"kind": "late", "evidence": {"items": [{"kind": 1, "shown": 2}, 3]}},
        ],
    }
    assert found(schema, case) == {
        ("/submitted_at", "missing"),
        ("/order/refunded_fen", "float_money"),
        ("/order/payed_at", "unknown_key"),
        ("/order/lines/0/paid_fen", "not_money"),
        ("/issues/0/kind", "not_one_of"),
        ("/issues/0/line", "no_such_line"),
        ("/issues/1/evidence/items/0/kind", "not_one_of"),
        ("/issues/1/evidence/items/0/shown", "unknown_key"),
        ("/issues/1/evidence/items/1", "not_record"),
    }


@pytest.mark.parametrize("case", [None, [], "x", 1, True])
def test_a_case_is_an_object(schema: CaseSchema, case: Any) -> None:
    assert found(schema, case) == {("", "not_record")}


def test_the_nearest_known_key_is_suggested_in_both_languages(schema: CaseSchema) -> None:
    (fault,) = schema.faults(changed(order__payed_at=None))
    assert "paid_at" in fault.message("zh")
    assert "did you mean 'paid_at'?" in fault.message("en")


def test_a_retired_fact_is_accepted_whatever_it_says_and_warned_of(schema: CaseSchema) -> None:
    case = changed(order__old=12)
    assert schema.faults(case) == ()
    assert [(warning.pointer, warning.code) for warning in schema.warnings(case)] == [("/order/old", "retired")]
    assert schema.warnings(GOOD) == ()


def test_a_retired_fact_that_moved_is_checked_and_its_new_name_is_told() -> None:
    text = """
groups: {issue: {of: issue}}
facts:
  issue.lost_fen: {type: money}
  issue.hurt_fen: {type: money, retired: 2026-01-01, moved_to: issue.lost_fen}
"""
    schema = case_schema("small", read_vocabulary(node_of(text), "EUR", Reader()))
    case = {"submitted_at": "2026-08-14T15:00:00+08:00", "issues": [{"hurt_fen": 5}]}
    (warning,) = schema.warnings(case)
    assert (warning.pointer, warning.code) == ("/issues/0/hurt_fen", "moved")
    assert "issue.lost_fen" in warning.message("zh")
    assert schema.faults(case) == ()
    assert [fault.pointer for fault in schema.faults({**case, "issues": [{"hurt_fen": "much"}]})] == [
        "/issues/0/hurt_fen"
    ]


def test_a_shop_whose_own_policies_would_be_expected_is_warned_of(schema: CaseSchema) -> None:
    case = changed(merchant="seed")
    assert schema.faults(case) == ()
    assert [(warning.pointer, warning.code) for warning in schema.warnings(case)] == [("/merchant", "no_layer")]


def test_a_flood_of_faults_is_cut_short(schema: CaseSchema) -> None:
    assert len(schema.faults({str(number): 0 for number in range(100_000)})) == 100


def test_every_misfit_of_a_type_has_its_message() -> None:
    source = Path(kind.__file__).read_text(encoding="utf-8")
    codes = {code for code in FAULTS if f'"{code}"' in source}
    assert {"naive_instant", "float_money", "ratio_range", "not_unicode"} <= codes
    for named in source.split('Misfit("')[1:]:
        assert named.split('"')[0] in FAULTS


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_every_message_is_there_in_both_languages(code: str) -> None:
    assert FAULTS[code]["zh"] != FAULTS[code]["en"]


# ---- ranges

SHOP = """
groups: {order: {of: case}, line: {of: line}, issue: {of: issue}}
facts:
  issue.kind: {type: {one_of: [late]}}
  issue.hours: {type: {number: hours, at_least: 0}}
  order.labels: {type: {list_of: text, at_most: 2}}
  order.gifts: {type: {list_of: {units: {number: pieces, at_least: 1}}}}
  line.paid_fen: {type: money}
  line.quantity: {type: {number: pieces, at_least: 1, at_most: 1000}}
"""


@pytest.fixture(scope="module")
def bounded() -> CaseSchema:
    return case_schema("shop", read_vocabulary(node_of(SHOP), "CNY", Reader()))


@pytest.mark.parametrize(
    ("order", "pointer", "zh", "en"),
    [
        (
            {"lines": [{"id": "1", "quantity": 0}]},
            "/order/lines/0/quantity",
            "不能小于 1",
            "this cannot be less than 1",
        ),
        (
            {"lines": [{"id": "1", "quantity": "1000.5"}]},
            "/order/lines/0/quantity",
            "不能大于 1000",
            "this cannot be more than 1000",
        ),
        (
            {"lines": [{"id": "1", "paid_fen": 10**12}]},
            "/order/lines/0/paid_fen",
            "金额应在 0 与 999999999999 之间（以最小货币单位计）",
            "an amount must be between 0 and 999999999999 minor units",
        ),
        ({"labels": ["a", "b", "c"]}, "/order/labels", "最多 2 个", "at most 2 are allowed"),
        ({"gifts": [{"units": 1}, {"units": -1}]}, "/order/gifts/1/units", "不能小于 1", "this cannot be less than 1"),
    ],
)
def test_a_value_out_of_range_is_reported_in_both_languages(
    bounded: CaseSchema, order: dict[str, Any], pointer: str, zh: str, en: str
) -> None:
    (fault,) = bounded.faults(case_of(order))
    assert fault.pointer == pointer
    assert (fault.message("zh"), fault.message("en")) == (zh, en)


def case_of(order: dict[str, Any]) -> dict[str, Any]:
    return {"submitted_at": GOOD["submitted_at"], "order": order, "issues": [{"kind": "late", "hours": 0}]}


def test_the_bounds_of_a_range_belong_to_it(bounded: CaseSchema) -> None:
    lines = [{"id": "1", "quantity": 1, "paid_fen": 0}, {"id": "2", "quantity": 1000, "paid_fen": 10**12 - 1}]
    assert bounded.faults(case_of({"lines": lines, "labels": ["a", "b"]})) == ()


@pytest.mark.parametrize(
    ("at", "codes"),
    [
        (None, []),
        ("2026-08-14T16:00:00+08:00", []),
        ("2026-08-15T08:00:00Z", []),
        ("2026-08-15T16:00:01+08:00", ["not_yet"]),
        ("2199-01-01T00:00:00Z", ["not_yet"]),
    ],
)
def test_a_case_more_than_a_day_ahead_is_refused(at: str | None, codes: list[str]) -> None:
    found = ahead(case_of({}) | ({} if at is None else {"at": at}), "2026-08-14T16:00:00+08:00")
    assert [(fault.pointer, fault.code) for fault in found] == [("/at", code) for code in codes]


def test_a_payment_more_than_a_day_ahead_is_refused() -> None:
    paid = [{"amount_fen": 1, "at": at} for at in ("2026-08-15T16:00:00+08:00", "2026-08-15T16:00:01+08:00")]
    found = ahead(case_of({}) | {"paid_before": paid}, "2026-08-14T16:00:00+08:00")
    assert [(fault.pointer, fault.code) for fault in found] == [("/paid_before/1/at", "not_yet")]


def test_payments_as_the_ledger_reports_them_are_accepted(schema: CaseSchema) -> None:
    paid = {"line": "9", "amount_fen": 1, "decision": "dec_1", "at": "2199-01-01T00:00:00Z"}
    case = changed(paid_before=[paid])
    assert schema.faults(case) == ahead(case, "2026-08-14T16:00:00+08:00") == ()
