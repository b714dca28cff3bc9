"""The account of the China pack: every row of the facts and every requirement is met, or left out with a reason.

The corrections of 2026-11-30 stand above the facts: each row of that page is named in a policy test that holds it.
Each kind of fault is named by a branch of a policy test, or held by a test of the code.

What is cited counts only where a policy test exercises it: by a rule or row that was true in one, by a parameter or a
fact that such a rule reads, or by a block that it says. What the service keeps counts where a test of the service is
marked with it: `@pytest.mark.meets("S-005")`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml

from rules.compiling.binding import rule_operands
from rules.compiling.pack import Pack
from rules.language.condition import FactOperand, Literal, Operand, ParameterOperand
from rules.language.output import Items, Output, output_operands
from rules.language.strata import rule_reads
from tests.support.places import ROOT, SHARED
from tests.support.walk import Walk

PACK: Final = ROOT / "policies" / "cn"
DOMAIN: Final = SHARED / "domain"
LEFT_OUT: Final = PACK / "left-out.yaml"

pytestmark = pytest.mark.skipif(not DOMAIN.is_dir(), reason="../shared/domain is not here")


class Row(NamedTuple):
    """Something that the pack has to account for: its id, the part of the page that it stands in, and its grade."""

    id: str
    area: str
    grade: str


def rows_of_facts() -> list[Row]:
    """Return every row of facts.md."""
    page = (DOMAIN / "facts.md").read_text(encoding="utf-8") if DOMAIN.is_dir() else ""
    area, found = "", []
    for line in page.splitlines():
        if line.startswith("## Not found"):
            break
        if line.startswith("## "):
            area = line[3:].split(" ")[0].rstrip(".")
        elif row := re.match(r"\| ([A-Z][A-Z0-9]*-[A-Z0-9-]*\d+) \|", line):
            grade = re.search(r"\| \[([A-Z](?:/[A-Z])*)\] ", line)
            assert grade is not None, line
            found.append(Row(row[1], area, grade[1]))
    return found


def rows_of_requirements() -> list[Row]:
    """Return every element of requirements.md; its grade is its disposition."""
    page = (DOMAIN / "requirements.md").read_text(encoding="utf-8") if DOMAIN.is_dir() else ""
    rows = (re.split(r"(?<!\\)\|", line)[1:-1] for line in page.splitlines() if line.startswith("| S-"))
    return [Row(cells[0].strip(), cells[1].strip()[:3], cells[5].strip()[0]) for cells in rows]


def rows_of_corrections() -> dict[str, str]:
    """Return the ids of facts-2026-11.md, line by line, each with the part of the page that it stands in."""
    page = (DOMAIN / CORRECTIONS).read_text(encoding="utf-8") if DOMAIN.is_dir() else ""
    part, found = "", dict[str, str]()
    for line in page.splitlines():
        if line.startswith("## "):
            part = line[3:]
        elif line.startswith("Not verified"):
            part = "Not verified"
        heads = {"Corrections": r"\| (.+?) \|", "Additions": r"\| (.+?) \|", "Read right, used wrongly": r"- (.+?):"}
        head = re.match(heads.get(part, "(.+)GB/T" if part == "Not verified" else "()$^"), line)
        for id in ids_in(head[1]) if head else ():
            found.setdefault(id, part)
    return found


def ids_in(text: str) -> list[str]:
    """Return the ids of a text, with those between the two of a range; `CN-7D-01..03, 10..12` goes on with its kind."""
    found: list[str] = []
    for kind, numbers in re.findall(r"\b([A-Z]+(?:-[A-Z0-9]+)*)-(\d+(?:\.\.\d+)?(?:, \d+\.\.\d+)*)", text):
        for first, _, last in (part.partition("..") for part in numbers.split(", ")):
            found += [f"{kind}-{number:0{len(first)}}" for number in range(int(first), int(last or first) + 1)]
    return found


def kinds_of_fault() -> list[int]:
    """Return the number of each kind of fault, line by line of faults.md."""
    page = FAULTS.read_text(encoding="utf-8") if FAULTS.is_file() else ""
    return [int(number) for number in re.findall(r"^(\d+)\. ", page, re.MULTILINE)]


def faults_named_in_branches() -> set[int]:
    """Return the kinds of fault of which a branch of a policy test is an example."""
    cases = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").glob("*/cases/*.yaml")))
    return {int(number) for text in cases for number in re.findall(r"\bname: ['\"]fault (\d+): ", text)}


CORRECTIONS: Final = "facts-2026-11.md"
FAULTS: Final = DOMAIN / "faults.md"
HELD_BY_CODE: Final = {  # kinds of fault of which no case is an example: what is asked, explained or listed
    24: {
        "rules/recommending/test_missing.py": [
            "test_what_follows_from_a_derived_fact_is_not_shown_as_true_of_the_fact_behind_it",
        ]
    },
    25: {
        "rules/recommending/test_why_not.py": [
            "test_a_rule_that_cannot_hold_for_the_claim_explains_nothing",
            "test_another_kind_is_no_advice",
        ]
    },
    49: {"policies/test_metamorphic.py": ["test_a_law_holds_on_the_policy_tests"]},
    53: {
        "service/cli/test_facts.py": ["test_the_facts_of_a_kind_are_those_that_its_rules_read"],
        "service/cli/test_new.py": ["test_a_case_that_is_written_can_be_decided_as_it_is"],
        "service/api/test_vocabulary.py": ["test_the_facts_of_a_kind_come_in_the_order_in_which_they_decide"],
    },
}
FACTS: Final = rows_of_facts()
CORRECTED: Final = rows_of_corrections()
REQUIREMENTS: Final = rows_of_requirements()


@pytest.fixture(scope="module")
def cited(walks: Callable[[Path], Walk]) -> Mapping[str, set[str]]:
    """Return what the pack cites and its tests exercise: ids with the places that cite them."""
    return cited_of(walks(PACK))


@pytest.fixture(scope="module")
def cited_in_eu(walks: Callable[[Path], Walk]) -> Mapping[str, set[str]]:
    """Return what the pack of the Union cites and its tests exercise."""
    return cited_of(walks(ROOT / "policies" / "eu"))


def cited_of(walk: Walk) -> Mapping[str, set[str]]:
    """Return what a pack cites and its tests exercise."""
    pack, true = walk.ready.pack, {name for one in walk.walked for name in one.true}
    found: dict[str, set[str]] = {}
    for policy in pack.policies:
        own = [rule for rule in policy.rules if (policy.name, rule.id) in true]
        otherwise = [one for saying in policy.otherwise.values() for one in output_operands(saying)] if own else []
        for rule in own:
            read = [*map(FactOperand, rule_reads(rule)), *rule_operands(rule), *otherwise, *slots(pack, rule.then)]
            for id in (*rule.source, *rule.meets, *cited_by(pack, read_by(pack, read))):
                found.setdefault(id, set()).add(str(rule.place))
    return found


def cited_by(pack: Pack, operands: list[Operand]) -> Iterator[str]:
    """Yield what parameters and facts cite."""
    for operand in operands:
        if isinstance(operand, ParameterOperand):
            yield from (*pack.parameters[operand.name].source, *pack.parameters[operand.name].meets)
        elif isinstance(operand, FactOperand) and operand.name in pack.vocabulary.facts:
            yield from pack.vocabulary.facts[operand.name].meets


def slots(pack: Pack, then: Mapping[str, Output]) -> Iterator[FactOperand]:
    """Yield the facts that fill the blocks of words that a rule says."""
    blocks = {block.name: block for block in pack.blocks}
    said = then.get("say")
    for item in said.items if isinstance(said, Items) else ():
        if isinstance(item, Literal):
            yield from map(FactOperand, blocks[item.value].slots)


def read_by(pack: Pack, operands: list[Operand]) -> list[Operand]:
    """Return operands with all that the derived facts among them are worked out from."""
    found: dict[Operand, None] = {}
    while operands:
        operand = operands.pop()
        if operand not in found:
            found[operand] = None
            if isinstance(operand, FactOperand) and operand.name in pack.derived:
                operands += pack.derived[operand.name].reads()
            elif isinstance(operand, FactOperand) and operand.name in pack.parameters:
                operands.append(ParameterOperand(operand.name))
    return list(found)


def kept() -> Mapping[str, set[str]]:
    """Return what the service keeps: requirements with the tests of the service that are marked with them."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests" / "service").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.meets":
                    for id in mark.args:
                        found.setdefault(ast.literal_eval(id), set()).add(f"{path.name}: {node.name}")
    return found


