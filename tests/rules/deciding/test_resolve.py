"""Resolution: exceptions, hit policies and `otherwise`, also while rules are undecided."""

from __future__ import annotations

from typing import Any

import pytest

from rules.language.hit_policy import HitPolicy
from rules.values.value import OPEN
from tests.support.small_packs import MakePack, codes, small_case

FACTS = "\n".join(f"issue.{name}: {{type: yes_no}}" for name in "abcdefg")


def case_of(facts: str) -> dict[str, Any]:
    """Return a case in which the named facts are true, those behind a question mark unknown, the others false."""
    sure, _, doubtful = facts.partition("?")
    sent = {name: True if name in sure else None if name in doubtful else False for name in "abcdefg"}
    return small_case({"kind": "damage", **sent})


# ---- exceptions

NESTED = """
policy: cause
answers: {cause: {one_of: [rule, exception, deeper, deepest, nobody]}}
otherwise: {cause: nobody}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule}
    except:
      - id: exception
        when: {issue.b: true}
        then: {cause: exception}
        except:
          - id: deeper
            when: {issue.c: true}
            then: {cause: deeper}
            except:
              - {id: deepest, when: {issue.d: true}, then: {cause: deepest}}
"""


@pytest.mark.parametrize(
    ("facts", "cause", "aside"),
    [
        ("", "nobody", set()),
        ("bcd", "nobody", set()),  # an exception holds only where its rule does
        ("a", "rule", set()),
        ("ab", "exception", {("rule", "exception")}),
        ("ac", "rule", set()),
        ("abd", "exception", {("rule", "exception")}),
        ("abc", "deeper", {("rule", "exception"), ("exception", "deeper")}),
        ("abcd", "deepest", {("rule", "exception"), ("exception", "deeper"), ("deeper", "deepest")}),
    ],
)
def test_the_deepest_matched_rule_fires(pack: MakePack, facts: str, cause: str, aside: set[tuple[str, str]]) -> None:
    small_pack = pack(NESTED, FACTS)
    values, resolution = small_pack.resolve("cause", case_of(facts))
    ids = [rule.id for rule in small_pack.pack.program.makers["cause"].policy.rules]
    assert values == {"cause": cause}
    assert {(ids[rule], ids[by]) for rule, by in resolution.overridden} == aside


SILENCED = """
policy: cause
answers: {cause: {one_of: [rule, other, nobody]}}
hit: priority
otherwise: {cause: nobody}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule}
    except:
      - id: silencer
        when: {issue.b: true}
        except:
          - id: silencer-of-the-silencer
            when: {issue.c: true}
            except:
              - {id: and-its-silencer, when: {issue.d: true}}
  - {id: other, when: {issue.e: true}, then: {cause: other}}
"""


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ("a", "rule"),
        ("ab", "nobody"),  # silenced: `otherwise` holds
        ("abe", "other"),  # another rule fires as if the silenced one were not there
        ("abc", "rule"),  # the silencer is silenced, so the rule fires
        ("abcd", "nobody"),
        ("ac", "rule"),
        ("abd", "nobody"),
    ],
)
def test_an_exception_without_outputs_silences_its_rule_unless_it_is_silenced(
    pack: MakePack, facts: str, cause: str
) -> None:
    assert pack(SILENCED, FACTS).resolve("cause", case_of(facts))[0] == {"cause": cause}


SPEAKING_UNDER_SILENT = """
policy: cause
answers: {cause: {one_of: [rule, exception, nobody]}}
otherwise: {cause: nobody}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule}
    except:
      - id: silencer
        when: {issue.b: true}
        except: [{id: exception, when: {issue.c: true}, then: {cause: exception}}]
"""


@pytest.mark.parametrize(("facts", "cause"), [("a", "rule"), ("ab", "nobody"), ("abc", "exception")])
def test_an_exception_to_a_silencer_may_fire_itself(pack: MakePack, facts: str, cause: str) -> None:
    assert pack(SPEAKING_UNDER_SILENT, FACTS).resolve("cause", case_of(facts))[0] == {"cause": cause}


