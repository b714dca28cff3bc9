"""Random packs as YAML text and random cases for them, rich in boundary values, open facts and hostile strings.

Everything hangs on one `random.Random`: Hypothesis gives one that shrinks for small packs, and seeds another for large ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from math import prod
from random import Random
from typing import Any, Final

Case = dict[str, Any]
Files = dict[str, str]
Node = Any  # what stands in YAML: a text, a bool, an int, a Fraction, a list or a dict of these

CURRENCY: Final = "CNY"
ORDERED: Final = ("number", "ratio", "money", "instant", "date")
TIMES: Final = ("instant", "date")
KINDS: Final = ("yes_no", "one_of", *ORDERED, "list")
ORDER_WORDS: Final = ("at_least", "more_than", "at_most", "less_than")
MOST_ALTERNATIVES: Final = 60  # a little below what the engine takes
LARGEST: Final = 2**53 - 1
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
GROUPS: Final = {"order": "case", "delivery": "case", "line": "line", "item": "line", "issue": "issue", "证据": "issue"}
PARTIES: Final = ("merchant", "logistics", "customer", "platform", "none")
REMEDIES: Final = ("refund", "return_refund", "exchange", "compensation", "explanation", "refuse")

# Look-alikes of other types, of each other, of YAML and of the engine's own language.
HOSTILE: Final = (
    "1", "0", "01", "1.0", "true", "True", "false", "null", "~", "yes", "no", "-", "", " ", "None",
    "退款", "退 款", "破损", "é", "é", "а", "a", "A", "🍑", "👨‍👩‍👧", "ﬁ", "'", "\\", "\\n", "a,b", "[1..5]",
    "{x}", "$and", "$m", "id", "f1", "< 5", "not(a)", "a: b", "# c", "%s", "unknown ", "x" * 300, "果" * 300,
)  # fmt: skip
# YAML may not carry these, a case may.
UNSEEN: Final = (
    "\u2028",
    "\u200b",
    "\ufeff",
    "a\tb",
    "\n",
    'say "no"',
    "\x7f",
    "\x1b[0m",
    "\u202e",
    "x" * 2_000,
    "unknown",
    "null",
)
PLAIN_WORD: Final = re.compile(r"[a-z]{2,}[a-z0-9_.-]*")
TRAPS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


MARK: Final = "issue.mark"  # a fact that tells the issues of a case apart


# ---- names and their values


@dataclass(frozen=True, slots=True)
class Named:
    """A fact, parameter or answer: its kind, the values that rules and cases share, and how its type is written."""

    name: str
    kind: str
    pool: tuple[Any, ...]
    type: Node
    of: str = ""  # the kind of a list's items
    asked: bool = False
    presume: Any = None


def literal(kind: str, value: Any) -> Node:
    """Return a value as a policy writes it."""
    match kind:
        case "money":
            return f"{value // 100}.{value % 100:02} {CURRENCY}" if value else 0
        case "instant":
            return (EPOCH + timedelta(microseconds=value)).isoformat()
        case "date":
            return date.fromordinal(value).isoformat()
    return value


def sent(chance: Random, kind: str, value: Any) -> Any:
    """Return a value as a case carries it; the same instant in any offset, the same decimal in any length."""
    match kind:
        case "instant":
            zone = timezone(timedelta(minutes=chance.choice((0, 480, -330, 60))))
            return (EPOCH + timedelta(microseconds=value)).astimezone(zone).isoformat()
        case "date":
            return date.fromordinal(value).isoformat()
        case "number" | "ratio":
            text = decimal(value) + ("00" if value.denominator > 1 and chance.random() < 0.2 else "")
            return int(value) if value.denominator == 1 and (abs(value) >= 10**15 or chance.random() < 0.7) else text
    return value


def decimal(value: Fraction) -> str:
    """Write a fraction of tenths, hundredths and so on without an exponent."""
    places = next(places for places in range(16) if 10**places % value.denominator == 0)
    digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}}"
    whole, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if value < 0 else "") + whole + ("." + rest if rest else "")


def near(chance: Random, named: Named) -> Any:
    """Return a value of a kind: one of the pool, beside one of the pool, or far away."""
    value, where = chance.choice(named.pool), chance.random()
    match named.kind:
        case "number" | "ratio" if where < 0.25:
            value += chance.choice((-1, 1)) * Fraction(1, chance.choice((1, 100, 10**9)))
        case "number" if where < 0.3:
            value = Fraction(chance.choice((-LARGEST, LARGEST, 0)))
        case "money" if where < 0.3:
            value = chance.choice((value + 1, value - 1, 0, LARGEST))
        case "instant" | "date" if where < 0.3:
            value += chance.choice((-1, 1))
    if named.kind == "ratio":
        value = min(max(value, Fraction(0)), Fraction(1))
    return max(value, 0) if named.kind == "money" else value


def pool(chance: Random, kind: str) -> tuple[Any, ...]:
    """Return a few values of a kind."""
    many = range(chance.randint(2, 4))
    match kind:
        case "yes_no":
            return (True, False)
        case "one_of":
            return tuple(dict.fromkeys(chance.choice(HOSTILE) for _ in range(chance.choice((2, 2, 3, 5)))))
        case "number":
            return tuple(
                Fraction(chance.choice((0, 1, 7, 24, 48, -3, 75, 10**12)), chance.choice((1, 1, 10))) for _ in many
            )
        case "ratio":
            return tuple(Fraction(chance.randint(0, 10), 10) for _ in many)
        case "money":
            return tuple(chance.choice((0, 1, 99, 300, 2_000, 12_800, LARGEST // 100)) for _ in many)
        case "instant":
            return tuple(
                (1_785_000_000 + chance.randint(0, 9) * 86_400) * 1_000_000 + chance.randint(0, 1) for _ in many
            )
        case "date":
            return tuple(date(2026, 8, 10).toordinal() + chance.randint(-3, 9) for _ in many)
    return tuple(dict.fromkeys(chance.choice(HOSTILE) for _ in many))


def new(chance: Random, name: str, kind: str, **more: Any) -> Named:
    """Return a name of a kind with values of its own."""
    if kind == "list":
        of = chance.choice(("one_of", "text", "number", "date", "yes_no"))
        values = pool(chance, of)
        return Named(name, kind, values, {"list_of": _type(of, values)}, of, **more)
    values = pool(chance, kind)
    return Named(name, kind, values, _type(kind, values), **more)


def _type(kind: str, values: Sequence[Any]) -> Node:
    return {"one_of": list(values)} if kind == "one_of" else kind if kind != "number" else {"number": "pieces"}


# ---- writing YAML


def flow(node: Node) -> str:
    """Write a node on one line; texts that could be read as something else are quoted."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list | tuple):
        return "[" + ", ".join(map(flow, node)) + "]"
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int | Fraction):
        return decimal(Fraction(node))
    return node if PLAIN_WORD.fullmatch(node) and node not in TRAPS else json.dumps(node, ensure_ascii=False)


