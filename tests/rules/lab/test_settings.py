"""What is found wrong under a shop's figures is what loading the pack under them finds."""

from __future__ import annotations

import pytest

from rules.compiling.load import load
from rules.lab.settings import problems_under
from tests.support.base_packs import BARE, node_of, pack_of

DAYS = [f"{year}-01-01: {year - 2000}" for year in range(2001, 2010)]
FILES = {
    "vocabulary.yaml": """
groups: {issue: {of: issue}, order: {of: case}, line: {of: line}}
facts:
  order.refunded_fen: {type: money}
  line.paid_fen:      {type: money}
  issue.days:         {type: number}
  issue.pieces:       {type: number}
""",
    "parameters.yaml": """
window: {type: {number: days}, shop_sets: true, values: 7}
most:   {type: {number: pieces}, shop_sets: true, values: 3}
law:    {type: {number: days}, values: 7}
""",
    "p.yaml": """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - id: early
    in_force: {from: 2005-01-01}
    when: {issue.days: {at_most: {parameter: window}}, issue.pieces: {at_most: {parameter: most}}}
    then: {answer: {parameter: window}}
    except: [{id: read-as-fact, when: {window: {more_than: 3}}, then: {answer: 1}}]
""",
}


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({}, []),
        ({"window": 14}, []),
        ({"window": "many"}, ["R210"]),
        ({"windw": 14}, ["R204"]),
        ({"law": 14}, ["R204"]),
        ({"window": "many", "law": 14}, ["R204", "R210"]),
        ({"window": "{2006-01-01: 14}"}, ["R304"]),  # the rule is in force a year before
        ({"window": f"{{{', '.join(DAYS[:7])}}}", "most": f"{{{', '.join(DAYS[:9])}}}"}, []),  # 63 alternatives
        ({"window": f"{{{', '.join(DAYS[:8])}}}", "most": f"{{{', '.join(DAYS[:9])}}}"}, ["R305", "R305"]),  # 72
    ],
)
def test_the_same_is_found_as_by_loading(settings: dict[str, object], codes: list[str]) -> None:
    given = {name: node_of(value) if str(value).startswith("{") else value for name, value in settings.items()}
    files = {**BARE, **{name: text.encode() for name, text in FILES.items()}}
    found = problems_under(pack_of(FILES), given)
    assert found == load(files, given)[1]
    assert [problem.code for problem in found] == codes