SILENT_UNDER_SPEAKING = """
policy: cause
answers: {cause: {one_of: [rule, exception, nobody]}}
otherwise: {cause: nobody}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule}
    except:
      - id: exception
        when: {issue.b: true}
        then: {cause: exception}
        except: [{id: not-then, when: {issue.c: true}}]
"""


@pytest.mark.parametrize(("facts", "cause"), [("ab", "exception"), ("abc", "rule")])
def test_a_silenced_exception_lets_its_rule_fire(pack: MakePack, facts: str, cause: str) -> None:
    assert pack(SILENT_UNDER_SPEAKING, FACTS).resolve("cause", case_of(facts))[0] == {"cause": cause}


PER_ANSWER = """
policy: cause
answers: {cause: {one_of: [rule, exception, nobody]}, share: {number: percent}, informed: yes_no}
otherwise: {cause: nobody, share: 0, informed: false}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule, share: 50}
    except:
      - {id: of-cause, when: {issue.b: true}, then: {cause: exception}}
      - {id: of-share, when: {issue.c: true}, then: {share: 80}}
      - {id: of-another, when: {issue.d: true}, then: {informed: true}}
"""


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        ("", {"cause": "nobody", "share": 0, "informed": False}),
        ("a", {"cause": "rule", "share": 50, "informed": False}),
        ("ab", {"cause": "exception", "share": 50, "informed": False}),
        ("ac", {"cause": "rule", "share": 80, "informed": False}),
        ("abc", {"cause": "exception", "share": 80, "informed": False}),
        ("ad", {"cause": "rule", "share": 50, "informed": True}),
    ],
)
def test_exceptions_fire_answer_by_answer(pack: MakePack, facts: str, values: dict[str, Any]) -> None:
    assert pack(PER_ANSWER, FACTS).resolve("cause", case_of(facts))[0] == values


ELSEWHERE = """
policy: cause
answers: {cause: {one_of: [rule, exception, deeper, nobody]}}
otherwise: {cause: nobody}
rules:
  - {id: deeper, exception_to: exception, when: {issue.c: true}, then: {cause: deeper}}
  - {id: exception, exception_to: rule, when: {issue.b: true}, then: {cause: exception}}
  - {id: rule, when: {issue.a: true}, then: {cause: rule}}
"""


@pytest.mark.parametrize(
    ("facts", "cause"),
    [("a", "rule"), ("ab", "exception"), ("abc", "deeper"), ("ac", "rule"), ("bc", "nobody")],
)
def test_an_exception_from_elsewhere_inherits_the_conditions_of_its_rule(
    pack: MakePack, facts: str, cause: str
) -> None:
    assert pack(ELSEWHERE, FACTS).resolve("cause", case_of(facts))[0] == {"cause": cause}


SEVERAL = """
policy: cause
answers: {cause: {one_of: [rule, second, exception, deeper, nobody]}, share: {number: percent}}
hit: HIT
otherwise: {cause: nobody, share: 0}
rules:
  - {id: rule, when: {issue.a: true}, then: {cause: rule, share: 50}}
  - {id: second, when: {issue.b: true}, then: {cause: second}}
  - id: exception
    exception_to: [rule, second]
    when: {issue.c: true}
    then: {cause: exception}
    except:
      - {id: deeper, when: {issue.d: true}, then: {cause: deeper}}
      - {id: not-then, when: {issue.e: true}}
  - {id: silencer, exception_to: [second, rule], when: {issue.f: true}}
"""