def block(node: Mapping[str, Node]) -> str:
    """Write a mapping with a line for each key."""
    return "".join(f"{flow(key)}: {flow(value)}\n" for key, value in node.items()) or "{}\n"


def write(parts: Mapping[str, Node], policies: Sequence[Node]) -> Files:
    """Write the files of a pack, its policies in one of them."""
    return {name: block(part) for name, part in parts.items()} | {"policies.yaml": "---\n".join(map(block, policies))}


ORDERLESS_LISTS: Final = ("all", "any", "rules", "except")
ORDERED_ROWS: Final = ("first", "rule order", "output order")  # the hit policies that go by the order of rows


def shuffled(node: Node, chance: Random, key: str = "", rows: bool = True) -> Node:
    """Return a node with everything in another order whose order may not matter."""
    if isinstance(node, dict):
        rows = rows and node.get("hit") not in ORDERED_ROWS
        items = list(node.items())
        if key != "answers" and (key != "rows" or rows):  # the first answer ranks before the second
            chance.shuffle(items)
        return {name: shuffled(part, chance, name, rows) for name, part in items}
    if isinstance(node, list) and key in ORDERLESS_LISTS:
        return [shuffled(part, chance, "", rows) for part in chance.sample(node, len(node))]
    return [shuffled(part, chance, "", rows) for part in node] if isinstance(node, list) else node


# ---- a pack


@dataclass(frozen=True, slots=True)
class Taste:
    """What packs are made of."""

    kinds: tuple[str, ...] = KINDS
    facts: tuple[int, int] = (5, 14)
    known: bool = True  # `known: false`
    facts_beside: bool = True  # {fact: x} on the right side of a test
    depth: int = 2


