"""Rules, rows and exceptions as they are written: which of them speak, and when they are in force."""

from datetime import date
from typing import Any

import pytest

from rules.compiling.pack import Pack
from rules.language.rule import Rule
from tests.support.base_packs import answers, case_of, pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, line: {of: line}, issue: {of: issue}}
facts:
  order.paid_at:   {type: instant}
  order.signed_on: {type: date}
  issue.kind:      {type: {one_of: [damage, delay, wish]}}
  issue.used:      {type: yes_no}
  issue.worn:      {type: yes_no}
  issue.gift:      {type: yes_no}
  issue.days:      {type: number}
"""
SOURCES = """
documents:
  law:      {title: {en: Law}, as_of: [order.paid_at, submitted_at]}
  conduct:  {title: {en: Conduct}, as_of: order.signed_on}
  promise:  {title: {en: Promise}}
articles:
  LAW-1:     {document: law, says: {en: x}}
  CONDUCT-1: {document: conduct, says: {en: x}}
  PROMISE-1: {document: promise, says: {en: x}}
"""


def pack(policy: str, **files: str) -> Pack:
    return pack_of({"vocabulary.yaml": VOCABULARY, "sources.yaml": SOURCES, "p.yaml": policy, **files})


def rules(policy: str) -> dict[str, Rule]:
    (found,) = [one for one in pack(policy).policies if one.name == "p"]
    return {rule.id: rule for rule in found.rules}


def said(loaded: Pack, name: str = "answer", at: str = "2026-03-02T12:00:00Z", **facts: Any) -> Any:
    return answers(loaded, case_of(at, **facts))[name]


# ---- rules

NESTED = """
policy: p
source: LAW-1
answers: {answer: {one_of: [none, plain, used, worn, gift]}, note: number}
otherwise: {answer: none, note: 0}
rules:
  - id: damage
    title: {en: Damage}
    when: {issue.kind: damage}
    then: {answer: plain, note: 1}
    except:
      - id: used
        source: PROMISE-1
        when: {issue.used: true}
        then: {answer: used}
        except:
          - id: worn
            when: {issue.worn: true}
            then: {answer: worn}
  - id: gift
    exception_to: used
    source: [LAW-1, PROMISE-1]
    when: {issue.gift: true}
  - id: late
    when: {issue.kind: delay}
    then: {answer: gift}
"""


def test_every_key_of_a_rule_is_read() -> None:
    found = rules(NESTED)
    assert list(found) == ["damage", "used", "worn", "gift", "late"]
    assert [rule.parents for rule in found.values()] == [(), (0,), (1,), (1,), ()]
    assert found["damage"].title == {"en": "Damage"}
    assert [set(rule.then) for rule in found.values()] == [
        {"answer", "note"},
        {"answer"},
        {"answer"},
        set(),
        {"answer"},
    ]
    assert (found["worn"].place.line, found["worn"].place.column) == (17, 17)


def test_a_rule_without_a_source_takes_that_of_what_it_stands_under() -> None:
    cited = {name: rule.source for name, rule in rules(NESTED).items()}
    assert cited == {
        "damage": ("LAW-1",),
        "used": ("PROMISE-1",),
        "worn": ("PROMISE-1",),
        "gift": ("LAW-1", "PROMISE-1"),
        "late": ("LAW-1",),
    }


@pytest.mark.parametrize(
    ("used", "worn", "gift", "answer"),
    [
        (False, False, False, "plain"),
        (False, True, True, "plain"),  # an exception holds only where its rule does
        (True, False, False, "used"),
        (True, True, False, "worn"),
        (True, False, True, "plain"),  # the gift silences the exception, and the rule stands
        (True, True, True, "worn"),  # but not the exception beside it
    ],
)
def test_of_nested_exceptions_the_deepest_that_holds_applies(used: bool, worn: bool, gift: bool, answer: str) -> None:
    loaded = pack(NESTED)
    facts = {"issue__kind": "damage", "issue__used": used, "issue__worn": worn, "issue__gift": gift}
    assert said(loaded, **facts) == answer
    assert said(loaded, "note", **facts) == 1  # what an exception does not say, its rule says


def test_otherwise_applies_if_no_rule_is_true() -> None:
    loaded = pack(NESTED)
    facts = {"issue__kind": "wish", "issue__used": True, "issue__worn": True, "issue__gift": True}
    assert said(loaded, **facts) == "none"
    assert said(loaded, "note", **facts) == 0


def test_an_exception_may_stand_before_its_rule() -> None:
    found = rules(
        """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - {id: below, exception_to: above, when: {issue.used: true}, then: {answer: 2}}
  - {id: above, when: {issue.kind: damage}, then: {answer: 1}}