@pytest.mark.parametrize("hit", ["any", "unique"])
@pytest.mark.parametrize(
    ("facts", "cause", "aside"),
    [
        ("c", "nobody", set()),  # it holds only where one of its rules does
        ("ac", "exception", {("rule", "exception")}),
        ("bc", "exception", {("second", "exception")}),
        ("abc", "exception", {("rule", "exception"), ("second", "exception")}),  # and fires once where both do
        ("abcd", "deeper", {("rule", "exception"), ("second", "exception"), ("exception", "deeper")}),
        ("ace", "rule", {("exception", "not-then")}),
        ("bce", "second", {("exception", "not-then")}),
        ("af", "nobody", {("rule", "silencer")}),
        ("abf", "nobody", {("rule", "silencer"), ("second", "silencer")}),
    ],
)
def test_an_exception_to_several_rules_replaces_each_that_holds(
    pack: MakePack, hit: str, facts: str, cause: str, aside: set[tuple[str, str]]
) -> None:
    small_pack = pack(SEVERAL.replace("HIT", hit), FACTS)
    values, resolution = small_pack.resolve("cause", case_of(facts))
    ids = [rule.id for rule in small_pack.pack.program.makers["cause"].policy.rules]
    assert (values["cause"], resolution.conflict) == (cause, ())
    assert {(ids[rule], ids[by]) for rule, by in resolution.overridden} == aside
    assert len(resolution.overridden) == len(aside)


@pytest.mark.parametrize(
    ("facts", "cause", "share"),
    [
        ("a?c", OPEN, 50),  # an exception that may hold leaves open what it gives
        ("c?a", OPEN, OPEN),
        ("ac?b", OPEN, 50),  # and so does a rule that may hold, although the exception would replace it
        ("a?f", OPEN, OPEN),  # one that may silence both leaves open what they give
        ("?bf", OPEN, OPEN),
    ],
)
def test_an_exception_to_several_rules_may_be_undecided(pack: MakePack, facts: str, cause: Any, share: Any) -> None:
    values, _ = pack(SEVERAL.replace("HIT", "any"), FACTS).resolve("cause", case_of(facts))
    assert values == {"cause": cause, "share": share}


COLLECTED_ONCE = """
policy: extra
answers: {remedy.compensation: contract}
hit: collect
rules:
  - {id: rule, when: {issue.a: true}, then: {remedy.compensation: {head: one, basis: rule, amount: 1 CNY}}}
  - {id: second, when: {issue.b: true}, then: {remedy.compensation: {head: two, basis: rule, amount: 2 CNY}}}
  - id: exception
    exception_to: [rule, second]
    when: {issue.c: true}
    then: {remedy.compensation: {head: three, basis: rule, amount: 3 CNY}}
"""


@pytest.mark.parametrize(
    ("facts", "heads"), [("ab", ["two", "one"]), ("abc", ["three"]), ("ac", ["three"]), ("bc", ["three"])]
)
def test_an_exception_to_several_rules_gives_its_items_once(pack: MakePack, facts: str, heads: list[str]) -> None:
    values, _ = pack(COLLECTED_ONCE, FACTS).resolve("extra", case_of(facts))
    assert sorted(one.value["head"] for one in values["remedy.compensation"]) == sorted(heads)


ROW_EXCEPTION = """
policy: rate
answers: {rate: {number: percent}}
otherwise: {rate: 0}
table:
  when: [issue.a]
  then: [rate]
  rows:
    plain: [true, 10]
rules:
  - {id: more, exception_to: plain, when: {issue.b: true}, then: {rate: 25}}
  - {id: none-then, exception_to: plain, when: {issue.c: true}}
"""


@pytest.mark.parametrize(("facts", "rate"), [("", 0), ("a", 10), ("ab", 25), ("b", 0), ("ac", 0)])
def test_a_row_can_have_exceptions(pack: MakePack, facts: str, rate: int) -> None:
    assert pack(ROW_EXCEPTION, FACTS).resolve("rate", case_of(facts))[0] == {"rate": rate}


COLLECTED = """
policy: give
answers: {given: {list_of: {one_of: [gift, card, call]}}}
hit: collect
rules:
  - id: z-gift
    when: {issue.a: true}
    then: {given: gift}
    except:
      - {id: card-instead, when: {issue.b: true}, then: {given: [card, call]}}
      - {id: nothing, when: {issue.c: true}}
  - {id: a-call, when: {issue.d: true}, then: {given: call}}
"""


