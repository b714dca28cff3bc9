"""From a case to facts: what was sent, what is presumed, whose line it is, and which day governs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from rules.deciding.facts import CaseFacts
from rules.values.kind import InvalidValue
from rules.values.value import OPEN
from tests.support.small_packs import MakePack, SmallPack, small_case

SECOND = 1_000_000


def instant(text: str) -> int:
    """Return an instant with its offset in microseconds since 1970."""
    moment = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return round(moment.total_seconds()) * SECOND


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def read(small_pack: SmallPack, case: dict[str, Any]) -> CaseFacts:
    return small_pack.decider.reader.read(case)


# ---- sent, not known, left out

PRESUMED = "issue.opened: {type: yes_no, presume: false, because: not_alleged}"


@pytest.mark.parametrize(
    ("sent", "value", "presumed"),
    [
        ({}, False, True),
        ({"opened": True}, True, False),
        ({"opened": False}, False, False),
        ({"opened": None}, OPEN, False),
        ({"opened": "unknown"}, OPEN, False),
    ],
)
def test_only_what_is_left_out_is_presumed(pack: MakePack, sent: dict[str, Any], value: Any, presumed: bool) -> None:
    small_pack = pack(facts=PRESUMED)
    case = small_case({"kind": "damage", **sent})
    assert small_pack.fact(case, "issue.opened") is value
    assert ("issue.opened" in read(small_pack, case).issues[0].presumed) is presumed


@pytest.mark.parametrize("sent", [{}, {"paid_at": None}, {"paid_at": "unknown"}])
def test_without_a_presumption_left_out_and_unknown_are_both_open(pack: MakePack, sent: dict[str, Any]) -> None:
    assert pack().fact(small_case(order=sent), "order.paid_at") is OPEN


@pytest.mark.parametrize("kind", ["text", "money", "instant", "date", "ratio", "number", "{one_of: [a]}", "yes_no"])
def test_a_fact_of_any_type_may_be_sent_as_unknown(pack: MakePack, kind: str) -> None:
    small_pack = pack(facts=f"issue.fact: {{type: {kind}}}")
    for sent in (None, "unknown"):
        assert small_pack.fact(small_case({"kind": "damage", "fact": sent}), "issue.fact") is OPEN


def test_a_group_that_is_left_out_leaves_its_presumptions(pack: MakePack) -> None:
    small_pack = pack(
        facts="delivery.signer: {type: {one_of: [recipient, other]}, presume: recipient, because: systems_know}"
    )
    assert small_pack.fact(small_case(), "delivery.signer") == "recipient"
    assert small_pack.fact(small_case(delivery={}), "delivery.signer") == "recipient"
    assert small_pack.fact(small_case(delivery={"signer": None}), "delivery.signer") is OPEN


def test_values_become_exact(pack: MakePack) -> None:
    small_pack = pack(facts="issue.share: {type: ratio}\nissue.days: {type: {number: days}}\nissue.on: {type: date}")
    case = small_case(
        {"kind": "damage", "share": "0.20", "days": 3, "on": "2026-03-01"},
        order={"paid_at": "2026-03-01T09:00:00+08:00"},
    )
    assert small_pack.fact(case, "issue.share") == Fraction(1, 5)
    assert small_pack.fact(case, "issue.days") == 3
    assert small_pack.fact(case, "issue.on") == day("2026-03-01")
    assert small_pack.fact(case, "order.paid_at") == instant("2026-03-01T09:00:00+08:00")
    assert small_pack.fact(case, "line.paid_fen") == 10_000


@pytest.mark.parametrize(
    ("part", "code"), [({"paid_at": "2026-03-01"}, "not_instant"), ({"refunded_fen": 1.5}, "float_money")]
)
def test_a_value_that_no_schema_would_let_through_is_a_misfit(pack: MakePack, part: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        read(pack(), small_case(order=part))
    assert raised.value.code == code


def test_what_the_vocabulary_does_not_name_is_passed_over(pack: MakePack) -> None:
    plain, more = small_case(), small_case({"kind": "damage", "mood": "bad"}, weather={"rain": True}, shop="x")
    assert pack().frame(plain) == pack().frame(more)


@pytest.mark.parametrize("sent", ["red", 5, 1.5, ["red"], {"red": 1}, None])
def test_a_retired_fact_is_accepted_and_ignored(pack: MakePack, sent: Any) -> None:
    small_pack = pack(facts="order.colour: {type: text, retired: 2025-01-01}")
    assert small_pack.decide(small_case(order={"colour": sent}))["outcome"] == "remedy"


MOVED = """
order.colour: {type: text, retired: 2025-01-01, moved_to: issue.shade}
issue.shade: {type: text, presume: none, because: not_alleged}
issue.hurt_fen: {type: money, retired: 2025-01-01, moved_to: {fact: issue.losses, field: fen, with: {kind: hurt}}}
order.lost_fen: {type: money, retired: 2025-01-01, moved_to: {fact: issue.losses, field: fen, with: {kind: lost}}}
issue.losses: {type: {list_of: {kind: {one_of: [hurt, lost]}, fen: money}}, presume: [], because: not_alleged}
"""


@pytest.mark.parametrize(
    ("of_issue", "of_order", "shade", "losses"),
    [
        ({}, {}, "none", ()),
        ({}, {"colour": "red"}, "red", ()),
        ({"shade": "blue"}, {"colour": "red"}, "blue", ()),  # the new fact counts where both are stated
        ({"shade": "unknown"}, {"colour": "red"}, OPEN, ()),
        ({}, {"colour": "unknown"}, "none", ()),
        ({"hurt_fen": 5}, {"lost_fen": 7}, "none", ({"kind": "lost", "fen": 7}, {"kind": "hurt", "fen": 5})),
        ({"hurt_fen": 5, "losses": [{"fen": 1}]}, {"lost_fen": 7}, "none", ({"fen": 1},)),
    ],
)
def test_a_retired_fact_is_read_as_the_one_in_its_place(
    pack: MakePack, of_issue: dict[str, Any], of_order: dict[str, Any], shade: Any, losses: Any
) -> None:
    small_pack = pack(facts=MOVED)
    case = small_case(of_issue, order=of_order)
    assert small_pack.fact(case, "issue.shade") == shade
    assert small_pack.fact(case, "issue.losses") == losses


def test_the_instant_of_deciding_is_that_of_submission_unless_sent(pack: MakePack) -> None:
    small_pack = pack()
    assert read(small_pack, small_case()).at == instant("2026-03-02T10:00:00+08:00")
    assert read(small_pack, small_case(at="2026-03-04T10:00:00+08:00")).at == instant("2026-03-04T10:00:00+08:00")
    assert small_pack.fact(small_case(at="2026-03-04T10:00:00+08:00"), "submitted_at") == instant(
        "2026-03-02T10:00:00+08:00"
    )


FIRST = {"derived": "issue.asked_at: {first_known: [issue.reported_at, order.paid_at, submitted_at]}"}
PAID, REPORTED = "2026-03-01T09:00:00+08:00", "2026-03-01T12:00:00+08:00"


@pytest.mark.parametrize(
    ("issue", "order", "first"),
    [
        ({}, {}, "2026-03-02T10:00:00+08:00"),
        ({}, {"paid_at": PAID}, PAID),
        ({"reported_at": REPORTED}, {"paid_at": "unknown"}, REPORTED),
        ({"reported_at": "unknown"}, {"paid_at": PAID}, None),
        ({"reported_at": None}, {"paid_at": PAID}, None),
        ({}, {"paid_at": "unknown"}, None),
    ],
)
def test_nothing_replaces_what_was_sent_as_unknown(
    pack: MakePack, issue: dict[str, Any], order: dict[str, Any], first: str | None
) -> None:
    small_pack = pack(facts="issue.reported_at: {type: instant}", **FIRST)
    case = small_case({"kind": "damage", **issue}, order=order)
    assert small_pack.fact(case, "issue.asked_at") == (OPEN if first is None else instant(first))


def test_what_stands_first_counts_as_soon_as_it_is_supposed(pack: MakePack) -> None:
    small_pack = pack(facts="issue.reported_at: {type: instant}", **FIRST)
    issue = read(small_pack, small_case({"kind": "damage", "reported_at": "unknown"})).issues[0]
    program, frame = small_pack.pack.program, issue.frame.copy()
    issue.assign(program, frame, {}, program.slots["issue.reported_at"], instant(REPORTED))
    assert frame[program.slots["issue.asked_at"]] == instant(REPORTED)
    issue.assign(program, frame, {}, program.slots["order.paid_at"], instant(PAID))
    assert frame[program.slots["issue.asked_at"]] == instant(REPORTED)


# ---- lines

LINES: list[dict[str, Any]] = [{"id": "a", "paid_fen": 1_000}, {"id": "b", "paid_fen": 2_000, "sealed": False}]
SEALED = "line.sealed: {type: yes_no, presume: true, because: systems_know}"


@pytest.mark.parametrize(("line", "paid", "sealed"), [("a", 1_000, True), ("b", 2_000, False)])
def test_an_issue_reads_the_facts_of_its_own_line(pack: MakePack, line: str, paid: int, sealed: bool) -> None:
    small_pack, case = pack(facts=SEALED), small_case({"kind": "damage", "line": line}, lines=LINES)
    assert small_pack.fact(case, "line.paid_fen") == paid
    assert small_pack.fact(case, "line.sealed") is sealed
    assert ("line.sealed" in read(small_pack, case).issues[0].presumed) is sealed


def test_issues_of_several_lines_do_not_mix(pack: MakePack) -> None:
    small_pack = pack(facts=SEALED)
    case = small_case({"kind": "damage", "line": "b"}, {"kind": "delay", "line": "a"}, lines=LINES)
    assert [small_pack.fact(case, "line.paid_fen", issue) for issue in (0, 1)] == [2_000, 1_000]
    assert [small_pack.fact(case, "issue.kind", issue) for issue in (0, 1)] == ["damage", "delay"]
    assert [issue.context.line_index for issue in read(small_pack, case).issues] == [1, 0]


def test_the_only_line_is_the_line_of_every_issue(pack: MakePack) -> None:
    small_pack, case = pack(), small_case({"kind": "damage"}, {"kind": "delay"})
    assert [small_pack.fact(case, "line.paid_fen", issue) for issue in (0, 1)] == [10_000, 10_000]


def test_of_several_lines_none_is_meant_unless_named(pack: MakePack) -> None:
    small_pack, case = pack(facts=SEALED), small_case(lines=LINES)
    assert small_pack.fact(case, "line.paid_fen") is OPEN
    assert small_pack.fact(case, "line.sealed") is OPEN  # nor is anything presumed of a line that nobody named
    assert "line.sealed" not in read(small_pack, case).issues[0].presumed
    assert read(small_pack, case).issues[0].context.line_index is None


def test_an_order_without_lines_leaves_their_facts_open(pack: MakePack) -> None:
    assert pack().fact(small_case(lines=[]), "line.paid_fen") is OPEN


def test_a_column_holds_the_fact_of_every_line(pack: MakePack) -> None:
    small_pack = pack(derived="order.paid_total: {total: line.paid_fen}")
    assert small_pack.fact(small_case({"kind": "damage", "line": "a"}, lines=LINES), "order.paid_total") == 3_000
    assert small_pack.fact(small_case(lines=LINES), "order.paid_total") == 3_000  # whichever line is meant
    unpriced = [*LINES, {"id": "c"}]
    assert small_pack.fact(small_case({"kind": "damage", "line": "a"}, lines=unpriced), "order.paid_total") is OPEN


def test_a_column_holds_presumed_values_too(pack: MakePack) -> None:
    small_pack = pack(
        facts="line.quantity: {type: number, presume: 1, because: systems_know}",
        derived="order.units: {total: line.quantity}",
    )
    lines = [{"id": "a", "paid_fen": 1, "quantity": 4}, {"id": "b", "paid_fen": 1}]
    assert small_pack.fact(small_case(lines=lines), "order.units") == 5


# ---- derived facts

WINDOW = "issue.hours: {hours: {from: delivery.signed_at, to: submitted_at}}\nissue.twice: {times: 2, of: issue.hours}"
SIGNED = "delivery.signed_at: {type: instant}"


def test_derived_facts_build_on_each_other(pack: MakePack) -> None:
    small_pack = pack(facts=SIGNED, derived=WINDOW)
    case = small_case(delivery={"signed_at": "2026-03-02T07:30:00+08:00"})
    assert small_pack.fact(case, "issue.hours") == Fraction(5, 2)
    assert small_pack.fact(case, "issue.twice") == 5
    assert small_pack.fact(small_case(), "issue.twice") is OPEN


def test_a_fact_that_is_supposed_changes_what_is_derived_from_it(pack: MakePack) -> None:
    small_pack = pack(facts=SIGNED, derived=WINDOW)
    slots, facts = small_pack.pack.program.slots, read(small_pack, small_case())
    frame = facts.issues[0].frame.copy()
    signed = instant("2026-03-02T09:00:00+08:00")
    facts.issues[0].assign(small_pack.pack.program, frame, {}, slots["delivery.signed_at"], signed)
    assert (frame[slots["issue.hours"]], frame[slots["issue.twice"]]) == (1, 2)


def test_a_hypothesis_about_a_derived_fact_stands_until_it_is_known(pack: MakePack) -> None:
    small_pack = pack(facts=SIGNED, derived=WINDOW)
    slots, facts = small_pack.pack.program.slots, read(small_pack, small_case())
    frame, supposed = facts.issues[0].frame.copy(), {slots["issue.hours"]: 30}
    facts.issues[0].assign(small_pack.pack.program, frame, supposed, slots["issue.hours"], 30)
    assert frame[slots["issue.twice"]] == 60
    facts.issues[0].assign(small_pack.pack.program, frame, supposed, slots["order.paid_at"], OPEN)
    assert frame[slots["issue.hours"]] == 30


# ---- the day that governs

DOCUMENTS = """
documents:
  law:   {title: {en: The law}, as_of: [order.paid_at, submitted_at]}
  rules: {title: {en: House rules}, as_of: delivery.promised_on}
  guide: {title: {en: A guide}}
