"""Random packs as YAML text: all types, operators and hit policies, exceptions, tables, dates, answers from answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Final

from rules.language.hit_policy import HitPolicy
from tests.support.random_conditions import Conditions, parameters_in
from tests.support.random_values import CURRENCY, DAY, HOSTILE, KINDS, TIMES, UNSEEN, Named, Node, literal, new
from tests.support.yaml_text import Files, reordered, shuffled, write

MOST_ALTERNATIVES: Final = 60  # a little below what the engine takes
GROUPS: Final = {"order": "case", "delivery": "case", "line": "line", "item": "line", "issue": "issue", "证据": "issue"}
SHOWN: Final = ("whole", "damage", "标签")
MARK: Final = "issue.mark"  # a fact that distinguishes the issues of a case
PARTIES: Final = ("merchant", "logistics", "customer", "platform", "none")
REMEDIES: Final = ("refund", "return_refund", "exchange", "compensation", "explanation", "refuse")
ANSWERS: Final = ("yes_no", "one_of", "number", "money", "date")
HITS: Final = ("priority", "collect", "any", "unique")
ROW_HITS: Final = ("priority", "collect", "first", "rule order", "output order", "collect count", "any", "unique")
FEW: Final = 6  # with more rules than these, those that must not fire together nearly always do
LISTS: Final = frozenset(hit.value for hit in HitPolicy if hit.lists)
FIRST_KIND: Final = {"priority": "one_of", "output order": "one_of", "collect count": "number"}

Say = Callable[[], Node]


@dataclass(slots=True)
class RandomPack:
    """A random pack of about so many rules, and the names that cases for it need."""

    chance: Random
    rules: int
    beside: bool = True
    facts: list[Named] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    dated: set[str] = field(default_factory=set)
    parts: dict[str, Node] = field(default_factory=dict)
    policies: list[Node] = field(default_factory=list)
    conditions: Conditions = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.conditions = Conditions(self.chance, beside=self.beside)
        self._make_facts()
        self._make_sources()
        self._make_parameters()
        self._make_derived()
        self._make_policies()

    @property
    def files(self) -> Files:
        """The pack as text."""
        return write(self.parts, self.policies)

    @property
    def readable(self) -> list[Named]:
        """The names that conditions may test: facts, derived facts, answers made so far."""
        return self.conditions.readable

    def reordered(self, chance: Random) -> Files:
        """Return the same pack with keys, conditions, rules and policies in another order."""
        policies = [shuffled(policy, chance) for policy in chance.sample(self.policies, len(self.policies))]
        return write({name: shuffled(part, chance) for name, part in self.parts.items()}, policies)

    def with_rules_reordered(self, chance: Random) -> Files:
        """Return the same pack with nothing but its rules and policies in another order."""
        policies = chance.sample(self.policies, len(self.policies))
        return write(self.parts, [reordered(policy, chance) for policy in policies])

    # ---- names

    def _make_facts(self) -> None:
        chance = self.chance
        for name, kind in (("order.paid_at", "instant"), ("signed_on", "date"), ("line.paid_fen", "money")):
            self.facts.append(new(chance, name, kind, sent=True))
        for number in range(chance.randint(5, 14)):
            group = chance.choice((*GROUPS, ""))
            fact = new(chance, f"{group}.fact{number}" if group else f"fact{number}", chance.choice(KINDS), sent=True)
            presumed = fact.kind not in ("money", "list") and chance.random() < 0.15
            self.facts.append(replace(fact, presume=chance.choice(fact.pool)) if presumed else fact)
        self.facts.append(Named("issue.note", "text", (*HOSTILE, *UNSEEN), "text", sent=True))
        self.readable.extend(self.facts)
        shown = {"one_of": list(SHOWN)}
        facts: Node = {fact.name: self._declared(fact) for fact in self.facts} | {MARK: {"type": "number"}}
        facts["证据.items"] = {"type": {"list_of": {"shows": shown, "by": "text"}}}
        facts["证据.lacking"] = {"type": {"list_of": shown}}
        self.parts["vocabulary.yaml"] = {"groups": {name: {"of": of} for name, of in GROUPS.items()}, "facts": facts}

    def _declared(self, fact: Named) -> Node:
        if fact.presume is None:
            return {"type": fact.type}
        return {"type": fact.type, "presume": literal(fact.kind, fact.presume), "because": "not_alleged"}

    def _make_sources(self) -> None:
        chance = self.chance
        days = [fact.name for fact in self.facts if fact.kind in TIMES]
        laws = {f"law{number}": {"title": {"en": "Law"}, "as_of": chance.sample(days, 2)} for number in range(2)}
        documents: dict[str, Node] = {**laws, "house": {"title": {"en": "House"}}}
        articles = {f"A-{at}": {"document": chance.choice(list(documents)), "says": {"en": "so"}} for at in range(4)}
        self.articles = list(articles)
        self.parts["sources.yaml"] = {"documents": documents, "articles": articles}
        head: Node = {"pack": "random", "currency": CURRENCY, "time_zone": "Asia/Shanghai", "languages": ["en"]}
        self.parts["pack.yaml"] = head | {"as_of": [chance.choice(days)]}

    def _cited(self) -> dict[str, Node]:
        return {"source": self.chance.choice(self.articles)} if self.chance.random() < 0.4 else {}

    def _make_parameters(self) -> None:
        chance = self.chance
        written: Node = {}
        some = [fact for fact in chance.sample(self.facts, 5) if fact.kind not in ("text", "list")]
        for number, fact in enumerate(some):
            name = f"p.{fact.kind}{number}"
            days = sorted({self._day() for _ in range(chance.randint(0, 2))})
            values = [literal(fact.kind, chance.choice(fact.pool)) for _ in days or [""]]
            shop = {"shop_sets": True} if chance.random() < 0.3 else {}
            figures = dict(zip(days, values, strict=True)) if days else values[0]
            written[name] = {"type": fact.type, "values": figures, **shop, **self._cited()}
            named = Named(name, fact.kind, fact.pool)
            self.conditions.parameters.append(named)
            self.conditions.periods[name] = len(values)
            self.dated |= {name} if days else set()
            self.readable.extend([named] if shop else [])
        self.parts["parameters.yaml"] = written

    def _day(self) -> str:
        return date.fromordinal(DAY - 9 + self.chance.randint(-15, 15)).isoformat()

    def _make_derived(self) -> None:
        money, instants, numbers = self._two("money"), self._two("instant"), self._two("number")
        spec: Node = {"gather": {"items": "证据.items", "field": "shows", "lacking": "证据.lacking"}}
        made = [(Named("d.shown", "list", SHOWN, of="one_of"), spec)]
        if instants:
            ends = {"from": instants[0].name, "to": instants[1].name}
            made.append((Named("d.hours", "number", tuple(map(Fraction, (-24, 0, 24, 72)))), {"hours": ends}))
        if numbers:
            both = [one.name for one in numbers]
            made.append((Named("d.first", "number", numbers[0].pool), {"first_known": both}))
        if money:
            part = {"of": money[0].name, "in": money[1].name}
            made.append((Named("d.ratio", "ratio", (Fraction(1, 2), Fraction(1))), {"ratio": part}))
            total = money[0].pool[0] + money[1].pool[0]
            made.append((Named("d.sum", "money", (total, 300)), {"sum": [one.name for one in money]}))
        kept = [one for one in made if self.chance.random() < 0.6]
        self.readable.extend(named for named, _ in kept)
        self.parts["derived.yaml"] = {named.name: spec for named, spec in kept}

    def _two(self, kind: str) -> list[Named]:
        found = [fact for fact in self.facts if fact.kind == kind]
        return self.chance.sample(found, 2) if len(found) > 1 else []

    # ---- policies

    def _make_policies(self) -> None:
        chance = self.chance
        self._contract("responsibility.to_customer", self._party, "none")
        if self.rules > 5 and chance.random() < 0.5:
            self._contract("responsibility.final", self._shares, "none")
            self.readable.append(Named("responsibility.final", "list", PARTIES, of="one_of"))
        while self.made < self.rules * 0.7:
            many = chance.randint(1, max(2, self.rules // 6))
            (self._table if chance.random() < 0.3 else self._policy)(f"policy{len(self.policies)}", many)
        self._contract("remedy.option", self._option, many=max(1, self.rules - self.made - 2))
        self.readable.append(Named("chosen.kind", "one_of", (*REMEDIES, "none")))
        self.readable.append(Named("settled.refund_fen", "money", (0, 1, 300)))
        self.readable.append(Named("chosen.return", "yes_no", (True, False)))
        if self.made < self.rules:
            self._policy("after", self.rules - self.made)
        chance.shuffle(self.policies)

    def _contract(self, name: str, say: Say, otherwise: str = "", many: int = 1) -> None:
        hit: Node = {"hit": "any", "otherwise": {name: otherwise}} if otherwise else {"hit": "collect"}
        policy = {"policy": f"of {name}", "answers": {name: "contract"}, **hit}
        self.policies.append(policy | {"rules": self._rules(many, {name: say}, {})})

    def _party(self) -> Node:
        return self.chance.choice(PARTIES)

    def _shares(self) -> Node:
        return self.chance.choice(
            (*PARTIES, {"merchant": 70, "logistics": "rest"}, {"platform": 1, "customer": "rest"})
        )

    def _option(self) -> Node:
        option: Node = {"kind": self.chance.choice(REMEDIES), "rank": self.chance.randint(1, 9)}
        pays = option["kind"] in ("refund", "return_refund")  # and so refunds something
        if pays or self.chance.random() < 0.7:
            amounts = (f"3 {CURRENCY}", {"percent": 50, "of": "line.paid_fen"})
            option["refund"] = self.chance.choice(amounts if pays else (0, *amounts))
        return option | ({"return": True} if option["kind"] != "refund" and self.chance.random() < 0.3 else {})

    def _answers(self, policy: str, hit: str) -> list[Named]:
        """Return answers of several kinds, the first of a kind that the hit policy takes."""
        kinds = [self.chance.choice(ANSWERS) for _ in range(1 if hit == "collect count" else self.chance.randint(1, 2))]
        kinds[0] = FIRST_KIND.get(hit, kinds[0])
        return [new(self.chance, f"{policy}.a{number}", kind) for number, kind in enumerate(kinds)]

    def _say(self, answer: Named) -> Node:
        others = [one.name for one in self.readable if answer.takes(one)]
        if others and self.chance.random() < 0.2:
            return {"fact": self.chance.choice(others)}
        return literal(answer.kind, self.chance.choice(answer.pool))

    def _policy(self, name: str, many: int) -> None:
        hit = self.chance.choice(HITS if many <= FEW else HITS[:2])
        answers = self._answers(name, hit)
        says: dict[str, Say] = {one.name: lambda one=one: self._say(one) for one in answers}  # type: ignore[misc]
        self._add(name, hit, answers, {"rules": self._rules(many, says, {}), **self._cited()})

    def _add(self, name: str, hit: str, answers: Sequence[Named], body: Mapping[str, Node]) -> None:
        policy: Node = {"policy": name, "answers": {one.name: one.type for one in answers}, "hit": hit, **body}
        if hit not in LISTS:
            policy["otherwise"] = {one.name: literal(one.kind, self.chance.choice(one.pool)) for one in answers}
        self.policies.append(policy)
        listed = [Named(one.name, "list", one.pool, of=one.kind) for one in answers]
        self.readable.extend(listed if hit in LISTS else answers)

    # ---- rules

    def _rules(self, many: int, says: Mapping[str, Say], counts: dict[str, int]) -> list[Node]:
        """Return rules with their exceptions; `counts` are the alternatives of rules that more exceptions may name."""
        rules: list[Node] = []
        end = self.made + many
        while self.made < end:
            targets = self._targets(counts) if counts and self.chance.random() < 0.15 else []
            rule = self._rule(says, counts, targets, end, 0)
            written: Node = targets[0] if len(targets) == 1 and self.chance.random() < 0.7 else targets
            rules.append(rule | ({"exception_to": written} if targets else {}))
        return rules

    def _targets(self, counts: Mapping[str, int]) -> list[str]:
        """Return some rules that an exception may name together, and that leave it an alternative of its own."""
        some = self.chance.sample(list(counts), min(len(counts), self.chance.choice((1, 1, 2, 3))))
        return some if sum(counts[one] for one in some) <= MOST_ALTERNATIVES else some[:1]

    def _rule(
        self, says: Mapping[str, Say], counts: dict[str, int], above: Sequence[str], end: int, level: int
    ) -> Node:
        chance = self.chance
        self.made += 1
        name = f"r{self.made}"
        ways = sum(counts[one] for one in above) or 1
        when, count = self.conditions.when(MOST_ALTERNATIVES // ways)
        rule: Node = {"id": name, "when": when, **self._cited()}
        if not self.dated & set(parameters_in(when)):  # a rule may not begin before its parameters
            rule |= self._in_force()
        counts[name] = count * ways
        if not above or chance.random() < 0.7:
            some = chance.sample(list(says), chance.randint(1, len(says)))
            rule["then"] = {answer: says[answer]() for answer in some}
        inner = []
        while level < 3 and self.made < end and chance.random() < 0.2:
            inner.append(self._rule(says, counts, [name], end, level + 1))
        return rule | ({"except": inner} if inner else {})

    def _in_force(self) -> dict[str, Node]:
        if self.chance.random() > 0.1:
            return {}
        words = self.chance.choice((("from", "until"), ("from",), ("until",)))
        return {"in_force": dict(zip(words, sorted((self._day(), self._day())), strict=False))}

    # ---- tables

    def _table(self, name: str, many: int) -> None:
        chance, hit = self.chance, self.chance.choice(ROW_HITS if many <= FEW else ROW_HITS[:-2])
        some = chance.sample(self.readable, chance.choice((1, 1, 2, 3)))
        columns = [one for one in some if one.kind != "text"] or [self.facts[0]]
        answers = self._answers(name, hit)
        rows = {f"row{self.made + at}": self._row(columns, answers) for at in range(many)}
        self.made += many
        names: Node = {"when": [one.name for one in columns], "then": [one.name for one in answers]}
        body: Node = {"table": {**names, "rows": rows, **self._cited(), **self._in_force()}}
        if hit in ("unique", "any", "priority", "collect") and chance.random() < 0.3:
            says: dict[str, Say] = {one.name: lambda one=one: self._say(one) for one in answers}  # type: ignore[misc]
            body["rules"] = [self._beside(says, row) for row in rows]
        self._add(name, hit, answers, body)

    def _beside(self, says: Mapping[str, Say], row: str) -> Node:
        """Return an exception to a row; beside a table, a rule says all or nothing."""
        rule = self._rule(says, {row: 12}, [row], self.made + 1, 3) | {"exception_to": row}
        return rule | ({"then": {answer: say() for answer, say in says.items()}} if "then" in rule else {})

    def _row(self, columns: Sequence[Named], answers: Sequence[Named]) -> list[Node]:
        return [*(self.conditions.cell(one) for one in columns), *(self._say(one) for one in answers)]