@pytest.mark.parametrize(
    ("facts", "given"),
    [
        ("", ()),
        ("a", ("gift",)),
        ("ab", ("card", "call")),
        ("ac", ()),
        ("ad", ("call", "gift")),  # in the order of the rules' ids
        ("abd", ("call", "card")),  # and each value once
    ],
)
def test_a_collected_answer_has_the_items_of_every_firing_rule(
    pack: MakePack, facts: str, given: tuple[str, ...]
) -> None:
    assert pack(COLLECTED, FACTS).resolve("give", case_of(facts))[0] == {"given": given}


# ---- hit policies of rules


def choosing(hit: str, a: str = "first", b: str = "second") -> str:
    return f"""
policy: choose
answers: {{chosen: {{one_of: [first, second, third, nobody]}}}}
hit: {hit}
otherwise: {{chosen: nobody}}
rules:
  - {{id: rule-b, when: {{issue.b: true}}, then: {{chosen: {b}}}}}
  - {{id: rule-a, when: {{issue.a: true}}, then: {{chosen: {a}}}}}
  - {{id: rule-c, when: {{issue.c: true}}, then: {{chosen: third}}}}
"""


@pytest.mark.parametrize(
    ("hit", "facts", "chosen"),
    [
        ("any", "", "nobody"),
        ("any", "b", "second"),
        ("unique", "b", "second"),
        ("priority", "ab", "first"),  # by the order of one_of, wherever the rules stand
        ("priority", "abc", "first"),
        ("priority", "bc", "second"),
        # while a rule that could fire is undecided, the answer is open
        ("any", "?a", OPEN),
        ("any", "b?a", OPEN),
        ("unique", "?a", OPEN),
        ("unique", "b?a", OPEN),
        ("priority", "?a", OPEN),
        ("priority", "b?a", OPEN),
    ],
)
def test_one_answer_of_several_rules(pack: MakePack, hit: str, facts: str, chosen: Any) -> None:
    values, resolution = pack(choosing(hit), FACTS).resolve("choose", case_of(facts))
    assert values == {"chosen": chosen}
    assert resolution.conflict == ()


def test_agreeing_rules_fire_together_under_any_and_not_under_unique(pack: MakePack) -> None:
    values, resolution = pack(choosing("any", "first", "first"), FACTS).resolve("choose", case_of("ab"))
    assert (values, resolution.conflict, len(resolution.fired)) == ({"chosen": "first"}, (), 2)
    assert pack(choosing("unique", "first", "first"), FACTS).resolve("choose", case_of("ab"))[1].conflict != ()


BY_CHOICE = """---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: pay, when: {chosen: [first, second]}, then: {remedy.option: {kind: refund, refund: 5 CNY}}}
  - {id: refuse, when: {chosen: {is_not: [first, second]}}, then: {remedy.option: {kind: refuse}}}
"""


@pytest.mark.parametrize("hit", ["any", "unique"])
def test_rules_in_conflict_go_to_a_person_and_are_named(pack: MakePack, hit: str) -> None:
    result = pack(choosing(hit) + BY_CHOICE, FACTS).decide(case_of("ab"))
    assert result["outcome"] == "review"
    assert result["automation"]["mode"] not in ("auto", "auto_appeal")
    (conflict,) = [reason for reason in result["automation"]["reasons"] if reason.get("code") == "rules_conflict"]
    assert conflict["rules"] == ["choose/rule-a", "choose/rule-b"]
    assert conflict in result["why"]["notes"]


def test_a_rule_that_does_not_fire_is_in_no_conflict(pack: MakePack) -> None:
    result = pack(choosing("any") + BY_CHOICE, FACTS).decide(case_of("a"))
    assert (result["outcome"], codes(result)) == ("remedy", [])


def test_a_conflict_on_which_nothing_visible_depends_has_no_effect(pack: MakePack) -> None:
    result = pack(choosing("any"), FACTS).decide(case_of("ab"))
    assert (result["outcome"], codes(result)) == ("remedy", [])


# ---- undecided rules

