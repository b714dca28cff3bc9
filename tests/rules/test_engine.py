"""The engine finds the true rules and no others, whatever it went through before."""

import operator
import os
import random
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import engine
from rules.engine import Engine, EngineError, Ruleset
from rules.engine_rules import NAMES, Atom, InvalidRule, Rule
from tests.support.budget import budget

COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
DAMAGE, DELAY = 0, 1
FRESH, CLOTHES = 0, 1


def holds(atom: Atom, codes: Mapping[str, int]) -> bool:
    return atom.field in codes and COMPARE[atom.op](codes[atom.field], atom.code)


def true_rules(rules: Sequence[Rule], codes: Mapping[str, int]) -> set[int]:
    """The meaning of rules, in the plainest words."""
    return {number for number, parts in rules if any(all(holds(atom, codes) for atom in part) for part in parts)}


@pytest.fixture
def ruleset() -> Iterator[Callable[..., Ruleset]]:
    made: list[Ruleset] = []

    def make(*rules: Rule) -> Ruleset:
        made.append(Ruleset(rules))
        return made[-1]

    yield make
    for one in made:
        one.close()


# ---- what a rule means


@pytest.mark.parametrize(
    ("op", "true_of"),
    [
        ("==", [5]),
        ("!=", [-7, 0, 4, 6]),
        ("<", [-7, 0, 4]),
        ("<=", [-7, 0, 4, 5]),
        (">", [6]),
        (">=", [5, 6]),
    ],
)
def test_a_comparison_with_five(ruleset: Callable[..., Ruleset], op: str, true_of: list[int]) -> None:
    rules = ruleset((1, ((Atom("days", op, 5),),)))  # type: ignore[arg-type]
    assert [code for code in (-7, 0, 4, 5, 6) if rules.match({"days": code})] == true_of


@pytest.mark.parametrize("op", COMPARE)
def test_no_comparison_is_true_of_a_field_that_is_not_known(ruleset: Callable[..., Ruleset], op: str) -> None:
    rules = ruleset((1, ((Atom("days", op, 0),),)), (2, ((Atom("paid", "==", 1),),)))  # type: ignore[arg-type]
    assert rules.match({"paid": 1}) == {2}
    assert rules.match({}) == set()


def test_every_test_of_a_conjunction_must_hold(ruleset: Callable[..., Ruleset]) -> None:
    rules = ruleset((7, ((Atom("days", ">=", 3), Atom("days", "<", 7), Atom("opened", "==", 0)),)))
    assert rules.match({"days": 3, "opened": 0}) == {7}
    assert rules.match({"days": 7, "opened": 0}) == set()
    assert rules.match({"days": 3, "opened": 1}) == set()
    assert rules.match({"days": 3}) == set()


def test_a_rule_is_named_once_however_many_of_its_alternatives_are_true(ruleset: Callable[..., Ruleset]) -> None:
    rules = ruleset((7, ((Atom("lost", "==", 1),), (Atom("late", "==", 1),), (Atom("late", ">", 0),))))
    assert rules.match({"lost": 1, "late": 1}) == {7}
    assert rules.match({"lost": 0, "late": 1}) == {7}
    assert rules.match({"lost": 0, "late": 0}) == set()


def test_rules_with_the_same_tests_are_all_named(ruleset: Callable[..., Ruleset]) -> None:
    same = (Atom("lost", "==", 1),)
    assert ruleset(*((number, (same,)) for number in range(200))).match({"lost": 1}) == set(range(200))


def test_a_rule_without_tests_is_always_true_and_one_without_alternatives_never(
    ruleset: Callable[..., Ruleset],
) -> None:
    rules = ruleset((1, ((),)), (2, ()), (3, ((Atom("lost", "==", 1),), ())))
    assert rules.match({}) == {1, 3}
    assert rules.match({"lost": 1}) == {1, 3}


def test_no_rules_match_nothing(ruleset: Callable[..., Ruleset]) -> None:
    assert ruleset().match({"lost": 1}) == set()


def test_tests_that_contradict_each_other_are_never_true(ruleset: Callable[..., Ruleset]) -> None:
    rules = ruleset((1, ((Atom("kind", "==", DAMAGE), Atom("kind", "==", DELAY)),)))
    assert [rules.match({"kind": kind}) for kind in (DAMAGE, DELAY)] == [set(), set()]


def test_the_largest_codes_are_compared_exactly(ruleset: Callable[..., Ruleset]) -> None:
    largest = 2**62 - 1
    rules = ruleset((1, ((Atom("rank", ">", largest - 1),),)), (2, ((Atom("rank", "<", 1 - largest),),)))
    assert rules.match({"rank": largest}) == {1}
    assert rules.match({"rank": largest - 1}) == set()
    assert rules.match({"rank": -largest}) == {2}


