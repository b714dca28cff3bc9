"""Random conditions and cells on given names, within the number of alternatives that the engine takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from random import Random
from typing import Final

from tests.support.random_values import ORDERED, TIMES, Named, Node, literal
from tests.support.yaml_text import flow

ORDER_WORDS: Final = ("at_least", "more_than", "at_most", "less_than")
TIME_WORDS: Final = ("before", "after")
SIGNS: Final = ("<", "<=", ">", ">=")


@dataclass(slots=True)
class Conditions:
    """Makes conditions; `readable` are the names that may be tested, `periods` how many values a parameter has."""

    chance: Random
    depth: int = 2
    known: bool = True  # with `known: false`
    beside: bool = True  # with {fact: x} on the right side
    readable: list[Named] = field(default_factory=list)
    parameters: list[Named] = field(default_factory=list)
    periods: dict[str, int] = field(default_factory=dict)

    def when(self, room: int) -> tuple[dict[str, Node], int]:
        """Return a condition and the number of its alternatives, which the room bounds."""
        for _ in range(4):
            condition = self._condition(self.depth)
            count = alternatives(condition, self.periods)
            if count <= room:
                return condition, count
        named = self.chance.choice([one for one in self.readable if one.kind in ORDERED])
        return {named.name: literal(named.kind, self.chance.choice(named.pool))}, 1

    def _condition(self, depth: int) -> dict[str, Node]:
        condition: dict[str, Node] = {}
        for _ in range(self.chance.choice((1, 1, 1, 1, 1, 1, 2, 2, 3))):
            condition |= self._entry(depth)
        return condition

    def _entry(self, depth: int) -> dict[str, Node]:
        chance = self.chance
        if depth > 0 and chance.random() < 0.3:
            word = chance.choice(("all", "any", "any", "not"))
            if word == "not":
                return {"not": self._condition(depth - 1)}
            return {word: [self._condition(depth - 1) for _ in range(chance.randint(1, 3))]}
        named = chance.choice(self.readable)
        if named.sent and self.known and (named.kind == "text" or chance.random() < 0.05):
            return {named.name: {"known": False}}
        return self._entry(depth) if named.kind == "text" else {named.name: self._test(named)}

    def _test(self, named: Named) -> Node:
        chance, turn = self.chance, self.chance.random()
        if named.kind == "list":
            return {"includes": self._several(named) if turn < 0.5 else self._side(named)}
        if named.kind in ORDERED and turn < 0.6:
            words = TIME_WORDS if named.kind in TIMES else ORDER_WORDS
            return {word: self._side(named) for word in chance.sample(words, chance.choice((1, 1, 2)))}
        if turn < 0.7:
            return self._side(named)
        if turn < 0.8:
            return self._several(named)
        return {"is_not": self._several(named) if chance.random() < 0.5 else self._side(named)}

    def _several(self, named: Named) -> Node:
        return [self._side(named) for _ in range(self.chance.randint(1, 3))]

    def _side(self, named: Named) -> Node:
        """Return a right side: a value, or another name of the kind."""
        if self.chance.random() < 0.25:
            others = [("fact", one) for one in self.readable if self.beside and one.name != named.name]
            others += [("parameter", one) for one in self.parameters]
            fitting = [{word: one.name} for word, one in others if named.takes(one)]
            if fitting:
                return self.chance.choice(fitting)
        return literal(named.item, self.chance.choice(named.pool))

    # ---- cells of a table

    def cell(self, named: Named) -> str:
        """Return a unary test."""
        chance, turn = self.chance, self.chance.random()
        if turn < 0.15:
            return "-"
        if named.kind in ORDERED and turn < 0.45:
            test = self._interval(named)
        elif named.kind in ORDERED and turn < 0.7:
            test = f"{chance.choice(SIGNS)} {self._bare(named)}"
        else:
            test = ", ".join(self._bare(named) for _ in range(chance.randint(1, 3)))
        return f"not({test})" if chance.random() < 0.15 else test

    def _interval(self, named: Named) -> str:
        low, high = sorted(self.chance.choices(named.pool, k=2))
        ends = ("[", "]") if low == high else (self.chance.choice("[("), self.chance.choice("])"))
        return f"{ends[0]}{bare(named.kind, low)}..{bare(named.kind, high)}{ends[1]}"

    def _bare(self, named: Named) -> str:
        return bare(named.item, self.chance.choice(named.pool))


def bare(kind: str, value: object) -> str:
    """Return a value as a cell writes it."""
    node = literal(kind, value)
    return (
        flow(node)
        if isinstance(node, bool | int | Fraction)
        else f'"{node}"'
        if kind in ("one_of", "text")
        else str(node)
    )


# ---- counting alternatives


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
        yield from (max((periods[name] for name in parameters_in(test)), default=1) for test in tests)


def parameters_in(node: Node) -> Iterator[str]:
    """Yield the parameters that a node names."""
    if isinstance(node, dict) and "parameter" in node:
        yield node["parameter"]
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from parameters_in(part)
