"""The order of work: which policy waits for which, where settle stands, and what goes round in circles."""

from hypothesis import given
from hypothesis import strategies as st

from rules.language.strata import base_facts, policy_reads, stratify
from rules.text.reader import Reader
from tests.support.base_packs import pack_of, problems_of

VOCABULARY = """
groups: {order: {of: case}, issue: {of: issue}}
facts:
  order.sum: {type: money}
  issue.x: {type: number}
"""


def policy(name: str, answer: str, reads: str) -> str:
    return f"""
policy: {name}
answers: {{{answer}: number}}
otherwise: {{{answer}: 0}}
rules: [{{id: r, when: {{{reads}: 1}}, then: {{{answer}: 1}}}}]
"""


def order_of(policies: list[str], **files: str) -> dict[str, int]:
    """Return the stratum of each policy, those before settle below zero."""
    loaded = pack_of({"vocabulary.yaml": VOCABULARY, "p.yaml": "---".join(policies), **files})
    program = loaded.program
    first_after = min((one.stratum for one in program.policies[program.settle_at :]), default=999)
    return {one.policy.name: one.stratum - first_after for one in program.policies}


def test_a_policy_comes_after_those_whose_answers_it_reads() -> None:
    strata = order_of([policy("c", "c", "b"), policy("a", "a", "issue.x"), policy("b", "b", "a")])
    assert strata["a"] < strata["b"] < strata["c"]


def test_what_a_formula_or_otherwise_reads_counts_too() -> None:
    reckons = (
        "policy: f\nanswers: {f: number}\notherwise: {f: o}\nrules: [{id: r, when: {}, then: {f: {sum: [a, 1]}}}]\n"
    )
    strata = order_of([reckons, policy("a", "a", "issue.x"), policy("o", "o", "a")])
    assert strata["f"] > strata["o"] > strata["a"]


def test_derived_facts_are_looked_through() -> None:
    derived = "twice: {times: 2, of: a}\nmore: {sum: [twice, 1]}"
    strata = order_of([policy("b", "b", "more"), policy("a", "a", "issue.x")], **{"derived.yaml": derived})
    assert strata["b"] > strata["a"]


def test_settle_comes_between_what_it_reads_and_what_reads_it() -> None:
    later = policy("after", "after", "settled.issues")
    again = policy("again", "again", "after")
    strata = order_of([again, later, policy("early", "early", "issue.x")])
    assert strata["after"] == 0
    assert strata["again"] > 0
    assert strata["remedy"] < 0
    assert strata["early"] < 0


def test_policies_that_do_not_wait_stand_in_one_stratum() -> None:
    strata = order_of([policy(name, name, "issue.x") for name in ("a", "b", "c")])
    assert strata["a"] == strata["b"] == strata["c"]


def test_every_circle_is_reported_by_all_its_ends() -> None:
    text = "---".join(
        [
            policy("a", "a", "c"), policy("b", "b", "a"), policy("c", "c", "b"),
            policy("d", "d", "e"), policy("e", "e", "d"), policy("f", "f", "e"),
        ]
    )  # fmt: skip
    one, other = problems_of({"vocabulary.yaml": VOCABULARY, "p.yaml": text})
    assert one.message.endswith("cycle: 'a' reads c of 'c', 'c' reads b of 'b', 'b' reads a of 'a'")
    assert one.hint == "take one of these reads out: 'a' (p.yaml:2:9) and 'c' (p.yaml:12:9) and 'b' (p.yaml:7:9)"
    assert other.message.endswith("cycle: 'd' reads e of 'e', 'e' reads d of 'd'")


def test_a_circle_is_reported_beside_other_faults() -> None:
    text = "---".join([policy("a", "a", "b"), policy("b", "b", "a"), policy("c", "c", "isue.x")])
    codes = [problem.code for problem in problems_of({"vocabulary.yaml": VOCABULARY, "p.yaml": text})]
    assert codes == ["R301", "R203"]


def test_the_facts_that_a_fact_rests_on_are_reported_once_each() -> None:
    derived = pack_of(
        {"vocabulary.yaml": VOCABULARY, "derived.yaml": "a: {sum: [issue.x, b]}\nb: {times: issue.x, of: issue.x}"}
    ).derived
    assert list(base_facts("a", derived)) == ["issue.x"]
    assert list(base_facts("order.sum", derived)) == ["order.sum"]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_either_every_policy_follows_what_it_reads_or_a_circle_is_reported(edges: list[tuple[int, int]]) -> None:
    rules = {
        at: [
            f"{{id: r{to}, when: {{a{to}: 1}}, then: {{a{at}: 1}}}}"
            for to in sorted({to for one, to in edges if one == at})
        ]
        for at in range(8)
    }
    texts = [
        f"policy: p{at}\nanswers: {{a{at}: number}}\notherwise: {{a{at}: 0}}\n"
        f"rules: [{', '.join(rules[at]) or f'{{id: r, when: {{}}, then: {{a{at}: 1}}}}'}]\n"
        for at in range(8)
    ]
    problems = problems_of({"p.yaml": "---\n".join(texts)})
    assert {problem.code for problem in problems} <= {"R301"}
    if problems:
        return
    loaded = pack_of({"p.yaml": "---\n".join(texts)})
    order = stratify(list(loaded.policies), {}, Reader())
    assert order is not None
    stratum = {one.name: number for one, number in order.policies}
    makers = {answer: one.name for one in loaded.policies for answer in one.answers}
    for one in loaded.policies:
        assert all(stratum[makers[read]] < stratum[one.name] for read in policy_reads(one) if read in makers)
