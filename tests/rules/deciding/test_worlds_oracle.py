"""What is called settled is settled: every way to complete a case is decided, and the answers compared."""

from __future__ import annotations

import copy
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rules.compiling.load import load
from rules.decide import RULES_CONFLICT, Decider
from rules.deciding.match import Matcher
from rules.language.contract import AUTOMATIC
from rules.recommending.coherence import INCOHERENT
from tests.support.budget import budget
from tests.support.random_values import Node
from tests.support.yaml_text import Files, block, reordered

FIXED: Final = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MOST_COMPLETIONS: Final = 96
TIERS: Final = ("basic", "silver", "gold")
SHOWN: Final = ("damage", "label")
HEAD: Final = block({"pack": "small", "currency": "CNY", "time_zone": "UTC", "languages": ["en"]})
Place = tuple[str, int]  # a fact, and the issue that it is of (or the line's first issue, or -1 for the case)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of few values, where it lies in a case, and the values that stand for all it may have."""

    name: str
    scope: str
    type: Node
    values: tuple[Any, ...]
    presume: Any = None


FACTS: Final = (
    Fact("warned", "case", "yes_no", (True, False)),
    Fact("tier", "case", {"one_of": list(TIERS)}, TIERS),
    Fact("calm", "case", "yes_no", (True, False), presume=True),
    Fact("line.fresh", "line", "yes_no", (True, False)),
    Fact("issue.broken", "issue", "yes_no", (True, False)),
    Fact("issue.cause", "issue", {"one_of": ["rain", "packing"]}, ("rain", "packing")),
    Fact("issue.days", "issue", {"number": "days"}, (1, 2, "2.5", 3, 4)),  # rules compare with 2 and 3
    Fact("line.paid_fen", "line", "money", (1, 300, 10_000)),  # rules compare with 3 CNY
)
MOSTLY_KNOWN: Final = {"line.paid_fen": 0.85}
DAYS: Final = (2, 3)
DERIVED: Final = {
    "d.good": {"member": {"fact": "tier", "in": ["silver", "gold"]}},
    "d.shows": {"gather": {"items": "issue.items", "field": "shows", "lacking": "issue.lacking"}},
}


