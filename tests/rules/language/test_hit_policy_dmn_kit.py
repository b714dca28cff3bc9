"""The 51 hit-policy cases of the DMN kit, each table written as a pack: through loader, engine and hit policies."""

import json
import re
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from rules.compiling.load import load
from rules.compiling.pack import Pack
from rules.deciding.facts import FactReader
from rules.deciding.match import Matcher, truths
from rules.deciding.resolve import resolve_policy
from rules.language.hit_policy import HitPolicy
from tests.support.places import SHARED

KIT = SHARED / "dmn" / "hit-policy-cases.json"
SIZE = 51

Case = dict[str, Any]

PACK = """
pack: kit
currency: XXX
time_zone: UTC
languages: [en]
"""
SOURCES = """
documents: {}
articles: {}
"""
CONTRACT = """
policy: answering
answers: {responsibility.to_customer: contract}
otherwise: {responsibility.to_customer: none}
rules:
  - {id: nobody, when: {}, then: {responsibility.to_customer: none}}
---
policy: remedy
answers: {remedy.option: contract}
hit: collect
rules:
  - {id: explain, when: {}, then: {remedy.option: {kind: explanation}}}
"""


@cache
def kit() -> list[Case]:
    return json.loads(KIT.read_text(encoding="utf-8")) if KIT.exists() else []


def name_of(case: Case) -> str:
    return f"{case['model']}-{case['case']}"


# ---- from a table of the kit to the text of a pack


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def fact_name(expression: str | None) -> str:
    """Write RiskCategory as risk_category; the kit leaves a lone output without a name."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", expression or "result")
    return re.sub(r"\W+", "_", words).lower()


def strings(cells: list[str]) -> list[str]:
    return list(dict.fromkeys(word for cell in cells for word in re.findall(r'"([^"]*)"', cell)))


def choice(words: list[str]) -> str:
    return f"{{one_of: [{', '.join(map(quoted, words))}]}}"


def input_type(case: Case, column: int) -> str:
    table = case["table"]
    kind = table["inputs"][column]["type"]
    sent = [f'"{one["inputs"][table["inputs"][column]["expr"]]}"' for one in kit() if one["model"] == case["model"]]
    cells = [rule["if"][column] for rule in table["rules"]]
    return {"number": "number", "boolean": "yes_no"}.get(kind) or choice(strings([*cells, *sent]))


def output_words(case: Case, column: int) -> list[str]:
    """Return the values of an output, those that the table lists first and in their order."""
    table = case["table"]
    return strings([*table["outputs"][column]["values"], *(rule["then"][column] for rule in table["rules"])])


def vocabulary(case: Case) -> str:
    facts = (
        f"  {fact_name(one['expr'])}: {{type: {input_type(case, column)}}}"
        for column, one in enumerate(case["table"]["inputs"])
    )
    return "facts:\n" + "\n".join(facts)


def hit_of(case: Case) -> HitPolicy:
    table = case["table"]
    return HitPolicy(" ".join(filter(None, (table["hit"], table["agg"]))).lower())


def policy(case: Case) -> str:
    table = case["table"]
    inputs = [fact_name(one["expr"]) for one in table["inputs"]]
    outputs = [fact_name(one["name"]) for one in table["outputs"]]
    words = [output_words(case, column) for column in range(len(outputs))]
    lines = ["policy: table", "answers:"]
    lines += [f"  {name}: {choice(known) if known else 'number'}" for name, known in zip(outputs, words, strict=True)]
    lines += [f"hit: {hit_of(case)}"]
    if not hit_of(case).lists:
        lines += ["otherwise:"]
        lines += [f"  {name}: {quoted(known[-1]) if known else 0}" for name, known in zip(outputs, words, strict=True)]
    lines += ["table:", f"  when: [{', '.join(inputs)}]", f"  then: [{', '.join(outputs)}]", "  rows:"]
    lines += [f"    row-{number}: [{row(rule)}]" for number, rule in enumerate(table["rules"], 1)]
    return "\n".join(lines)


def row(rule: dict[str, list[str]]) -> str:
    """Write the tests as the kit has them, and the outputs without their own quotes."""
    said = [quoted(word) if (word := cell.strip('"')) != cell else cell for cell in rule["then"]]
    return ", ".join([*map(quoted, rule["if"]), *said])


def load_table(case: Case) -> Pack:
    texts = {
        "pack": PACK,
        "vocabulary": vocabulary(case),
        "sources": SOURCES,
        "contract": CONTRACT,
        "table": policy(case),
    }
    pack, problems = load({f"kit/{name}.yaml": text.encode() for name, text in texts.items()})
    assert problems == ()
    assert pack is not None
    return pack


# ---- from a loaded pack to what its table answers


def sent(case: Case) -> dict[str, Any]:
    facts = {fact_name(name): exact(value) for name, value in case["inputs"].items()}
    return {"submitted_at": "2026-01-01T00:00:00Z", "issues": [{}], **facts}


def exact(value: Any) -> Any:
    """The kit writes all numbers as floats: 18.0, 64.32."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else Fraction(str(value))


def answer(case: Case) -> tuple[Any, ...]:
    pack = load_table(case)
    bound = next(one for one in pack.program.policies if one.policy.name == "table")
    frame = FactReader(pack).read(sent(case)).issues[0].frame
    with Matcher(pack) as matcher:
        matched = matcher.true_rules(bound.stratum, frame)
    true = [(bound.position, at) in matched for at in range(len(bound.rules))]
    assert true == truths(bound, frame)
    said = resolve_policy(bound, true, frame)
    assert not said.conflict
    return said.values


def expected(case: Case) -> tuple[Any, ...]:
    """Return the expected result output by output, each a list where the hit policy lists."""
    wanted = case["expected"]
    names = [one["name"] for one in case["table"]["outputs"]]
    if hit_of(case).lists:
        return tuple(tuple(by_output(one, name) for one in wanted) for name in names)
    return tuple(by_output(wanted, name) for name in names)


def by_output(wanted: Any, name: str | None) -> Any:
    return exact(wanted[name] if name is not None else wanted)


beside_the_kit = pytest.mark.skipif(not KIT.exists(), reason="the cases of the DMN kit (../shared/dmn) are not there")


@beside_the_kit
@pytest.mark.parametrize("case", kit(), ids=name_of)
def test_the_kit(case: Case) -> None:
    assert answer(case) == expected(case)


@beside_the_kit
def test_the_kit_is_whole() -> None:
    cases = kit()
    assert len({name_of(case) for case in cases}) == SIZE
    assert {hit_of(case) for case in cases} == {*HitPolicy} - {HitPolicy.MAX}
