"""Metamorphic relations: a policy test and a changed case, both decided, and what must hold between the decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import Any, Final, NamedTuple

from rules.compiling.pack import Pack
from rules.language.contract import AUTOMATIC
from tests.support.walk import Walk, Walked

DRAWS: Final = 50  # cases that are drawn at most for each change that is asked for
NOTHING: Final = ("refuse", "explanation")  # kinds of remedy that give the customer nothing
SHOWN: Final = 4  # broken pairs in the message of a test that fails

Case = dict[str, Any]
Found = Mapping[str, Any]


class Pair(NamedTuple):
    """A case and its decision, what was changed in it, the changed case and its decision, by a pack."""

    pack: Pack
    case: Case
    found: Found
    what: str
    changed: Case
    then: Found

    def __str__(self) -> str:
        return f"{self.what}\n  {outcome(self.found)}\n  {outcome(self.then)}\n  {self.changed}"


Change = Callable[[Walked, Random], tuple[str, Case] | None]
"""Name a change and return the changed case; None where it does not apply to a case."""

Relation = Callable[[Pair], bool | None]
"""Return whether a relation holds of a pair; None where the two decisions cannot be compared."""


@dataclass(slots=True)
class Tally:
    """How many pairs were compared, by what was changed, and those that break the relation."""

    compared: Counter[str] = field(default_factory=Counter)
    broken: list[Pair] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.compared.total()} pairs, {len(self.compared)} kinds of change"

    def check(self, enough: int) -> None:
        """Fail where a pair breaks the relation, or where too few could be compared."""
        shown = "\n".join(map(str, self.broken[:SHOWN]))
        assert not self.broken, f"{len(self.broken)} of {self}:\n{shown}"
        assert self.compared.total() >= enough, str(self)


def tried(walk: Walk, change: Change, relation: Relation, tries: int, seed: int) -> Tally:
    """Change policy tests that are drawn at random, until enough changes apply, and compare the decisions."""
    tally = Tally()
    for pair in _pairs(walk, change, tries, Random(seed)):
        holds = relation(pair)
        if holds is not None:
            tally.compared[pair.what] += 1
            if not holds:
                tally.broken.append(pair)
    return tally


def _pairs(walk: Walk, change: Change, tries: int, chance: Random) -> Iterator[Pair]:
    ready, cases = walk.ready, walk.plain
    drawn = (chance.choice(cases) for _ in range(DRAWS * tries))
    changes = ((one, changed) for one in drawn if (changed := change(one, chance)) is not None)
    applied = ((one, what, case) for one, (what, case) in changes if not ready.schema.faults(case))
    for one, what, case in islice(applied, tries):
        yield Pair(ready.pack, dict(one.case), one.found, what, case, ready.decide(case))


# ---- what decisions are compared by


def automatic(found: Found) -> bool:
    """Return whether a machine may carry a recommendation out."""
    return found["automation"]["mode"] in AUTOMATIC


def gives(found: Found) -> bool:
    """Return whether the remedy gives the customer something, even if only provisionally."""
    return found["remedy"] is not None and found["remedy"]["kind"] not in NOTHING


def granted(found: Found) -> bool:
    """Return whether the customer gets something, and nothing about it is open."""
    return found["outcome"] == "remedy" and not found["provisional"] and gives(found)


def total(found: Found) -> int | None:
    """Return what the customer gets in all; None where that is open or only provisional."""
    remedy = found["remedy"]
    amount = None if remedy is None or found["provisional"] else remedy["total_fen"]
    return amount if type(amount) is int else None


def outcome(found: Found) -> dict[str, Any]:
    """Return what the customer gets, who answers and who pays the shipping."""
    remedy = found["remedy"] or {}
    parts = {name: remedy.get(name) for name in ("kind", "refund_fen", "return_required", "total_fen", "freight")}
    payouts = sorted((one["head"], one["amount_fen"]) for one in remedy.get("compensation", ()))
    party = found["responsibility"]["to_customer"] if found["outcome"] != "review" else None  # a person finds out
    return {"outcome": found["outcome"], **parts, "payouts": payouts, "to_customer": party}


def same(pair: Pair) -> bool:
    """Return whether both decisions give the same, by the same hand."""
    modes = [found["automation"]["mode"] for found in (pair.found, pair.then)]
    return outcome(pair.found) == outcome(pair.then) and modes[0] == modes[1]


def only_ground(found: Found) -> str:
    """Return the ground of the only issue of a case; nothing where there are several, or where it is open."""
    issues = found["issues"]
    return issues[0]["ground"]["value"] if len(issues) == 1 and issues[0]["ground"] else ""