UNDECIDED = """
policy: cause
answers: {cause: {one_of: [rule, exception, nobody]}, share: {number: percent}, given: {one_of: [gift, card, none]}}
otherwise: {cause: nobody, share: 0, given: none}
rules:
  - id: rule
    when: {issue.a: true}
    then: {cause: rule, share: 50}
    except:
      - {id: exception, when: {issue.b: true}, then: {cause: exception}}
      - {id: silencer, when: {issue.c: true}}
  - {id: another, when: {issue.d: true}, then: {given: gift}}
"""


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        ("a?d", {"cause": "rule", "share": 50, "given": OPEN}),
        ("?a", {"cause": OPEN, "share": OPEN, "given": "none"}),
        ("d?a", {"cause": OPEN, "share": OPEN, "given": "gift"}),
        ("a?c", {"cause": OPEN, "share": OPEN, "given": "none"}),  # an undecided silencer could take both away
        ("?b", {"cause": "nobody", "share": 0, "given": "none"}),  # its rule is false, and so is it
    ],
)
def test_otherwise_does_not_apply_while_a_rule_is_undecided(pack: MakePack, facts: str, values: dict[str, Any]) -> None:
    assert pack(UNDECIDED, FACTS).resolve("cause", case_of(facts))[0] == values


def test_an_undecided_exception_leaves_its_answers_open(pack: MakePack) -> None:
    values, _ = pack(UNDECIDED, FACTS).resolve("cause", case_of("a?b"))
    assert values["cause"] is OPEN
    assert values["given"] == "none"


def test_what_is_likely_takes_undecided_rules_as_not_there(pack: MakePack) -> None:
    small_pack = pack(UNDECIDED, FACTS)
    assert small_pack.resolve("cause", case_of("a?bc"), likely=True)[0] == {
        "cause": "rule",
        "share": 50,
        "given": "none",
    }
    values, _ = small_pack.resolve("cause", case_of("a?d"), likely=True)
    assert (values["cause"], values["share"]) == ("rule", 50)


# ---- tables


def table(hit: str, kind: str = "{one_of: [high, middle, low]}", values: str = "low high high") -> str:
    a, b, c = values.split()
    otherwise = "" if HitPolicy(hit).lists else f"otherwise: {{rate: {'low' if 'one_of' in kind else 0}}}"
    return f"""
policy: rate
answers: {{rate: {kind}}}
hit: {hit}
{otherwise}
table:
  when: [issue.a, issue.b, issue.c]
  then: [rate]
  rows:
    row-a: [true, '-', '-', {a}]
    row-b: ['-', true, '-', {b}]
    row-c: ['-', '-', true, {c}]
"""


NUMBER, AMOUNTS = "{number: percent}", "5 20 20"


@pytest.mark.parametrize(
    ("hit", "kind", "facts", "rate", "speakers"),
    [
        ("unique", "", "a", "low", ["row-a"]),
        ("any", "", "bc", "high", ["row-b", "row-c"]),
        ("first", "", "abc", "low", ["row-a"]),
        ("first", "", "bc", "high", ["row-b"]),
        ("priority", "", "abc", "high", ["row-b", "row-c"]),
        ("priority", "", "a", "low", ["row-a"]),
        ("rule order", "", "abc", ("low", "high", "high"), ["row-a", "row-b", "row-c"]),
        ("output order", "", "abc", ("high", "high", "low"), ["row-a", "row-b", "row-c"]),
        ("collect", "", "ac", ("low", "high"), ["row-a", "row-c"]),
        ("collect", "", "", (), []),
        ("first", "", "", "low", []),
        ("collect sum", NUMBER, "abc", 45, ["row-a", "row-b", "row-c"]),
        ("collect min", NUMBER, "abc", 5, ["row-a"]),
        ("collect max", NUMBER, "abc", 20, ["row-b", "row-c"]),
        ("collect count", NUMBER, "bc", 2, ["row-b", "row-c"]),
        ("collect sum", NUMBER, "", 0, []),
    ],
)
def test_a_table_by_its_hit_policy(
    pack: MakePack, hit: str, kind: str, facts: str, rate: Any, speakers: list[str]
) -> None:
    text = table(hit, kind, AMOUNTS) if kind else table(hit)
    small_pack = pack(text, FACTS)
    values, resolution = small_pack.resolve("rate", case_of(facts))
    ids = [rule.id for rule in small_pack.pack.program.makers["rate"].policy.rules]
    assert values == {"rate": rate}
    assert sorted({ids[rule] for _, rule in resolution.fired}) == speakers