@pytest.mark.parametrize("name", ["id", "sid", "$s", "m", "w", "f0", "f1", 'a"b', "退款", "a.b", ""])
def test_a_field_may_have_any_name(ruleset: Callable[..., Ruleset], name: str) -> None:
    rules = ruleset((1, ((Atom(name, ">", 3),),)), (2, ((Atom("other", "==", 1),),)))
    assert rules.match({name: 4, "other": 0}) == {1}
    assert rules.match({name: 3, "other": 1}) == {2}


def test_a_ruleset_lists_the_fields_that_it_reads(ruleset: Callable[..., Ruleset]) -> None:
    rules = ruleset((1, ((Atom("lost", "==", 1),), (Atom("late", "==", 1),))), (2, ((),)))
    assert rules.fields == {"lost", "late"}


# ---- many rules


def table(kinds: int, categories: int, rows: int) -> list[Rule]:
    """Rows for each kind and category, by the number of days; a few rows for one of the two only, or for neither."""
    cells = [(kind, category) for kind in range(kinds) for category in range(categories)] * rows
    rules: list[Rule] = [
        (number, ((Atom("kind", "==", kind), Atom("category", "==", category), Atom("days", ">", number % 5)),))
        for number, (kind, category) in enumerate(cells)
    ]
    for number, part in enumerate(
        [
            (Atom("kind", "==", DAMAGE), Atom("days", "<", 2)),
            (Atom("category", "==", CLOTHES), Atom("days", "<", 2)),
            (Atom("days", "==", 0),),
            (Atom("kind", "!=", DAMAGE), Atom("category", "==", FRESH)),
        ],
        start=len(rules),
    ):
        rules.append((number, (part,)))
    return rules


@pytest.mark.parametrize(("kinds", "categories", "rows"), [(2, 2, 1), (3, 4, 5), (12, 20, 1), (3, 2, 90)])
def test_rules_by_kind_and_category(ruleset: Callable[..., Ruleset], kinds: int, categories: int, rows: int) -> None:
    rules = table(kinds, categories, rows)
    tried = ruleset(*rules)
    for kind in (*range(kinds), 99, None):
        for category in (*range(categories), 99, None):
            for days in (0, 3):
                known = {"kind": kind, "category": category, "days": days}
                codes = {field: code for field, code in known.items() if code is not None}
                assert tried.match(codes) == true_rules(rules, codes)


def test_codes_are_asked_only_for_the_fields_of_rules_that_the_guards_leave(ruleset: Callable[..., Ruleset]) -> None:
    class Recorded(dict[str, int]):
        def get(self, field: str, absent: Any = None, /) -> Any:
            asked.add(field)
            return super().get(field, absent)

    tried = ruleset(
        (1, ((Atom("kind", "==", DAMAGE), Atom("photos", ">", 0)),)),
        (2, ((Atom("kind", "==", DELAY), Atom("days", ">", 3)),)),
        (3, ((Atom("kind", "==", DELAY), Atom("days", ">", 7), Atom("promised", "==", 1)),)),
    )
    asked: set[str] = set()
    assert tried.match(Recorded(kind=DELAY, photos=1, days=5)) == {2}
    assert "photos" not in asked and {"kind", "days", "promised"} <= asked


def test_five_hundred_rules_that_are_all_true(ruleset: Callable[..., Ruleset]) -> None:
    rules = [(number, ((Atom("days", "<", number + 1),),)) for number in range(500)]
    assert ruleset(*rules).match({"days": 0}) == set(range(500))


def test_sixty_rules_of_nine_fields_each_read_more_fields_than_a_fact_can_hold(
    ruleset: Callable[..., Ruleset],
) -> None:
    rules = [(number, (tuple(Atom(f"{number}.{index}", "==", index) for index in range(9)),)) for number in range(60)]
    tried = ruleset(*rules)
    codes = {field: int(field.split(".")[1]) for field in tried.fields}
    assert tried.match(codes) == set(range(60))
    assert tried.match({**codes, "7.3": 4}) == set(range(60)) - {7}


# ---- what the engine must not be given


@pytest.mark.parametrize("code", [2**62, -(2**62), 2**80])
def test_a_code_of_63_bits_is_refused(code: int) -> None:
    with pytest.raises(InvalidRule, match="out of range"):
        Ruleset([(1, ((Atom("days", "<", code),),))])


def test_sixty_five_alternatives_are_refused() -> None:
    parts = tuple((Atom("days", "==", day),) for day in range(65))
    Ruleset([(1, parts[:64])]).close()
    with pytest.raises(InvalidRule, match="alternatives"):
        Ruleset([(1, parts)])


