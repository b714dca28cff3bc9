"""A shop that files its decisions under an order, a customer and a case number, and masks his name."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from service.casework.context import CaseContext
from service.casework.decisions.deciding import Recorded, decide
from service.ledger.store import Ledger
from service.packs import Ready, prepare, read_policies
from service.settings import Settings
from tests.support import command_line
from tests.support.places import SHOP

FACTS = """
  complaint.no: {type: text, label: {zh: 投诉单号, en: Number}, carried: true}
  order.no: {type: text, label: {zh: 订单号, en: Order}, carried: true}
  customer.id: {type: text, label: {zh: 客户号, en: Customer}, carried: true}
  customer.name: {type: text, label: {zh: 客户, en: Name}, carried: true, personal: true}
"""
FILED = "filed_under: {number: complaint.no, order: order.no, customer: customer.id, name: customer.name}\n"
CASE: dict[str, Any] = {
    "submitted_at": "2026-08-14T15:00:00+08:00",
    "at": "2026-08-14T15:30:00+08:00",
    "order": {"no": "A1", "refunded_fen": 0, "lines": [{"id": "1", "paid_fen": 12800, "quantity": 1}]},
    "customer": {"id": "C1", "name": "张小明"},
    "issues": [{"kind": "broken", "line": "1", "spoiled_ratio": "0.20", "injury": False}],
}


@pytest.fixture(scope="session")
def filing() -> Iterator[Ready]:
    ready = opened()
    yield ready
    ready.close()


@pytest.fixture
def filed(filing: Ready, ledger: Ledger) -> CaseContext:
    """Return the case context of the pack."""
    return context_of(filing, ledger)


def run(ledger: Ledger, command: str, *words: str, **settings: str) -> tuple[int, str]:
    """Run a command on a ledger, and return its exit code and what it printed."""
    url = ledger.url.render_as_string(hide_password=False)
    result = command_line.run(command, *words, REDRESS_LEDGER=url, **settings)
    return result.exit_code, result.output


def files() -> dict[str, bytes]:
    """Return the files of the pack, as if they lay in a folder named `shop`."""
    found = {f"shop{path.rpartition('/shop')[2]}": content for path, content in read_policies(SHOP).items()}
    found["shop/pack.yaml"] += FILED.encode()
    groups = b"groups:\n  complaint: {of: case}\n  customer: {of: case}\n"
    found["shop/vocabulary.yaml"] = found["shop/vocabulary.yaml"].replace(b"groups:\n", groups) + FACTS.encode()
    return found


def opened(content: dict[str, bytes] | None = None) -> Ready:
    """Return the pack, or one of other files, ready to decide."""
    ready, problems = prepare(files() if content is None else content)
    assert problems == ()
    assert ready is not None
    return ready


def context_of(ready: Ready, ledger: Ledger, **settings: Any) -> CaseContext:
    """Return the case context of a pack."""
    return CaseContext(ready, ledger, Settings(**settings), lambda _: "2026-08-14T16:00:00+08:00")


def case(order: str = "A1", customer: str = "C1", **issue: Any) -> dict[str, Any]:
    """Return a case about an order of a customer."""
    found = deepcopy(CASE)
    found["order"]["no"], found["customer"]["id"] = order, customer
    found["issues"][0].update(issue)
    return found


def recorded(context: CaseContext, many: int) -> list[Recorded]:
    """Return that many decisions, each of a case of its own."""
    return [decide(context, case(f"A{number}", f"C{number % 3}"), "owner") for number in range(many)]
