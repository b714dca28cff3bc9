"""The recommendation: a decided case as JSON, in the order in which a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rules.compiling.pack import Pack
from rules.deciding.facts import CaseFacts
from rules.deciding.paid_before import PAID_BEFORE, PAYMENT
from rules.deciding.settlement import Settlement
from rules.deciding.tree import Split, Tree, Unexplored, View, World, leaves, reduce
from rules.language.contract import ANSWERS, ENTITLEMENTS, GROUND, TICKED
from rules.recommending.answers import OUTCOMES, joined, outcome_of
from rules.recommending.automation import MODE, automation, needed_by_machines
from rules.recommending.basis import Basis
from rules.recommending.changes import Changes, LikelyIf
from rules.recommending.coherence import incoherences
from rules.recommending.deadlines import deadlines_of
from rules.recommending.missing import Questions
from rules.recommending.reduced_trees import ReducedTrees, reduce_views
from rules.recommending.remedy import RemedyWriter, fen
from rules.recommending.responsibility import responsibility
from rules.recommending.unknown_facts import UnknownFacts
from rules.recommending.views import WorldViews
from rules.recommending.why import Explainer
from rules.recommending.why_not import WhyNot
from rules.recommending.words import WordsWriter
from rules.values.json_values import show_deadline
from rules.values.value import OPEN, Frame

Json = dict[str, Any]
Place = tuple[str, int, bool, bool]  # of a fact: its name, its slot, whether its value is JSON as is, or an integer is


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """A case with its facts, its likely world, the tree of possible worlds, the doubts, and the steps that it took.

    `likely_after` gives, for the steps taken so far, what gives the likely world under more hypotheses.
    """

    facts: CaseFacts
    likely: World
    tree: Tree
    likely_after: Callable[[int], LikelyIf]
    doubts: tuple[Json, ...]
    steps: int = 0


COLLECTED: Final = frozenset(name for name, answer in ANSWERS.items() if answer.collected)  # the remedy holds these
BLANK: Final[Json] = dict.fromkeys(("issue", "entitlement", "answer", "from", "until", "day"))


class Recommender:
    """Writes recommendations for the cases of one pack."""

    def __init__(self, pack: Pack, engine: str) -> None:
        self.pack, self.engine = pack, engine
        self.explainer = Explainer(pack)
        self.views = WorldViews(pack)
        self.unknown = UnknownFacts(pack, MODE)
        answers = [name for policy in pack.policies for name in policy.answers if name not in COLLECTED]
        self.findable = {
            "facts": self._places((*pack.vocabulary.facts, *pack.derived)),
            "answers": self._places(answers),
        }
        self.entitlements: dict[str, dict[str, str]] = {}
        for name in pack.program.slots:
            if name.startswith(ENTITLEMENTS):
                entitlement, _, detail = name.removeprefix(ENTITLEMENTS).partition(".")
                self.entitlements.setdefault(entitlement, {})[detail or "answer"] = name

    def recommend(self, case: DecidedCase) -> Json:
        """Return the recommendation."""
        pack, views = self.pack, self.views.of(case.facts)
        reduced = reduce_views(case.tree, views)
        world = shown_world(case, reduced)
        deadlines = deadlines_of(pack, world.frames, case.facts.at)
        basis = Basis(pack, case.facts, world, reduced, deadlines)
        changes = Changes(pack, views, reduced.customer, case.likely_after(case.steps))
        questions = Questions(pack, case.facts, case.tree, views, reduced, changes)
        needed = needed_by_machines(basis, self.unknown)
        missing = questions.all(needed)
        asks = questions.decisive and _may_end_well(case.tree)
        outcomes = [self._outcome(case, basis, number, views, asks) for number in range(len(world.frames))]
        outcome = next(one for one in OUTCOMES if one in outcomes)
        words, unfilled = WordsWriter(basis, missing).words(outcome, bool(case.doubts))
        incoherent = incoherences(basis, words) if outcome in ("remedy", "refuse") else []
        doubts = (*case.doubts, *incoherent)
        if incoherent:
            outcome, outcomes = "review", ["review"] * len(outcomes)
            words, unfilled = WordsWriter(basis, missing).words(outcome, doubted=True)
        writer = RemedyWriter(basis)
        return {
            "outcome": outcome,
            "provisional": outcome in ("ask", "review"),
            "remedy": writer.remedy(),
            "alternatives": writer.alternatives(),
            "eligibility": [one for number, frame in enumerate(world.frames) for one in self._entitled(frame, number)],
            "responsibility": responsibility(basis, self.explainer),
            "severity": self._severity(world.frames),
            "clocks": [deadline.as_json(pack.zone) for deadline in deadlines.values()],
            "automation": automation(basis, outcome, [*doubts, *self._doubts(case, world, unfilled)], needed),
            "missing": missing,
            "words": words,
            "why": self.explainer.why(basis, doubts),
            "why_not": WhyNot(basis, self.explainer).explain(),
            "issues": [self._issue(case.facts, world, number, one) for number, one in enumerate(outcomes)],
            "paid_before": _paid_before(case.facts, world.settlement),
            "policy": self._policy(case.facts.governing),
        }

    def _outcome(self, case: DecidedCase, basis: Basis, issue: int, views: WorldViews, asks: bool) -> str:
        """Return the outcome of an issue: `review` on a doubt, `ask` where it is not settled and has a question."""
        if case.doubts:
            return "review"
        if not basis.reduced.settled and not self._settled_by_itself(case, issue, views):
            return "ask" if asks else "review"
        return outcome_of(basis.settlement, issue)

    def _settled_by_itself(self, case: DecidedCase, issue: int, views: WorldViews) -> bool:
        """Return whether an issue gets the same in all worlds, though another issue does not."""
        if len(case.facts.issues) == 1:
            return False
        own = reduce(case.tree, lambda world: views.issue(world.frames, world.settlement, issue))
        return isinstance(own, View) and own.known

    def _doubts(self, case: DecidedCase, world: World, unfilled: Sequence[str]) -> list[Json]:
        """Return what prevents a machine besides the doubts about the decision itself."""
        bounded = isinstance(case.tree, Split) and any(isinstance(end, Unexplored) for end in leaves(case.tree))
        found: list[Json] = [{"code": "too_many_worlds"}] if bounded else []
        found += [{"code": PAID_BEFORE}] if world.settlement.counted else []
        return found + [{"code": "words_unsaid", "block": block} for block in unfilled]

    def _severity(self, frames: Sequence[Frame]) -> Any:
        value = joined(self.pack, frames, "severity")
        return None if value is OPEN else value

    def _entitled(self, frame: Frame, issue: int) -> list[Json]:
        """Return each entitlement that is granted or denied, with its window where the pack gives one."""
        slots = self.pack.program.slots
        found: list[Json] = []
        for entitlement, names in self.entitlements.items():
            if "answer" in names and frame[slots[names["answer"]]] in ("granted", "denied"):
                entry = dict(BLANK, issue=issue, entitlement=entitlement)
                entry |= {field: self._shown(name, frame) for field, name in names.items()}
                found.append(entry)
        return found

    def _issue(self, facts: CaseFacts, world: World, number: int, outcome: str) -> Json:
        option, frame = world.settlement.chosen(number), world.frames[number]
        refund = next((entry.amount_fen for entry in world.settlement.refunds if entry.issue == number), 0)
        context = facts.issues[number].context
        return {
            "issue": number,
            "line": None if context.line_index is None else context.line_ids[context.line_index],
            "kind": self._shown(TICKED, frame),
            "ground": self._ground(world, number),
            "outcome": outcome,
            "remedy": None
            if option is None
            else {"kind": option.kind, "refund_fen": fen(refund), "return_required": option.returns},
            "to_customer": self._shown("responsibility.to_customer", frame),
            "final": self._shown("responsibility.final", frame),
        }

    def _ground(self, world: World, issue: int) -> Json | None:
        """Return what the claim of an issue rests on, and the rule that says so; None where the pack does not say."""
        value = self._shown(GROUND, world.frames[issue])
        rules = (
            one.policy.rules[rule].rule.id
            for one in world.results
            if one.issue == issue
            for at, rule in one.resolution.fired
            if one.policy.answers[at].name == GROUND
        )
        return None if value is None else {"value": value, "rule": next(rules, None)}

    def findings(self, case: DecidedCase) -> list[Json]:
        """Return of each issue every known fact, derived ones included, and every answer of the likely world."""
        return [
            {part: self._known(places, frame) for part, places in self.findable.items()} for frame in case.likely.frames
        ]

    def _places(self, names: Sequence[str]) -> tuple[Place, ...]:
        slots, types = self.pack.program.slots, self.pack.program.types
        return tuple((name, slots[name], types[name].plain, types[name].counts) for name in names)

    def _known(self, places: Sequence[Place], frame: Frame) -> Json:
        show = self.explainer.show
        return {
            name: value if plain or (counts and type(value) is int) else show(name, value)
            for name, slot, plain, counts in places
            if (value := frame[slot]) is not OPEN
        }

    def _shown(self, name: str, frame: Frame) -> Any:
        program = self.pack.program
        slot = program.slots.get(name)
        if slot is None or frame[slot] is OPEN:
            return None
        if program.types[name].kind == "instant":
            return show_deadline(frame[slot], self.pack.zone)
        return self.explainer.show(name, frame[slot])

    def _policy(self, governing: Mapping[str, int]) -> Json:
        days = {day: date.fromordinal(day).isoformat() for day in set(governing.values())}  # of many documents, few
        return {
            "pack": self.pack.name,
            "digest": self.pack.digest,
            "governing": {document: days[day] for document, day in governing.items()},
            "engine": self.engine,
        }

    def broken(self, code: str, details: list[str]) -> Json:
        """Return the recommendation of a case that could not be decided: a review by a person."""
        doubt = {"code": code, "details": details}
        return {
            "outcome": "review",
            "provisional": True,
            "remedy": None,
            "alternatives": [],
            "eligibility": [],
            "responsibility": {
                "to_customer": None,
                "final": None,
                "bears": None,
                "certainty": "likely",
                "recovery": [],
            },
            "severity": None,
            "clocks": [],
            "automation": {"mode": "agent", "settled": False, "reasons": [doubt]},
            "missing": [],
            "words": [],
            "why": {"rules": [], "set_aside": [], "presumptions": [], "notes": [doubt]},
            "why_not": [],
            "issues": [],
            "paid_before": [],
            "policy": self._policy({}),
        }


def _paid_before(facts: CaseFacts, settlement: Settlement) -> list[Json]:
    """Return the earlier payments of a case, each with the amount that this decision deducts."""
    counted = [0] * len(facts.payments)
    for one in settlement.counted:
        counted[one.payment] += one.fen
    return [
        dict.fromkeys(PAYMENT) | dict(payment.entry) | {"counted_fen": fen}
        for payment, fen in zip(facts.payments, counted, strict=True)
    ]


def _may_end_well(tree: Tree) -> bool:
    """Return whether an answer leads to an outcome other than `review`."""
    ends = [end.settlement for end in leaves(tree) if isinstance(end, World)]
    return not ends or any(all(one.options) for one in ends)


def shown_world(case: DecidedCase, reduced: ReducedTrees) -> World:
    """Return the world that is recommended: the likely one, or where all agree for the customer, the one nearest to it.

    So what may still differ, such as who finally bears the cost, is likely wherever such a world exists.
    """
    if not reduced.settled or isinstance(case.tree, World):
        return case.likely
    ends = [end for end in leaves(case.tree) if isinstance(end, World)]
    return min(ends, key=lambda end: _distance(end, case.likely))


def _distance(world: World, likely: World) -> int:
    pairs = zip(world.results, likely.results, strict=True)
    return sum(one.resolution.fired != other.resolution.fired for one, other in pairs)
