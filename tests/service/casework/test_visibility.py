from __future__ import annotations

import pytest
from sqlalchemy import select

from service.casework.context import CaseContext
from service.casework.decisions.recording import Recorded
from service.casework.executions import claims
from service.casework.visibility import WHOLE, Sight, of_merchants
from service.errors import DomainError
from service.ledger.tables import CASES, DECISIONS, ENTRIES
from tests.support.machines import MACHINE, OTHER, decided, storm

MERCHANTS = ("Shop One", "店铺二", "shop-one", None)


@pytest.fixture
def recorded(context: CaseContext) -> list[Recorded]:
    return [decided(context, storm(number, merchant__id=merchant)) for number, merchant in enumerate(MERCHANTS)]


def seen(context: CaseContext, sight: Sight) -> list[list[str]]:
    """Return the numbers of the cases that are seen: as cases, as decisions, and by their entries."""
    with context.ledger.reading() as connection:
        cases = select(CASES.c.no).where(*sight.cases())
        decisions = select(DECISIONS.c.case_no).where(*sight.decisions())
        about = select(ENTRIES.c.case_no).where(ENTRIES.c.kind == "decision", *sight.about_cases(ENTRIES.c.case_no))
        return [sorted(connection.execute(query).scalars()) for query in (cases, decisions, about)]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (None, [0, 1, 2, 3]),
        (["SHOP ONE"], [0, 2]),
        (["店铺二", "Shop One"], [0, 1, 2]),
        (["Shop Three"], []),
        (["-"], []),  # not even the cases that name no merchant
        ([], []),
    ],
)
def test_cases_are_seen_by_their_merchants(
    context: CaseContext, recorded: list[Recorded], names: list[str] | None, expected: list[int]
) -> None:
    numbers = sorted(recorded[place].case_no for place in expected)
    sight = of_merchants(names, None)
    assert seen(context, sight) == [numbers] * 3
    with context.ledger.reading() as connection:
        for place, one in enumerate(recorded):
            assert (
                sight.sees_case(connection, one.case_no)
                is sight.sees_decision(connection, one.id)
                is (place in expected)
            )
        names_of = {name for one in recorded for name in (one.id, one.case_no)}
        unseen = {name for place, one in enumerate(recorded) if place not in expected for name in (one.id, one.case_no)}
        assert sight.hidden(connection, [*names_of, "dec_0", "128.00"]) == unseen


def test_who_decided_or_executed_in_a_case_sees_it(context: CaseContext, recorded: list[Recorded]) -> None:
    claims.claim(context, recorded[1].id, OTHER.name)
    assert seen(context, Sight(by=OTHER.name)) == [[recorded[1].case_no]] * 3
    assert seen(context, Sight(by=MACHINE.name)) == [sorted(one.case_no for one in recorded)] * 3
    assert seen(context, Sight(frozenset({"shopone"}), OTHER.name)) == [[]] * 3


def test_a_context_bound_to_merchants_decides_for_no_other(context: CaseContext, recorded: list[Recorded]) -> None:
    one = context.seen_by(of_merchants(["Shop One"], None))
    assert (one.archive, one.seen_by(WHOLE) == context, context.sight) == (context.archive, True, WHOLE)
    assert decided(one, storm(7)).case_no
    for merchant in ("店铺二", None):
        with pytest.raises(DomainError, match="other_merchant"):
            decided(one, storm(8, merchant__id=merchant))
    with pytest.raises(DomainError, match="no_case"):
        decided(one, storm(9, complaint={"no": recorded[1].case_no}))