"""
    )
    assert [(rule.id, rule.parents) for rule in found.values()] == [("above", ()), ("below", (0,))]


def test_an_exception_may_be_one_to_several_rules() -> None:
    found = rules(
        """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - {id: below, exception_to: [late, damage], when: {issue.used: true}, then: {answer: 3}}
  - {id: damage, when: {issue.kind: damage}, then: {answer: 1}}
  - {id: late, when: {issue.kind: delay}, then: {answer: 2}}
"""
    )
    assert [(rule.id, rule.parents) for rule in found.values()] == [("damage", ()), ("late", ()), ("below", (0, 1))]


def test_the_order_of_rules_does_not_matter() -> None:
    head, first, second = (
        "policy: p\nanswers: {answer: number}\notherwise: {answer: 0}\nrules:\n",
        "  - {id: a, when: {issue.kind: damage}, then: {answer: 1}}\n",
        "  - {id: b, when: {issue.used: true}, then: {answer: 2}}\n",
    )
    one, other = pack(head + first + second), pack(head + second + first)
    for facts in ({"issue__kind": "damage", "issue__used": False}, {"issue__kind": "wish", "issue__used": True}):
        assert said(one, **facts) == said(other, **facts)


# ---- tables

TABLE = """
policy: p
answers: {answer: number, word: {one_of: [low, high]}}
otherwise: {answer: 0, word: low}
table:
  when: [issue.kind, issue.days]
  then: [answer, word]
  source: LAW-1
  sources: {late: [PROMISE-1, LAW-1]}
  titles: {late: {en: Late}}
  in_force: {from: 2020-01-01}
  rows:
    soon: ['damage', '< 3', 1, low]
    late: ['damage, delay', '[3..5]', 2, high]
    wish:
      cells: ['not(damage, delay)', '-', {sum: [issue.days, 1]}, high]
      source: CONDUCT-1
      in_force: {until: 2030-12-31}
      note: why this is so
"""


def test_a_row_is_a_rule_with_an_id() -> None:
    found = rules(TABLE)
    assert list(found) == ["soon", "late", "wish"]
    assert [rule.source for rule in found.values()] == [("LAW-1",), ("PROMISE-1", "LAW-1"), ("CONDUCT-1",)]
    assert found["late"].title == {"en": "Late"}
    first = date(2020, 1, 1).toordinal()
    assert [(rule.since, rule.until) for rule in found.values()] == [
        (first, None),
        (first, None),
        (None, date(2030, 12, 31).toordinal()),
    ]


@pytest.mark.parametrize(
    ("kind", "days", "answer", "word"),
    [
        ("damage", 2, 1, "low"),
        ("damage", 3, 2, "high"),
        ("delay", 5, 2, "high"),
        ("delay", 2, 0, "low"),
        ("damage", 6, 0, "low"),
        ("wish", 9, 10, "high"),
    ],
)
def test_the_row_whose_cells_hold_applies(kind: str, days: int, answer: int, word: str) -> None:
    loaded = pack(TABLE)
    facts = {"issue__kind": kind, "issue__days": days, "order__signed_on": "2026-01-01"}
    assert (said(loaded, **facts), said(loaded, "word", **facts)) == (answer, word)


def test_rules_beside_a_table_are_exceptions_to_its_rows() -> None:
    loaded = pack(
        """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
table: {when: [issue.kind], then: [answer], rows: {hurt: [damage, 1], late: [delay, 2]}}
rules:
  - {id: not-if-used, exception_to: hurt, when: {issue.used: true}}
  - {id: more, exception_to: late, when: {issue.used: true}, then: {answer: 3}}
  - {id: gift, exception_to: [hurt, late], when: {issue.gift: true, issue.used: false}, then: {answer: 4}}
