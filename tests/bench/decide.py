"""Measure whole decisions of the China pack, step by step, beside one decision table of zen-engine.

    python -m tests.bench.decide [--json FILE]

Three scenarios, two settled and one that asks; the cases of a scenario all differ, and nothing is kept between them.
The steps are measured one by one on what the step before gave; `decision` is the whole from a valid case to its
recommendation. Beside it zen-engine (from the extra `bench`) answers ONE table of 50 rules about 40 facts.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from rules.compiling.pack import Pack
from rules.decide import Decider
from rules.deciding.budget import STEP_LIMIT, Budget
from rules.deciding.match import Matcher, truths
from rules.deciding.settler import Settler
from rules.deciding.walker import Walker
from rules.deciding.worlds import Explorer
from rules.recommending.basis import Basis
from rules.recommending.deadlines import deadlines_of
from rules.recommending.recommendation import shown_world
from rules.recommending.reduced_trees import reduce_views
from rules.recommending.views import WorldViews
from rules.recommending.words import WordsWriter
from service.packs import Ready, find, prepare, read_policies
from service.validation.case import case_schema
from service.validation.case_file import read_case
from tests.bench.engine import SEED, plain, random_issue, random_rules, zen
from tests.bench.measure import Row, in_turns, save

CASES = 60
ZEN_RULES = 50
SCENARIOS = {"storm-delay": "settled", "change-of-mind": "settled", "waterproof-phone": "asks"}
STEPS = ("validate", "facts", "engine", "check", "settle", "explain", "words", "decision")

Subject = Callable[[Any], object]


def cases_of(name: str, folder: Path) -> list[dict[str, Any]]:
    """Return the given case of a scenario in variants: another price, another order, another minute."""
    path = folder / "cases" / f"{name}.yaml"
    file, problems = read_case(path.name, path.read_bytes(), "en")
    if file is None:
        raise SystemExit("\n".join(problems))
    variants = []
    for number in range(CASES):
        case = deepcopy(file.case)
        case["order"]["no"] = f"B{number:04}"
        for line in case["order"]["lines"]:
            line["paid_fen"] += number
        case["submitted_at"] = case["submitted_at"][:14] + f"{number:02}" + case["submitted_at"][16:]
        variants.append(case)
    return variants


def prepared(decider: Decider, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each case, what every step needs of the steps before it."""
    ready = []
    for case in cases:
        decided = decider.run(case)
        reduced = reduce_views(decided.tree, WorldViews(decider.pack, decided.facts.at))
        world = shown_world(decided, reduced)
        deadlines = deadlines_of(decider.pack, world.frames, decided.facts.at)
        basis = Basis(decider.pack, decided.facts, world, reduced, deadlines)
        outcome = decider.recommender.recommend(decided)["outcome"]
        ready.append({"case": case, "decided": decided, "world": world, "basis": basis, "outcome": outcome})
    return ready


def subjects(pack: Pack, matcher: Matcher, decider: Decider) -> Mapping[str, Subject]:
    """Return each step as a function of a prepared case."""
    schema = case_schema(pack.name, pack.vocabulary)
    policies, strata = pack.program.policies, range(len(pack.program.strata))

    def engine(ready: Any) -> None:
        for frame in ready["world"].frames:
            for stratum in strata:
                matcher.true_rules(stratum, frame)

    def check(ready: Any) -> None:
        for frame in ready["world"].frames:
            for policy in policies:
                truths(policy, frame)

    def words(ready: Any) -> None:
        WordsWriter(ready["basis"], []).words(ready["outcome"])

    def explored(ready: Any) -> None:
        walker = Walker(pack, ready["decided"].facts, Budget(STEP_LIMIT))
        Explorer(walker).explore(walker.start())

    return {
        "validate": lambda ready: schema.faults(ready["case"]),
        "facts": lambda ready: decider.reader.read(ready["case"]),
        "engine": engine,
        "check": check,
        "settle": lambda ready: Settler(pack, ready["decided"].facts).settle(ready["world"].frames),
        "worlds": explored,
        "explain": lambda ready: decider.recommender.recommend(ready["decided"]),
        "words": words,
        "decision": lambda ready: decider.decide(ready["case"]),
    }


def zen_subject() -> tuple[Subject, list[Any]] | None:
    """Return one table of zen-engine with random cases for it, or nothing where it is not installed."""
    chance = random.Random(SEED)
    match = zen(random_rules(chance, ZEN_RULES))
    if match is None:
        return None
    issues = [{plain(fact): value for fact, value in random_issue(chance).items()} for _ in range(CASES)]
    return match, [([], issue) for issue in issues]


def measure(ready: Ready, folder: Path) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the rows of each scenario, all subjects in turns."""
    beside = zen_subject()
    with Matcher(ready.pack) as matcher:
        decider = Decider(ready.pack, matcher)
        steps = dict(subjects(ready.pack, matcher, decider))
        for name, nature in SCENARIOS.items():
            made = prepared(decider, cases_of(name, folder))
            pairs = [(one, beside[1][at] if beside else None) for at, one in enumerate(made)]
            turns: dict[str, Subject] = {step: (lambda pair, step=step: steps[step](pair[0])) for step in steps}
            if beside:
                turns["zen"] = lambda pair: beside[0](pair[1])
            yield name, nature, list(in_turns(f"decide {name}", ZEN_RULES, turns, pairs))


def main() -> None:
    """Measure all scenarios, print the table, and write the rows."""
    parser = argparse.ArgumentParser(description="Measure whole decisions of the China pack.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to this file too")
    options = parser.parse_args()
    folder = find("cn")
    ready, problems = prepare(read_policies(folder))
    if ready is None:
        raise SystemExit("\n".join(map(str, problems)))
    rows: list[Row] = []
    for name, nature, found in measure(ready, folder):
        rows += found
        medians = {row.subject: row.median_us for row in found}
        print(f"{name} ({nature}), microseconds, median (p95)")
        for row in found:
            print(f"  {row.subject:<9} {row.median_us:>9,.1f} ({row.p95_us:,.1f})")
        if "zen" in medians:
            print(f"  a decision costs {medians['decision'] / medians['zen']:.1f} of one table of {ZEN_RULES} rules")
    if options.json:
        save(rows, options.json)


if __name__ == "__main__":
    main()
