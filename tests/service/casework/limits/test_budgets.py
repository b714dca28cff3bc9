from __future__ import annotations

from typing import Any

import pytest

from service.casework.context import CaseContext
from service.casework.executions.claims import claim
from service.casework.limits import budgets, scopes
from service.casework.limits.budgets import Limit, limit_of
from service.ledger.store import Ledger
from tests.support.machines import GIVES, MACHINE, automatic, bound, not_claimed, spent, standing, storm
from tests.support.rows import entries_of


@pytest.mark.parametrize(
    ("scope", "name", "code"),
    [
        ("customer", "C 1", "budget:customer:c1"),
        ("customer", "*", "budget:customer:c1"),
        ("merchant", "shop one", "budget:merchant:shopone"),
        ("category", "fresh", "budget:category:fresh"),
        ("day", "*", "budget:day:*"),
    ],
)
@pytest.mark.parametrize("limit", [(0, 10**9), (10, GIVES - 1)])
def test_each_budget_bounds_in_count_and_in_fen(
    context: CaseContext, ledger: Ledger, scope: str, name: str, code: str, limit: tuple[int, int]
) -> None:
    bound(ledger, scope, name, *limit)
    decision = automatic(context, storm())
    assert not_claimed(context, decision) == (code,)
    assert standing(ledger, decision) == ("agent", "open")
    assert spent(ledger) == {}


def test_a_budget_of_just_enough_is_enough(context: CaseContext, ledger: Ledger) -> None:
    for scope in scopes.BUDGETED:
        bound(ledger, scope, "*", 1, GIVES)
    assert claim(context, automatic(context, storm(1)), MACHINE.name)["total_fen"] == GIVES
    assert not_claimed(context, automatic(context, storm(2, merchant__id="two"))) == (
        "budget:category:fresh",
        "budget:day:*",
    )


def test_a_name_of_its_own_wins_over_everyone(ledger: Ledger) -> None:
    bound(ledger, "customer", "*", 5, 500)
    bound(ledger, "customer", "VIP-1", 9, 900)
    with ledger.reading() as connection:
        assert limit_of(connection, "customer", "vip1") == Limit(9, 900)
        assert limit_of(connection, "customer", "c2") == Limit(5, 500)
        assert limit_of(connection, "merchant", "m1") == budgets.DEFAULTS["merchant"]


def test_one_customer_is_one_however_spelled_and_another_is_not(context: CaseContext) -> None:
    ids = ["c-1", "C1", "ｃ１", "c-2"]
    decisions = [automatic(context, storm(number, customer__id=name)) for number, name in enumerate(ids)]
    for decision in (*decisions[:2], decisions[3]):
        claim(context, decision, MACHINE.name)
    assert not_claimed(context, decisions[2]) == ("budget:customer:c1",)  # two a day, unless set otherwise


@pytest.mark.parametrize("name", ["*", "somebody"])
def test_the_day_has_one_budget(ledger: Ledger, name: str) -> None:
    bound(ledger, "day", name, 1, 2)
    with ledger.reading() as connection:
        assert limit_of(connection, "day", "*") == Limit(1, 2)


def test_setting_a_budget_is_an_entry(ledger: Ledger) -> None:
    bound(ledger, "merchant", "Shop One", 3, 300)
    bound(ledger, "merchant", "Shop One", 4, 400)
    said: list[Any] = [entry for _, _, entry in entries_of(ledger, "budget.set")]
    assert [(one["name"], one["most"]) for one in said] == [("shopone", 3), ("shopone", 4)]


def test_limits_are_listed_with_what_was_taken(context: CaseContext, ledger: Ledger) -> None:
    bound(ledger, "merchant", "Shop One", 3, 90_000)
    day = claim(context, automatic(context, storm()), MACHINE.name) and _today(context)
    with ledger.reading() as connection:
        found = budgets.standing(connection, day)
    assert found["items"][0] == {"scope": "merchant", "name": "shopone", "most": 3, "most_fen": 90_000}
    assert {(one["scope"], one["name"]) for one in found["items"][1:]} == {(scope, "*") for scope in scopes.BUDGETED}
    assert {"scope": "day", "name": "*", "many": 1, "fen": GIVES} in found["spent"]
    assert all(one["scope"] != "customer" for one in found["spent"])


def _today(context: CaseContext) -> str:
    return context.ledger.now().astimezone(context.ready.pack.zone).date().isoformat()