articles:
  LAW: {document: law, says: {en: The law says.}}
"""
PROMISED = "delivery.promised_on: {type: date}"


@pytest.mark.parametrize(
    ("order", "delivery", "law", "rules"),
    [
        ({"paid_at": "2026-02-10T12:00:00+08:00"}, {"promised_on": "2026-02-12"}, "2026-02-10", "2026-02-12"),
        ({"paid_at": None}, {}, "2026-03-02", "2026-03-02"),  # the last resort is the day of submission
        ({"paid_at": "2026-02-10T16:00:00Z"}, {}, "2026-02-11", "2026-03-02"),  # midnight in the pack's zone
        ({"paid_at": "2026-02-10T15:59:59Z"}, {}, "2026-02-10", "2026-03-02"),
    ],
)
def test_each_document_names_the_day_that_governs(
    pack: MakePack, order: dict[str, Any], delivery: dict[str, Any], law: str, rules: str
) -> None:
    small_pack = pack(facts=PROMISED, sources=DOCUMENTS)
    governing = read(small_pack, small_case(order=order, delivery=delivery)).governing
    assert governing == {"law": day(law), "rules": day(rules), "guide": day("2026-03-02")}


DATED = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: share
    source: LAW
    when: {}
    then: {remedy.option: {kind: refund, refund: {percent: {parameter: law.percent}, of: line.paid_fen}}}
  - {id: keep, when: {}, then: {remedy.option: {kind: refuse, rank: 90}}}
"""
PERCENT = "law.percent: {type: {number: percent}, source: LAW, values: {2020-01-01: 20, 2026-03-01: 30}}"


