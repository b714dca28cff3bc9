"""Random cases for a random pack: facts left out, null, unknown, on a boundary of a rule, beside one, far from any."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.support.random_packs import GROUPS, MARK, SHOWN, RandomPack
from tests.support.random_values import Named, near, new, sent

Case = dict[str, Any]


def random_cases(made: RandomPack, chance: Random, many: int) -> list[Case]:
    """Return cases that hang on a chance of their own."""
    return [_case(made, chance) for _ in range(many)]


def _case(made: RandomPack, chance: Random) -> Case:
    lines = [{"id": str(number)} for number in range(chance.choice((0, 1, 1, 1, 1, 2, 2, 3)))]
    issues = [_issue(chance, number) for number in range(chance.choice((1, 1, 1, 2, 3)))]
    submitted = sent(chance, "instant", new(chance, "", "instant").pool[0])
    case: Case = {"submitted_at": submitted, "order": {"lines": lines}, "issues": issues}
    for fact in made.facts:
        for holder, key in holders(fact.name, case):
            if (value := _value(chance, fact)) is not ...:
                holder[key] = value
    for part in (case, *lines, *issues):
        for group in GROUPS:
            if group != "order" and group in part and chance.random() < 0.03:
                part[group] = None
    return case


def _issue(chance: Random, number: int) -> dict[str, Any]:
    items = [{"by": "x", "shows": chance.choice(SHOWN)} for _ in range(chance.randint(0, 2))]
    evidence: dict[str, Any] = {"items": [*items, {"by": "nothing shown"}]}
    if chance.random() < 0.6:
        evidence["lacking"] = chance.sample(SHOWN, chance.randint(0, 3))
    line = {"line": chance.choice(("0", "0", "1", "7", None))} if chance.random() < 0.9 else {}
    return {MARK.partition(".")[2]: number, "证据": evidence, **line}


def _value(chance: Random, fact: Named) -> Any:
    if chance.random() < 0.12:
        return chance.choice((..., ..., None, "unknown"))
    if fact.kind == "list":
        return [sent(chance, fact.of, one) for one in chance.sample(fact.pool, chance.randint(0, len(fact.pool)))]
    return sent(chance, fact.kind, near(chance, fact))


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


def with_presumptions(made: RandomPack, case: Case) -> Case:
    """Return the case with every presumed value that it leaves out written down."""
    other = deepcopy(case)
    for fact in made.facts:
        if fact.presume is not None:
            for holder, key in holders(fact.name, other):
                holder.setdefault(key, sent(Random(0), fact.kind, fact.presume))
    return other
