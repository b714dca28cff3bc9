from __future__ import annotations

from functools import partial

from service.casework.context import CaseContext
from service.casework.decisions.batch import Allowance, Worker, decide_all
from service.casework.decisions.deciding import decide
from tests.support.machines import storm
from tests.support.statements import counted


def test_a_batch_takes_as_many_statements_as_one_decision(context: CaseContext) -> None:
    for number in range(2):  # the pack is stored with the first decision, and is found with the second
        decide(context, storm(number), "till")
    with counted(context.ledger) as one:
        decide(context, storm(2), "till")
    cases, spread = [storm(number) for number in range(3, 13)], partial(map, Worker(context.ready, "mask"))
    with counted(context.ledger) as many:
        made = list(decide_all(context, cases, "till", spread, Allowance()))
    assert not [result for result in made if isinstance(result, Exception)]
    assert many == one
    assert len({*one}) == len(one)