@dataclass
class Making:
    """A small random pack about those facts."""

    chance: Random
    pairs: bool = False  # tests of one fact against another, both of which may be open
    answers: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    policies: list[Node] = field(default_factory=list)
    rules: int = 0

    def files(self) -> Files:
        chance = self.chance
        facts = {
            fact.name: {
                "type": fact.type,
                **({} if fact.presume is None else {"presume": fact.presume, "because": "not_alleged"}),
            }
            for fact in FACTS
        }
        item = {"one_of": list(SHOWN)}
        facts |= {
            "issue.items": {"type": {"list_of": {"shows": item}}},
            "issue.lacking": {"type": {"list_of": item}},
        }
        groups = {"line": {"of": "line"}, "issue": {"of": "issue"}}
        policies = [self.answer("fault", ("mild", "grave")), self.answer("blame", ("us", "them"))]
        policies += [
            self.contract(
                "responsibility.to_customer", lambda: chance.choice(("merchant", "customer")), otherwise="none"
            )
        ]
        policies += [
            self.contract("remedy.option", self.option),
            self.contract("remedy.compensation", self.compensation),
        ]
        self.answers["chosen.kind"] = ("refund", "refuse", "none")
        policies += [self.contract("say", lambda: chance.choice(("sorry", "thanks")))]
        policies += [
            self.joined("freight.out", ("merchant", "customer")),
            self.joined("automation.mode", ("agent", "auto")),
        ]
        self.policies = policies
        return {
            "pack.yaml": HEAD,
            "vocabulary.yaml": block({"groups": groups, "facts": facts}),
            "derived.yaml": block(DERIVED),
            "words.yaml": block({"sorry": {"en": "Sorry, {settled.refund_fen}."}, "thanks": {"en": "Thanks."}}),
            "policies.yaml": "---\n".join(map(block, policies)),
        }

    def answer(self, name: str, values: tuple[str, ...]) -> Node:
        hit = self.chance.choice(("priority", "priority", "any"))
        rules = self.several(lambda: {name: self.chance.choice(values)})
        policy = {"policy": f"of {name}", "answers": {name: {"one_of": list(values)}}, "hit": hit}
        self.answers[name] = values
        return policy | {"otherwise": {name: self.chance.choice(values)}, "rules": rules}

    def joined(self, name: str, values: tuple[str, ...]) -> Node:
        policy = {
            "policy": f"of {name}",
            "answers": {name: {"one_of": list(values), "joins": "first"}},
            "hit": "priority",
        }
        return policy | {
            "otherwise": {name: values[-1]},
            "rules": self.several(lambda: {name: self.chance.choice(values)}),
        }

    def contract(self, name: str, say: Callable[[], Node], otherwise: str = "") -> Node:
        policy: dict[str, Node] = {
            "policy": f"of {name}",
            "answers": {name: "contract"},
            "rules": self.several(lambda: {name: say()}),
        }
        if name == "remedy.option" and self.chance.random() < 0.8:  # something for every case
            policy["rules"].append({"id": "at-least", "when": {}, "then": {name: {"kind": "explanation", "rank": 99}}})
        return policy | (
            {"hit": self.chance.choice(("any", "priority", "priority")), "otherwise": {name: otherwise}}
            if otherwise
            else {"hit": "collect"}
        )

    def option(self) -> Node:
        kind = self.chance.choice(("refund", "refund", "refuse", "exchange"))
        amount = self.chance.choice(("3 CNY", "5 CNY", {"percent": 50, "of": "line.paid_fen"}))
        return {"kind": kind, "rank": self.chance.randint(1, 9)} | ({"refund": amount} if kind == "refund" else {})

    def compensation(self) -> Node:
        return {
            "head": self.chance.choice(("delay", "harm")),
            "basis": "rule",
            "amount": self.chance.choice(("1 CNY", "2 CNY")),
        }

    def several(self, say: Callable[[], Node]) -> list[Node]:
        return [self.rule(say, 0) for _ in range(self.chance.choice((1, 1, 2, 3)))]

    def rule(self, say: Callable[[], Node], level: int) -> Node:
        self.rules += 1
        rule = {"id": f"r{self.rules}", "when": self.when(1)}
        if level == 0 or self.chance.random() < 0.6:
            rule["then"] = say()
        return rule | ({"except": [self.rule(say, level + 1)]} if level < 2 and self.chance.random() < 0.25 else {})

    def when(self, depth: int) -> dict[str, Node]:
        if self.chance.random() < 0.1:
            return {}
        condition: dict[str, Node] = {}
        for _ in range(self.chance.choice((1, 1, 2))):
            condition |= self.entry(depth)
        return condition

    def entry(self, depth: int) -> dict[str, Node]:
        chance, turn = self.chance, self.chance.random()
        if depth and turn < 0.2:
            return {"any": [self.when(0), self.when(0)]} if turn < 0.1 else {"not": self.when(0) or {"warned": True}}
        if turn < 0.45 and self.answers:
            name = chance.choice(list(self.answers))
            return {name: chance.choice(self.answers[name])}
        if turn < 0.55:
            return {"d.shows": {"includes": chance.choice(SHOWN)}}
        if turn < 0.6:
            return {"d.good": chance.choice((True, False))}
        if self.pairs and turn < 0.75:
            return {"warned": {"fact": "line.fresh"}} if turn < 0.7 else {"issue.broken": {"is_not": {"fact": "calm"}}}
        fact = chance.choice(FACTS)
        if fact.name == "line.paid_fen":
            return {fact.name: {chance.choice(("more_than", "at_most", "is_not")): "3 CNY"}}
        if fact.name == "issue.days":
            return {
                fact.name: {
                    chance.choice(("at_least", "more_than", "at_most", "less_than", "is_not")): chance.choice(DAYS)
                }
            }
        return {
            fact.name: chance.choice(fact.values) if chance.random() < 0.8 else {"is_not": chance.choice(fact.values)}
        }

    # ---- cases

    def case(self) -> dict[str, Any]:
        """Return a case with a few facts left open."""
        chance = self.chance
        case: dict[str, Any] = {
            "submitted_at": "2026-08-14T15:00:00Z",
            "order": {"lines": [{"id": "1"}, {"id": "2"}]},
        }
        case["issues"] = [
            {"line": chance.choice("12"), "items": [], "lacking": list(SHOWN)} for _ in range(chance.choice((1, 1, 2)))
        ]
        for fact, part in parts(case):
            if chance.random() < MOSTLY_KNOWN.get(fact.name, 0.55):
                put(part, fact, chance.choice(fact.values))
            elif chance.random() < 0.3:
                put(part, fact, chance.choice((None, "unknown")))
        for issue in case["issues"]:
            for item in SHOWN:
                turn = chance.random()
                if turn < 0.45:
                    issue["lacking"].remove(item)
                if turn < 0.25:
                    issue["items"].append({"shows": item})
        return case


