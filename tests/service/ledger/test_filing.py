from __future__ import annotations

from typing import Any

import pytest

from service.ledger.filing import filed, path_of
from service.packs import Ready
from tests.support.filed import CASE, files, opened


@pytest.fixture(scope="module")
def pack() -> Any:
    content = files()
    content["shop/pack.yaml"] = content["shop/pack.yaml"].replace(
        b"filed_under: {", b"filed_under: {cause: issue.kind, category: responsibility.to_customer, "
    )
    ready = opened(content)
    yield ready
    ready.close()


FINDINGS = [
    {"facts": {}, "answers": {"responsibility.to_customer": None}},
    {"facts": {"issue.kind": "late"}, "answers": {"responsibility.to_customer": "merchant"}},
    {"facts": {"issue.kind": "broken"}, "answers": {"responsibility.to_customer": "logistics"}},
]


def test_what_stands_in_the_case_is_filed(pack: Ready) -> None:
    assert filed(pack.pack, "order", CASE) == "A1"
    assert filed(pack.pack, "customer", CASE) == "C1"


@pytest.mark.parametrize("case", [{}, {"order": {}}, {"order": None}, {"order": []}, {"order": {"no": 5}}])
def test_what_the_case_does_not_say_is_not_filed(pack: Ready, case: dict[str, Any]) -> None:
    assert filed(pack.pack, "order", case) is None


def test_facts_and_answers_of_issues_are_filed_by_the_first_that_has_one(pack: Ready) -> None:
    assert filed(pack.pack, "cause", CASE, FINDINGS) == "late"
    assert filed(pack.pack, "category", CASE, FINDINGS) == "merchant"
    assert filed(pack.pack, "cause", CASE) is None


def test_a_pack_need_not_file_anything(ready: Ready) -> None:
    assert filed(ready.pack, "order", CASE) is None
    assert path_of(ready.pack, "order") is None


def test_the_path_leads_to_facts_of_the_case_alone(pack: Ready) -> None:
    assert path_of(pack.pack, "number") == ("complaint", "no")
    assert path_of(pack.pack, "cause") is None
    assert path_of(pack.pack, "category") is None
    assert path_of(pack.pack, "handler") is None