@pytest.mark.parametrize(("hit", "facts"), [("unique", "ab"), ("any", "ab"), ("unique", "bc")])
def test_rows_that_may_not_fire_together_conflict(pack: MakePack, hit: str, facts: str) -> None:
    small_pack = pack(table(hit), FACTS)
    values, resolution = small_pack.resolve("rate", case_of(facts))
    ids = [rule.id for rule in small_pack.pack.program.makers["rate"].policy.rules]
    assert values == {"rate": OPEN}
    assert [ids[rule] for rule in resolution.conflict] == [f"row-{fact}" for fact in facts]


@pytest.mark.parametrize(
    ("hit", "kind"),
    [
        *((hit, "") for hit in ("unique", "any", "first", "priority", "rule order", "output order", "collect")),
        *((hit, NUMBER) for hit in ("collect sum", "collect min", "collect max", "collect count")),
    ],
)
@pytest.mark.parametrize("facts", ["?a", "b?a", "a?b"])
def test_the_answers_of_a_table_are_open_while_a_row_is_undecided(
    pack: MakePack, hit: str, kind: str, facts: str
) -> None:
    text = table(hit, kind, AMOUNTS) if kind else table(hit)
    assert pack(text, FACTS).resolve("rate", case_of(facts))[0] == {"rate": OPEN}


TWO_OUTPUTS = """
policy: rate
answers: {rate: {number: percent}, informed: {one_of: [yes-please, no-thanks]}}
hit: any
otherwise: {rate: 0, informed: no-thanks}
table:
  when: [issue.a, issue.b]
  then: [informed, rate]
  rows:
    row-a: [true, '-', yes-please, 5]
    row-b: ['-', true, yes-please, 20]
"""


def test_the_outputs_of_a_row_go_together(pack: MakePack) -> None:
    small_pack = pack(TWO_OUTPUTS, FACTS)
    assert small_pack.resolve("rate", case_of("b"))[0] == {"rate": 20, "informed": "yes-please"}
    values, resolution = small_pack.resolve("rate", case_of("ab"))  # they agree on one output and not on the other
    assert values == {"rate": OPEN, "informed": OPEN}
    assert len(resolution.conflict) == 2


# ---- values


PARTIES = """
policy: bear
answers: {responsibility.final: contract}
otherwise: {responsibility.final: none}
rules:
  - {id: one, when: {issue.a: true}, then: {responsibility.final: logistics}}
  - {id: two, when: {issue.b: true}, then: {responsibility.final: {merchant: 30, logistics: rest}}}
"""


@pytest.mark.parametrize(
    ("facts", "final"),
    [
        ("", (("none", 100),)),
        ("a", (("logistics", 100),)),
        ("b", (("merchant", 30), ("logistics", 70))),
    ],
)
def test_a_party_alone_bears_all(pack: MakePack, facts: str, final: tuple[tuple[str, int], ...]) -> None:
    assert pack(PARTIES, FACTS).resolve("bear", case_of(facts))[0] == {"responsibility.final": final}


def test_an_amount_of_an_open_fact_is_open(pack: MakePack) -> None:
    small_pack = pack(
        """
        policy: rate
        answers: {rate: money}
        otherwise: {rate: 0}
        rules: [{id: half, when: {issue.a: true}, then: {rate: {percent: 50, of: line.paid_fen}}}]
        """,
        FACTS,
    )
    assert small_pack.resolve("rate", case_of("a"))[0] == {"rate": 5_000}
    unpaid = case_of("a") | {"order": {"lines": [{"id": "1"}]}}
    assert small_pack.resolve("rate", unpaid)[0] == {"rate": OPEN}
