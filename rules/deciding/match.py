"""Match rules: by the engine, and by the three-valued evaluator that checks it."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rules.compiling.pack import Pack
from rules.compiling.program import BoundPolicy, Code, Program
from rules.engine import VERSION, Engine, Ruleset
from rules.language.evaluator import Truth
from rules.values.value import Frame


class Matcher:
    """The engine of one pack; made before a fork, it serves every thread after it."""

    version = VERSION

    def __init__(self, pack: Pack) -> None:
        self.strata = pack.program.strata
        self.policies = pack.program.policies
        self.fields = tuple({**dict(stratum.fields), "": _never} for stratum in self.strata)
        self.engine = Engine(Ruleset(stratum.rules) for stratum in self.strata)

    def true_rules(self, stratum: int, frame: Frame) -> frozenset[tuple[int, int]]:
        """Return the rules of a stratum that the engine finds true, as policy and position. Raises EngineError."""
        places = self.strata[stratum].places
        return frozenset([places[number] for number in self.engine.match(stratum, _Codes(self.fields[stratum], frame))])

    def close(self) -> None:
        """Free the engine's memory."""
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _never(_: Frame) -> None:
    """Give no code: for the nameless field that the engine reads where a rule has none."""


class _Codes:
    """The codes of a frame, each computed when the engine reads it."""

    __slots__ = ("get",)

    def __init__(self, fields: Mapping[str, Code], frame: Frame) -> None:
        def get(name: str, absent: Any = None) -> Any:
            code = fields[name](frame)
            return absent if code is None else code

        self.get = get  # a function of its own, since it is called for every field of every rule that may be true


def truths(policy: BoundPolicy, frame: Frame) -> list[Truth]:
    """Return the truth of each rule of a policy by the evaluator; an exception is true only where its rule is."""
    rules = policy.rules
    found: list[Truth] = [False] * len(rules)
    for position in policy.index.candidates(frame):
        bound = rules[position]
        parents = bound.parents
        above = (
            True if not parents else found[parents[0]] if len(parents) == 1 else _one_of([found[at] for at in parents])
        )
        if above is not False:
            truth = bound.check(frame)
            found[position] = truth if above or truth is False else None
    return found


def _one_of(truths: list[Truth]) -> Truth:
    """Return Kleene's or."""
    return True if True in truths else None if None in truths else False


def differences(
    program: Program, stratum: int, engine_true: frozenset[tuple[int, int]], found: dict[int, list[Truth]]
) -> list[str]:
    """Name the rules of a stratum on which engine and evaluator differ."""
    true = sum([truths.count(True) for truths in found.values()])
    if true == len(engine_true) and all(found[position][at] for position, at in engine_true):
        return []
    expected = {(position, at) for position, truths in found.items() for at, truth in enumerate(truths) if truth}
    policies = program.policies
    return [
        f"{policies[at].policy.name}/{policies[at].policy.rules[rule].id}"
        for at, rule in sorted(expected ^ engine_true)
    ]