def test_a_conjunction_of_241_fields_is_refused(ruleset: Callable[..., Ruleset]) -> None:
    part = tuple(Atom(f"field-{index}", "==", 1) for index in range(241))
    assert ruleset((1, (part[:240],))).match({atom.field: 1 for atom in part}) == {1}
    with pytest.raises(InvalidRule, match="fields"):
        Ruleset([(1, (part,))])


def test_the_engine_hashes_each_name_differently() -> None:
    operators = ["$lt", "$lte", "$gt", "$gte", "$eq", "$neq", "$ex", "$nex", "$and", "$or", "$m", "$l", "$r", "$mt"]
    own = ["id", "sid", "w", "m", "$s", "$forward", "$time", "all", "any", "pri", "count", "cap", "dist", *operators]
    names = [*own, *NAMES]
    assert len({fnv1_32(name) for name in names}) == len(names)
    assert fnv1_32("f6059") == fnv1_32("f264602")


def fnv1_32(text: str) -> int:
    """The hash by which the engine knows a property: FNV-1a of 32 bits."""
    hashed = 2166136261
    for byte in text.encode():
        hashed = (hashed ^ byte) * 16777619 % 2**32
    return hashed


def test_the_version_is_the_one_installed() -> None:
    name, number = Engine.version.split()
    assert version(name) == number


# ---- agreement with the plain meaning

FIELDS = [f"field-{index}" for index in range(6)]
atoms = st.builds(Atom, st.sampled_from(FIELDS), st.sampled_from(sorted(COMPARE)), st.integers(-2, 4))
conjunctions = st.lists(atoms, max_size=5).map(tuple)
rule_sets = st.lists(st.lists(conjunctions, max_size=4).map(tuple), max_size=40).map(
    lambda rules: list(enumerate(rules))
)
cases = st.dictionaries(st.sampled_from(FIELDS), st.integers(-3, 5))


@settings(max_examples=budget(100, 3_000))
@given(rule_sets, st.lists(cases, min_size=5, max_size=20))
def test_the_engine_agrees_with_the_plain_meaning(rules: list[Rule], tried: list[dict[str, int]]) -> None:
    ruleset = Ruleset(rules)
    try:
        for codes in tried:
            assert ruleset.match(codes) == true_rules(rules, codes)
    finally:
        ruleset.close()


def random_rules(chance: random.Random, many: int) -> list[Rule]:
    def part() -> tuple[Atom, ...]:
        tests = [
            Atom(f"number-{chance.randrange(20)}", chance.choice(list(COMPARE)), chance.randrange(8))  # type: ignore[arg-type]
            for _ in range(chance.randint(1, 4))
        ]
        return Atom("kind", "==", chance.randrange(6)), *tests

    return [(number, tuple(part() for _ in range(chance.randint(1, 3)))) for number in range(many)]


def random_case(chance: random.Random) -> dict[str, int]:
    known = {f"number-{index}": chance.randrange(8) for index in range(20) if chance.random() < 0.8}
    return {"kind": chance.randrange(7), **known}


@pytest.mark.parametrize("many", [10, 60, 200, 1_000])
def test_large_rulesets_agree_with_the_plain_meaning(ruleset: Callable[..., Ruleset], many: int) -> None:
    chance = random.Random(many)
    rules = random_rules(chance, many)
    tried = ruleset(*rules)
    for _ in range(200):
        codes = random_case(chance)
        assert tried.match(codes) == true_rules(rules, codes)


# ---- over time


def test_two_hundred_thousand_matches_on_one_handle_stay_right(ruleset: Callable[..., Ruleset]) -> None:
    tried = ruleset((1, ((Atom("days", "<", 100_000),),)), (2, ((Atom("days", ">=", 100_000),),)))
    before = memory()
    for days in range(200_001):
        assert tried.match({"days": days}) == ({1} if days < 100_000 else {2})
    assert memory() - before < 2_000_000


def test_a_closed_ruleset_answers_again(ruleset: Callable[..., Ruleset]) -> None:
    tried = ruleset((1, ((Atom("lost", "==", 1),),)))
    for _ in range(3):
        tried.close()
        tried.close()
        assert tried.match({"lost": 1}) == {1}


@pytest.mark.parametrize("closing", [True, False], ids=["closed", "forgotten"])
def test_building_and_closing_costs_no_memory(closing: bool) -> None:
    rules = table(2, 2, 10)

    def build() -> None:
        ruleset = Ruleset(rules)
        assert ruleset.match({"kind": DAMAGE, "category": FRESH, "days": 9})
        if closing:
            ruleset.close()

    for _ in range(30):
        build()
    before = memory()
    for _ in range(300):
        build()
    assert memory() - before < 4_000_000