def parts(case: Mapping[str, Any]) -> Iterator[tuple[Fact, dict[str, Any]]]:
    """Yield each fact with each part of the case that it may stand in."""
    for fact in FACTS:
        of = {"case": [case], "line": case["order"]["lines"], "issue": case["issues"]}[fact.scope]
        yield from ((fact, part) for part in of)


def put(part: dict[str, Any], fact: Fact, value: Any) -> None:
    part[fact.name.rpartition(".")[2]] = value


def is_open(part: Mapping[str, Any], fact: Fact) -> bool:
    value = part.get(fact.name.rpartition(".")[2], ...)
    return value in (None, "unknown") or (value is ... and fact.presume is None)


# ---- completing a case

Step = tuple[Place, tuple[Callable[[dict[str, Any]], None], ...]]


def openings(case: dict[str, Any]) -> list[Step]:
    """Return every open fact of the case, with what each of its answers would put into the case."""
    found: list[Step] = []
    for index, (fact, part) in enumerate(parts(case)):
        if is_open(part, fact) and (issue := concerned(case, fact, part)) is not None:
            found.append(((fact.name, issue), tuple(putter(index, value) for value in fact.values)))
    for number, issue in enumerate(case["issues"]):
        shown = {item["shows"] for item in issue["items"]} | set(issue["lacking"])
        found += [
            ((f"d.shows {item}", number), (shower(number, item, True), shower(number, item, False)))
            for item in SHOWN
            if item not in shown
        ]
    return found


def concerned(case: Mapping[str, Any], fact: Fact, part: Mapping[str, Any]) -> int | None:
    """Return the issue that an open fact is asked of: the first on its line; none for a line without an issue."""
    if fact.scope == "case":
        return -1
    issues = case["issues"]
    if fact.scope == "issue":
        return next(number for number, issue in enumerate(issues) if issue is part)
    return next((number for number, issue in enumerate(issues) if issue["line"] == part["id"]), None)


def putter(index: int, value: Any) -> Callable[[dict[str, Any]], None]:
    def put_it(case: dict[str, Any]) -> None:
        fact, part = list(parts(case))[index]
        put(part, fact, value)

    return put_it


def shower(number: int, item: str, there: bool) -> Callable[[dict[str, Any]], None]:
    def show(case: dict[str, Any]) -> None:
        issue = case["issues"][number]
        issue["items" if there else "lacking"].append({"shows": item} if there else item)

    return show