@pytest.mark.parametrize(
    ("paid_at", "rule", "refund"),
    [
        ("2019-12-31T23:59:59+08:00", "keep", 0),  # no value yet: the rule is not in force
        ("2020-01-01T00:00:00+08:00", "share", 2_000),
        ("2026-02-28T23:59:59+08:00", "share", 2_000),
        ("2026-03-01T00:00:00+08:00", "share", 3_000),
    ],
)
def test_a_figure_is_that_of_the_day_of_its_source(pack: MakePack, paid_at: str, rule: str, refund: int) -> None:
    result = pack(DATED, sources=DOCUMENTS, facts=PROMISED, parameters=PERCENT).decide(
        small_case(order={"paid_at": paid_at})
    )
    assert result["alternatives"][0]["rule"] == rule
    assert result["remedy"]["refund_fen"] == refund
    assert result["policy"]["governing"]["law"] == paid_at[:10]


IN_FORCE = """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - id: old
    source: LAW
    in_force: {until: 2025-12-31}
    when: {}
    then: {remedy.option: {kind: exchange}}
  - id: new
    source: LAW
    in_force: {from: 2026-01-01}
    when: {}
    then: {remedy.option: {kind: refund, refund: line.paid_fen}}
"""


@pytest.mark.parametrize(
    ("paid_at", "rules"),
    [("2025-12-31T23:59:59+08:00", ["old"]), ("2026-01-01T00:00:00+08:00", ["new"]), (None, ["new"])],
)
def test_a_rule_holds_from_its_first_day_to_its_last(pack: MakePack, paid_at: str | None, rules: list[str]) -> None:
    result = pack(IN_FORCE, sources=DOCUMENTS, facts=PROMISED).decide(small_case(order={"paid_at": paid_at}))
    assert [option["rule"] for option in result["alternatives"]] == rules


def test_a_rule_without_a_source_follows_the_pack(pack: MakePack) -> None:
    head = (
        "{pack: small, currency: CNY, time_zone: Asia/Shanghai, languages: [en], as_of: [order.paid_at, submitted_at]}"
    )
    unsourced = IN_FORCE.replace("    source: LAW\n", "")
    small_pack, case = pack(unsourced, pack=head), small_case(order={"paid_at": "2025-06-01T12:00:00+08:00"})
    assert [option["rule"] for option in small_pack.decide(case)["alternatives"]] == ["old"]
    assert [option["rule"] for option in pack(unsourced).decide(case)["alternatives"]] == ["new"]