"""
    )
    for kind, used, answer in [("damage", False, 1), ("damage", True, 0), ("delay", False, 2), ("delay", True, 3)]:
        assert said(loaded, issue__kind=kind, issue__used=used, issue__gift=False) == answer
    for kind, answer in [("damage", 4), ("delay", 4), ("wish", 0)]:
        assert said(loaded, issue__kind=kind, issue__used=False, issue__gift=True) == answer


@pytest.mark.parametrize("cell", ['"true"', "'\"true\"'", "'true'", "true"])
def test_a_value_that_is_spelled_true_is_one_value_of_several(cell: str) -> None:
    loaded = pack_of(
        {
            "vocabulary.yaml": "groups: {issue: {of: issue}}\nfacts: {issue.word: {type: {one_of: ['true', other]}}}",
            "p.yaml": "policy: p\nanswers: {answer: number}\notherwise: {answer: 0}\n"
            f"table: {{when: [issue.word], then: [answer], rows: {{a: [{cell}, 1]}}}}",
        }
    )
    assert said(loaded, issue__word="true") == 1
    assert said(loaded, issue__word="other") == 0


@pytest.mark.parametrize("cell", ["'<= " + "9" * 5_000 + "'", "'" + "9" * 5_000 + "'", "'" + "9" * 5_000 + " EUR'"])
def test_no_number_is_too_long_for_a_cell(cell: str) -> None:
    table = "policy: p\nanswers: {answer: money}\notherwise: {answer: 0}\n"
    table += f"table: {{when: [issue.days], then: [answer], rows: {{a: [{cell}, {cell}]}}}}"
    problems = problems_of({"vocabulary.yaml": VOCABULARY, "p.yaml": table})
    assert {problem.code for problem in problems} == {"R210"}


# ---- in force

DATED = """
policy: p
answers: {answer: number}
otherwise: {answer: 0}
rules:
  - {id: a, source: %s, in_force: {%s}, when: {}, then: {answer: 1}}
"""


@pytest.mark.parametrize(
    ("force", "day", "answer"),
    [
        ("from: 2026-03-02", "2026-03-01", 0),
        ("from: 2026-03-02", "2026-03-02", 1),  # from is the first day
        ("from: 2026-03-02", "2030-01-01", 1),
        ("until: 2026-03-02", "2026-03-02", 1),  # until is the last day
        ("until: 2026-03-02", "2026-03-03", 0),
        ("until: 2026-03-02", "1999-01-01", 1),
        ("from: 2026-03-02, until: 2026-03-02", "2026-03-01", 0),
        ("from: 2026-03-02, until: 2026-03-02", "2026-03-02", 1),
        ("from: 2026-03-02, until: 2026-03-02", "2026-03-03", 0),
    ],
)
def test_a_rule_is_in_force_from_its_first_day_until_its_last(force: str, day: str, answer: int) -> None:
    assert said(pack(DATED % ("PROMISE-1", force)), at=f"{day}T12:00:00Z") == answer


@pytest.mark.parametrize(("clock", "answer"), [("22:59:59", 0), ("23:00:00", 1)])
def test_days_begin_at_midnight_in_the_zone_of_the_pack(clock: str, answer: int) -> None:
    """At 23:00 UTC it is midnight in Berlin, and the second of March begins."""
    assert said(pack(DATED % ("PROMISE-1", "from: 2026-03-02")), at=f"2026-03-01T{clock}Z") == answer


@pytest.mark.parametrize(
    ("source", "facts", "answer"),
    [
        ("LAW-1", {"order__paid_at": "2025-12-31T12:00:00Z"}, 0),  # the day of payment governs
        ("LAW-1", {"order__paid_at": "2026-01-01T12:00:00Z"}, 1),
        ("LAW-1", {}, 1),  # not known: the next of the chain, the day of submission
        ("LAW-1", {"order__signed_on": "2025-01-01"}, 1),  # of another document
        ("CONDUCT-1", {"order__signed_on": "2025-12-31", "order__paid_at": "2026-02-01T12:00:00Z"}, 0),
        ("CONDUCT-1", {"order__signed_on": "2026-01-01"}, 1),
        ("CONDUCT-1", {"order__paid_at": "2019-01-01T12:00:00Z"}, 1),  # the last resort is the submission
        ("PROMISE-1", {"order__paid_at": "2019-01-01T12:00:00Z", "order__signed_on": "2019-01-01"}, 1),
        ("[LAW-1, CONDUCT-1]", {"order__paid_at": "2025-12-31T12:00:00Z", "order__signed_on": "2026-02-01"}, 0),
        ("[CONDUCT-1, LAW-1]", {"order__paid_at": "2025-12-31T12:00:00Z", "order__signed_on": "2026-02-01"}, 1),
    ],
)
def test_the_document_of_the_first_source_says_which_day_governs(
    source: str, facts: dict[str, str], answer: int
) -> None:
    assert said(pack(DATED % (source, "from: 2026-01-01")), **facts) == answer


def test_a_rule_without_a_source_follows_the_pack() -> None:
    policy = (DATED % ("LAW-1", "from: 2026-01-01")).replace("source: LAW-1, ", "")
    head = "pack: bare\ncurrency: EUR\ntime_zone: UTC\nlanguages: [en]\nas_of: [order.signed_on, submitted_at]\n"
    loaded = pack(policy, **{"pack.yaml": head})
    assert said(loaded, order__signed_on="2025-12-31") == 0
    assert said(loaded, order__signed_on="2026-01-01") == 1
    assert said(pack(policy), order__signed_on="2025-12-31") == 1  # without as_of: the day of submission