def completions(case: dict[str, Any], steps: list[Step]) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield every way to complete a case: which answer to each open fact, and the case that it makes."""
    for choice in product(*(range(len(answers)) for _, answers in steps)):
        complete = copy.deepcopy(case)
        for (_, answers), at in zip(steps, choice, strict=True):
            answers[at](complete)
        yield choice, complete


def alike(case: Mapping[str, Any]) -> list[int]:
    """Return for each issue the first one that states the same.

    An issue that is sent twice is one issue, as the case was sent. What is settled is so for the issues that were
    sent: no fact is asked only because an answer to it could make two of them the same, or different.
    """
    return [case["issues"].index(issue) for issue in case["issues"]]


def gets(recommendation: Mapping[str, Any]) -> str:
    """Return what the customer gets, pays and reads."""
    remedy = recommendation["remedy"]
    seen = (
        None
        if remedy is None
        else {key: remedy[key] for key in ("kind", "refund_fen", "return_required", "additions", "goodwill", "freight")}
    )
    extra = [] if remedy is None else [(one["head"], one["amount_fen"]) for one in remedy["compensation"]]
    issues = [(one["outcome"], one["remedy"], one["to_customer"]) for one in recommendation["issues"]]
    results = [(one["block"], one["en"]) for one in recommendation["words"] if recommendation["outcome"] != "review"]
    return json.dumps(
        [recommendation["outcome"], seen, extra, recommendation["responsibility"]["to_customer"], issues, results]
    )


def contradicts(recommendation: Mapping[str, Any]) -> str:
    """Return what distinguishes a review for a rule conflict from one without an option."""
    codes = [reason.get("code") for reason in recommendation["automation"]["reasons"]]
    return RULES_CONFLICT if RULES_CONFLICT in codes else ""


def is_incoherent(recommendation: Mapping[str, Any]) -> bool:
    """Tell whether a person decides since a recommendation contradicts itself, so that the words are not compared."""
    return any(reason.get("code") in INCOHERENT for reason in recommendation["automation"]["reasons"])


def is_review(end: str) -> bool:
    """Tell whether a case ends with a person, where no answer of anybody changes what the customer gets."""
    return end.startswith('["review"')


# ---- comparing


@dataclass
class Compared:
    """How many cases were compared, and how they turned out."""

    kinds: Counter[str] = field(default_factory=Counter)
    completions: int = 0
    asked: int = 0
    needed: int = 0
    automatic: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        asked = f"{self.asked} facts asked for, {self.needed} change what the customer gets"
        found = f"{kinds}, {self.automatic} automatic"
        return f"{self.kinds.total():,} open cases ({found}), {self.completions:,} completions; {asked}"


class Oracle:
    """Holds one pack's decisions of open cases against those of all their completions."""

    def __init__(self, files: Files, decide: Callable[[dict[str, Any]], dict[str, Any]], compared: Compared) -> None:
        self.files, self.decide, self.compared = files, decide, compared

    def check(self, case: dict[str, Any], exact: bool) -> None:
        """Compare; `exact` asks that a case called unsettled has completions that differ."""
        steps = openings(case)
        many = 1
        for _, answers in steps:
            many *= len(answers)
        if not steps or many > MOST_COMPLETIONS:
            return
        found = self.decide(case)
        complete = dict(completions(case, steps))
        decided = {choice: self.decide(one) for choice, one in complete.items()}
        every = {choice: gets(one) for choice, one in decided.items()}
        exact = exact and not any(map(is_incoherent, decided.values()))
        ends = {choice: end for choice, end in every.items() if alike(complete[choice]) == alike(case)}
        settled = found["automation"]["settled"]
        self.compared.completions += len(ends)
        self.compared.kinds["settled" if settled else "not settled"] += 1
        if settled:
            assert set(ends.values()) == {gets(found)}, self.failure_message("called settled", case, found, ends)
        elif exact and not all(map(is_review, every.values())):
            assert len(set(every.values())) > 1, self.failure_message("called unsettled", case, found, every)
        if found["automation"]["mode"] in AUTOMATIC:
            self.compared.automatic += 1
            manual = [choice for choice in ends if decided[choice]["automation"]["mode"] not in AUTOMATIC]
            assert not manual, self.failure_message(f"called automatic, not so with {manual}", case, found, ends)
        asked = {self.place(case, one) for one in found["missing"] if one["because"] == "remedy"}
        needed = self.dividing(steps, ends)
        self.compared.asked += len(asked)
        self.compared.needed += len(needed)
        assert needed <= asked, self.failure_message(f"not asked for: {needed - asked}", case, found, ends)
        # Amounts that are not known are compared by rule and operands: a fact may choose between two for nothing.
        priced = all(name != "line.paid_fen" for (name, _), _ in steps)
        if exact and priced and not all(map(is_review, every.values())):
            reviewed = {choice: end + contradicts(decided[choice]) for choice, end in every.items()}
            idle = asked - self.dividing(steps, reviewed, reviews=True)
            assert not idle, self.failure_message(f"asked for nothing: {idle}", case, found, every)

    def place(self, case: Mapping[str, Any], question: Mapping[str, Any]) -> Place:
        """Return what a question asks, as `openings` names it."""
        name = f"{question['fact']} {question['value']}" if question["value"] else question["fact"]
        if question["issue"] is None:
            return name, -1
        if not name.startswith("line."):
            return name, question["issue"]
        lines = [issue["line"] for issue in case["issues"]]
        return name, lines.index(lines[question["issue"]])

    def dividing(self, steps: list[Step], ends: Mapping[tuple[int, ...], str], reviews: bool = False) -> set[Place]:
        """Return the facts whose answer changes what the customer gets, all others alike.

        With `reviews` it counts as a change that a person has to look.
        """
        return {place for at, (place, _) in enumerate(steps) if self.divides(at, ends, reviews)}

    def divides(self, at: int, ends: Mapping[tuple[int, ...], str], reviews: bool) -> bool:
        by_rest: dict[tuple[int, ...], set[str]] = {}
        for choice, end in ends.items():
            by_rest.setdefault((*choice[:at], -1, *choice[at + 1 :]), set()).add(end)
        return any(len([end for end in seen if reviews or not is_review(end)]) > 1 for seen in by_rest.values())

    def failure_message(
        self, what: str, case: Any, found: Mapping[str, Any], ends: Mapping[tuple[int, ...], str]
    ) -> str:
        by_end: dict[str, list[tuple[int, ...]]] = {}
        for choice, end in ends.items():
            by_end.setdefault(end, []).append(choice)
        lines = [f"{end}: {choices[:6]}" for end, choices in by_end.items()] + [
            str([place for place, _ in openings(case)])
        ]
        missing = [(one["fact"], one["value"], one["issue"], one["because"]) for one in found["missing"]]
        return "\n".join(
            [
                what,
                *(self.files["policies.yaml"].splitlines()),
                json.dumps(case),
                gets(found),
                str(found["automation"]),
                str(missing),
                *lines,
            ]
        )