KEPT: Final = kept()


def named_in_tests() -> set[str]:
    """Return the ids that policy tests name, in the text or a comment of a case that holds them."""
    cases = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").glob("*/cases/*.yaml")))
    return {id for text in cases for id in ids_in(text)}


def left_out() -> dict[str, dict[str, Any]]:
    """Return left-out.yaml."""
    return yaml.safe_load(LEFT_OUT.read_text(encoding="utf-8")) or {}


# ---- the account


def test_the_pages_are_read_whole() -> None:
    assert len(FACTS) == 280
    assert len(REQUIREMENTS) == 302
    assert Counter(row.grade for row in REQUIREMENTS) == {"a": 175, "b": 65, "c": 45, "d": 17}


def test_the_page_of_corrections_is_read_whole() -> None:
    counts = Counter(CORRECTED.values())
    assert counts == {"Corrections": 44, "Read right, used wrongly": 14, "Additions": 29, "Not verified": 4}
    assert set(CORRECTED) >= {"CN-PUN-15", "TB-SHIP-04", "CN-7D-11", "CN-3B-02", "BR-07", "EU-02", "FU-01", "JD-18"}


def test_every_correction_and_addition_is_cited_and_held_by_a_test(
    cited: Mapping[str, set[str]], cited_in_eu: Mapping[str, set[str]]
) -> None:
    out, named = left_out(), named_in_tests()
    uncited = {id for id in CORRECTED if id not in {*cited, *cited_in_eu, *out}}
    untested = {id for id in CORRECTED if id not in {*named, *out}}
    assert sorted(uncited | untested) == []


@pytest.mark.skipif(not FAULTS.is_file(), reason="../shared/domain/faults.md is not here")
def test_every_kind_of_fault_is_named_by_a_branch_or_held_by_a_test_of_the_code() -> None:
    kinds, named = kinds_of_fault(), faults_named_in_branches()
    assert kinds == list(range(1, 54))
    assert sorted(set(kinds) - named - HELD_BY_CODE.keys()) == []
    assert sorted(named - set(kinds)) == []
    assert sorted(named & HELD_BY_CODE.keys()) == []


@pytest.mark.parametrize("kind", HELD_BY_CODE)
def test_what_holds_a_kind_of_fault_exists(kind: int) -> None:
    for path, names in HELD_BY_CODE[kind].items():
        text = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert [name for name in names if f"\ndef {name}(" not in text] == []


def test_what_was_not_verified_is_set_by_the_shop(walks: Callable[[Path], Walk]) -> None:
    parameters = walks(PACK).ready.pack.parameters.values()
    set_by_shops = {id for one in parameters if one.shop_sets for id in one.source}
    stated = {"JD-18"}  # the days of price protection are a fact of the order, and no figure of the pack
    rows = {id for id, part in CORRECTED.items() if part == "Not verified"}
    assert sorted(rows - set_by_shops - stated) == []


def owed(rows: list[Row]) -> list[Row]:
    """Return the rows to account for: facts of grade A, B or S, requirements of disposition a, b or c."""
    return [row for row in rows if set(row.grade) & ({"a", "b", "c"} if row.id.startswith("S-") else {"A", "B", "S"})]


@pytest.mark.parametrize("rows", [FACTS, REQUIREMENTS], ids=["facts", "requirements"])
def test_every_row_is_encoded_or_left_out_with_a_reason(rows: list[Row], cited: Mapping[str, set[str]]) -> None:
    out = left_out()
    print(account(rows, cited, out))
    assert [row.id for row in owed(rows) if row.id not in {*cited, *KEPT, *out}] == []


def account(rows: list[Row], cited: Mapping[str, set[str]], out: Mapping[str, Any]) -> str:
    """Return the counts by area: rows owed, encoded, kept by the service, left out, and beyond what is owed encoded."""
    table = [f"{'area':<5}{'owed':>6}{'encoded':>9}{'kept':>6}{'left out':>10}{'beyond':>8}"]
    due = owed(rows)
    for area in dict.fromkeys(row.area for row in rows):
        own = [row for row in due if row.area == area]
        beyond = sum(row.id in cited for row in rows if row.area == area and row not in own)
        encoded, held = sum(row.id in cited for row in own), sum(row.id in KEPT and row.id not in cited for row in own)
        aside = sum(row.id in out and row.id not in KEPT for row in own)
        table.append(f"{area:<5}{len(own):>6}{encoded:>9}{held:>6}{aside:>10}{beyond:>8}")
    reasons = [
        f"  {id}: {' '.join(entry['why']['en'].split())}" for id, entry in out.items() if id in {r.id for r in rows}
    ]
    return "\n".join([*table, "left out:", *reasons])


def test_what_is_left_out_is_known_and_cited_by_nothing(cited: Mapping[str, set[str]]) -> None:
    known = {row.id for row in (*FACTS, *REQUIREMENTS)} | CORRECTED.keys()
    out = left_out()
    assert set(out) <= known
    assert [id for id in out if id in cited] == []
    assert all(set(entry["why"]) == {"zh", "en"} for entry in out.values())


def test_nothing_is_cited_that_nobody_wrote_down(cited: Mapping[str, set[str]]) -> None:
    known = {row.id for row in REQUIREMENTS}
    assert [id for id in (*cited, *KEPT) if id.startswith("S-") and id not in known] == []


def test_what_is_left_to_the_service_the_service_keeps() -> None:
    left = [id for id, entry in left_out().items() if entry.get("kept_by") == "service"]
    assert [id for id in left if id not in KEPT] == []


def test_weak_sources_lead_to_no_automatic_verdict_of_their_own(walks: Callable[[Path], Walk]) -> None:
    """A rule that lets a machine act cites a source of grade A or B, or a design assumption that the shop sets."""
    pack = walks(PACK).ready.pack
    for policy in pack.policies:
        for rule in policy.rules:
            said = rule.then.get("automation.mode")
            if isinstance(said, Literal) and said.value in ("auto", "auto_appeal"):
                grades = {pack.articles[id].grade for id in rule.source}
                assert grades & {"A", "B", "S"} or any(id.startswith("DA-") for id in rule.source), str(rule.place)
