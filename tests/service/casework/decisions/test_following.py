"""A case belongs to one merchant, one order and one customer, and an approval that waits is nobody's to void."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from service.casework.cases.events import record_event
from service.casework.context import CaseContext
from service.casework.decisions.batch import Allowance, Worker, decide_all
from service.casework.decisions.deciding import Recorded
from service.casework.outcomes.appeals import appeal
from service.errors import DomainError
from service.i18n.filling import problem
from service.ledger.tables import DECISIONS
from tests.support.machines import MACHINE, PERSON, at_once, decided, refusal, storm
from tests.support.rows import entries_of
from tests.support.taking import WORDS, kinds

OTHERS = {
    "order": {"order__no": "B-2"},
    "customer": {"customer__id": "c-2"},
    "merchant": {"merchant": {"id": "Shop Two"}},
}
WITHOUT = {"order": {"order__no": None}, "customer": {"customer__id": None}, "merchant": {"merchant": None}}


def again(first: Recorded, **changes: Any) -> dict[str, Any]:
    """Return the case of a decision under its number, with changes."""
    return storm(complaint__no=first.case_no, **changes)


def why(act: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    with pytest.raises(DomainError) as error:
        act()
    return error.value.code, error.value.details, error.value.reasons


@pytest.mark.parametrize("what", OTHERS)
def test_a_later_decision_about_another_order_customer_or_merchant_is_refused(context: CaseContext, what: str) -> None:
    first = decided(context, storm())
    has = {"order": "A-1", "customer": "c-1", "merchant": "Shop One"}[what]
    sent = {"order": "B-2", "customer": "c-2", "merchant": "Shop Two"}[what]
    found = why(lambda: decided(context, again(first, **OTHERS[what])))
    assert found == ("other_order", (first.case_no, what, has, sent), (f"other:{what}",))
    assert kinds(context) == ["decision"]
    for language in ("zh", "en"):
        assert all(name in problem(found[0], language, found[1]) for name in (first.case_no, has, sent))


@pytest.mark.parametrize("what", WITHOUT)
def test_a_later_decision_must_name_what_the_case_named(context: CaseContext, what: str) -> None:
    first = decided(context, storm())
    code, details, reasons = why(lambda: decided(context, again(first, **WITHOUT[what])))
    assert (code, details[1], reasons) == ("order_left_out", what, (f"left_out:{what}",))
    assert kinds(context) == ["decision"]


def test_the_same_order_may_be_spelled_differently(context: CaseContext) -> None:
    first = decided(context, storm())
    second = decided(context, again(first, order__no="ａ 1", customer__id=" C-1", merchant={"id": "shop-one"}))
    assert second.follows == first.id


@pytest.mark.parametrize("what", WITHOUT)
def test_a_missing_order_or_customer_is_added_once(context: CaseContext, what: str) -> None:
    first = decided(context, storm(**WITHOUT[what]))
    second = decided(context, again(first))
    assert second.follows == first.id
    assert why(lambda: decided(context, again(first, **OTHERS[what])))[0] == "other_order"


def test_an_event_cannot_give_a_case_another_order(context: CaseContext) -> None:
    first = decided(context, storm())
    for event in ({"facts": {"order.no": "B-2"}}, {"case": storm(2)}):
        sent = {"kind": "evidence_added", **event}
        assert refusal(lambda: record_event(context, first.case_no, sent, PERSON))[0] == "other_order"  # noqa: B023
    assert kinds(context) == ["decision"]


def test_an_appeal_cannot_give_a_case_another_order(context: CaseContext) -> None:
    first = decided(context, storm())
    assert refusal(lambda: appeal(context, first.id, WORDS, storm(2), PERSON))[0] == "other_order"
    assert kinds(context) == ["decision"]


def test_of_two_cases_of_a_batch_with_one_number_the_other_order_is_refused(context: CaseContext) -> None:
    cases = [storm(1, complaint__no="K-1"), storm(2, complaint__no="K-1"), storm(3), storm(1, complaint__no="K-1")]
    results = list(decide_all(context, cases, MACHINE, _here(context), Allowance()))
    assert [getattr(one, "case_no", getattr(one, "code", None)) for one in results] == [
        "K-1",
        "other_order",
        results[2].case_no,  # type: ignore[union-attr]
        "K-1",
    ]
    assert results[3].follows == results[0].id  # type: ignore[union-attr]


def test_of_two_orders_at_once_under_a_new_number_one_is_refused(context: CaseContext) -> None:
    found = at_once(partial(decided, context, storm(order, complaint__no="K-1")) for order in (1, 2, 1, 2))
    refused = [one for one in found if not isinstance(one, Recorded)]
    assert len(refused) == 2
    assert all(one[0] == "other_order" for one in refused)
    with context.ledger.reading() as connection:
        assert len({*connection.execute(select(DECISIONS.c.order_no)).scalars()}) == 1


def test_a_case_without_an_order_gains_one_of_two_at_once(context: CaseContext) -> None:
    first = decided(context, storm(**WITHOUT["order"]))
    found = at_once(partial(decided, context, again(first, order__no=order)) for order in ("A-1", "B-2"))
    assert sum(isinstance(one, Recorded) for one in found) == 1
    assert len(entries_of(context.ledger, "decision")) == 2


def test_an_erased_order_still_binds_its_case(context: CaseContext) -> None:
    first = decided(context, storm())
    with context.ledger.writing("root") as writer:
        writer.connection.execute(DECISIONS.update().values(order_no=None, customer=None))
    code, details, _ = why(lambda: decided(context, again(first, **OTHERS["order"])))
    assert (code, details[2:]) == ("other_order", ("a1", "B-2"))


def _here(context: CaseContext) -> Any:
    working = Worker(context.ready, context.settings.personal)
    return lambda jobs: (working(job) for job in jobs)