@dataclass(slots=True)
class RandomPack:
    """A random pack: its files, and what is needed to make cases for it."""

    chance: Random
    rules: int
    taste: Taste = field(default_factory=Taste)
    facts: list[Named] = field(default_factory=list)
    parameters: list[Named] = field(default_factory=list)
    derived: dict[str, Node] = field(default_factory=dict)
    articles: list[str] = field(default_factory=list)
    periods: dict[str, int] = field(default_factory=dict)
    dated: set[str] = field(default_factory=set)
    policies: list[Node] = field(default_factory=list)
    parts: dict[str, Node] = field(default_factory=dict)
    readable: list[Named] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self._make_facts()
        self._make_sources()
        self._make_parameters()
        self._make_derived()
        self._make_policies()
        self.parts["vocabulary.yaml"] = {
            "groups": {name: {"of": of} for name, of in GROUPS.items()},
            "facts": self._vocabulary(),
        }

    @property
    def files(self) -> Files:
        """The pack as text."""
        return write(self.parts, self.policies)

    def reordered(self, chance: Random) -> Files:
        """Return the same pack with keys, conditions, rules and policies in another order."""
        policies = [shuffled(policy, chance) for policy in chance.sample(self.policies, len(self.policies))]
        return write({name: shuffled(part, chance) for name, part in self.parts.items()}, policies)

    # ---- names

    def _make_facts(self) -> None:
        chance = self.chance
        for name, kind in (("order.paid_at", "instant"), ("signed_on", "date"), ("line.paid_fen", "money")):
            self.facts.append(new(chance, name, kind, asked=True))
        for number in range(chance.randint(*self.taste.facts)):
            group = chance.choice((*GROUPS, ""))
            name = f"{group}.fact{number}" if group else f"fact{number}"
            fact = new(chance, name, chance.choice(self.taste.kinds), asked=True)
            if fact.kind not in ("money", "list") and chance.random() < 0.15:
                fact = replace(fact, presume=chance.choice(fact.pool))
            self.facts.append(fact)
        self.facts.append(Named("issue.note", "text", (*HOSTILE, *UNSEEN), "text", asked=True))
        self.readable += self.facts

    def _vocabulary(self) -> Node:
        return {
            fact.name: {"type": fact.type}
            | ({} if fact.presume is None else {"presume": literal(fact.kind, fact.presume), "because": "not_alleged"})
            for fact in self.facts
        } | {
            MARK: {"type": "number"},
            "证据.items": {"type": {"list_of": {"shows": self._shown_type(), "by": "text"}}},
            "证据.lacking": {"type": {"list_of": self._shown_type()}},
        }

    def _shown_type(self) -> Node:
        return {"one_of": ["whole", "damage", "标签"]}

    def _make_sources(self) -> None:
        chance = self.chance
        governing = [fact.name for fact in self.facts if fact.kind in TIMES]
        documents = {
            f"law{number}": {"title": {"en": "Law"}, "as_of": chance.sample(governing, min(len(governing), 2))}
            for number in range(2)
        }
        documents["house"] = {"title": {"en": "House"}}
        articles = {
            f"A-{number}": {"document": chance.choice(list(documents)), "says": {"en": "so"}} for number in range(4)
        }
        self.articles = list(articles)
        self.parts["sources.yaml"] = {"documents": documents, "articles": articles}
        head = {
            "pack": "random",
            "currency": CURRENCY,
            "time_zone": "Asia/Shanghai",
            "languages": ["en"],
            "as_of": [chance.choice(governing)],
        }
        self.parts["pack.yaml"] = head

    def _make_parameters(self) -> None:
        chance, written = self.chance, {}
        for fact in chance.sample(self.facts, min(len(self.facts), 5)):
            if fact.kind in ("text", "list"):
                continue
            name = f"p.{fact.kind}{len(written)}"
            days = sorted({self._day() for _ in range(chance.randint(0, 2))})
            values = [literal(fact.kind, chance.choice(fact.pool)) for _ in (days or [0])]
            self.periods[name] = len(values)
            self.dated |= {name} if days else set()
            self.parameters.append(Named(name, fact.kind, fact.pool, fact.type))
            written[name] = {
                "type": fact.type,
                "values": dict(zip(days, values, strict=True)) if days else values[0],
                **self._cited(),
            }
        self.parts["parameters.yaml"] = written

    def _day(self) -> str:
        return date.fromordinal(date(2026, 8, 1).toordinal() + self.chance.randint(-15, 15)).isoformat()

    def _cited(self) -> dict[str, Node]:
        return {"source": self.chance.choice(self.articles)} if self.chance.random() < 0.4 else {}

    def _make_derived(self) -> None:
        made = [
            maker()
            for maker in (self._first, self._hours, self._ratio, self._sum, self._gather)
            if self.chance.random() < 0.5
        ]
        for named, spec in filter(None, made):
            self.derived[named.name] = spec
            self.readable.append(named)
        self.parts["derived.yaml"] = self.derived

    def _pair(self, kind: str) -> list[Named]:
        found = [fact for fact in self.facts if fact.kind == kind]
        return self.chance.sample(found, 2) if len(found) > 1 else []

    def _first(self) -> tuple[Named, Node] | None:
        two = self._pair("number") or self._pair("instant")
        return (
            (Named("d.first", two[0].kind, two[0].pool, ""), {"first_known": [one.name for one in two]})
            if two
            else None
        )

    def _hours(self) -> tuple[Named, Node] | None:
        two = self._pair("instant")
        hours = tuple(Fraction(hours) for hours in (-24, 0, 24, 72))
        return (
            (Named("d.hours", "number", hours, ""), {"hours": {"from": two[0].name, "to": two[1].name}})
            if two
            else None
        )

    def _ratio(self) -> tuple[Named, Node] | None:
        two = self._pair("money")
        return (
            (
                Named("d.ratio", "ratio", (Fraction(1, 2), Fraction(1)), ""),
                {"ratio": {"of": two[0].name, "in": two[1].name}},
            )
            if two
            else None
        )

    def _sum(self) -> tuple[Named, Node] | None:
        two = self._pair("money")
        return (
            (Named("d.sum", "money", (two[0].pool[0] + two[1].pool[0], 300), ""), {"sum": [one.name for one in two]})
            if two
            else None
        )

    def _gather(self) -> tuple[Named, Node]:
        spec = {"gather": {"items": "证据.items", "field": "shows", "lacking": "证据.lacking"}}
        return Named("d.shown", "list", ("whole", "damage", "标签"), "", "one_of"), spec

    # ---- conditions

    def when(self, depth: int, room: int) -> tuple[dict[str, Node], int]:
        """Return a condition and the number of its alternatives, which the room bounds."""
        for _ in range(4):
            condition = self._condition(depth)
            count = alternatives(condition, self.periods)
            if count <= room:
                return condition, count
        return self._entry(1, plain=True), 1

    def _condition(self, depth: int) -> dict[str, Node]:
        condition: dict[str, Node] = {}
        for _ in range(self.chance.choice((1, 1, 1, 1, 1, 2, 2, 3))):
            condition |= self._entry(depth)
        return condition

    def _entry(self, depth: int, plain: bool = False) -> dict[str, Node]:
        chance = self.chance
        if not plain and depth > 0 and chance.random() < 0.3:
            word = chance.choice(("all", "any", "any", "not"))
            if word == "not":
                return {"not": self._condition(depth - 1)}
            return {word: [self._condition(depth - 1) for _ in range(chance.randint(1, 3))]}
        named = chance.choice(self.readable)
        if named.asked and self.taste.known and (named.kind == "text" or chance.random() < 0.05):
            return {named.name: {"known": False}}
        if named.kind == "text":
            return self._entry(depth, plain)
        return {named.name: self._test(named, plain)}

    def _test(self, named: Named, plain: bool) -> Node:
        chance, turn = self.chance, self.chance.random()
        if named.kind == "list":
            return {"includes": self._several(named, plain) if turn < 0.5 else self._side(named, plain)}
        if named.kind in ORDERED and turn < 0.6:
            return {word: self._side(named, plain) for word in self._order_words(named)}
        if turn < 0.75:
            return self._side(named, plain)
        if turn < 0.85:
            return self._several(named, plain)
        return {"is_not": self._several(named, plain) if chance.random() < 0.5 else self._side(named, plain)}

    def _order_words(self, named: Named) -> list[str]:
        words = ("before", "after") if named.kind in TIMES else ORDER_WORDS
        return self.chance.sample(words, 1 if self.chance.random() < 0.7 else 2)

    def _several(self, named: Named, plain: bool) -> Node:
        return [self._side(named, plain) for _ in range(self.chance.randint(1, 3))]

    def _side(self, named: Named, plain: bool) -> Node:
        """Return a right side: a value, or another name of the kind."""
        kind = named.of or named.kind
        if not plain and self.chance.random() < 0.25:
            others = [("fact", one) for one in self.readable if self.taste.facts_beside]
            others += [("parameter", one) for one in self.parameters]
            fitting = [
                {word: one.name} for word, one in others if one.name != named.name and self._alike(one, named, kind)
            ]
            if fitting:
                return self.chance.choice(fitting)
        return literal(kind, self.chance.choice(named.pool))

    def _alike(self, one: Named, named: Named, kind: str) -> bool:
        return one.kind == kind and (kind != "one_of" or set(one.pool) <= set(named.pool))

    # ---- policies

    def _make_policies(self) -> None:
        chance = self.chance
        self._contract(
            "responsibility.to_customer", {"hit": "any", "otherwise": {"responsibility.to_customer": "none"}}, 1
        )
        while self.made < self.rules * 0.7:
            many = chance.randint(1, max(2, self.rules // 6))
            (self._table if chance.random() < 0.3 else self._policy)(f"policy{len(self.policies)}", many)
        self._contract("remedy.option", {"hit": "collect"}, max(1, self.rules - self.made - 2))
        self._read_settled()
        if self.made < self.rules:
            self._policy("after", self.rules - self.made)
        chance.shuffle(self.policies)

    def _read_settled(self) -> None:
        kinds = (*REMEDIES, "none")
        self.readable += [
            Named("chosen.kind", "one_of", kinds, {"one_of": list(kinds)}),
            Named("settled.refund_fen", "money", (0, 1, 300), "money"),
            Named("chosen.return", "yes_no", (True, False), "yes_no"),
        ]

    def _contract(self, name: str, head: dict[str, Node], many: int) -> None:
        say: Callable[[], Node] = self._option if name == "remedy.option" else lambda: self.chance.choice(PARTIES)
        policy = {"policy": f"of {name}", "answers": {name: "contract"}, **head}
        self.policies.append(policy | {"rules": self._rules(many, {name: say})})

    def _option(self) -> Node:
        option: dict[str, Node] = {"kind": self.chance.choice(REMEDIES), "rank": self.chance.randint(1, 9)}
        if self.chance.random() < 0.7:
            option["refund"] = self.chance.choice((0, f"3 {CURRENCY}", {"percent": 50, "of": "line.paid_fen"}))
        return option | ({"return": True} if self.chance.random() < 0.3 else {})

    def _answers(self, policy: str, hit: str) -> list[Named]:
        """Return answers of several kinds, the first of a kind that the hit policy takes."""
        kinds = ["yes_no", "one_of", "number", "money", "date"]
        chosen = [self.chance.choice(kinds) for _ in range(1 if hit == "collect count" else self.chance.randint(1, 2))]
        chosen[0] = {"priority": "one_of", "output order": "one_of", "collect count": "number"}.get(hit, chosen[0])
        return [new(self.chance, f"{policy}.a{number}", kind) for number, kind in enumerate(chosen)]

    def _says(self, answer: Named) -> Callable[[], Node]:
        def say() -> Node:
            others = [one.name for one in self.readable if self._alike(one, answer, answer.kind)]
            if others and self.chance.random() < 0.2:
                return {"fact": self.chance.choice(others)}
            return literal(answer.kind, self.chance.choice(answer.pool))

        return say

    def _policy(self, name: str, many: int) -> None:
        hit = self.chance.choice(("any", "unique", "priority", "priority", "collect", "collect"))
        answers = self._answers(name, hit)
        says = {answer.name: self._says(answer) for answer in answers}
        policy: dict[str, Node] = {
            "policy": name,
            "answers": {answer.name: answer.type for answer in answers},
            "hit": hit,
            **self._cited(),
        }
        policy["rules"] = self._rules(many, says)
        self.policies.append(policy | self._otherwise(answers, hit))
        self._publish(answers, hit == "collect")

    def _otherwise(self, answers: Sequence[Named], hit: str) -> dict[str, Node]:
        return (
            {}
            if hit == "collect"
            else {"otherwise": {one.name: literal(one.kind, self.chance.choice(one.pool)) for one in answers}}
        )

    def _publish(self, answers: Sequence[Named], listed: bool) -> None:
        self.readable += [Named(one.name, "list", one.pool, "", one.kind) if listed else one for one in answers]

    def _rules(self, many: int, says: Mapping[str, Callable[[], Node]]) -> list[Node]:
        rules: list[Node] = []
        counts: dict[str, int] = {}
        left = many
        while left > 0:
            target = self.chance.choice(list(counts)) if counts and self.chance.random() < 0.1 else None
            rule, used = self._rule(says, counts, counts[target] if target else 1, left, 0, outer=target is None)
            rules.append(rule | ({"exception_to": target} if target else {}))
            left -= used
        return rules

    def _rule(
        self,
        says: Mapping[str, Callable[[], Node]],
        counts: dict[str, int],
        above: int,
        left: int,
        level: int,
        outer: bool,
    ) -> tuple[dict[str, Node], int]:
        chance = self.chance
        self.made += 1
        when, count = self.when(self.taste.depth, MOST_ALTERNATIVES // above)
        rule: dict[str, Node] = {"id": f"r{self.made}", "when": when, **self._cited()}
        if not self.dated & set(named_parameters(when)):  # a rule may not begin before its parameters
            rule |= self._in_force()
        counts[rule["id"]] = count * above
        if outer or chance.random() < 0.7:
            rule["then"] = {name: say() for name, say in says.items() if chance.random() < 0.8} or {
                name: say() for name, say in says.items()
            }
        used, inner = 1, []
        while level < 3 and used < left and chance.random() < 0.2:
            child, more = self._rule(says, counts, count * above, left - used, level + 1, outer=False)
            inner.append(child)
            used += more
        return rule | ({"except": inner} if inner else {}), used

    def _in_force(self) -> dict[str, Node]:
        if self.chance.random() > 0.1:
            return {}
        days = sorted((self._day(), self._day()))
        return {"in_force": dict(zip(self.chance.choice((("from", "until"), ("from",))), days, strict=False))}

    # ---- tables

    def _table(self, name: str, many: int) -> None:
        chance = self.chance
        columns = chance.sample(self.readable, chance.choice((1, 1, 2, 3)))
        columns = [one for one in columns if one.kind not in ("text", "list")] or [self.facts[0]]
        hit = chance.choice(
            ("unique", "any", "first", "priority", "collect", "rule order", "output order", "collect count")
        )
        answers = self._answers(name, hit)
        rows = {}
        for _ in range(many):
            self.made += 1
            rows[f"row{self.made}"] = [*(self._cell(one) for one in columns), *(self._says(one)() for one in answers)]
        table = {
            "when": [one.name for one in columns],
            "then": [one.name for one in answers],
            "rows": rows,
            **self._cited(),
            **self._in_force(),
        }
        policy: dict[str, Node] = {
            "policy": name,
            "answers": {one.name: one.type for one in answers},
            "hit": hit,
            "table": table,
        }
        lists = hit in ("collect", "rule order", "output order")
        self.policies.append(policy | ({} if lists else self._otherwise(answers, "")))
        self._publish(answers, lists)

    def _cell(self, named: Named) -> str:
        chance, turn = self.chance, self.chance.random()
        if turn < 0.15:
            return "-"
        if named.kind in ORDERED and turn < 0.7:
            test = (
                self._interval(named) if turn < 0.45 else f"{chance.choice(('<', '<=', '>', '>='))} {self._bare(named)}"
            )
        else:
            test = ", ".join(self._bare(named) for _ in range(chance.randint(1, 3)))
        return f"not({test})" if chance.random() < 0.15 else test

    def _interval(self, named: Named) -> str:
        low, high = sorted(self.chance.choices(named.pool, k=2))
        ends = ("[", "]") if low == high else (self.chance.choice("[("), self.chance.choice("])"))
        return f"{ends[0]}{written(named.kind, low)}..{written(named.kind, high)}{ends[1]}"

    def _bare(self, named: Named) -> str:
        return written(named.kind, self.chance.choice(named.pool))

    # ---- cases

    def cases(self, chance: Random, many: int) -> list[Case]:
        """Return cases that hang on a chance of their own."""
        self.chance = chance
        return [self.case() for _ in range(many)]

    def with_presumptions(self, case: Case) -> Case:
        """Return the case with every presumed value that it leaves out written down."""
        other = deepcopy(case)
        for fact in self.facts:
            if fact.presume is not None:
                for holder, key in holders(fact.name, other):
                    holder.setdefault(key, sent(Random(0), fact.kind, fact.presume))
        return other

    def case(self) -> Case:
        """Return a case: facts left out, null, unknown, on a boundary, beside one, or far from any."""
        chance = self.chance
        lines = [self._part("line") | {"id": str(number)} for number in range(chance.choice((0, 1, 1, 1, 1, 2, 2, 3)))]
        issues = [self._part("issue") | self._line() for _ in range(chance.choice((1, 1, 1, 2, 3)))]
        case = self._part("case")
        order = case.get("order")
        case["order"] = (order if isinstance(order, dict) else {}) | {"lines": lines}
        submitted = new(chance, "", "instant").pool[0]
        for number, issue in enumerate(issues):
            issue[MARK.partition(".")[2]] = number
        return case | {"submitted_at": sent(chance, "instant", submitted), "issues": issues}

    def _line(self) -> dict[str, Any]:
        return {"line": self.chance.choice(("0", "0", "1", "7", None))} if self.chance.random() < 0.9 else {}

    def _part(self, scope: str) -> dict[str, Any]:
        part: dict[str, Any] = {}
        for fact in self.facts:
            group, dot, key = fact.name.partition(".")
            if (GROUPS[group] if dot else "case") == scope and (value := self._value(fact)) is not ...:
                holder = part if group in ("line", "issue") or not dot else part.setdefault(group, {})
                holder[key if dot else group] = value
        if scope == "issue":
            part.setdefault("证据", {}).update(self._evidence())
        for group in [group for group, value in part.items() if isinstance(value, dict)]:
            if self.chance.random() < 0.03:
                part[group] = None
        return part

    def _value(self, fact: Named) -> Any:
        chance, turn = self.chance, self.chance.random()
        if turn < 0.12:
            return (..., ..., None, "unknown")[chance.randrange(4)]
        if fact.kind == "list":
            return [
                sent(chance, fact.of, value) for value in chance.sample(fact.pool, chance.randint(0, len(fact.pool)))
            ]
        return sent(chance, fact.kind, near(chance, fact))

    def _evidence(self) -> dict[str, Any]:
        chance, shown = self.chance, ("whole", "damage", "标签")
        items = [
            {"by": "x"} | ({"shows": chance.choice(shown)} if chance.random() < 0.8 else {})
            for _ in range(chance.randint(0, 2))
        ]
        return {"items": items} | (
            {"lacking": chance.sample(shown, chance.randint(0, 3))} if chance.random() < 0.6 else {}
        )


def holders(name: str, case: Case) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each part of a case in which a fact stands, and its key there."""
    group, dot, key = name.partition(".")
    scope = GROUPS[group] if dot else "case"
    for part in {"case": [case], "line": case["order"]["lines"], "issue": case["issues"]}[scope]:
        if not dot or group in ("line", "issue"):
            yield part, key or group
        else:
            part[group] = part.get(group) or {}
            yield part[group], key


def written(kind: str, value: Any) -> str:
    """Return a value as the cell of a table writes it."""
    node = literal(kind, value)
    return f'"{node}"' if kind == "one_of" else flow(node) if isinstance(node, bool | int | Fraction) else str(node)


def alternatives(condition: Mapping[str, Node], periods: Mapping[str, int], negated: bool = False) -> int:
    """Count the conjunctions that a condition comes to."""
    counts = [count for key, body in condition.items() for count in _counts(key, body, periods, negated)]
    return sum(counts) if negated else prod(counts)


def _counts(key: str, body: Node, periods: Mapping[str, int], negated: bool) -> Iterator[int]:
    if key == "not":
        yield alternatives(body, periods, not negated)
    elif key in ("all", "any"):
        inner = [alternatives(part, periods, negated) for part in body]
        yield prod(inner) if (key == "all") is not negated else sum(inner)
    else:
        tests = list(body.values()) if isinstance(body, dict) and not {"fact", "parameter"} & set(body) else [body]
        yield from (max((periods.get(name, 1) for name in _parameters(test)), default=1) for test in tests)


def _parameters(test: Node) -> list[str]:
    """Return the parameters on the right side of one test."""
    return [
        part["parameter"]
        for part in (test if isinstance(test, list) else [test])
        if isinstance(part, dict) and "parameter" in part
    ]


def named_parameters(node: Node) -> Iterator[str]:
    """Yield the parameters that a condition names."""
    if isinstance(node, dict) and "parameter" in node:
        yield node["parameter"]
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from named_parameters(part)
