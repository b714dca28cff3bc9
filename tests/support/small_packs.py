"""Small packs written in tests: defaults for what a test does not mention, so that it states only its subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from textwrap import dedent, indent
from typing import Any, Final

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.decide import Decider
from rules.deciding.match import Matcher, truths
from rules.deciding.resolve import Resolution, resolve_policy
from rules.language.evaluator import Truth
from rules.recommending.recommendation import DecidedCase
from rules.values.value import Frame

Json = dict[str, Any]
MakePack = Callable[..., "SmallPack"]

MONDAY: Final = "2026-03-02T10:00:00+08:00"
HEAD: Final = "{pack: small, currency: CNY, time_zone: Asia/Shanghai, languages: [en]}"
VOCABULARY: Final = """
groups:
  {order: {of: case}, customer: {of: case}, delivery: {of: case},
   line: {of: line}, issue: {of: issue}, evidence: {of: issue}}
facts:
  order.refunded_fen: {type: money, who: system, ask: {en: What was refunded before?}}
  order.paid_at: {type: instant}
  line.paid_fen: {type: money, who: system, ask: {en: What did the line cost?}}
  issue.kind: {type: {one_of: [damage, delay, other]}}
  issue.wants: {type: {one_of: [refund, refund_only, return_refund, exchange, repair, none]}}
"""
POLICIES: Final = {  # by an answer that every pack here gives: the policy of those that do not give it themselves
    "remedy.option": """
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules: [{id: pay-back, when: {}, then: {remedy.option: {kind: refund, refund: line.paid_fen}}}]
""",
    "responsibility.to_customer": """
policy: who
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: merchant}
rules: [{id: ours, when: {}, then: {responsibility.to_customer: merchant}}]
""",
    "automation.mode": """
policy: automation
answers: {automation.mode: {one_of: [specialist, manager, lead, agent, auto_appeal, auto], joins: first}}
otherwise: {automation.mode: agent}
rules: [{id: machine, when: {}, then: {automation.mode: auto}}]
""",
}


@dataclass(frozen=True, slots=True, eq=False)
class SmallPack:
    """A pack and what decides by it."""

    pack: Pack
    matcher: Matcher
    decider: Decider = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decider", Decider(self.pack, self.matcher))

    def decide(self, case: Mapping[str, Any]) -> Json:
        """Return the recommendation; a decision that breaks inside fails the test."""
        result = self.decider.decide(case)
        codes = [reason.get("code") for reason in result["automation"]["reasons"]]
        assert not {"internal_error", "engine_differs", "engine_failed"} & set(codes), result["automation"]["reasons"]
        return result

    def run(self, case: Mapping[str, Any]) -> DecidedCase:
        """Return the case decided, before it is written down."""
        return self.decider.run(case)

    def frame(self, case: Mapping[str, Any], issue: int = 0) -> Frame:
        """Return the facts of an issue as they were read, no policy asked yet."""
        return self.decider.reader.read(case).issues[issue].frame

    def fact(self, case: Mapping[str, Any], name: str, issue: int = 0) -> Any:
        """Return one fact of an issue as it was read."""
        return self.frame(case, issue)[self.pack.program.slots[name]]

    def answer(self, case: Mapping[str, Any], name: str, issue: int = 0) -> Any:
        """Return what a case came to, as it stands."""
        return self.run(case).likely.frames[issue][self.pack.program.slots[name]]

    def truths(self, policy: str, case: Mapping[str, Any]) -> dict[str, Truth]:
        """Return the truth of each rule of a policy that reads no other policy."""
        bound = next(one for one in self.pack.program.policies if one.policy.name == policy)
        found = truths(bound, self.frame(case))
        return {rule.rule.id: truth for rule, truth in zip(bound.rules, found, strict=True)}

    def resolve(self, policy: str, case: Mapping[str, Any], likely: bool = False) -> tuple[Json, Resolution]:
        """Return what a policy that reads no other says of a case, by answer, and the whole verdict."""
        bound = next(one for one in self.pack.program.policies if one.policy.name == policy)
        frame = self.frame(case)
        found = resolve_policy(bound, truths(bound, frame), frame, likely)
        return dict(zip(bound.policy.answers, found.values, strict=True)), found

    def close(self) -> None:
        """Free the engine."""
        self.matcher.close()


def make_small_pack(
    policies: str = "", facts: str = "", settings: Mapping[str, object] | None = None, **parts: str
) -> SmallPack:
    """Return a pack with these policies and further facts; `parts` are whole files by their stems."""
    result = dedent(policies)
    missing = [text for answer, text in POLICIES.items() if f"{answer}:" not in result]
    files = {
        "pack": HEAD,
        "vocabulary": VOCABULARY + indent(dedent(facts).strip("\n"), "  "),
        "policies": "---\n".join([*([result] if result else []), *missing]),
        **{name: dedent(text) for name, text in parts.items()},
    }
    pack, problems = load({f"{name}.yaml": text.encode() for name, text in files.items()}, settings or {})
    assert problems == (), "\n".join(map(str, problems))
    assert pack is not None
    return SmallPack(pack, Matcher(pack))


def small_case(*issues: Json, lines: list[Json] | None = None, order: Json | None = None, **rest: Any) -> Json:
    """Return a case of one line of 100.00 and one issue of damage, but for what is given."""
    lines = [{"id": "1", "paid_fen": 10_000}] if lines is None else lines
    return {
        "submitted_at": MONDAY,
        "order": {"refunded_fen": 0, "lines": lines, **(order or {})},
        "issues": list(issues) or [{"kind": "damage"}],
        **rest,
    }


def codes(result: Json) -> list[str]:
    """Return the codes that prevent a machine."""
    return [reason["code"] for reason in result["automation"]["reasons"] if "code" in reason]


def rule_ids(result: Json) -> list[str]:
    """Return the ids of the firing rules."""
    return [one["rule"] for one in result["why"]["rules"]]