def try_pack(chance: Random, pairs: bool, cases: int, compared: Compared) -> None:
    making = Making(chance, pairs)
    files = making.files()
    pack, problems = load({name: text.encode() for name, text in files.items()})
    assert pack is not None, "\n".join(map(str, problems))
    with Matcher(pack) as matcher:
        oracle = Oracle(files, Decider(pack, matcher).decide, compared)
        for _ in range(cases):
            oracle.check(making.case(), exact=not pairs)


def test_settled_means_that_every_completion_agrees(record_property: Callable[[str, object], None]) -> None:
    compared, began = Compared(), time.perf_counter()

    @settings(FIXED, max_examples=budget(25, 150))
    @given(st.integers(0, 2**32))
    def compare(seed: int) -> None:
        try_pack(Random(seed), False, 6, compared)

    compare()
    record_property("report", f"{compared}; {time.perf_counter() - began:.0f} s")
    assert min(compared.kinds["settled"], compared.kinds["not settled"]) > budget(15, 100)


@settings(FIXED, max_examples=budget(20, 200))
@given(st.integers(0, 2**32))
def test_the_order_of_rules_and_policies_never_shows(seed: int) -> None:
    making, results = Making(Random(seed)), []
    files = making.files()
    cases = [making.case() for _ in range(12)]
    policies = [reordered(policy, Random(seed)) for policy in making.policies]
    for text in ({}, {"policies.yaml": "---\n".join(map(block, Random(seed).sample(policies, len(policies))))}):
        pack, problems = load({name: text.encode() for name, text in {**files, **text}.items()})
        assert pack is not None, "\n".join(map(str, problems))
        with Matcher(pack) as matcher:
            decider = Decider(pack, matcher)
            results.append([json.dumps(decider.decide(case)).replace(pack.digest, "") for case in cases])
    assert results[0] == results[1], "\n".join(files.values())


def test_settled_is_never_too_bold_where_open_facts_are_compared(
    record_property: Callable[[str, object], None],
) -> None:
    """A test of one open fact against another is supposed as a whole, which may ask too much and never too little."""
    compared, began = Compared(), time.perf_counter()

    @settings(FIXED, max_examples=budget(10, 200))
    @given(st.integers(0, 2**32))
    def compare(seed: int) -> None:
        try_pack(Random(seed), True, 6, compared)

    compare()
    record_property("report", f"{compared}; {time.perf_counter() - began:.0f} s")