def memory() -> int:
    """The resident memory of this process in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


# ---- faults

CALLS = ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"]


class Interrupt(BaseException):
    """What a signal handler may raise between any two calls."""


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [RuntimeError, MemoryError, Interrupt])
def test_the_match_after_a_fault_is_right(
    monkeypatch: pytest.MonkeyPatch,
    ruleset: Callable[..., Ruleset],
    call: str,
    after: bool,
    error: type[BaseException],
) -> None:
    tried = ruleset((1, ((Atom("days", "<", 5),),)), (2, ((Atom("days", "<", 9),),)), (3, ((Atom("lost", "==", 1),),)))
    right = getattr(engine, call)

    def fail(*given: object) -> None:
        if after:
            right(*given)
        raise error("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(engine, call, fail)
        with pytest.raises(Interrupt if error is Interrupt else EngineError, match="out of order"):
            tried.match({"days": 3, "lost": 1})
    assert tried.match({"days": 7}) == {2}
    assert tried.match({"days": 3, "lost": 1}) == {1, 2, 3}


@pytest.mark.parametrize("result", [2, 3], ids=["already observed", "deferred"])
def test_an_unexpected_result_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, ruleset: Callable[..., Ruleset], result: int
) -> None:
    tried = ruleset((1, ((Atom("days", "<", 5),),)))
    right = vars(engine)["assert_fact"]
    with monkeypatch.context() as patch:
        patch.setattr(engine, "assert_fact", lambda handle, fact: (result, right(handle, fact)[1]))
        with pytest.raises(EngineError):
            tried.match({"days": 3})
    assert tried.match({"days": 3}) == {1}


def test_a_case_that_is_no_integers_is_a_fault(ruleset: Callable[..., Ruleset]) -> None:
    tried = ruleset((1, ((Atom("days", ">=", 1),),)))
    with pytest.raises(EngineError):
        tried.match({"days": True})
    assert tried.match({"days": 1}) == {1}


def test_an_engine_that_cannot_start_is_an_error_and_the_next_match_starts_it_again(
    ruleset: Callable[..., Ruleset], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = ruleset((7, ((Atom("kind", "==", DAMAGE),),)))
    rules.close()

    def broken(*_: Any) -> int:
        raise RuntimeError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "create_ruleset", broken)
        with pytest.raises(EngineError, match="no memory"):
            rules.match({"kind": DAMAGE})
    assert rules.match({"kind": DAMAGE}) == {7}


# ---- threads and processes


@pytest.fixture
def strata() -> Iterator[tuple[Engine, list[list[Rule]]]]:
    chance = random.Random(8)
    rules = [random_rules(chance, many) for many in (5, 40, 120)]
    with Engine(Ruleset(one) for one in rules) as tried:
        yield tried, rules


def wrong_answers(tried: Engine, rules: list[list[Rule]], seed: int, matches: int) -> int:
    chance = random.Random(seed)
    wrong = 0
    for turn in range(matches):
        codes = random_case(chance)
        wrong += tried.match(turn % 3, codes) != true_rules(rules[turn % 3], codes)
    return wrong


def test_an_engine_keeps_the_strata_apart(strata: tuple[Engine, list[list[Rule]]]) -> None:
    assert wrong_answers(*strata, seed=1, matches=300) == 0


def test_eight_threads_share_an_engine(strata: tuple[Engine, list[list[Rule]]]) -> None:
    wrong: list[int] = []
    threads = [
        threading.Thread(target=lambda seed=seed: wrong.append(wrong_answers(*strata, seed=seed, matches=150)))
        for seed in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [0] * 8


def test_an_engine_made_before_a_fork_serves_parent_and_child(strata: tuple[Engine, list[list[Rule]]]) -> None:
    assert exit_of_child(lambda: wrong_answers(*strata, seed=2, matches=60)) == 0
    assert wrong_answers(*strata, seed=3, matches=60) == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # said by Python 3.12
def test_a_fork_in_the_middle_of_another_threads_match_serves_both(
    strata: tuple[Engine, list[list[Rule]]],
) -> None:
    stop = threading.Event()
    wrong: list[int] = []

    def keep_matching() -> None:
        while not stop.is_set():
            wrong.append(wrong_answers(*strata, seed=len(wrong), matches=3))

    thread = threading.Thread(target=keep_matching)
    thread.start()
    try:
        assert [exit_of_child(lambda: wrong_answers(*strata, seed=4, matches=6)) for _ in range(10)] == [0] * 10
    finally:
        stop.set()
        thread.join()
    assert not any(wrong)


def exit_of_child(work: Callable[[], int]) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # rather killed than waited for
        status = 1
        try:
            status = min(work(), 100)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
