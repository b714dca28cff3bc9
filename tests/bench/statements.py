"""How many SQL statements recording takes: a decision, a batch, and the next decision of a case, on each store.

python -m tests.bench.statements [--show]: a few seconds. `--show` prints each statement of recording.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any, Final

from service import clock
from service.casework.cases.events import record_event
from service.casework.context import CaseContext
from service.casework.decisions.batch import Allowance, Job, Worker, decide_all
from service.casework.decisions.deciding import CaseResult, decide
from service.ledger.store import Ledger
from service.settings import Settings
from tests.bench.http import loaded
from tests.bench.stores import STORES, ledger_on
from tests.support.statements import counted

MANY: Final = 10  # cases of a batch


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true")
    shows = parser.parse_args().show
    ready, case = loaded()
    for store in STORES:
        with ledger_on(store) as ledger:
            context = CaseContext(ready, ledger, Settings(), clock.now)
            for _ in range(2):  # the pack is stored with the first decision, and is found with the second
                number = decide(context, _case(case, 0), "shop").case_no
            for what, act in _acts(context, case, number).items():
                sent = _sent(ledger, act)
                print(f"{store:>10}: {what}: {len(sent)}")
                if shows:
                    print(*(f"            {' '.join(text.split())[:150]}" for text in sent), sep="\n")


def _acts(context: CaseContext, case: dict[str, Any], number: str) -> dict[str, Callable[[], Any]]:
    cases = [_case(case, at) for at in range(1, MANY + 1)]
    event = {"kind": "evidence_added", "facts": {"issue.statement": "It leaks"}}
    return {
        "one decision": lambda: decide(context, _case(case, MANY + 1), "shop"),
        f"a batch of {MANY}": lambda: _decided(context, cases),
        "an event with the next decision of its case": lambda: record_event(context, number, event, "shop"),
    }


def _case(case: dict[str, Any], number: int) -> dict[str, Any]:
    return case | {"order": case["order"] | {"no": f"S-{number}"}}


def _decided(context: CaseContext, cases: list[dict[str, Any]]) -> None:
    working = Worker(context.ready, context.settings.personal)

    def spread(jobs: Iterable[Job]) -> Iterable[list[CaseResult]]:
        return map(working, jobs)

    for result in decide_all(context, cases, "shop", spread, Allowance()):
        assert not isinstance(result, Exception), result


def _sent(ledger: Ledger, act: Callable[[], Any]) -> list[str]:
    with counted(ledger) as sent:
        act()
    return sent


if __name__ == "__main__":
    main()
